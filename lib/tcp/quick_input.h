/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quick_input.h: the short cut of input (quick.h): header prediction (V. Jacobson, 1990), with what
 * has to be unremarkable about a connection of today.
 *
 * It is written into the loop over the segments of a burst: to call it, and to find again what the
 * loop has at hand, takes a tenth of its instructions.
 */
#ifndef TCP_QUICK_INPUT_H
#define TCP_QUICK_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/hold.h"
#include "tcp/loss_plain.h"
#include "tcp/options.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"

/* The segment is the next one, and says nothing but what it brings and what has arrived. */
static inline bool quick_is_next(const struct tcp *tcp, const struct tcp_conn *conn,
				 const struct tcp_seg *seg)
{
	const uint8_t plain = TCP_SYN | TCP_RST | TCP_ACK | TCP_URG;
	const struct tcp_options *options = &seg->options;

	if ((seg->flags & plain) != TCP_ACK || seg->seq != conn->rcv_nxt ||
	    segment_length_synless(seg) > conn_rcv_wnd(conn) || options->sack_count != 0 ||
	    options->has_user_timeout)
		return false;
	if (!conn_may(conn, CONN_TIMESTAMPS))
		return true;
	/* Only a smaller one can be old. */
	return options->has_timestamps && (seq_geq(options->ts_value, conn->ts_recent) ||
					   !options_timestamp_is_old(tcp, conn, options->ts_value));
}

/* It may be put where the service reads it: nothing waits there, or beyond a gap. */
static inline bool quick_may_take_text(const struct tcp *tcp, const struct tcp_flight *flight)
{
	return flight->receive.bytes == 0 && flight->reasm.head == NULL &&
	       !share_is_low(&tcp->env->share);
}

/* It acknowledges everything, and of all that nothing is to be said but that it arrived. (A board
 * that is plain is open: loss.c watches.) */
static inline bool quick_acknowledges_all(const struct tcp_conn *conn,
					  const struct tcp_flight *flight, uint32_t ack)
{
	return ack == conn->snd_nxt && loss_is_plain(&flight->loss) && flight->path_probe == 0 &&
	       flight->too_big == 0;
}

/*
 * The conversation goes on, or comes to its end: the peer's FIN, the ACK of ours, or both. Text is
 * for the former, lest it be taken before our FIN is known to have arrived.
 */
static inline bool quick_is_of_its_state(const struct tcp_conn *conn, const struct tcp_seg *seg)
{
	bool has_fin = (seg->flags & TCP_FIN) != 0;

	if (likely(conn->state == LA_ESTABLISHED))
		return true;
	switch (conn->state) {
	case LA_FIN_WAIT_1:
		return seg->text == 0 && conn_has(conn, CONN_FIN_SENT);
	case LA_FIN_WAIT_2:
		return seg->text == 0 && has_fin;
	case LA_LAST_ACK:
		return seg->text == 0 && !has_fin && conn_has(conn, CONN_FIN_SENT);
	default:
		return false;
	}
}

/* As far as the connection's record says. */
static inline bool quick_is_candidate(const struct tcp *tcp, const struct tcp_conn *conn,
				      const struct tcp_seg *seg)
{
	/* What gives the steps something to decide. */
	static const struct tcp_conn odd = {
		.flags = CONN_READER_GONE | CONN_RESET_DUE | CONN_RESEND_HEAD | CONN_RESENDING |
			 CONN_PROBE_DUE | CONN_URGENT_OUT | CONN_URGENT_IN | CONN_ENDED |
			 CONN_LINGERS,
		.features = CONN_ECN | CONN_ECT | CONN_ECN_ECHO | CONN_ECN_CUT,
		.keepalive_probes = 0xf,
	};

	return quick_is_of_its_state(conn, seg) && !conn_is_odd(conn, &odd) && conn->snd_wnd != 0 &&
	       quick_is_next(tcp, conn, seg);
}

/* As far as its flight says, of a candidate. */
static inline bool quick_is_expected(const struct tcp *tcp, const struct tcp_conn *conn,
				     const struct tcp_flight *flight, const struct tcp_seg *seg)
{
	/* Without a flight nothing is outstanding and nothing waits. */
	if (flight == NULL)
		return segment_length_synless(seg) > 0 && seg->ack == conn->snd_una &&
		       (seg->text == 0 || !share_is_low(&tcp->env->share));
	if (flight->reasm.has_fin)
		return false;
	if (seg->text > 0 && !quick_may_take_text(tcp, flight))
		return false;
	if (conn->snd_una == conn->snd_nxt)
		return segment_length_synless(seg) > 0 && seg->ack == conn->snd_una;
	return quick_acknowledges_all(conn, flight, seg->ack);
}

/* The queue up to seq: its buffer goes to those at hand. */
static inline void quick_acknowledge_text(struct tcp *tcp, struct sendq *queue, uint32_t seq)
{
	struct rte_mbuf *only = sendq_acknowledge_only(queue, seq);

	if (unlikely(only == NULL)) {
		sendq_acknowledge_part(queue, seq);
		return;
	}
	/* It has waited for this ACK, and is the next to be written. */
	buffer_prefetch_room(only);
	buffer_give_at_hand(only, tcp->env->mbufs, tcp->env->at_hand);
}

/* The fifth step. */
static inline void quick_acknowledge_all(struct tcp *tcp, struct tcp_conn *conn,
					 struct tcp_flight *flight, uint32_t ack)
{
	uint32_t acked = ack - conn->snd_una;

	/* A FIN is in no queue. */
	quick_acknowledge_text(tcp, &flight->send, ack - conn_has(conn, CONN_FIN_SENT));
	conn->snd_una = ack;
	loss_all_acknowledged(tcp, conn, flight);
	if (flight->send.bytes.bytes > 0 || conn->state != LA_ESTABLISHED)
		hold_acknowledged(tcp, conn, acked);
	if (acked >= conn->mss)
		conn->features |= CONN_PATH_PROVEN;
}

static inline void quick_update_window(struct tcp_conn *conn, const struct tcp_seg *seg,
				       bool ack_is_new)
{
	bool is_older = seq_gt(conn->snd_wl1, seg->seq);

	if (is_older && !ack_is_new)
		return;
	conn->snd_wnd = seg->wnd << conn->snd_shift;
	if (!is_older)
		conn->snd_wl1 = seg->seq;
	conn_note_snd_scaled(conn, seg->wnd);
}

/* The seventh. */
static inline void quick_take_text(struct tcp *tcp, struct tcp_conn *conn,
				   struct tcp_flight *flight, struct tcp_seg *seg)
{
	uint32_t bytes = seg->text;
	uint32_t buffers = seg->mbuf->nb_segs;

	if (likely(buffers == 1))
		mbufq_begin(&flight->receive, segment_take_buffer(seg), (uint16_t)bytes);
	else
		mbufq_append_take(&flight->receive, segment_take_text(seg));
	share_take(&tcp->env->share, buffers);
	conn->rcv_nxt += bytes;
	ack_policy_tune(tcp, conn, flight, seg->seq);
	tcp->quick_taken.bytes += bytes;
	conn->flags |= CONN_TELL_DATA;
	ack_policy_text(conn);
}

/* That the peer is there, and perhaps that something moved. */
static inline void quick_note_heard(struct tcp *tcp, struct tcp_conn *conn,
				    struct tcp_flight *flight, bool moved)
{
	uint32_t now = tcp->env->now_tick;

	if (flight != NULL)
		flight->heard_tick = now;
	if (moved)
		conn->last_recv_tick = now;
	else
		timers_on_heard(tcp, conn);
}

/**
 * Text in order, an ACK of everything outstanding, a FIN, or some of these. True: the segment is
 * dealt with, and its text, if it had any, is taken; what FINs lead to, its own and the one that it
 * acknowledges, is left to arrives_at_end() (input.h). False: nothing has changed.
 */
static __rte_always_inline bool quick_input(struct tcp *tcp, struct tcp_conn *conn,
					    struct tcp_seg *seg)
{
	bool ack_is_new = seg->ack != conn->snd_una;
	struct tcp_flight *flight;

	if (tcp->config.no_short_cuts || !quick_is_candidate(tcp, conn, seg))
		return false;
	flight = flight_of(tcp, conn);
	if (!quick_is_expected(tcp, conn, flight, seg))
		return false;
	/* An idle one may go back to the pool no more. */
	if (seg->text > 0 && (flight == NULL || flight->stands_idle)) {
		flight = flight_fetch(tcp, conn);
		if (flight == NULL)
			return false;
	}
	tcp->quick_taken.segments++;
	if (conn_may(conn, CONN_TIMESTAMPS) && conn->ack_segments == 0)
		options_take_timestamp(conn, seg->options.ts_value, tcp->env->now_us);
	quick_note_heard(tcp, conn, flight, ack_is_new || seg->text > 0);
	if (ack_is_new)
		quick_acknowledge_all(tcp, conn, flight, seg->ack);
	quick_update_window(conn, seg, ack_is_new);
	if (seg->text > 0)
		quick_take_text(tcp, conn, flight, seg);
	tcp_mark_due(tcp, conn);
	return true;
}

#endif
