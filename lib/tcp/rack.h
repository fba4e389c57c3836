/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rack.h: RACK-TLP (RFC 8985): loss is told from time: what was sent sufficiently long before
 * something that arrived is lost. Where nothing arrives any more, a probe makes it.
 *
 * Decides; the board (sack.h) keeps what is lost, whoever calls retransmits, arms the timers and
 * tells congestion control. Reads no clock. Times are microseconds.
 */
#ifndef TCP_RACK_H
#define TCP_RACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "config/tcp_constants.h"
#include "tcp/sack.h"

/** What a connection keeps between flights. All zero at its beginning. */
struct rack_memory {
	uint16_t reo_wnd_more : 4;    /**< RACK.reo_wnd_mult - 1 */
	uint16_t reo_wnd_persist : 5; /**< RACK.reo_wnd_persist: recoveries for which it holds */
	uint16_t reordering_seen : 1; /**< RACK.reordering_seen */
};

_Static_assert(sizeof(struct rack_memory) == 2, "it is part of an idle connection");

struct rack {
	uint64_t xmit_us;      /**< RACK.xmit_ts */
	uint64_t min_since_us; /**< when the window of min_next_us began */
	uint32_t end_seq;      /**< RACK.end_seq */
	uint32_t rtt_us;       /**< RACK.rtt */
	uint32_t min_rtt_us;  /**< RACK.min_RTT: over the last one to two windows; SACK_NO_RTT: none
			       */
	uint32_t min_next_us; /**< the minimum of the window that runs, or SACK_NO_RTT */
	uint32_t reo_wnd_us;  /**< RACK.reo_wnd as last computed */
	uint32_t dsack_round; /**< RACK.dsack_round */
	uint32_t tlp_end_seq; /**< TLP.end_seq */
	bool runs : 1; /**< something was delivered: xmit_us, end_seq, rtt_us mean something */
	bool dsack_round_runs : 1; /**< dsack_round means something */
	bool tlp_runs : 1;         /**< tlp_end_seq means something: a probe is out */
	bool tlp_is_retrans : 1;   /**< TLP.is_retrans */
	bool tlp_unmeasured : 1;   /**< no round-trip time was measured since the last probe */
};

_Static_assert(sizeof(struct rack) <= 48, "it is part of a flight");

/** Where the connection stands. */
struct rack_view {
	uint64_t now_us;
	uint32_t snd_una; /**< after this ACK */
	uint32_t snd_nxt;
	uint32_t srtt_us; /**< 0: no sample yet */
	uint32_t smss;
	bool recovering; /**< in fast or RTO recovery */
};

struct rack_losses {
	uint32_t bytes;      /**< newly presumed lost */
	uint32_t timeout_us; /**< when to look again: the reordering timer; 0: not running */
};

static inline void rack_init(struct rack *rack)
{
	*rack = (struct rack){ .min_rtt_us = SACK_NO_RTT, .min_next_us = SACK_NO_RTT };
}

/**
 * RFC 8985 6.2 step 2: the latest time at which a retransmission may have left for which an ACK
 * arrives now: the minimum round-trip time ago. echo_us: when at the latest the segment left whose
 * timestamp this ACK echoes (RFC 7323), UINT64_MAX without timestamps. For sack_ack.credible_us.
 */
uint64_t rack_credible_us(const struct rack *rack, uint64_t now_us, uint64_t echo_us);

/* -- what rack_update() is made of -- */

static inline bool rack_is_newer(uint64_t us, uint32_t end, uint64_t other_us, uint32_t other_end)
{
	return us > other_us || (us == other_us && seq_gt(end, other_end));
}

/* Step 1: a round trip was measured. What is older than a window is forgotten when the next has a
 * minimum of its own. */
static inline void rack_update_min_rtt(struct rack *rack, uint32_t rtt_us, uint64_t now_us)
{
	rack->tlp_unmeasured = false;
	if (now_us - rack->min_since_us >= TCP_RACK_MIN_RTT_WINDOW_US) {
		if (rack->min_next_us != SACK_NO_RTT)
			rack->min_rtt_us = rack->min_next_us;
		rack->min_next_us = SACK_NO_RTT;
		rack->min_since_us = now_us;
	}
	/* The minimum of more than this window is no larger. */
	if (rtt_us < rack->min_next_us) {
		rack->min_next_us = rtt_us;
		if (rtt_us < rack->min_rtt_us)
			rack->min_rtt_us = rtt_us;
	}
}

static inline void rack_take_newest(struct rack *rack, uint64_t us, uint32_t end)
{
	rack->runs = true;
	rack->xmit_us = us;
	rack->end_seq = end;
}

/* Step 2: of what was delivered, the newest was sent at us, rtt_us ago, and ends there. What cannot
 * be the answer to a retransmission is not among the newest (credible_us). */
static inline void rack_update_newest(struct rack *rack, uint64_t us, uint32_t end, uint32_t rtt_us)
{
	rack->rtt_us = rtt_us;
	if (!rack->runs || rack_is_newer(us, end, rack->xmit_us, rack->end_seq))
		rack_take_newest(rack, us, end);
}

static inline bool rack_answers_probe(const struct rack *rack, const struct sack_delivery *delivery)
{
	return rack->tlp_runs && rack->tlp_is_retrans && delivery->dsack &&
	       delivery->duplicate.end == rack->tlp_end_seq;
}

/* Step 4: a round trip after a D-SACK the next one counts. */
static inline void rack_end_dsack_round(struct rack *rack, uint32_t snd_una)
{
	if (rack->dsack_round_runs && seq_geq(snd_una, rack->dsack_round))
		rack->dsack_round_runs = false;
}

/* The part that D-SACK has in it. */
static inline void rack_update_multiplier(struct rack *rack, struct rack_memory *memory,
					  const struct sack_delivery *delivery,
					  const struct rack_view *view)
{
	rack_end_dsack_round(rack, view->snd_una);
	if (rack->dsack_round_runs || !delivery->dsack || rack_answers_probe(rack, delivery))
		return;
	rack->dsack_round_runs = true;
	rack->dsack_round = view->snd_nxt;
	if (memory->reo_wnd_more + 1U < TCP_RACK_REO_WND_MULT_MAX)
		memory->reo_wnd_more++;
	memory->reo_wnd_persist = TCP_RACK_REO_WND_PERSIST;
}

/**
 * RFC 8985 6.2 steps 1 to 4, after sack_acknowledge() and before rack_probe_acked(): the minimum
 * round-trip time; the newest that was delivered; whether there is reordering; the reordering
 * window by D-SACK, once per round trip. Not for a D-SACK that answers the tail loss probe: no
 * reordering window could have avoided that.
 */
static inline void rack_update(struct rack *rack, struct rack_memory *memory,
			       const struct sack_delivery *delivery, const struct rack_view *view)
{
	uint64_t newest_rtt_us = view->now_us - delivery->newest_us;

	if (delivery->rtt_last_us != SACK_NO_RTT)
		rack_update_min_rtt(rack, delivery->rtt_last_us, view->now_us);
	if (delivery->has_newest)
		rack_update_newest(rack, delivery->newest_us, delivery->newest_end,
				   newest_rtt_us < UINT32_MAX ? (uint32_t)newest_rtt_us
							      : UINT32_MAX);
	if (delivery->reordered)
		memory->reordering_seen = true;
	rack_update_multiplier(rack, memory, delivery, view);
}

/** The same where a plain board was acknowledged up to end, and nothing else is told: all of it was
 *  sent once, at sent_us, rtt_us before now_us, and when all that was sent before had arrived. */
static inline void rack_update_plain(struct rack *rack, uint32_t end, uint64_t sent_us,
				     uint32_t rtt_us, uint64_t now_us)
{
	rack_update_min_rtt(rack, rtt_us, now_us);
	rack->rtt_us = rtt_us;
	rack_take_newest(rack, sent_us, end);
	rack_end_dsack_round(rack, end);
}

/**
 * RFC 8985 6.2 step 5, after rack_update() and when the reordering timer expires. Work: what is
 * newly lost and one more.
 *
 * The timer is for the first that may become lost, where the RFC's is for the last: no walk over
 * all of them, and none waits for another.
 */
struct rack_losses rack_detect(struct rack *rack, const struct rack_memory *memory,
			       struct sack *board, const struct rack_view *view);

/** RFC 8985 6.3: the retransmission timer expired. The first segment is lost, and all whose time is
 *  over. Returns how many bytes newly. */
uint32_t rack_timed_out(struct rack *rack, const struct rack_memory *memory, struct sack *board,
			const struct rack_view *view);

/** Fast or RTO recovery was left (RFC 8985 6.2 step 4). */
void rack_recovered(struct rack_memory *memory);

/* ---- tail loss probe (section 7) ---- */

struct rack_probe {
	uint32_t srtt_us;      /**< 0: no sample yet */
	uint32_t rto_left_us;  /**< until the retransmission timer would expire */
	uint32_t ack_delay_us; /**< longest that the peer may delay an ACK: TLP.max_ack_delay */
	bool one_segment;      /**< no more than one is outstanding */
};

/** No probe is out, and a round-trip time was measured since the last. */
static inline bool rack_is_measured(const struct rack *rack)
{
	return !rack->tlp_runs && !rack->tlp_unmeasured;
}

/** Section 7.2: whether the probe timer may be armed instead of the retransmission timer: something
 *  is outstanding, nothing SACKed, no recovery, no probe out, a round-trip time measured since the
 *  last. */
static inline bool rack_may_probe(const struct rack *rack, const struct sack *board,
				  bool recovering)
{
	return board->una != board->nxt && board->sacked_bytes == 0 && !recovering &&
	       rack_is_measured(rack);
}

/** Section 7.2, TLP_calc_PTO(): microseconds from now. */
static inline uint32_t rack_probe_timeout_us(const struct rack_probe *probe)
{
	uint64_t us = TCP_TLP_INITIAL_US;

	if (probe->srtt_us != 0) {
		us = 2 * (uint64_t)probe->srtt_us;
		if (probe->one_segment)
			us += probe->ack_delay_us;
	}
	return us < probe->rto_left_us ? (uint32_t)us : probe->rto_left_us;
}

/** Section 7.3: the probe left: the next new segment, or else the last one sent again. snd_nxt is
 *  after it. */
void rack_probe_sent(struct rack *rack, uint32_t snd_nxt, bool is_retrans);

/**
 * Section 7.4, TLP_process_ack(), for each ACK. duplicate: it advances nothing, carries no SACK
 * block and no text. True when the probe repaired a loss, for which congestion control has to
 * answer.
 */
bool rack_probe_acked(struct rack *rack, uint32_t ack, bool duplicate,
		      const struct sack_delivery *delivery);

#endif
