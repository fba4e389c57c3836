/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/undo.h"

#include "base/seq.h"
#include "tcp/loss.h"

void undo_begin(struct loss *loss, uint32_t snd_una)
{
	/* A time-out in the middle of fast recovery has more to undo than itself. */
	loss->undoable = loss->phase == LOSS_NONE;
	loss->began_una = snd_una;
	loss->lost_unproven = 0;
	loss->resent_unproven = 0;
	loss->resent = false;
}

static uint32_t less(uint32_t bytes, uint32_t taken)
{
	return taken < bytes ? bytes - taken : 0;
}

void undo_take_proofs(struct loss *loss, const struct sack_delivery *delivery)
{
	const struct sack_range *twice = &delivery->duplicate;

	loss->lost_unproven = less(loss->lost_unproven, delivery->revived);
	if (delivery->dsack && seq_geq(twice->seq, loss->began_una) &&
	    seq_leq(twice->end, loss->recover))
		loss->resent_unproven = less(loss->resent_unproven, twice->end - twice->seq);
}

/*
 * Eifel: everything that was presumed lost arrived after all, or every retransmission is reported
 * as a duplicate. F-RTO: what was sent once before the time-out arrives after it.
 */
bool undo_is_due(const struct loss *loss, const struct sack_delivery *delivery)
{
	if (!loss->undoable || loss->phase == LOSS_NONE)
		return false;
	if (loss->phase == LOSS_TIMEOUT && delivery->original > 0 && delivery->has_newest &&
	    seq_leq(delivery->newest_end, loss->recover))
		return true;
	return loss->lost_unproven == 0 ||
	       (delivery->dsack && loss->resent && loss->resent_unproven == 0);
}
