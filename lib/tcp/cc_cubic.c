/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cc_cubic.c: CUBIC (RFC 9438) by bytes, with HyStart++ (RFC 9406) as its first slow start and a
 * smaller step back for marks than for losses (RFC 8511).
 *
 * W_cubic depends on K - t alone, so that difference is kept, in milliseconds; it stands still
 * while the window is not used (RFC 9438 5.8). A millisecond is rounded off K, less than a byte off
 * the cube.
 */
#include <assert.h>

#include "config/limits.h"
#include "config/tcp_constants.h"
#include "tcp/cc.h"
#include "tcp/cubic_curve.h"

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Still in the first slow start: HyStart++ has the epoch's place of the curve. */
static bool in_first_slow_start(const struct cc *cc)
{
	return cc->ssthresh == CC_SSTHRESH_NONE;
}

/* HyStart++ is over: its place is the curve's now. */
static void become_curve(struct cc_epoch *epoch)
{
	epoch->cubic = (struct cubic){ 0 };
	epoch->reno_credit = 0;
	epoch->on_curve = false;
}

/* What of an ACK slow start counts: L of RFC 3465 and RFC 9406 4.3. */
static uint32_t counted_at_most(const struct cc_ack *ack)
{
	if (ack->after_loss)
		return ack->smss;
	return ack->paced ? UINT32_MAX : HYSTART_L_SEGMENTS * ack->smss;
}

static void slow_start(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	uint32_t counted = smaller(ack->bytes, counted_at_most(ack));

	cc_grow(cc, smaller(counted, cc->ssthresh - cc->cwnd));
}

/* RFC 9406 4.2. */
static void first_slow_start(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack,
			     bool ends_round)
{
	bool over = hystart_acked(&epoch->hystart, ack->rtt_us, ends_round);

	epoch->by_hystart = true;
	if (cc_may_grow(cc, epoch, ack))
		cc_grow(cc, hystart_growth(&epoch->hystart, ack->bytes, counted_at_most(ack)));
	if (!over)
		return;
	cc->ssthresh = cc->cwnd;
	become_curve(epoch);
	epoch->cubic.prior_cwnd = cc->cwnd;
}

/* RFC 9438 4.2: congestion avoidance begins, at K before the plateau. */
static void enter_curve(const struct cc *cc, struct cc_epoch *epoch, uint32_t smss)
{
	struct cubic *cubic = &epoch->cubic;

	/* 4.8, 4.10: nothing is known of a W_max, or it was passed by slow start. */
	if (cubic->w_max < cc->cwnd)
		cubic->w_max = cc->cwnd;
	cubic->to_plateau_ms = (int32_t)cubic_curve_k_ms(cubic->w_max - cc->cwnd, smss);
	cubic->w_est = cc->cwnd;
	epoch->credit = 0;
	epoch->reno_credit = 0;
	epoch->on_curve = true;
}

/* 4.3, equation 4: by what was acknowledged, as fast as Reno once what was lost is regained. */
static void grow_estimate(const struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	struct cubic *cubic = &epoch->cubic;
	bool regained = cubic->w_est >= cubic->prior_cwnd;
	uint32_t alpha = regained ? CUBIC_ALPHA_PER : CUBIC_ALPHA;
	uint32_t growth;

	epoch->reno_credit += ack->bytes;
	growth = cc_spend(&epoch->reno_credit, (uint64_t)alpha * ack->smss,
			  (uint64_t)CUBIC_ALPHA_PER * cc->cwnd);
	cubic->w_est += smaller(growth, CWND_MAX - cubic->w_est);
}

/* 4.2: where the curve will be a round trip from now, between cwnd and 1.5 times cwnd. */
static uint32_t target_of(const struct cc *cc, const struct cubic *cubic, const struct cc_ack *ack)
{
	int32_t ahead_ms = (int32_t)(ack->srtt_us / 1000) - cubic->to_plateau_ms;
	uint32_t target = cubic_curve_at(cubic->w_max, ahead_ms, ack->smss);
	uint32_t most = cc->cwnd + cc->cwnd / 2;

	return target < cc->cwnd ? cc->cwnd : smaller(target, most);
}

static void avoid(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	struct cubic *cubic = &epoch->cubic;
	uint32_t now_ms = (uint32_t)(ack->now_us / 1000);
	uint32_t target, growth;

	if (!epoch->on_curve)
		enter_curve(cc, epoch, ack->smss);
	else if (cc_is_used(cc, epoch))
		cubic->to_plateau_ms =
			cubic_curve_advance(cubic->to_plateau_ms, now_ms - epoch->last_ms);
	epoch->last_ms = now_ms;
	if (!cc_may_grow(cc, epoch, ack))
		return;
	grow_estimate(cc, epoch, ack);
	if (cubic_curve_at(cubic->w_max, -cubic->to_plateau_ms, ack->smss) < cubic->w_est) {
		epoch->credit = 0;
		/* No leap, should cwnd have been restarted on the curve. */
		if (cc->cwnd < cubic->w_est)
			cc_grow(cc, smaller(cubic->w_est - cc->cwnd, ack->bytes));
		return;
	}
	target = target_of(cc, cubic, ack);
	epoch->credit += ack->bytes;
	if (target == cc->cwnd) {
		epoch->credit = 0;
		return;
	}
	/* Credit that was saved while the curve was flat is not to be spent where it is steep. */
	growth = cc_spend(&epoch->credit, target - cc->cwnd, cc->cwnd);
	cc_grow(cc, smaller(growth, ack->bytes));
}

static void cubic_acked(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	bool ends_round = cc_note_ack(cc, epoch, ack);

	if (in_first_slow_start(cc)) {
		first_slow_start(cc, epoch, ack, ends_round);
	} else if (cc->cwnd >= cc->ssthresh) {
		avoid(cc, epoch, ack);
	} else {
		epoch->on_curve = false;
		if (cc_may_grow(cc, epoch, ack))
			slow_start(cc, epoch, ack);
	}
}

/* 4.7, then 4.6: W_max, then the window down to so many percent of what was outstanding. */
static void reduce(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t percent)
{
	uint32_t pipe = cc_pipe(cc, epoch, flight);
	uint32_t reached = cc_is_used(cc, epoch) ? cc->cwnd : pipe;

	if (in_first_slow_start(cc))
		become_curve(epoch);
	if (reached < epoch->cubic.w_max)
		epoch->cubic.w_max = cc_percent(reached, CUBIC_FAST_CONVERGENCE_PERCENT, 0);
	else
		epoch->cubic.w_max = reached;
	epoch->cubic.prior_cwnd = cc->cwnd;
	epoch->on_curve = false;
	epoch->peak = 0;
	cc->ssthresh = cc_percent(pipe, percent, 0);
	cc->cwnd = cc->ssthresh;
}

static void at_least(uint32_t *bytes, uint32_t floor)
{
	if (*bytes < floor)
		*bytes = floor;
}

static void cubic_lost(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	assert(smss > 0);
	epoch->saved = (struct cc_saved){ .cc = *cc, .cubic = epoch->cubic };
	epoch->has_saved = true;
	reduce(cc, epoch, flight, CUBIC_BETA_PERCENT);
	at_least(&cc->ssthresh, 2 * smss);
	at_least(&cc->cwnd, 2 * smss);
}

/* 4.8: the next congestion avoidance begins at its plateau. */
static void cubic_timed_out(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	cubic_lost(cc, epoch, flight, smss);
	epoch->cubic.w_max = 0;
	cc->cwnd = smss;
}

static void cubic_marked(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss)
{
	assert(smss > 0);
	epoch->has_saved = false;
	reduce(cc, epoch, flight, CUBIC_BETA_ECN_PERCENT);
	at_least(&cc->ssthresh, 2 * smss);
	at_least(&cc->cwnd, smss);
}

/* 4.9: unless the window has grown beyond by itself. */
static void cubic_undo(struct cc *cc, struct cc_epoch *epoch)
{
	if (!epoch->has_saved)
		return;
	epoch->has_saved = false;
	if (cc->cwnd >= epoch->saved.cc.cwnd)
		return;
	*cc = epoch->saved.cc;
	epoch->credit = 0;
	if (in_first_slow_start(cc)) {
		epoch->hystart = (struct hystart){ 0 };
		epoch->by_hystart = true;
		return;
	}
	epoch->cubic = epoch->saved.cubic;
	epoch->on_curve = epoch->saved.cubic.w_est != 0;
}

static void cubic_resumed(struct cc *cc, struct cc_epoch *epoch, const struct cc_pause *pause)
{
	/* The pause does not count as time on the curve. */
	if (!in_first_slow_start(cc))
		epoch->last_ms = (uint32_t)(pause->now_us / 1000);
	if (pause->idle_us <= pause->rto_us)
		return;
	cc_restart(cc, pause->smss);
	if (in_first_slow_start(cc))
		epoch->hystart = (struct hystart){ 0 };
}

const struct cc_ops cc_cubic = {
	.name = "cubic",
	.acked = cubic_acked,
	.lost = cubic_lost,
	.timed_out = cubic_timed_out,
	.marked = cubic_marked,
	.undo = cubic_undo,
	.resumed = cubic_resumed,
};
