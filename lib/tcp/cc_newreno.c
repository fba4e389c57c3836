/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cc_newreno.c: slow start and congestion avoidance by bytes (RFC 5681, RFC 3465 with L = 2), a
 * smaller step back for marks than for losses (RFC 8511).
 */
#include <assert.h>

#include "config/tcp_constants.h"
#include "tcp/cc.h"

static void newreno_acked(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	cc_note_ack(cc, epoch, ack);
	/* A window that was not used proves nothing about the path. */
	if (!cc_may_grow(cc, epoch, ack))
		return;
	if (cc->cwnd < cc->ssthresh) {
		uint32_t most = (ack->after_loss ? 1 : TCP_ABC_SEGMENTS) * ack->smss;

		cc_grow(cc, ack->bytes < most ? ack->bytes : most);
		epoch->credit = 0;
		return;
	}
	epoch->credit += ack->bytes;
	if (epoch->credit >= cc->cwnd) {
		epoch->credit -= cc->cwnd;
		cc_grow(cc, ack->smss);
	}
}

static void reduce(struct cc *cc, struct cc_epoch *epoch, uint32_t ssthresh)
{
	cc->ssthresh = ssthresh;
	cc->cwnd = ssthresh;
	epoch->credit = 0;
	epoch->peak = 0;
}

static void newreno_lost(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	assert(smss > 0);
	epoch->saved.cc = *cc;
	epoch->has_saved = true;
	reduce(cc, epoch, cc_percent(cc_pipe(cc, epoch, flight), RENO_BETA_PERCENT, 2 * smss));
}

static void newreno_timed_out(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	newreno_lost(cc, epoch, flight, smss);
	cc->cwnd = smss;
}

static void newreno_marked(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	assert(smss > 0);
	epoch->has_saved = false;
	reduce(cc, epoch, cc_percent(cc_pipe(cc, epoch, flight), RENO_BETA_ECN_PERCENT, 2 * smss));
}

static void newreno_undo(struct cc *cc, struct cc_epoch *epoch)
{
	if (!epoch->has_saved)
		return;
	epoch->has_saved = false;
	cc->ssthresh = epoch->saved.cc.ssthresh;
	if (cc->cwnd < epoch->saved.cc.cwnd)
		cc->cwnd = epoch->saved.cc.cwnd;
}

static void newreno_resumed(struct cc *cc, struct cc_epoch *epoch, const struct cc_pause *pause)
{
	(void)epoch;
	if (pause->idle_us > pause->rto_us)
		cc_restart(cc, pause->smss);
}

const struct cc_ops cc_newreno = {
	.name = "newreno",
	.acked = newreno_acked,
	.lost = newreno_lost,
	.timed_out = newreno_timed_out,
	.marked = newreno_marked,
	.undo = newreno_undo,
	.resumed = newreno_resumed,
};
