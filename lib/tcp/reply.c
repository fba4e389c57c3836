/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/reply.h"

#include <assert.h>

#include "tcp/ecn.h"
#include "tcp/options.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"
#include "tcp/transmit.h"

#define REPLY_TTL 64

static bool may_reset(struct tcp *tcp, const struct tcp_seg *seg)
{
	return reset_limiter_take(&tcp->resets, &seg->tuple.remote, tcp->env->now_us,
				  &tcp->env->random);
}

enum verdict reply_closed(struct tcp *tcp, const struct tcp_seg *seg)
{
	struct transmit_request request = {
		.tuple = &seg->tuple,
		.ttl = REPLY_TTL,
		.state = LA_CLOSED,
	};

	if ((seg->flags & TCP_RST) != 0)
		return DROP_closed_reset;
	if (!may_reset(tcp, seg))
		return DROP_closed_rate;
	if ((seg->flags & TCP_ACK) != 0) {
		request.flags = TCP_RST;
		request.seq = seg->ack;
	} else {
		request.flags = TCP_RST | TCP_ACK;
		request.ack = seg->seq + segment_length(seg);
	}
	transmit_bare(tcp, &request);
	return DROP_closed_answered;
}

void reply_reset_ack(struct tcp *tcp, const struct tcp_seg *seg, enum la_state state)
{
	struct transmit_request request = {
		.tuple = &seg->tuple,
		.seq = seg->ack,
		.flags = TCP_RST,
		.ttl = REPLY_TTL,
		.state = (uint8_t)state,
	};

	assert((seg->flags & TCP_RST) == 0);
	if (may_reset(tcp, seg))
		transmit_bare(tcp, &request);
}

static struct transmit_request request_from(const struct tcp *tcp, const struct tcp_conn *thawed,
					    const struct tcp_options *options)
{
	struct transmit_request request = {
		.tuple = &thawed->tuple,
		.options = options,
		.seq = thawed->snd_nxt,
		.ack = thawed->rcv_nxt,
		.wnd = conn_rcv_wnd(thawed),
		.wnd_shift = thawed->rcv_shift,
		.flags = TCP_ACK,
		.ttl = REPLY_TTL,
		.state = thawed->state,
	};

	/* A TIME-WAIT record does not remember whose options it had. */
	if (thawed->state != LA_TIME_WAIT) {
		request.ttl = tcp_options_of(tcp, thawed)->ttl;
		request.tos = (uint8_t)(tcp_options_of(tcp, thawed)->dscp << 2);
	}
	return request;
}

void reply_syn_ack(struct tcp *tcp, const struct tcp_conn *thawed, enum syn_ack kind)
{
	struct tcp_options options;
	struct transmit_request request = request_from(tcp, thawed, &options);

	options_of_syn(tcp, thawed, true, &options);
	if (kind == SYN_ACK_FIRST)
		options_add_cookie(tcp, thawed, &options);
	if (kind == SYN_ACK_COOKIE && options.has_timestamps)
		options.ts_value = cookie_timestamp(
			options.ts_value,
			&(struct cookie_options){
				.window_scale = conn_may(thawed, CONN_WINDOW_SCALE),
				.shift = thawed->snd_shift,
				.sack = conn_may(thawed, CONN_SACK),
				.ecn = conn_may(thawed, CONN_ECN),
			});
	request.flags = TCP_SYN | TCP_ACK | ecn_syn_flags(thawed, tcp_options_of(tcp, thawed));
	request.seq = thawed->snd_una;
	request.retransmit = kind == SYN_ACK_AGAIN;
	if (kind == SYN_ACK_AGAIN)
		stat_count(&tcp->env->counters, STAT_retransmits);
	if (kind == SYN_ACK_COOKIE)
		request.state = LA_LISTEN;
	/* Without a buffer the retransmission line tries again; of a cookie, the peer. */
	transmit_bare(tcp, &request);
}

void reply_refuse(struct tcp *tcp, const struct tcp_conn *thawed)
{
	struct tcp_options options;
	struct transmit_request request = request_from(tcp, thawed, &options);

	options_of_segment(tcp, thawed, &options);
	request.flags = TCP_RST | TCP_ACK;
	request.wnd = 0;
	request.state = LA_CLOSED;
	transmit_bare(tcp, &request);
}

void reply_ack(struct tcp *tcp, const struct tcp_conn *thawed)
{
	struct tcp_options options;
	struct transmit_request request = request_from(tcp, thawed, &options);

	options_of_segment(tcp, thawed, &options);
	transmit_bare(tcp, &request);
}
