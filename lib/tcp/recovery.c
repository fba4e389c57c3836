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

enum recovery_action recovery_duplicate(struct recovery *recovery, const struct cc_ops *ops,
					struct cc *cc, struct cc_epoch *epoch,
					const struct recovery_view *view)
{
	assert(view->acked == 0);
	if (recovery->duplicates < UINT8_MAX)
		recovery->duplicates++;
	if (recovery->duplicates == 1)
		recovery->first_flight = view->flight;
	if (recovery->fast) {
		/* Each duplicate says that a segment left the network (RFC 5681 3.2 step 4); never
		 * more than was outstanding, or duplicates made up by the peer would open the
		 * window at will. */
		if (cc->cwnd < cc->ssthresh + view->flight)
			cc->cwnd += view->smss;
		return RECOVERY_NOTHING;
	}
	if (recovery->duplicates < TCP_DUPLICATE_ACKS)
		return RECOVERY_NOTHING;
	if (recovery->duplicates > TCP_DUPLICATE_ACKS ||
	    !recover_is_behind(recovery, view->snd_una))
		return RECOVERY_NOTHING;
	/* What limited transmit sent since the first duplicate does not count (RFC 5681 3.2). */
	ops->lost(cc, epoch,
		  view->flight < recovery->first_flight ? view->flight : recovery->first_flight,
		  view->smss);
	cc->cwnd = cc->ssthresh + TCP_DUPLICATE_ACKS * view->smss;
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
static void take_acked(const struct recovery *recovery, const struct cc_ops *ops, struct cc *cc,
		       struct cc_epoch *epoch, const struct recovery_view *view)
{
	bool careful = recovery->has_recover && cc->cwnd < cc->ssthresh && view->acked > view->smss;

	ops->acked(cc, epoch, careful ? view->smss : view->acked, view->smss);
}

void recovery_passed(struct recovery *recovery, uint32_t snd_una)
{
	assert(!recovery->fast);
	recovery->duplicates = 0;
	if (recovery->has_recover && seq_gt(snd_una, recovery->recover))
		recovery->has_recover = false;
}

enum recovery_action recovery_advanced(struct recovery *recovery, const struct cc_ops *ops,
				       struct cc *cc, struct cc_epoch *epoch,
				       const struct recovery_view *view)
{
	assert(view->acked > 0);
	if (!recovery->fast) {
		recovery_passed(recovery, view->snd_una);
		take_acked(recovery, ops, cc, epoch, view);
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

void recovery_timed_out(struct recovery *recovery, const struct cc_ops *ops, struct cc *cc,
			struct cc_epoch *epoch, const struct recovery_view *view)
{
	ops->timed_out(cc, epoch, view->flight, view->smss);
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
