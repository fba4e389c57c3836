/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/reply.h"

#include <assert.h>

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

static struct transmit_request request_from(const struct tcp *tcp, const struct tcp_conn *thawed)
{
	struct transmit_request request = {
		.tuple = &thawed->tuple,
		.seq = thawed->snd_nxt,
		.ack = thawed->rcv_nxt,
		.wnd = conn_rcv_wnd(thawed),
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
	struct transmit_request request = request_from(tcp, thawed);
	struct tcp_options options = { .has_mss = true };

	options.mss =
		options_mss_announced(tcp, &thawed->tuple.remote, tcp_options_of(tcp, thawed));
	request.flags = TCP_SYN | TCP_ACK;
	request.seq = thawed->snd_una;
	request.options = &options;
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
	struct transmit_request request = request_from(tcp, thawed);

	request.flags = TCP_RST | TCP_ACK;
	request.wnd = 0;
	request.state = LA_CLOSED;
	transmit_bare(tcp, &request);
}

void reply_ack(struct tcp *tcp, const struct tcp_conn *thawed)
{
	struct transmit_request request = request_from(tcp, thawed);

	transmit_bare(tcp, &request);
}
