/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include <rte_mbuf.h>

#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/options.h"
#include "tcp/quick.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/transmit.h"

/* What output has to look at one after the other. */
#define UNUSUAL_FLAGS                                                                             \
	(CONN_END_ASKED | CONN_FIN_SENT | CONN_FIN_RECEIVED | CONN_RESET_DUE | CONN_RESEND_HEAD | \
	 CONN_RESENDING | CONN_PROBE_DUE | CONN_URGENT_OUT | CONN_USER_TIMEOUT_DUE | CONN_ENDED | \
	 CONN_LINGERS)
#define UNUSUAL_FEATURES (CONN_ECN | CONN_ECT | CONN_ECN_ECHO | CONN_ECN_CUT)

/* Nothing is outstanding, presumed lost or watched, and no block is to be told. */
static inline bool is_at_rest(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	return conn->snd_una == conn->snd_nxt && flight->timer == FLIGHT_TIMER_NONE &&
	       !flight->paced && loss_is_at_rest(&flight->loss) && flight->path_probe == 0 &&
	       conn->path_ceiling == 0 && conn->duplicate_acks == 0 && flight->blocks.count == 0 &&
	       !flight->blocks.has_duplicate;
}

/* All that is queued fits one segment, and the service wants it to leave. */
static inline bool is_one_segment(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	uint32_t queued = flight->send.bytes.bytes;

	return queued > 0 && queued <= COPY_BYTES && queued <= conn->mss &&
	       queued <= conn->snd_wnd && flight->send.push_seq == sendq_end(&flight->send);
}

static inline bool is_expected(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	if (conn->state != LA_ESTABLISHED || conn_has(conn, UNUSUAL_FLAGS) ||
	    conn_may(conn, UNUSUAL_FEATURES) || !conn_may(conn, CONN_SACK) || flight == NULL)
		return false;
	return is_at_rest(conn, flight) && is_one_segment(conn, flight);
}

/* RFC 5681 4.1. */
static inline void resume(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
			  uint32_t rto_us)
{
	struct cc_control control = flight_cc(tcp, conn, flight);
	struct cc_pause pause = {
		.now_us = tcp->env->now_us,
		.idle_us = (uint64_t)(tcp->env->now_tick - conn->last_send_tick) * WHEEL_TICK_US,
		.rto_us = rto_us,
		.smss = conn->mss,
	};

	control.ops->resumed(control.cc, control.epoch, &pause);
}

/* An initial window may leave at once where nothing is outstanding, and this is less. */
static inline void note_pace(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
			     uint32_t text)
{
	struct pace_rate rate = {
		.cwnd = conn->cc.cwnd,
		.srtt_us = conn->rtt.srtt_us,
		.smss = conn->mss,
		.slow_start = conn->cc.cwnd < conn->cc.ssthresh,
	};

	if (!pace_is_wanted(tcp_options_of(tcp, conn), rate.srtt_us))
		return;
	pace_allow(&flight->pace, &rate, cc_initial_window(conn->mss), tcp->env->now_us);
	pace_sent(&flight->pace, &rate, text);
}

static inline void transmit_text(struct tcp *tcp, struct tcp_conn *conn, struct rte_mbuf *mbuf,
				 uint32_t text)
{
	const struct la_tcp_options *settings = tcp_options_of(tcp, conn);
	struct tcp_options options;
	struct transmit_request request = {
		.tuple = &conn->tuple,
		.options = &options,
		.seq = conn->snd_nxt,
		.ack = conn->rcv_nxt,
		.wnd = ack_policy_window(tcp, conn),
		.wnd_shift = conn->rcv_shift,
		.text = text,
		.flags = TCP_ACK | TCP_PSH,
		.ttl = settings->ttl,
		.tos = (uint8_t)(settings->dscp << 2),
		.state = conn->state,
	};

	options_of_segment(tcp, conn, &options);
	transmit_segment(tcp, mbuf, &request);
}

bool quick_output(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight;
	struct rte_mbuf *mbuf;
	uint32_t text, rto_us;

	if (tcp->config.no_short_cuts || !is_expected(tcp, conn))
		return false;
	mbuf = transmit_buffer(tcp, false);
	if (mbuf == NULL)
		return false;
	flight = flight_of(tcp, conn);
	text = flight->send.bytes.bytes;
	if (!sendq_fill(&flight->send, conn->snd_nxt, text, mbuf, tcp->env->mbufs, true)) {
		rte_pktmbuf_free(mbuf);
		return false;
	}
	stat_count(&tcp->env->counters, STAT_short_cuts_out);
	rto_us = timers_rto_us(tcp, conn);
	resume(tcp, conn, flight, rto_us);
	note_pace(tcp, conn, flight, text);
	transmit_text(tcp, conn, mbuf, text);
	stat_add(&tcp->env->counters, STAT_bytes_out, text);
	conn->snd_nxt += text;
	loss_sent(tcp, conn, conn->snd_una, conn->snd_nxt);
	conn->last_send_tick = tcp->env->now_tick;
	conn->ack_segments = 0;
	conn->flags &= ~(CONN_ACK_DELAYED | CONN_ACK_NOW);
	timers_on_first_sent(tcp, conn, rto_us);
	return true;
}
