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
#define UNUSUAL_FLAGS                                                                          \
	(CONN_FIN_SENT | CONN_RESET_DUE | CONN_RESEND_HEAD | CONN_RESENDING | CONN_PROBE_DUE | \
	 CONN_URGENT_OUT | CONN_USER_TIMEOUT_DUE | CONN_ENDED | CONN_LINGERS)
#define UNUSUAL_FEATURES (CONN_ECN | CONN_ECT | CONN_ECN_ECHO | CONN_ECN_CUT)

/* The states in which text or the FIN may leave for the first time. */
#define STATES \
	(1U << LA_ESTABLISHED | 1U << LA_CLOSE_WAIT | 1U << LA_FIN_WAIT_1 | 1U << LA_LAST_ACK)

/* What differs from segment to segment. */
struct start {
	uint32_t seq;
	uint8_t flags;
	uint64_t text_sum;
};

/* Nothing is outstanding, presumed lost or watched, no block is to be told, and the RTO is what was
 * measured. */
static inline bool is_at_rest(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	if (conn->snd_una != conn->snd_nxt || conn->path_ceiling != 0 ||
	    conn->duplicate_acks != 0 || conn->backoff != 0)
		return false;
	/* All of them, and then one branch. */
	return flight == NULL ||
	       (flight->timer | flight->paced | loss_stirs(&flight->loss) | flight->path_probe |
		flight->blocks.count | flight->blocks.has_duplicate) == 0;
}

/* All that is queued, with the FIN if it is asked for, fits one segment, and is to leave now. */
static inline bool is_one_segment(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	uint32_t queued = flight->send.bytes.bytes;
	bool fin = conn_has(conn, CONN_END_ASKED);

	return queued + fin > 0 && queued <= COPY_BYTES && queued <= conn->mss &&
	       queued + fin <= conn->snd_wnd &&
	       (fin || flight->send.push_seq == sendq_end(&flight->send));
}

static inline bool is_usual(const struct tcp_conn *conn)
{
	return (1U << conn->state & STATES) != 0 && !conn_has(conn, UNUSUAL_FLAGS) &&
	       !conn_may(conn, UNUSUAL_FEATURES) && conn_may(conn, CONN_SACK);
}

/* Nothing is queued, and no FIN is asked for: an ACK may be owed, and the timers want a look. */
static inline bool has_nothing_queued(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	return !conn_has(conn, CONN_END_ASKED) && (flight == NULL || flight->send.bytes.bytes == 0);
}

/* RFC 5681 4.1. */
static inline void resume(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
			  uint32_t rto_us)
{
	uint64_t idle_us = (uint64_t)(tcp->env->now_tick - conn->last_send_tick) * WHEEL_TICK_US;
	struct cc_control control;
	struct cc_pause pause;

	if (!cc_notes_pause(&conn->cc, idle_us, rto_us))
		return;
	control = flight_cc(tcp, conn, flight);
	pause = (struct cc_pause){ tcp->env->now_us, idle_us, rto_us, conn->mss };
	control.ops->resumed(control.cc, control.epoch, &pause);
}

/* An initial window may leave at once where nothing is outstanding, and this is less. */
static inline void note_pace(const struct tcp *tcp, const struct tcp_conn *conn,
			     struct tcp_flight *flight, uint32_t text)
{
	if (pace_is_wanted(tcp_options_of(tcp, conn), conn->rtt.srtt_us))
		pace_allow(&flight->pace, cc_initial_window(conn->mss) - text, tcp->env->now_us);
}

/* Where nobody knows the way yet, and the like. */
static __rte_noinline void transmit_otherwise(struct tcp *tcp, struct tcp_conn *conn,
					      struct rte_mbuf *mbuf, uint32_t window,
					      struct start start)
{
	const struct la_tcp_options *settings = tcp_options_of(tcp, conn);
	struct tcp_options options;
	struct transmit_request request = {
		.tuple = &conn->tuple,
		.seq = start.seq,
		.ack = conn->rcv_nxt,
		.wnd = window,
		.wnd_shift = conn->rcv_shift,
		.options = &options,
		.text = mbuf->pkt_len,
		.flags = start.flags,
		.ttl = settings->ttl,
		.tos = (uint8_t)(settings->dscp << 2),
		.state = conn->state,
	};

	options_of_segment(tcp, conn, &options);
	transmit_segment(tcp, mbuf, &request);
}

/* The segment takes the ACK along that is owed. */
static __rte_always_inline void transmit(struct tcp *tcp, struct tcp_conn *conn,
					 struct rte_mbuf *mbuf, struct start start)
{
	const struct la_tcp_options *settings = tcp_options_of(tcp, conn);
	uint32_t window = ack_policy_window(tcp, conn);
	struct transmit_plain segment = {
		.to = { .remote = &conn->tuple.remote,
			.from = { conn->tuple.local_index, settings->ttl,
				  (uint8_t)(settings->dscp << 2) } },
		.header = { .src_port = conn->tuple.local_port,
			    .dst_port = conn->tuple.remote_port,
			    .seq = start.seq,
			    .ack = conn->rcv_nxt,
			    .window = transmit_window(window, conn->rcv_shift),
			    .flags = start.flags },
		.ts_echo = conn->ts_recent,
		.text_sum = start.text_sum,
	};

	if (conn_may(conn, CONN_TIMESTAMPS)) {
		segment.has_timestamps = true;
		segment.ts_value = options_ts_value(tcp, conn);
	}
	if (unlikely(!transmit_plain(tcp, mbuf, &segment)))
		transmit_otherwise(tcp, conn, mbuf, window, start);
	stat_count(&tcp->env->counters, STAT_short_cuts_out);
	conn->ack_segments = 0;
	conn->flags &= ~(CONN_ACK_DELAYED | CONN_ACK_NOW);
}

/* Text that lies in several buffers. False: they cannot be had just now. */
static __rte_noinline bool fill_otherwise(struct tcp *tcp, struct tcp_flight *flight,
					  struct rte_mbuf *mbuf, uint64_t *sum)
{
	uint32_t text = flight->send.bytes.bytes;

	if (!sendq_fill(&flight->send, flight->send.seq, text, mbuf, tcp->env->mbufs, true))
		return false;
	*sum = checksum_sum_mbuf(mbuf, 0, text);
	return true;
}

/* A buffer with all that is queued, at most COPY_BYTES, none of which was sent; NULL: there is
 * none. */
static inline struct rte_mbuf *buffer_with(struct tcp *tcp, struct tcp_flight *flight,
					   uint64_t *sum)
{
	uint32_t text = flight->send.bytes.bytes;
	struct rte_mbuf *mbuf = buffer_take_ahead(tcp->env->mbufs);
	const uint8_t *front;

	*sum = 0;
	if (text == 0)
		return likely(mbuf != NULL) ? mbuf : transmit_buffer(tcp, true);
	if (unlikely(mbuf == NULL))
		return NULL;
	front = sendq_front(&flight->send, text);
	if (likely(front != NULL)) {
		assert(rte_pktmbuf_tailroom(mbuf) >= text);
		*sum = checksum_copy(rte_pktmbuf_mtod(mbuf, uint8_t *), front, text);
		mbuf->data_len = (uint16_t)text;
		mbuf->pkt_len = text;
		return mbuf;
	}
	if (fill_otherwise(tcp, flight, mbuf, sum))
		return mbuf;
	rte_pktmbuf_free(mbuf);
	return NULL;
}

/* False: there is no buffer for what is queued. */
static inline bool send_queued(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight)
{
	uint32_t text = flight->send.bytes.bytes;
	struct start start = { .seq = conn->snd_nxt, .flags = TCP_ACK };
	struct rte_mbuf *mbuf = buffer_with(tcp, flight, &start.text_sum);
	uint32_t rto_us;

	assert(text == 0 || flight->send.seq == conn->snd_nxt);
	if (mbuf == NULL)
		return false;
	rto_us = timers_timeout_us(tcp, conn, 0);
	resume(tcp, conn, flight, rto_us);
	note_pace(tcp, conn, flight, text);
	/* PSH closes what the user wrote in one go (MUST-60). */
	if (text > 0 && seq_lt(conn->snd_nxt, flight->send.push_seq))
		start.flags |= TCP_PSH;
	if (conn_has(conn, CONN_END_ASKED))
		start.flags |= TCP_FIN;
	transmit(tcp, conn, mbuf, start);
	stat_add(&tcp->env->counters, STAT_bytes_out, text);
	conn->snd_nxt += text;
	if (conn_has(conn, CONN_END_ASKED)) {
		conn->snd_nxt++;
		conn->flags |= CONN_FIN_SENT;
	}
	loss_sent_first(&flight->loss, &tcp->sacks, conn->snd_una, conn->snd_nxt, tcp->env->now_us);
	conn->last_send_tick = tcp->env->now_tick;
	timers_on_first_sent(tcp, conn, flight, rto_us);
	return true;
}

/* False: there is no buffer for the ACK that is owed. */
static inline bool acknowledge(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight)
{
	struct start start = { .flags = TCP_ACK };
	struct rte_mbuf *mbuf;

	if (conn_has(conn, CONN_ACK_NOW) || ack_policy_update_due(tcp, conn)) {
		mbuf = transmit_buffer(tcp, true);
		if (mbuf == NULL)
			return false;
		/* Not beyond the peer's window, where it would be unacceptable. */
		start.seq = seq_min(conn->snd_nxt, conn->snd_una + conn->snd_wnd);
		transmit(tcp, conn, mbuf, start);
	}
	if (flight != NULL)
		flight->probes = 0;
	timers_arm(tcp, conn);
	return true;
}

bool quick_output(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (tcp->config.no_short_cuts || !is_usual(conn) || !is_at_rest(conn, flight))
		return false;
	if (has_nothing_queued(conn, flight))
		return acknowledge(tcp, conn, flight);
	return flight != NULL && is_one_segment(conn, flight) && send_queued(tcp, conn, flight);
}
