/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include "theory.h"

#define PPM 1000000ULL
#define MILLI 1000ULL

uint64_t theory_root(unsigned __int128 number)
{
	unsigned __int128 root = 0, bit;

	for (bit = (unsigned __int128)1 << 62; bit > 0; bit >>= 1) {
		if ((root + bit) * (root + bit) <= number)
			root += bit;
	}
	return (uint64_t)root;
}

/* sqrt(3/2 / p), by thousands. */
static uint64_t mathis_milli(uint32_t loss_ppm)
{
	return theory_root((unsigned __int128)3 * PPM * MILLI * MILLI / (2ULL * loss_ppm));
}

/*
 * RFC 9438 5.1: the fourth root of C (3 + beta) / (4 (1 - beta)) times (RTT / p)^3, where C = 0.4
 * and beta = 0.7 make 37/30 of the first factor. RTT in seconds by p is microseconds by ppm.
 */
static uint64_t cubic_milli(uint32_t rtt_us, uint32_t loss_ppm)
{
	const unsigned __int128 milli_4 = MILLI * MILLI * MILLI * MILLI;
	unsigned __int128 rtt = rtt_us, loss = loss_ppm;

	return theory_root(theory_root(37 * milli_4 * rtt * rtt * rtt / (30 * loss * loss * loss)));
}

uint64_t theory_window_milli(enum cell_control control, uint32_t rtt_us, uint32_t loss_ppm)
{
	uint64_t reno, cubic;

	assert(loss_ppm > 0 && loss_ppm <= PPM);
	reno = mathis_milli(loss_ppm);
	if (control == CELL_NEWRENO)
		return reno;
	cubic = cubic_milli(rtt_us, loss_ppm);
	return cubic > reno ? cubic : reno;
}

uint64_t theory_ceiling_bps(const struct cell *cell, uint32_t segment_bytes)
{
	uint64_t text = cell->rate_bps * segment_bytes / (CELL_FULL_FRAME + CELL_WIRE_OVERHEAD);

	return text - text * cell->loss_ppm / PPM;
}

uint64_t theory_goodput_bps(const struct cell *cell, uint32_t segment_bytes)
{
	uint64_t ceiling = theory_ceiling_bps(cell, segment_bytes);
	uint64_t window, goodput;

	if (cell->loss_ppm == 0)
		return ceiling;
	window = theory_window_milli(cell->control, cell->rtt_us, cell->loss_ppm);
	goodput = window * segment_bytes * 8 * MILLI / cell->rtt_us;
	return goodput < ceiling ? goodput : ceiling;
}

uint32_t theory_jain(const uint64_t *shares, unsigned int count)
{
	unsigned __int128 sum = 0, squares = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		sum += shares[i];
		squares += (unsigned __int128)shares[i] * shares[i];
	}
	return squares == 0 ? 0 : (uint32_t)(sum * sum * 10000 / (squares * count));
}
