/* SPDX-License-Identifier: BSD-3-Clause */
/* cc.c: what the algorithms have in common. */
#include "tcp/cc.h"

#include <assert.h>

#include "base/seq.h"
#include "config/limits.h"
#include "config/tcp_constants.h"

const struct cc_ops *const cc_table[LA_CONGESTIONS] = {
	[LA_CUBIC] = &cc_cubic,
	[LA_NEWRENO] = &cc_newreno,
};

/* What cwnd was is worth a slow start up to three quarters of it. */
static void remember(struct cc *cc)
{
	uint32_t most = cc->cwnd - cc->cwnd / 4;

	if (cc->ssthresh < most)
		cc->ssthresh = most;
}

void cc_restart(struct cc *cc, uint32_t smss)
{
	uint32_t initial = cc_initial_window(smss);

	if (cc->cwnd <= initial)
		return;
	remember(cc);
	cc->cwnd = initial;
}

void cc_shrink_unused(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	uint8_t minutes = cc_minutes(ack->now_us);
	uint32_t initial = cc_initial_window(ack->smss);

	if ((uint8_t)(minutes - epoch->used_minutes) <= TCP_NON_VALIDATED_MINUTES)
		return;
	epoch->used_minutes = minutes;
	remember(cc);
	cc->cwnd = cc->cwnd / 2 > initial ? cc->cwnd / 2 : initial;
}

uint32_t cc_pipe(const struct cc *cc, const struct cc_epoch *epoch, uint32_t flight)
{
	uint32_t most = flight > epoch->peak ? flight : epoch->peak;

	return most < cc->cwnd ? most : cc->cwnd;
}

void cc_grow(struct cc *cc, uint32_t bytes)
{
	uint32_t room = cc->cwnd < CWND_MAX ? CWND_MAX - cc->cwnd : 0;

	cc->cwnd += bytes < room ? bytes : room;
}

uint32_t cc_spend(uint32_t *credit, uint64_t gain, uint64_t per)
{
	uint64_t due = *credit * gain / per;

	assert(gain > 0 && gain <= CWND_MAX && due <= UINT32_MAX);
	*credit -= (uint32_t)((due * per + gain - 1) / gain);
	return (uint32_t)due;
}

uint32_t cc_percent(uint32_t bytes, uint32_t percent, uint32_t floor)
{
	uint32_t part = (uint32_t)((uint64_t)bytes * percent / 100);

	assert(percent <= 100);
	return part > floor ? part : floor;
}
