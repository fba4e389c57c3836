/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/cubic_curve.h"

#include <assert.h>

#include "config/limits.h"
#include "config/tcp_constants.h"

uint32_t cubic_curve_root(uint64_t number)
{
	uint64_t root = 0;

	/* Bit by bit from above: 2642245 is the root of what 64 bits hold. */
	for (int bit = 21; bit >= 0; bit--) {
		uint64_t tried = root | 1ULL << bit;

		if (tried <= 2642245 && tried * tried * tried <= number)
			root = tried;
	}
	return (uint32_t)root;
}

uint32_t cubic_curve_k_ms(uint32_t gap, uint32_t smss)
{
	assert(gap <= CWND_MAX && smss > 0);
	/* gap / smss segments over C segments/s^3, in ms^3. */
	return cubic_curve_root(gap * 10000000000ULL / (CUBIC_C_TENTHS * smss));
}

uint32_t cubic_curve_at(uint32_t w_max, int32_t after_ms, uint32_t smss)
{
	uint64_t distance = (uint64_t)(after_ms < 0 ? -(int64_t)after_ms : after_ms);
	uint64_t bytes;

	if (distance > CUBIC_REACH_MS)
		distance = CUBIC_REACH_MS;
	/* The cube is in 10^-9 s^3, C in tenths: 10^10 in all, in two steps for want of bits. */
	bytes = distance * distance * distance / 10000 * (CUBIC_C_TENTHS * smss) / 1000000;
	if (after_ms < 0)
		return bytes < w_max ? w_max - (uint32_t)bytes : 0;
	return bytes < CWND_MAX - w_max ? w_max + (uint32_t)bytes : CWND_MAX;
}

int32_t cubic_curve_advance(int32_t to_plateau_ms, uint32_t elapsed_ms)
{
	int64_t left = (int64_t)to_plateau_ms - elapsed_ms;

	return left < -(int64_t)CUBIC_REACH_MS ? -(int32_t)CUBIC_REACH_MS : (int32_t)left;
}
