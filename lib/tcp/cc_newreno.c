/* SPDX-License-Identifier: BSD-3-Clause */
/* cc_newreno.c: slow start and congestion avoidance by bytes (RFC 5681, RFC 3465 with L = 2). */
#include <assert.h>

#include "config/tcp_constants.h"
#include "tcp/cc.h"

uint32_t cc_initial_window(uint32_t smss)
{
	uint32_t ten = TCP_INITIAL_WINDOW_SEGMENTS * smss;
	uint32_t cap = TCP_INITIAL_WINDOW_BYTES > 2 * smss ? TCP_INITIAL_WINDOW_BYTES : 2 * smss;

	assert(smss > 0);
	return ten < cap ? ten : cap;
}

void cc_restart_idle(struct cc *cc, uint32_t smss)
{
	uint32_t initial = cc_initial_window(smss);

	if (cc->cwnd > initial)
		cc->cwnd = initial;
}

static void newreno_acked(struct cc *cc, struct cc_epoch *epoch, uint32_t bytes, uint32_t smss)
{
	assert(smss > 0);
	if (cc->cwnd < cc->ssthresh) {
		uint32_t growth = bytes < 2 * smss ? bytes : 2 * smss;

		cc->cwnd += growth;
		return;
	}
	epoch->avoid_bytes += bytes;
	if (epoch->avoid_bytes >= cc->cwnd) {
		epoch->avoid_bytes -= cc->cwnd;
		cc->cwnd += smss;
	}
}

static uint32_t half_of_flight(uint32_t flight, uint32_t smss)
{
	return flight / 2 > 2 * smss ? flight / 2 : 2 * smss;
}

static void newreno_lost(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	assert(smss > 0);
	cc->ssthresh = half_of_flight(flight, smss);
	cc->cwnd = cc->ssthresh;
	epoch->avoid_bytes = 0;
}

static void newreno_timed_out(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	newreno_lost(cc, epoch, flight, smss);
	cc->cwnd = smss;
}

const struct cc_ops cc_newreno = {
	.name = "newreno",
	.acked = newreno_acked,
	.lost = newreno_lost,
	.timed_out = newreno_timed_out,
};
