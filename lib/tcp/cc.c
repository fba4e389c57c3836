/* SPDX-License-Identifier: BSD-3-Clause */
/* cc.c: what the algorithms have in common. */
#include "tcp/cc.h"

#include <assert.h>

#include "base/seq.h"
#include "config/limits.h"
#include "config/tcp_constants.h"

#define US_PER_MINUTE 60000000U

const struct cc_ops *cc_named(enum la_congestion congestion)
{
	static const struct cc_ops *const table[LA_CONGESTIONS] = {
		[LA_CUBIC] = &cc_cubic,
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

bool cc_is_used(const struct cc *cc, const struct cc_epoch *epoch)
{
	return epoch->peak >= cc->cwnd / 2;
}

bool cc_may_grow(const struct cc *cc, const struct cc_epoch *epoch, const struct cc_ack *ack)
{
	return !ack->marked && cc_is_used(cc, epoch);
}

/* RFC 7661 4.4.3: the non-validated phase lasts for so long, then half of the window is enough. */
static void shrink_unused(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	uint8_t minutes = (uint8_t)(ack->now_us / US_PER_MINUTE);
	uint32_t initial = cc_initial_window(ack->smss);

	if (cc_is_used(cc, epoch)) {
		epoch->used_minutes = minutes;
		return;
	}
	if ((uint8_t)(minutes - epoch->used_minutes) <= TCP_NON_VALIDATED_MINUTES ||
	    cc->cwnd <= initial)
		return;
	epoch->used_minutes = minutes;
	remember(cc);
	cc->cwnd = cc->cwnd / 2 > initial ? cc->cwnd / 2 : initial;
}

bool cc_note_ack(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	bool begins = !epoch->begun || epoch->at_rest;
	bool ends_round = !begins && seq_geq(ack->snd_una, epoch->round_end);

	assert(ack->smss > 0);
	if (!epoch->begun)
		epoch->used_minutes = (uint8_t)(ack->now_us / US_PER_MINUTE);
	epoch->begun = true;
	if (begins || ends_round) {
		/* A round trip of nothing would have no ACKs of its own. */
		epoch->at_rest = ack->snd_una == ack->snd_nxt;
		epoch->round_end = ack->snd_nxt;
		epoch->peak = ack->flight;
	} else if (ack->flight > epoch->peak) {
		epoch->peak = ack->flight;
	}
	shrink_unused(cc, epoch, ack);
	return ends_round;
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
