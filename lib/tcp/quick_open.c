/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quick_open.c: the three segments of a handshake in which nothing is lost or asked for beyond what
 * every handshake asks for.
 */
#include <assert.h>

#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/backlog.h"
#include "tcp/ecn.h"
#include "tcp/embryo.h"
#include "tcp/input.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/quick.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/transmit.h"

#define PLAIN_SEGMENT (TCP_SYN | TCP_RST | TCP_ACK | TCP_URG | TCP_FIN)

/* -- our SYN -- */

static inline bool is_first_syn(const struct tcp_conn *conn)
{
	return conn->state == LA_SYN_SENT && conn->snd_nxt == conn->snd_una &&
	       conn->flight == CONN_NONE && !conn_may(conn, CONN_FAST_OPEN) &&
	       !conn_has(conn, CONN_RESET_DUE | CONN_RESEND_HEAD);
}

bool quick_syn(struct tcp *tcp, struct tcp_conn *conn)
{
	const struct la_tcp_options *settings = tcp_options_of(tcp, conn);
	struct tcp_options options;
	struct transmit_request request = {
		.tuple = &conn->tuple,
		.options = &options,
		.seq = conn->snd_una,
		.flags = TCP_SYN,
		.marks = profile_marks(settings),
		.state = conn->state,
	};
	struct rte_mbuf *mbuf;

	if (tcp->config.no_short_cuts || !is_first_syn(conn))
		return false;
	mbuf = transmit_buffer(tcp, false);
	if (mbuf == NULL)
		return false;
	/* Until the peer has spoken, the MSS is what we announce. */
	options_of_syn(settings, options_wanted(settings), conn->mss, &options);
	if (options.has_timestamps)
		options.ts_value = options_timestamp(tcp, &conn->tuple);
	request.flags |= ecn_syn_flags(conn, settings);
	request.wnd = options_syn_window(settings, conn->rcv_shift);
	conn->rcv_adv = conn->rcv_nxt + request.wnd;
	transmit_segment(tcp, mbuf, &request);
	stat_count(&tcp->env->counters, STAT_short_cuts_open);
	conn->snd_nxt = conn->snd_una + 1;
	conn->ts_recent = (uint32_t)tcp->env->now_us;
	conn->last_send_tick = tcp->env->now_tick;
	timers_on_bare_syn(tcp, conn);
	return true;
}

/* -- the SYN-ACK that answers it -- */

static inline bool answers_syn(const struct tcp_conn *conn, const struct tcp_seg *seg)
{
	return conn_syn_is_bare(conn) && !conn_may(conn, CONN_FAST_OPEN) &&
	       (seg->flags & PLAIN_SEGMENT) == (TCP_SYN | TCP_ACK) && seg->ack == conn->snd_nxt &&
	       seg->text == 0 && !seg->options.has_user_timeout;
}

bool quick_syn_ack(struct tcp *tcp, struct tcp_conn *conn, struct tcp_seg *seg)
{
	uint16_t announced = conn->mss;
	uint16_t offered;

	if (tcp->config.no_short_cuts || !answers_syn(conn, seg))
		return false;
	stat_count(&tcp->env->counters, STAT_short_cuts_open);
	rtt_sample(&conn->rtt, (uint32_t)tcp->env->now_us - conn->ts_recent);
	input_take_syn(tcp, conn, seg);
	offered = options_mss_offered(&seg->options, &conn->tuple.remote);
	conn->mss = options_effective_mss(offered, announced, conn->features) & CONN_MSS_MOST;
	conn->snd_una = seg->ack;
	lifetime_established(tcp, conn);
	timers_on_idle(tcp, conn);
	ack_policy_now(tcp, conn);
	return true;
}

/* -- the ACK of an embryo's SYN-ACK -- */

static inline bool acknowledges_syn(const struct embryo *embryo, const struct tcp_seg *seg)
{
	const struct tcp_options *options = &seg->options;

	if ((seg->flags & PLAIN_SEGMENT) != TCP_ACK || seg->seq != embryo->irs + 1 ||
	    seg->ack != embryo->iss + 1 || options->has_user_timeout)
		return false;
	if ((embryo->features & CONN_TIMESTAMPS) == 0)
		return true;
	return options->has_timestamps && seq_geq(options->ts_value, embryo->ts_recent);
}

struct tcp_conn *quick_ack_of_syn(struct tcp *tcp, uint32_t index, const struct tcp_seg *seg)
{
	struct embryo *embryo = pool_at(&tcp->embryos, index);
	struct tcp_conn *conn;

	if (tcp->config.no_short_cuts || !acknowledges_syn(embryo, seg) ||
	    backlog_may_complete(tcp, embryo->listener) != VERDICT_CONTINUE)
		return NULL;
	stat_count(&tcp->env->counters, STAT_short_cuts_open);
	embryo->ts_recent = seg->options.ts_value;
	conn = embryo_promote(tcp, index);
	assert(conn != NULL);
	conn->snd_una++;
	conn_take_snd_wnd(conn, seg->wnd << conn->snd_shift, seg->seq);
	lifetime_established(tcp, conn);
	return conn;
}
