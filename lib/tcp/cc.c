/* SPDX-License-Identifier: BSD-3-Clause */
/* cc.c: what the algorithms have in common. */
#include "tcp/cc.h"

#include <assert.h>

#include "config/tcp_constants.h"

const struct cc_ops *cc_named(enum la_congestion congestion)
{
	static const struct cc_ops *const table[LA_CONGESTIONS] = {
		[LA_CUBIC] = &cc_newreno,
		[LA_NEWRENO] = &cc_newreno,
	};

	assert(congestion < LA_CONGESTIONS);
	return table[congestion];
}

uint32_t cc_initial_window(uint32_t smss)
{
	uint32_t ten = TCP_INITIAL_WINDOW_SEGMENTS * smss;
	uint32_t cap = TCP_INITIAL_WINDOW_BYTES > 2 * smss ? TCP_INITIAL_WINDOW_BYTES : 2 * smss;

	assert(smss > 0);
	return ten < cap ? ten : cap;
}

void cc_restart(struct cc *cc, uint32_t smss)
{
	uint32_t initial = cc_initial_window(smss);

	if (cc->cwnd > initial)
		cc->cwnd = initial;
}

void cc_save(const struct cc *cc, struct cc_epoch *epoch)
{
	epoch->saved = (struct cc_saved){ .cwnd = cc->cwnd, .ssthresh = cc->ssthresh };
	epoch->has_saved = true;
}

uint32_t cc_tenths(uint32_t flight, uint32_t numerator, uint32_t floor)
{
	uint32_t part = (uint32_t)((uint64_t)flight * numerator / 10);

	assert(numerator <= 10);
	return part > floor ? part : floor;
}
