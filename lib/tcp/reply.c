/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/reply.h"

#include <assert.h>

#include "tcp/embryo.h"
#include "tcp/options.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"
#include "tcp/transmit.h"

#define REPLY_MARKS way_marks(64, 0)

static bool may_reset(struct tcp *tcp, const struct tcp_seg *seg)
{
	return reset_limiter_take(&tcp->resets, &seg->tuple.remote, tcp->env->now_us,
				  &tcp->env->random);
}

enum verdict reply_closed(struct tcp *tcp, const struct tcp_seg *seg)
{
	struct transmit_request request = {
		.tuple = &seg->tuple,
		.marks = REPLY_MARKS,
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
		.marks = REPLY_MARKS,
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
		.marks = REPLY_MARKS,
		.state = thawed->state,
	};

	/* A TIME-WAIT record does not remember whose options it had. */
	if (thawed->state != LA_TIME_WAIT)
		request.marks = tcp_profile_of(tcp, thawed)->marks;
	return request;
}

/* What a cookie's SYN-ACK tells with its timestamp, to hear it again. */
static uint32_t cookie_value(const struct embryo *embryo, uint32_t ts_value)
{
	bool scaled = (embryo->features & CONN_WINDOW_SCALE) != 0;
	struct cookie_options kept = {
		.window_scale = scaled,
		.shift = scaled ? embryo->peer_shift : 0,
		.sack = (embryo->features & CONN_SACK) != 0,
		.ecn = (embryo->features & CONN_ECN) != 0,
	};

	return cookie_timestamp(ts_value, &kept);
}

void reply_syn_ack(struct tcp *tcp, const struct embryo *embryo, uint16_t mss, enum syn_ack kind)
{
	const struct la_tcp_options *settings = embryo_settings(tcp, embryo);
	struct tcp_options options;
	struct transmit_request request = {
		.tuple = &embryo->tuple,
		.options = &options,
		.seq = embryo->iss,
		.ack = embryo->irs + 1,
		.flags = TCP_SYN | TCP_ACK,
		.marks = profile_marks(settings),
		.state = kind == SYN_ACK_COOKIE ? LA_LISTEN : LA_SYN_RECEIVED,
		.retransmit = kind == SYN_ACK_AGAIN,
	};

	options_of_syn(settings, embryo->features, mss, &options);
	request.wnd =
		options_syn_window(settings, options.has_window_scale ? options.window_scale : 0);
	if (options.has_timestamps) {
		options.ts_value = options_timestamp(tcp, &embryo->tuple);
		options.ts_echo = embryo->ts_recent;
		if (kind == SYN_ACK_COOKIE)
			options.ts_value = cookie_value(embryo, options.ts_value);
	}
	if (kind == SYN_ACK_FIRST && embryo->give_cookie)
		options_add_cookie(tcp, &embryo->tuple, &options);
	if ((embryo->features & CONN_ECN) != 0)
		request.flags |= TCP_ECE;
	if (kind == SYN_ACK_AGAIN)
		stat_count(&tcp->env->counters, STAT_retransmits);
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
