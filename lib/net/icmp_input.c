/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>

#include <rte_common.h>
#include <rte_mbuf.h>

#include "base/buffer.h"
#include "net/frame.h"
#include "net/ipv4_input.h"
#include "net/net.h"
#include "wire/icmp.h"

#define ECHO_TTL 64U
#define TOS_WITHOUT_ECN 0xfcU

/*
 * The most ICMP bytes of an answer: a reassembled request may be longer than what leaves in one
 * piece, and an answer that would have to be fragmented is cut (RFC 1122 3.2.2.6).
 */
static uint32_t echo_bytes_max(const struct net *net, const struct egress_to *to)
{
	uint16_t mtu = net_mtu(net, &to->remote);

	/* Without a route egress drops it, under that reason. */
	return mtu == 0 ? UINT16_MAX : mtu - IPV4_HEADER_BYTES;
}

/*
 * Answers an echo request with the very bytes it came with (RFC 1122 3.2.2.6): the headers in front
 * are taken off and the message turned around in place, or in a copy where it is not ours to write.
 */
static enum verdict answer_echo(struct net *net, struct ingress_frame *frame,
				const struct icmp_message *request)
{
	struct icmp_message reply = { .type = ICMP_ECHO_REPLY, .rest = request->rest };
	uint32_t offset = frame_transport_offset(frame);
	struct egress_to to = {
		.remote = la_addr_from_ipv4(frame->ip.src),
		.local_index = frame->local_index,
		.protocol = IP_PROTOCOL_ICMP,
		.ttl = ECHO_TTL,
		.tos = frame->ip.tos & TOS_WITHOUT_ECN,
	};
	struct rte_mbuf *mbuf = frame->mbuf;

	if (!icmp_limiter_take(&net->icmp_limiter, net->env))
		return DROP_icmp_rate;
	if (!buffer_is_writable(mbuf) || mbuf->data_len < offset + ICMP_HEADER_BYTES) {
		mbuf = frame_copy(net->env, mbuf);
		if (mbuf == NULL)
			return DROP_rx_no_mbuf;
	}
	frame->mbuf = NULL;
	frame_trim_to(mbuf, RTE_MIN(rte_pktmbuf_pkt_len(mbuf), offset + echo_bytes_max(net, &to)));
	icmp_emit((uint8_t *)rte_pktmbuf_adj(mbuf, (uint16_t)offset), &reply);
	if (egress_send(net, mbuf, &to) == VERDICT_CONTINUE)
		stat_count(&net->env->counters, STAT_rx_icmp_echo);
	return VERDICT_DONE;
}

/* An error is about one of our segments, or it is nothing to us (RFC 1122 3.2.2, RFC 5927). */
static enum verdict take_error(struct net *net, struct ingress_frame *frame,
			       const struct icmp_message *message, struct packet *out)
{
	struct icmp_quote quote;
	struct la_addr local;
	int index;
	enum verdict verdict = icmp_quote_parse(frame->mbuf, frame_transport_offset(frame),
						frame_transport_length(frame), &quote);

	if (verdict != VERDICT_CONTINUE)
		return verdict;
	local = la_addr_from_ipv4(quote.src);
	index = address_find(&net->addresses, &local);
	if (index < 0 || quote.protocol != IP_PROTOCOL_TCP)
		return DROP_icmp_quote;
	*out = (struct packet){
		.remote = la_addr_from_ipv4(quote.dst),
		.local_index = (uint16_t)index,
		.port = frame->port,
		.kind = PACKET_ICMP_ERROR,
		.tos = frame->ip.tos,
		.icmp = {
			.type = message->type,
			.code = message->code,
			.quoted_length = quote.total_length,
			.local_port = quote.src_port,
			.remote_port = quote.dst_port,
			.seq = quote.seq,
		},
	};
	if (message->type == ICMP_UNREACHABLE && message->code == ICMP_CODE_TOO_BIG)
		out->icmp.next_hop_mtu = (uint16_t)message->rest;
	rte_pktmbuf_free(frame->mbuf);
	frame->mbuf = NULL;
	return VERDICT_CONTINUE;
}

enum verdict icmp_input(struct net *net, struct ingress_frame *frame, struct packet *out)
{
	struct icmp_message message;
	enum verdict verdict = icmp_parse(frame->mbuf, frame_transport_offset(frame),
					  frame_transport_length(frame), &message);

	assert(!frame->group);
	if (verdict != VERDICT_CONTINUE)
		return verdict;
	switch (message.type) {
	case ICMP_ECHO_REQUEST:
		return message.code == 0 ? answer_echo(net, frame, &message) : DROP_icmp_type;
	case ICMP_UNREACHABLE:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER_PROBLEM:
		return take_error(net, frame, &message, out);
	default:
		/* Source quench (RFC 6633) and redirects, from whomever, change nothing here. */
		return DROP_icmp_type;
	}
}
