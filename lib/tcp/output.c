/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/output.h"

#include <assert.h>

#include <rte_mbuf.h>

#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/ecn.h"
#include "tcp/options.h"
#include "tcp/outstanding.h"
#include "tcp/piece.h"
#include "tcp/pmtu.h"
#include "tcp/quick.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/timewait.h"
#include "tcp/transmit.h"
#include "tcp/user_timeout.h"

/* Where output stands in one connection during one call. */
struct output {
	struct tcp *tcp;
	struct tcp_conn *conn;
	struct tcp_flight *flight; /* NULL when there is nothing to send but ACKs */
	const struct la_tcp_options *options;
	struct tcp_options header; /* what every segment of this call carries */
	bool copy;                 /* text is copied, not attached */
	bool fresh;                /* something left for the first time */
};

/* The common part of every segment: ACK, window, addresses. Piggybacks what ACK is owed. */
static struct transmit_request request_for(struct output *out, uint32_t seq, uint8_t flags)
{
	struct tcp_conn *conn = out->conn;

	out->header.sack_count = 0;
	return (struct transmit_request){
		.tuple = &conn->tuple,
		.seq = seq,
		.ack = conn->rcv_nxt,
		.wnd = ack_policy_window(out->tcp, conn),
		.wnd_shift = conn->rcv_shift,
		.options = &out->header,
		.flags = flags | ecn_flags(conn, flags),
		.marks = profile_marks(out->options),
		.state = conn->state,
	};
}

/*
 * SACK blocks in the next segment (RFC 2018, 2883), in so many bytes. later: so many ACKs of this
 * breath follow.
 */
static void add_blocks(struct output *out, uint32_t room, unsigned int later)
{
	uint32_t most = TCP_OPTIONS_BYTES_MAX - options_bytes(out->conn->features);

	if (room > most)
		room = most;
	if (out->flight == NULL || !conn_may(out->conn, CONN_SACK) || room < TCP_SACK_BYTES(1))
		return;
	room = (room - TCP_SACK_BYTES(0)) / (TCP_SACK_BYTES(1) - TCP_SACK_BYTES(0));
	out->header.sack_count =
		sack_blocks_write(&out->flight->blocks, later, room, out->header.sack);
}

/* A duplicate that found no room beside text is told by an ACK of its own. */
static void ack_went_out(struct output *out)
{
	struct tcp_conn *conn = out->conn;

	if (out->header.sack_count > 0)
		sack_blocks_told(&out->flight->blocks);
	conn->ack_segments = 0;
	conn->flags &= ~CONN_ACK_DELAYED;
	if (out->flight == NULL || !out->flight->blocks.has_duplicate)
		conn->flags &= ~CONN_ACK_NOW;
}

/*
 * The number that a segment without text bears: SND.NXT, but not beyond the peer's window, where it
 * would be unacceptable and its ACK lost with it.
 */
static uint32_t bare_sequence(const struct tcp_conn *conn)
{
	/* Before ESTABLISHED the SYN is all that was sent, and it takes a number in no window. The
	 * state may be CLOSED by now; there was no congestion window yet. */
	if (conn->cc.cwnd == 0)
		return conn->snd_nxt;
	return seq_min(conn->snd_nxt, conn->snd_una + conn->snd_wnd);
}

static bool send_bare_ack(struct output *out, unsigned int later)
{
	struct transmit_request request = request_for(out, bare_sequence(out->conn), TCP_ACK);

	add_blocks(out, TCP_OPTIONS_BYTES_MAX, later);
	if (!transmit_bare(out->tcp, &request))
		return false;
	ack_went_out(out);
	return true;
}

static bool send_reset(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	struct transmit_request request = request_for(out, bare_sequence(conn), TCP_RST | TCP_ACK);

	request.wnd = 0;
	if (!transmit_bare(out->tcp, &request))
		return false;
	conn->flags &= ~CONN_RESET_DUE;
	return true;
}

/* A SYN was lost that carried the Fast Open option: it goes without, and so does the next. */
static void give_fast_open_up(struct output *out)
{
	struct tcp *tcp = out->tcp;

	if (out->conn->state != LA_SYN_SENT || !conn_may(out->conn, CONN_FAST_OPEN))
		return;
	out->conn->features &= (uint16_t)~CONN_FAST_OPEN;
	fast_open_cache_refuse(&tcp->fast_open_servers, &out->conn->tuple.remote,
			       tcp->env->now_us + FAST_OPEN_REFUSED_US);
}

/* A buffer with what of the queue goes with our SYN (RFC 7413 4.2.1), length bytes; NULL: none. */
static struct rte_mbuf *syn_buffer(struct output *out, uint32_t length)
{
	struct rte_mbuf *mbuf = transmit_buffer(out->tcp, false);

	if (mbuf == NULL || length == 0 ||
	    sendq_fill(&out->flight->send, out->conn->snd_una + 1, length, mbuf,
		       out->tcp->env->mbufs, out->copy || length <= COPY_BYTES))
		return mbuf;
	rte_pktmbuf_free(mbuf);
	return NULL;
}

static void first_syn_went_out(struct output *out, uint32_t text)
{
	struct tcp_conn *conn = out->conn;

	conn->snd_nxt = conn->snd_una + 1 + text;
	if (out->flight == NULL) {
		conn->ts_recent = (uint32_t)out->tcp->env->now_us;
		conn->last_send_tick = out->tcp->env->now_tick;
		return;
	}
	out->flight->rtt_runs = true;
	out->flight->rtt_seq = conn->snd_una + 1;
	out->flight->rtt_sent_us = out->tcp->env->now_us;
	if (text > 0)
		stat_count(&out->tcp->env->counters, STAT_fast_open_texts);
}

/* SYN of an active open, or SYN-ACK of one that is no embryo, at ISS; first time or again. */
static bool send_syn(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	bool answering = conn->state == LA_SYN_RECEIVED;
	uint8_t flags = answering ? TCP_SYN | TCP_ACK : TCP_SYN;
	struct transmit_request request = request_for(out, conn->snd_una, flags);
	uint16_t mss = options_mss_announced(out->tcp, &conn->tuple.remote, out->options);
	struct tcp_options options;
	struct rte_mbuf *mbuf;

	options_of_syn(out->options, answering ? conn->features : options_wanted(out->options), mss,
		       &options);
	if (options.has_timestamps)
		options.ts_value = options_timestamp(out->tcp, &conn->tuple);
	if (answering)
		options.ts_echo = conn->ts_recent;
	request.flags |= ecn_syn_flags(conn, out->options);
	request.options = &options;
	request.retransmit = conn->snd_nxt != conn->snd_una;
	if (request.retransmit) {
		give_fast_open_up(out);
	} else if (!answering) {
		uint32_t most = options_ask_fast_open(out->tcp, conn, &options);
		uint32_t queued = out->flight == NULL ? 0 : out->flight->send.bytes.bytes;

		request.text = queued < most ? queued : most;
	}
	mbuf = syn_buffer(out, request.text);
	if (mbuf == NULL)
		return false;
	transmit_segment(out->tcp, mbuf, &request);
	if (request.retransmit) {
		stat_count(&out->tcp->env->counters, STAT_retransmits);
		out->flight->rtt_runs = false;
	} else {
		first_syn_went_out(out, request.text);
	}
	conn->flags &= ~CONN_RESEND_HEAD;
	if (answering)
		ack_went_out(out);
	if (out->flight == NULL)
		timers_on_bare_syn(out->tcp, conn);
	else
		timers_on_sent(out->tcp, conn);
	return true;
}

static uint8_t flags_of_piece(const struct output *out, const struct piece *piece)
{
	uint32_t end = piece->seq + piece->length;
	uint8_t flags = TCP_ACK;

	if (piece->fin)
		flags |= TCP_FIN;
	/* PSH closes what the user wrote in one go (MUST-60). */
	if (piece->length > 0 && seq_geq(end, out->flight->send.push_seq) &&
	    seq_lt(piece->seq, out->flight->send.push_seq))
		flags |= TCP_PSH;
	if (conn_has(out->conn, CONN_URGENT_OUT) && seq_gt(out->flight->snd_up, piece->seq))
		flags |= TCP_URG;
	return flags;
}

/* Everything that is noted once a piece has left. */
static void piece_went_out(struct output *out, const struct piece *piece, bool again)
{
	struct tcp_conn *conn = out->conn;
	struct counters *counters = &out->tcp->env->counters;
	uint32_t end = piece_end(piece);

	if (again)
		stat_count(counters, STAT_retransmits);
	if (seq_gt(end, conn->snd_nxt)) {
		uint32_t fresh = end - conn->snd_nxt - piece->fin;

		stat_add(counters, STAT_bytes_out, fresh < piece->length ? fresh : piece->length);
		conn->snd_nxt = end;
		out->fresh = true;
	}
	pmtu_sent(out->tcp, conn, piece->length, again);
	outstanding_sent(out->tcp, conn, (struct stretch){ piece->seq, end }, again);
	if (piece->fin)
		conn->flags |= CONN_FIN_SENT;
	conn->last_send_tick = out->tcp->env->now_tick;
	ack_went_out(out);
}

/* RFC 3168 6.1.4 to 6.1.6: text sent for the first time, unless it probes a closed window. */
static bool ecn_capable(const struct output *out, const struct piece *piece, bool again)
{
	return piece->length > 0 && !again && out->conn->snd_wnd > 0;
}

static bool send_piece(struct output *out, const struct piece *piece)
{
	struct transmit_request request = request_for(out, piece->seq, flags_of_piece(out, piece));
	bool again = seq_lt(piece->seq, out->conn->snd_nxt);
	struct rte_mbuf *mbuf = transmit_buffer(out->tcp, piece->length == 0);

	if (mbuf == NULL)
		return false;
	if (piece->length > 0 &&
	    !sendq_fill(&out->flight->send, piece->seq, piece->length, mbuf, out->tcp->env->mbufs,
			out->copy || piece->length <= COPY_BYTES)) {
		rte_pktmbuf_free(mbuf);
		return false;
	}
	request.text = piece->length;
	request.retransmit = again;
	/* Text is not cut shorter for blocks: it would be cut elsewhere when it is sent again. */
	add_blocks(out, piece->length < out->conn->mss ? out->conn->mss - piece->length : 0, 0);
	if ((request.flags & TCP_URG) != 0) {
		uint32_t ahead = out->flight->snd_up - piece->seq;

		request.urgent = (uint16_t)(ahead < UINT16_MAX ? ahead : UINT16_MAX);
	}
	if (ecn_capable(out, piece, again))
		ecn_mark_text(out->conn, out->flight, &request);
	transmit_segment(out->tcp, mbuf, &request);
	piece_went_out(out, piece, again);
	return true;
}

/* How fast the stream may leave, and what of it may leave at once. False: it is not paced. */
static bool begin_pacing(const struct output *out, struct pace_rate *rate)
{
	const struct tcp_conn *conn = out->conn;
	uint64_t now_us = out->tcp->env->now_us;

	*rate = (struct pace_rate){
		.cwnd = conn->cc.cwnd,
		.srtt_us = conn->rtt.srtt_us,
		.smss = conn->mss,
		.at_once = cc_initial_window(conn->mss),
		.slow_start = conn->cc.cwnd < conn->cc.ssthresh,
	};
	/* In fast recovery PRR lets out what arrives: its clock is the peer's ACKs. */
	if (!pace_is_wanted(out->options, rate->srtt_us) || out->flight->loss.phase == LOSS_FAST)
		return false;
	if (outstanding_any(out->tcp, conn))
		pace_limit(&out->flight->pace, rate, now_us);
	else
		pace_allow(&out->flight->pace, 0, now_us);
	return true;
}

static bool send_stream(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	struct tcp_flight *flight = out->flight;
	struct pace_rate rate;
	bool paced = begin_pacing(out, &rate);
	struct piece piece;

	while (piece_next(out->tcp, conn, &piece)) {
		uint32_t wait_us = paced ? pace_wait_us(&flight->pace, out->tcp->env->now_us) : 0;

		if (wait_us > 0) {
			timers_on_paced(out->tcp, conn, wait_us);
			return true;
		}
		if (!send_piece(out, &piece))
			return false;
		timers_on_sent(out->tcp, conn);
		if (paced)
			pace_sent(&flight->pace, &rate, piece.length);
	}
	return true;
}

/* Fast retransmit, or the next hole of fast recovery: one segment at SND.UNA. */
static bool resend_head(struct output *out)
{
	struct piece piece;

	if (piece_head(out->tcp, out->conn, &piece) && !send_piece(out, &piece))
		return false;
	out->conn->flags &= ~CONN_RESEND_HEAD;
	return true;
}

/* The persist timer fired. The byte is presumed lost at once, so that nothing waits for it when the
 * window opens. */
static bool send_window_probe(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	struct piece piece;

	if (piece_window_probe(out->tcp, conn, &piece)) {
		if (!send_piece(out, &piece))
			return false;
		if (conn->snd_wnd == 0) {
			stat_count(&out->tcp->env->counters, STAT_window_probes);
			outstanding_presume_lost(out->tcp, conn, piece.seq);
		}
	}
	conn->flags &= ~CONN_PROBE_DUE;
	return true;
}

/* RFC 8985 7.3. */
static bool send_loss_probe(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	struct piece piece;

	if (piece_loss_probe(out->tcp, conn, &piece)) {
		bool again = seq_lt(piece.seq, conn->snd_nxt);

		if (!send_piece(out, &piece))
			return false;
		loss_probe_sent(out->tcp, conn, again);
	}
	out->flight->loss.probe_due = false;
	return true;
}

/* RFC 5681 4.1: nothing is outstanding, and something is about to be sent. */
static void resume(const struct output *out)
{
	const struct la_tcp_options *options = out->options;
	struct tcp_conn *conn = out->conn;
	struct cc_control control = flight_cc(out->tcp, conn, out->flight);
	struct cc_pause pause = {
		.now_us = out->tcp->env->now_us,
		.idle_us =
			(uint64_t)(out->tcp->env->now_tick - conn->last_send_tick) * WHEEL_TICK_US,
		.smss = conn->mss,
	};

	if (conn->snd_una != conn->snd_nxt || !outstanding_waiting(out->tcp, conn))
		return;
	pause.rto_us = rtt_timeout_us(&conn->rtt, options->rto_initial_us, options->rto_min_us,
				      options->rto_max_us, 0);
	control.ops->resumed(control.cc, control.epoch, &pause);
}

/* Text and FIN: what is to be sent again first, then what is new. */
static bool send_from_queue(struct output *out)
{
	struct tcp_conn *conn = out->conn;

	/* A FIN is outstanding until it is acknowledged, and needs a flight like any byte. */
	if (out->flight == NULL && conn_has(conn, CONN_END_ASKED) &&
	    !conn_has(conn, CONN_FIN_SENT)) {
		out->flight = flight_attach(out->tcp, conn);
		if (out->flight == NULL)
			return false;
	}
	if (out->flight == NULL)
		return true;
	resume(out);
	if (conn_has(conn, CONN_RESEND_HEAD) && !resend_head(out))
		return false;
	if (conn_has(conn, CONN_PROBE_DUE) && !send_window_probe(out))
		return false;
	if (out->flight->loss.probe_due && !send_loss_probe(out))
		return false;
	return send_stream(out);
}

/*
 * The ACKs that are owed and went with no text: one for all that came in order, and one for each
 * segment that came beyond a gap, from whose number the peer learns of the loss (RFC 5681 4.2).
 */
static bool send_owed_acks(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	unsigned int count = conn->duplicate_acks;
	bool owed = ack_policy_is_due(out->tcp, conn);

	if (owed && (count == 0 || conn->ack_segments > 0))
		count++;
	for (; count > 0; count--) {
		if (!send_bare_ack(out, count - 1))
			return false;
		if (conn->duplicate_acks > 0)
			conn->duplicate_acks--;
	}
	return true;
}

/* A probe is due, and not of a window: nothing is there to be sent into one. */
static bool keepalive_due(const struct output *out)
{
	const struct tcp_conn *conn = out->conn;

	return conn_has(conn, CONN_PROBE_DUE) && conn->keepalive_probes != 0 &&
	       conn->keepalive_probes != KEEPALIVE_HEARD && !outstanding_any(out->tcp, conn) &&
	       !outstanding_waiting(out->tcp, conn);
}

/* RFC 9293 3.8.4: a segment without text, one number back, which the peer has to answer. */
static bool send_keepalive(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	struct transmit_request request = request_for(out, conn->snd_nxt - 1, TCP_ACK);

	if (!transmit_bare(out->tcp, &request))
		return false;
	stat_count(&out->tcp->env->counters, STAT_keepalive_probes);
	conn->flags &= ~CONN_PROBE_DUE;
	ack_went_out(out);
	return true;
}

/* RFC 5482 3: told again in the first segment behind the SYN, which alone may not have counted. */
static bool send_user_timeout(struct output *out)
{
	struct tcp_conn *conn = out->conn;
	struct transmit_request request = request_for(out, bare_sequence(conn), TCP_ACK);
	bool sent;

	out->header.has_user_timeout = true;
	out->header.user_timeout = user_timeout_to_wire(out->options->user_timeout_us);
	sent = transmit_bare(out->tcp, &request);
	out->header.has_user_timeout = false;
	if (sent) {
		conn->flags &= ~CONN_USER_TIMEOUT_DUE;
		ack_went_out(out);
	}
	return sent;
}

static bool send_synchronized(struct output *out)
{
	if (conn_has(out->conn, CONN_USER_TIMEOUT_DUE) && !send_user_timeout(out))
		return false;
	if (keepalive_due(out) && !send_keepalive(out))
		return false;
	/* ACKs go out of the reserve even when there is no buffer for text. */
	bool sent = send_from_queue(out);

	return send_owed_acks(out) && sent;
}

/*
 * The last ACK of a connection that has become a TIME-WAIT record. Not when the same burst reopened
 * that: an ACK with the old numbers behind the new SYN-ACK would have the new connection reset.
 */
static bool send_last_ack(struct output *out)
{
	struct tcp *tcp = out->tcp;
	struct tcp_conn *conn = out->conn;
	struct table_entry now =
		table_find(&tcp->table, &conn->tuple, table_hash(&tcp->table, &conn->tuple));

	if (now.kind == RECORD_EMBRYO || now.kind == RECORD_CONN) {
		conn->flags &= ~CONN_ACK_NOW;
		return true;
	}
	/* What came since then was for the record. */
	if (now.kind == RECORD_TIME_WAIT) {
		conn->ts_recent = timewait_ts_recent(tcp, now.index);
		options_of_segment(tcp, conn, &out->header);
	}
	return send_bare_ack(out, 0);
}

/* Not in line: it has much to keep that a short cut does not need. */
static __rte_noinline bool output_by_steps(struct tcp *tcp, struct tcp_conn *conn)
{
	struct output out = {
		.tcp = tcp,
		.conn = conn,
		.flight = flight_of(tcp, conn),
		.options = tcp_options_of(tcp, conn),
	};
	bool sent = true;

	options_of_segment(tcp, conn, &out.header);
	out.copy = !port_takes_chains(net_port_flags(tcp->net, &conn->tuple.remote));
	if (conn_has(conn, CONN_RESET_DUE))
		return send_reset(&out);
	switch (conn->state) {
	case LA_CLOSED:
	case LA_LISTEN:
		return true;
	case LA_SYN_SENT:
	case LA_SYN_RECEIVED:
		if (conn->snd_nxt == conn->snd_una || conn_has(conn, CONN_RESEND_HEAD))
			sent = send_syn(&out);
		else if (conn_has(conn, CONN_ACK_NOW))
			sent = send_bare_ack(&out, 0);
		if (sent && conn_is_fast_open(conn))
			sent = send_synchronized(&out);
		break;
	case LA_TIME_WAIT:
		return !conn_has(conn, CONN_ACK_NOW) || send_last_ack(&out);
	default:
		sent = send_synchronized(&out);
		break;
	}
	timers_on_output(tcp, conn, out.fresh);
	return sent;
}

/* Both ends know that it is over: there is nothing to be sent any more. */
static bool is_over(const struct tcp_conn *conn)
{
	return conn->state == LA_CLOSED && !conn_has(conn, CONN_RESET_DUE);
}

bool output_connection(struct tcp *tcp, struct tcp_conn *conn)
{
	if (conn->state == LA_SYN_SENT && quick_syn(tcp, conn))
		return true;
	return is_over(conn) || output_by_steps(tcp, conn);
}
