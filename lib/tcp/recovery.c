/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/recovery.h"

#include <assert.h>

#include "base/seq.h"
#include "config/tcp_constants.h"

void recovery_init(struct recovery *recovery)
{
	*recovery = (struct recovery){ 0 };
}

/* RFC 6582 3.2 step 2 and 4: losses before recover were answered already. */
static bool recover_is_behind(const struct recovery *recovery, uint32_t snd_una)
{
	return !recovery->has_recover || seq_gt(snd_una, recovery->recover);
}

enum recovery_action recovery_duplicate(struct recovery *recovery, const struct cc_control *control,
					const struct recovery_view *view)
{
	struct cc *cc = control->cc;

	assert(view->acked == 0);
	if (recovery->duplicates < UINT8_MAX)
		recovery->duplicates++;
	if (recovery->duplicates == 1 && !recovery->fast)
		recovery->first_flight = view->flight;
	if (recovery->fast) {
		/* Each duplicate says that a segment left the network (RFC 5681 3.2 step 4); never
		 * more than was outstanding when the loss was found, or duplicates made up by the
		 * peer would open the window at will: each would send a segment, and that make
		 * room for the next. */
		if (cc->cwnd < cc->ssthresh + recovery->first_flight)
			cc->cwnd += view->smss;
		return RECOVERY_NOTHING;
	}
	if (recovery->duplicates < TCP_DUPLICATE_ACKS)
		return RECOVERY_NOTHING;
	if (recovery->duplicates > TCP_DUPLICATE_ACKS ||
	    !recover_is_behind(recovery, view->snd_una))
		return RECOVERY_NOTHING;
	/* What limited transmit sent since the first duplicate does not count (RFC 5681 3.2). */
	control->ops->lost(cc, control->epoch,
			   view->flight < recovery->first_flight ? view->flight
								 : recovery->first_flight,
			   view->smss);
	cc->cwnd = cc->ssthresh + TCP_DUPLICATE_ACKS * view->smss;
	recovery->first_flight = view->flight;
	recovery->recover = view->snd_nxt;
	recovery->has_recover = true;
	recovery->fast = true;
	recovery->partial = false;
	return RECOVERY_RETRANSMIT_TIMER;
}

/* RFC 6582 3.2 step 3, full acknowledgement: the deflated window, without a burst. */
static void leave_fast(struct recovery *recovery, struct cc *cc, const struct recovery_view *view)
{
	uint32_t left = view->snd_nxt - view->snd_una;
	uint32_t gentle = (left > view->smss ? left : view->smss) + view->smss;

	recovery->fast = false;
	cc->cwnd = cc->ssthresh < gentle ? cc->ssthresh : gentle;
}

/*
 * RFC 3465 2.3: an ACK after a timeout may cover much that had only waited at the receiver. Slow
 * start counts one segment of it then, not two.
 */
static void take_acked(const struct recovery *recovery, const struct cc_control *control,
		       const struct recovery_view *view)
{
	const struct cc_ack ack = {
		.now_us = view->now_us,
		.bytes = view->acked,
		.flight = view->flight,
		.snd_una = view->snd_una,
		.snd_nxt = view->snd_nxt,
		.smss = view->smss,
		.srtt_us = view->srtt_us,
		.rtt_us = view->rtt_us,
		.after_loss = recovery->has_recover,
		.marked = view->marked,
	};

	control->ops->acked(control->cc, control->epoch, &ack);
}

/* SND.UNA moved outside of fast recovery: what is behind it is forgotten. */
static void pass(struct recovery *recovery, uint32_t snd_una)
{
	recovery->duplicates = 0;
	if (recovery->has_recover && seq_gt(snd_una, recovery->recover))
		recovery->has_recover = false;
}

enum recovery_action recovery_advanced(struct recovery *recovery, const struct cc_control *control,
				       const struct recovery_view *view)
{
	struct cc *cc = control->cc;

	assert(view->acked > 0);
	if (!recovery->fast) {
		pass(recovery, view->snd_una);
		take_acked(recovery, control, view);
		return RECOVERY_TIMER;
	}
	recovery->duplicates = 0;
	if (seq_geq(view->snd_una, recovery->recover)) {
		leave_fast(recovery, cc, view);
		return RECOVERY_TIMER;
	}
	/* Partial: deflate by what was acknowledged, one segment back if at least that much. */
	cc->cwnd = cc->cwnd > view->acked ? cc->cwnd - view->acked : view->smss;
	if (view->acked >= view->smss)
		cc->cwnd += view->smss;
	if (cc->cwnd < view->smss)
		cc->cwnd = view->smss;
	if (!recovery->partial) {
		recovery->partial = true;
		return RECOVERY_RETRANSMIT_TIMER;
	}
	return RECOVERY_RETRANSMIT;
}

void recovery_timed_out(struct recovery *recovery, const struct cc_control *control,
			const struct recovery_view *view)
{
	/* What fast recovery sent for each duplicate took the place of what had left the network:
	 * the path never held more than when the loss was noticed. */
	if (recovery->fast)
		control->cc->cwnd = recovery->first_flight;
	control->ops->timed_out(control->cc, control->epoch, view->flight, view->smss);
	recovery->fast = false;
	recovery->duplicates = 0;
	recovery->recover = view->snd_nxt;
	recovery->has_recover = true;
}

uint32_t recovery_limited_transmit(const struct recovery *recovery, uint32_t smss)
{
	if (recovery->fast || recovery->duplicates == 0)
		return 0;
	return (recovery->duplicates < TCP_DUPLICATE_ACKS ? recovery->duplicates : 2U) * smss;
}
