/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include <rte_mbuf.h>

#include "base/buffer.h"
#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/options.h"
#include "tcp/quick.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/transmit_plain.h"

/* What output has to look at one after the other. */
static const struct tcp_conn odd = {
	.flags = CONN_FIN_SENT | CONN_RESET_DUE | CONN_RESEND_HEAD | CONN_RESENDING |
		 CONN_PROBE_DUE | CONN_URGENT_OUT | CONN_USER_TIMEOUT_DUE | CONN_ENDED |
		 CONN_LINGERS,
	.features = CONN_ECN | CONN_ECT | CONN_ECN_ECHO | CONN_ECN_CUT,
	.path_ceiling = 0xf,
	.duplicate_acks = 0x3f,
	.backoff = 0x1f,
};

/* The states in which text or the FIN may leave for the first time. */
#define STATES \
	(1U << LA_ESTABLISHED | 1U << LA_CLOSE_WAIT | 1U << LA_FIN_WAIT_1 | 1U << LA_LAST_ACK)

/* What differs from segment to segment. */
struct start {
	uint32_t seq;
	const struct profile *profile; /* the connection's */
	uint16_t window;               /* in the unit that was agreed on */
	uint8_t flags;
	uint64_t text_sum;
};

/* A buffer with text, and the sum of that, unless the port sums it; NULL: there is none just now.
 */
struct filled {
	struct rte_mbuf *mbuf;
	uint64_t sum;
};

/* Nothing is outstanding, and the RTO is what was measured. */
static inline bool is_usual(const struct tcp_conn *conn)
{
	return (likely(conn->state == LA_ESTABLISHED) || (1U << conn->state & STATES) != 0) &&
	       !conn_is_odd(conn, &odd) && conn_may(conn, CONN_SACK) &&
	       conn->snd_una == conn->snd_nxt;
}

/* Nothing is presumed lost, watched, or waits for a timer, and no block is to be told. */
static inline bool stirs_not(const struct tcp_flight *flight)
{
	return flight->stirs == 0 && !loss_stirs(&flight->loss) && flight->blocks.any == 0;
}

/* All that is queued, with the FIN if it is asked for, fits one segment, and is to leave now. */
static inline bool is_one_segment(const struct tcp_conn *conn, const struct tcp_flight *flight,
				  bool fin)
{
	uint32_t queued = flight->send.bytes.bytes;

	return queued + fin <= conn->mss && queued + fin <= conn->snd_wnd &&
	       queued <= conn->cc.cwnd &&
	       (fin || flight->send.push_seq == sendq_end(&flight->send));
}

/* RFC 5681 4.1. */
static inline void resume(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
			  const struct la_tcp_options *options)
{
	uint64_t idle_us = (uint64_t)(tcp->env->now_tick - conn->last_send_tick) * WHEEL_TICK_US;
	struct cc_control control;
	struct cc_pause pause;

	/* The RTO is no less than its minimum. */
	if (!cc_notes_pause(&conn->cc, idle_us, options->rto_min_us))
		return;
	control = flight_cc(tcp, conn, flight);
	pause = (struct cc_pause){
		.now_us = tcp->env->now_us,
		.idle_us = idle_us,
		.rto_us = timers_timeout_by(options, conn, 0),
		.smss = conn->mss,
	};
	control.ops->resumed(control.cc, control.epoch, &pause);
}

/* Where nobody knows the way yet, and the like. */
static __rte_noinline void transmit_otherwise(struct tcp *tcp, struct tcp_conn *conn,
					      struct rte_mbuf *mbuf, struct start start)
{
	struct tcp_options options;
	struct transmit_request request = {
		.tuple = &conn->tuple,
		.seq = start.seq,
		.ack = conn->rcv_nxt,
		.wnd = (uint32_t)start.window << conn->rcv_shift,
		.wnd_shift = conn->rcv_shift,
		.options = &options,
		.text = mbuf->pkt_len,
		.flags = start.flags,
		.marks = start.profile->marks,
		.state = conn->state,
	};

	options_of_segment(tcp, conn, &options);
	transmit_segment(tcp, mbuf, &request);
	stat_count(&tcp->env->counters, STAT_short_cuts_out);
}

/* False: somebody has to look after this one. Made twice, so that the length of the header, on
 * which much depends, is known to the compiler. */
static __rte_always_inline bool transmit_quick(struct tcp *tcp, const struct tcp_conn *conn,
					       struct rte_mbuf *mbuf, const struct start *start,
					       bool has_timestamps)
{
	const struct tcp_header header = {
		.src_port = conn->tuple.local_port,
		.dst_port = conn->tuple.remote_port,
		.seq = start->seq,
		.ack = conn->rcv_nxt,
		.window = start->window,
		.flags = start->flags,
		.length = transmit_plain_length(has_timestamps),
	};
	struct transmit_plain segment = {
		.to = { .remote = &conn->tuple.remote,
			.from = { conn->tuple.local_index, start->profile->marks } },
		.header = tcp_header_words(&header),
		.has_timestamps = has_timestamps,
		.text_sum = start->text_sum,
	};

	if (has_timestamps)
		segment.timestamps =
			tcp_header_timestamps(options_ts_value(tcp, conn), conn->ts_recent);
	return transmit_plain(tcp, mbuf, &segment);
}

/* The ACK that is owed goes with the segment. */
static inline void take_ack_along(struct tcp_conn *conn)
{
	conn->ack_segments = 0;
	conn->flags &= ~(CONN_ACK_DELAYED | CONN_ACK_NOW);
}

/* It leaves in any case: what is to be noted of it may be noted before. */
static __rte_always_inline void transmit(struct tcp *tcp, struct tcp_conn *conn,
					 struct rte_mbuf *mbuf, struct start start)
{
	bool sent;

	assert((start.flags & (TCP_SYN | TCP_RST | TCP_URG)) == 0);
	if (conn_may(conn, CONN_TIMESTAMPS))
		sent = transmit_quick(tcp, conn, mbuf, &start, true);
	else
		sent = transmit_quick(tcp, conn, mbuf, &start, false);
	if (likely(sent))
		tcp->quick_sent.segments++;
	else
		transmit_otherwise(tcp, conn, mbuf, start);
}

/* Text that lies in several buffers, or so much that it is rather attached than copied. */
static __rte_noinline struct filled fill_otherwise(struct tcp *tcp, const struct tcp_conn *conn,
						   struct tcp_flight *flight, struct rte_mbuf *mbuf)
{
	uint32_t text = flight->send.bytes.bytes;
	uint32_t port_flags = net_port_flags(tcp->net, &conn->tuple.remote);
	bool copy = text <= COPY_BYTES || !port_takes_chains(port_flags);
	bool summed_by_port = (port_flags & LA_PORT_TX_CHECKSUM) != 0;

	if (sendq_fill(&flight->send, flight->send.seq, text, mbuf, tcp->env->mbufs, copy))
		return (struct filled){ mbuf,
					summed_by_port ? 0 : checksum_sum_mbuf(mbuf, 0, text) };
	rte_pktmbuf_free(mbuf);
	return (struct filled){ NULL, 0 };
}

/* A buffer with all that is queued, none of which was sent. */
static inline struct filled buffer_with(struct tcp *tcp, const struct tcp_conn *conn,
					struct tcp_flight *flight)
{
	uint32_t text = flight->send.bytes.bytes;
	struct filled filled = { .mbuf = buffer_take_ahead(tcp->env->mbufs, tcp->env->at_hand) };
	const uint8_t *front;

	if (text == 0) {
		if (unlikely(filled.mbuf == NULL))
			filled.mbuf = transmit_buffer(tcp, true);
		return filled;
	}
	if (unlikely(filled.mbuf == NULL))
		return filled;
	front = text <= COPY_BYTES ? sendq_front(&flight->send, text) : NULL;
	if (unlikely(front == NULL))
		return fill_otherwise(tcp, conn, flight, filled.mbuf);
	assert(text <= tcp->buffer_text);
	filled.sum = checksum_copy(rte_pktmbuf_mtod(filled.mbuf, uint8_t *), front, text);
	filled.mbuf->data_len = (uint16_t)text;
	filled.mbuf->pkt_len = text;
	return filled;
}

/* PSH closes what the user wrote in one go (MUST-60). Without a FIN that is all that is queued. */
static inline uint8_t flags_of(const struct tcp_conn *conn, const struct tcp_flight *flight,
			       bool fin)
{
	if (!fin)
		return TCP_ACK | TCP_PSH;
	if (flight->send.bytes.bytes > 0 && seq_lt(conn->snd_nxt, flight->send.push_seq))
		return TCP_ACK | TCP_PSH | TCP_FIN;
	return TCP_ACK | TCP_FIN;
}

/* False: it is not to be one segment, or there is no buffer for it. Made twice, since mostly there
 * is no FIN to be thought of. */
static __rte_always_inline bool send_queued(struct tcp *tcp, struct tcp_conn *conn,
					    struct tcp_flight *flight,
					    const struct profile *profile, bool fin)
{
	const struct la_tcp_options *options = &profile->options;
	uint32_t text = flight->send.bytes.bytes;
	struct filled filled;
	struct start start;

	if (!is_one_segment(conn, flight, fin))
		return false;
	assert(text == 0 || flight->send.seq == conn->snd_nxt);
	filled = buffer_with(tcp, conn, flight);
	if (unlikely(filled.mbuf == NULL))
		return false;
	resume(tcp, conn, flight, options);
	/* An initial window may leave at once where nothing is outstanding, and this is less. */
	if (pace_is_wanted(options, conn->rtt.srtt_us))
		pace_allow(&flight->pace, text, tcp->env->now_us);
	start = (struct start){
		.seq = conn->snd_nxt,
		.window = ack_policy_window_said(tcp, conn, flight),
		.profile = profile,
		.flags = flags_of(conn, flight, fin),
		.text_sum = filled.sum,
	};
	take_ack_along(conn);
	conn->snd_nxt = start.seq + text + fin;
	if (fin)
		conn->flags |= CONN_FIN_SENT;
	loss_sent_first(&flight->loss, &tcp->sacks, start.seq, conn->snd_nxt, tcp->env->now_us);
	conn->last_send_tick = tcp->env->now_tick;
	timers_on_first_sent(tcp, conn, flight, profile);
	tcp->quick_sent.bytes += text;
	transmit(tcp, conn, filled.mbuf, start);
	return true;
}

static __rte_noinline bool send_queued_and_fin(struct tcp *tcp, struct tcp_conn *conn,
					       struct tcp_flight *flight,
					       const struct profile *profile)
{
	if (!send_queued(tcp, conn, flight, profile, true))
		return false;
	flight_settle(tcp, conn);
	return true;
}

/* Nothing is queued, and no FIN is asked for: an ACK may be owed, and the timers want a look.
 * False: there is no buffer for the ACK. */
static bool acknowledge(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
			const struct profile *profile)
{
	struct start start = { .profile = profile, .flags = TCP_ACK };
	struct rte_mbuf *mbuf;

	if (ack_policy_is_due(tcp, conn)) {
		mbuf = transmit_buffer(tcp, true);
		if (mbuf == NULL)
			return false;
		/* Not beyond the peer's window, where it would be unacceptable. */
		start.seq = seq_min(conn->snd_nxt, conn->snd_una + conn->snd_wnd);
		start.window = transmit_window(ack_policy_window(tcp, conn), conn->rcv_shift);
		take_ack_along(conn);
		transmit(tcp, conn, mbuf, start);
	}
	if (flight != NULL)
		flight->probes = 0;
	timers_on_ack_left(tcp, conn);
	flight_settle(tcp, conn);
	return true;
}

bool quick_output(struct tcp *tcp, struct tcp_conn *conn)
{
	bool fin = conn_has(conn, CONN_END_ASKED);
	const struct profile *profile;
	struct tcp_flight *flight;

	if (tcp->config.no_short_cuts || !is_usual(conn))
		return false;
	profile = tcp_profile_of(tcp, conn);
	flight = flight_of(tcp, conn);
	if (flight == NULL)
		return !fin && acknowledge(tcp, conn, NULL, profile);
	if (!stirs_not(flight))
		return false;
	if (unlikely(fin))
		return send_queued_and_fin(tcp, conn, flight, profile);
	if (flight->send.bytes.bytes == 0)
		return acknowledge(tcp, conn, flight, profile);
	/* A flight with text outstanding stands in no line, and has not to go there. */
	return send_queued(tcp, conn, flight, profile, false);
}
