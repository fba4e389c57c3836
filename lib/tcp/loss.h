/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loss.h: finding losses and mending them on connections with SACK: the parent of the scoreboard
 * (sack.h), RACK-TLP (rack.h) and PRR (prr.h), and the only one that puts a connection's congestion
 * control and timers to what they find. Connections without SACK have recovery.h instead.
 *
 * A flight is in one of three phases. In LOSS_NONE all goes well. LOSS_FAST: a loss was found by
 * time, and PRR paces what is sent until everything is acknowledged that was outstanding then.
 * LOSS_TIMEOUT: the retransmission timer expired, and slow start begins anew until the same point.
 * Both end early when the loss turns out to have been none (undo.h).
 */
#ifndef TCP_LOSS_H
#define TCP_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/tcp_constants.h"
#include "tcp/conn.h"
#include "tcp/prr.h"
#include "tcp/rack.h"
#include "tcp/sack.h"

struct tcp;
struct tcp_flight;
struct tcp_seg;

enum loss_phase {
	LOSS_NONE, /**< 0 */
	LOSS_FAST,
	LOSS_TIMEOUT,
};

/** What a flight remembers. */
struct loss {
	struct sack board;
	struct rack rack;
	struct prr prr;
	uint8_t phase : 7;        /**< enum loss_phase */
	bool probe_due : 1;       /**< a tail loss probe leaves at the end of this breath */
	bool undoable;            /**< no loss of this phase was proven yet */
	bool resent;              /**< something was sent again in this phase */
	uint32_t recover;         /**< SND.NXT when the phase began */
	uint32_t began_una;       /**< SND.UNA then */
	uint32_t lost_unproven;   /**< bytes presumed lost since, and not found to have arrived */
	uint32_t resent_unproven; /**< bytes sent again since, and not reported as duplicates */
};

/** The flight was attached, and all of it is zero; or it is about to go. */
static inline void loss_init(struct loss *loss)
{
	assert(loss->phase == LOSS_NONE);
	rack_init(&loss->rack);
}

static inline void loss_close(struct loss *loss)
{
	sack_close(&loss->board);
}

/** Nothing is being recovered from, and all that is outstanding was sent once, at one time. */
static inline bool loss_is_plain(const struct loss *loss)
{
	return loss->phase == LOSS_NONE && !loss->rack.tlp_runs && sack_is_plain(&loss->board);
}

/** While nothing is outstanding: true if something is being recovered from, or to be probed. */
static inline bool loss_stirs(const struct loss *loss)
{
	return loss->phase != LOSS_NONE || loss->probe_due;
}

/** True while connection and flight are looked after here: SACK was agreed on, text was sent. */
bool loss_watches(const struct tcp_conn *conn, const struct tcp_flight *flight);

/** Numbers [seq, end) were sent; SND.NXT is behind them already. */
void loss_sent(struct tcp *tcp, struct tcp_conn *conn, uint32_t seq, uint32_t end);

/** The same while nothing is outstanding and nothing stirs: they are all that is outstanding. */
static inline void loss_sent_first(struct loss *loss, struct sack_pool *sacks, uint32_t seq,
				   uint32_t end, uint64_t now_us)
{
	if (!sack_is_open(&loss->board))
		sack_open(&loss->board, sacks, seq);
	assert(loss->board.nxt == seq);
	sack_sent(&loss->board, end, now_us);
}

/** After loss_sent_first(): the tail loss probe's timer is to run. */
static inline bool loss_first_may_probe(const struct loss *loss)
{
	return rack_is_measured(&loss->rack);
}

/** How long then, if that was one segment: loss_probe_timeout_us(). */
static inline uint32_t loss_first_probe_us(const struct tcp_conn *conn, uint32_t rto_us)
{
	struct rack_probe probe = {
		.srtt_us = conn->rtt.srtt_us,
		.rto_left_us = rto_us,
		.ack_delay_us = TCP_PEER_ACK_DELAY_US,
		.one_segment = true,
	};

	return rack_probe_timeout_us(&probe);
}

/** An acceptable ACK arrived while something was outstanding; SND.UNA is SEG.ACK already. marked:
 *  it tells of a mark (RFC 3168), and no window grows. */
void loss_acknowledged(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg,
		       bool marked);

/** RFC 2018 section 8, when the retransmission timer expires: if the peer has what it does not
 *  acknowledge, nothing that it SACKed counts any more. Returns how many bytes that puts back. */
uint32_t loss_forget_reneged(struct tcp *tcp, struct tcp_conn *conn);

/** The retransmission timer expired. */
void loss_timed_out(struct tcp *tcp, struct tcp_conn *conn);

/** RFC 8985 6.3: the reordering timer expired. */
void loss_reordering_expired(struct tcp *tcp, struct tcp_conn *conn);

/** Whether the tail loss probe's timer is to run instead of the retransmission timer, and how long
 *  from now, rto_us being the retransmission timeout; 0: it is not. */
uint32_t loss_probe_timeout_us(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t rto_us);

/** The probe left: new text, or the last segment again. */
void loss_probe_sent(struct tcp *tcp, struct tcp_conn *conn, bool again);

#endif
