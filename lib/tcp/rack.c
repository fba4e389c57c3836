/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/rack.h"

#include <assert.h>

#include "base/seq.h"
#include "config/tcp_constants.h"

_Static_assert(TCP_RACK_REO_WND_MULT_MAX - 1 <= 15, "reo_wnd_more has 4 bits");
_Static_assert(TCP_RACK_REO_WND_PERSIST <= 31, "reo_wnd_persist has 5 bits");

uint64_t rack_credible_us(const struct rack *rack, uint64_t now_us, uint64_t echo_us)
{
	uint64_t latest_us = now_us;

	if (rack->min_rtt_us != SACK_NO_RTT)
		latest_us = now_us > rack->min_rtt_us ? now_us - rack->min_rtt_us : 0;
	return latest_us < echo_us ? latest_us : echo_us;
}

void rack_recovered(struct rack_memory *memory)
{
	if (memory->reo_wnd_persist > 0)
		memory->reo_wnd_persist--;
	if (memory->reo_wnd_persist == 0)
		memory->reo_wnd_more = 0;
}

/* RACK_update_reo_wnd(). */
static uint32_t reordering_window_us(const struct rack *rack, const struct rack_memory *memory,
				     const struct sack *board, const struct rack_view *view)
{
	uint64_t base_us = rack->min_rtt_us != SACK_NO_RTT ? rack->min_rtt_us : view->srtt_us;
	uint64_t window_us = (memory->reo_wnd_more + 1U) * base_us / TCP_RACK_REO_WND_SHARE;

	if (!memory->reordering_seen &&
	    (view->recovering || sack_segments(board, view->smss) >= TCP_DUPLICATE_ACKS))
		return 0;
	return window_us < view->srtt_us ? (uint32_t)window_us : view->srtt_us;
}

struct rack_losses rack_detect(struct rack *rack, const struct rack_memory *memory,
			       struct sack *board, const struct rack_view *view)
{
	struct rack_losses losses = { 0 };
	struct sack_piece piece;

	rack->reo_wnd_us = reordering_window_us(rack, memory, board, view);
	while (rack->runs && sack_oldest(board, &piece)) {
		uint64_t over_us = piece.sent_us + rack->rtt_us + rack->reo_wnd_us;

		if (!rack_is_newer(rack->xmit_us, rack->end_seq, piece.sent_us, piece.range.end))
			break;
		if (over_us > view->now_us) {
			losses.timeout_us = (uint32_t)(over_us - view->now_us);
			break;
		}
		losses.bytes += sack_lose_oldest(board);
	}
	return losses;
}

uint32_t rack_timed_out(struct rack *rack, const struct rack_memory *memory, struct sack *board,
			const struct rack_view *view)
{
	struct sack_range first = { board->una, board->una + view->smss };
	struct sack_piece piece;
	uint32_t bytes = 0;

	rack->reo_wnd_us = reordering_window_us(rack, memory, board, view);
	while (sack_oldest(board, &piece) &&
	       piece.sent_us + rack->rtt_us + rack->reo_wnd_us <= view->now_us)
		bytes += sack_lose_oldest(board);
	if (board->nxt - board->una < view->smss)
		first.end = board->nxt;
	if (first.seq != first.end)
		bytes += sack_lose(board, first);
	return bytes;
}

/* ---- tail loss probe ---- */

void rack_probe_sent(struct rack *rack, uint32_t snd_nxt, bool is_retrans)
{
	assert(!rack->tlp_runs);
	rack->tlp_runs = true;
	rack->tlp_unmeasured = true;
	rack->tlp_is_retrans = is_retrans;
	rack->tlp_end_seq = snd_nxt;
}

bool rack_probe_acked(struct rack *rack, uint32_t ack, bool duplicate,
		      const struct sack_delivery *delivery)
{
	bool repaired = false;

	if (!rack->tlp_runs || seq_lt(ack, rack->tlp_end_seq))
		return false;
	if (!rack->tlp_is_retrans) {
		rack->tlp_runs = false;
	} else if (rack_answers_probe(rack, delivery)) {
		/* Original and probe arrived both. */
		rack->tlp_runs = false;
	} else if (seq_gt(ack, rack->tlp_end_seq)) {
		/* What was sent after the probe has arrived, and nothing was said of a duplicate.
		 */
		rack->tlp_runs = false;
		repaired = true;
	} else if (duplicate) {
		/* One ACK for the original, one for the probe. */
		rack->tlp_runs = false;
	}
	return repaired;
}
