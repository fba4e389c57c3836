/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include <rte_mbuf.h>

#include "config/tcp_constants.h"
#include "net/frame.h"
#include "net/ipv4_input.h"
#include "net/net.h"
#include "wire/checksum.h"
#include "wire/icmp.h"

#define TRANSPORT_CONTIGUOUS 60U /**< bytes: the longest TCP header */

/* RFC 1122 3.2.1.3: addresses that no datagram may come from. */
static bool source_is_bad(const struct net *net, uint32_t src)
{
	return src >> 24 == 0 || ipv4_is_loopback(src) || src >> 28 >= 0xe ||
	       address_is_broadcast(&net->addresses, src);
}

/* A group of ours to which nobody here listens: said by protocol, because the RFCs do. */
static enum verdict group_reason(uint8_t protocol)
{
	if (protocol == IP_PROTOCOL_TCP)
		return DROP_tcp_group;
	return protocol == IP_PROTOCOL_ICMP ? DROP_icmp_group : DROP_ip_group;
}

static enum verdict check_addresses(const struct net *net, struct ingress_frame *frame)
{
	struct la_addr src = la_addr_from_ipv4(frame->ip.src);
	struct la_addr dst = la_addr_from_ipv4(frame->ip.dst);
	int index = address_find(&net->addresses, &dst);

	if (unlikely(source_is_bad(net, frame->ip.src)))
		return DROP_ip_source;
	if (unlikely(address_find(&net->addresses, &src) >= 0))
		return index >= 0 && frame->ip.protocol == IP_PROTOCOL_TCP ? DROP_tcp_land
									   : DROP_ip_source;
	if (unlikely(index < 0)) {
		if (ipv4_is_multicast(frame->ip.dst) ||
		    address_is_broadcast(&net->addresses, frame->ip.dst))
			return group_reason(frame->ip.protocol);
		return DROP_ip_destination;
	}
	/* RFC 1122 3.3.6: a link-layer broadcast with a unicast destination is discarded. */
	if (unlikely(frame->group))
		return group_reason(frame->ip.protocol);
	frame->local_index = (uint16_t)index;
	return VERDICT_CONTINUE;
}

/* Brings the transport header (or all there is) into the first segment. */
static enum verdict make_contiguous(struct net *net, struct ingress_frame *frame)
{
	uint32_t need = frame_transport_offset(frame) +
			RTE_MIN(frame_transport_length(frame), TRANSPORT_CONTIGUOUS);
	struct rte_mbuf *copy;

	if (likely(frame->mbuf->data_len >= need))
		return VERDICT_CONTINUE;
	copy = frame_copy(net->env, frame->mbuf);
	if (copy == NULL)
		return DROP_rx_no_mbuf;
	frame->mbuf = copy;
	assert(copy->data_len >= need);
	return VERDICT_CONTINUE;
}

/* "Good" is believed where the port verifies; all else, "bad" included, is looked at here. */
static bool tcp_checksum_is_good(const struct net *net, const struct ingress_frame *frame,
				 const struct packet *packet)
{
	const struct la_addr *local = &net->addresses.list[packet->local_index].addr;

	if ((frame->mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		return true;
	return checksum_transport(frame->mbuf, packet->offset, packet->length, &packet->remote,
				  local, IP_PROTOCOL_TCP) == 0;
}

static enum verdict tcp_input(struct net *net, struct ingress_frame *frame, struct packet *out)
{
	enum verdict verdict;

	/* Less than a header: what the checksum field would be is not even there. */
	if (frame_transport_length(frame) < TCP_HEADER_BYTES)
		return DROP_tcp_short;
	verdict = make_contiguous(net, frame);
	if (verdict != VERDICT_CONTINUE)
		return verdict;
	*out = (struct packet){
		.mbuf = frame->mbuf,
		.remote = la_addr_from_ipv4(frame->ip.src),
		.local_index = frame->local_index,
		.port = frame->port,
		.offset = (uint16_t)frame_transport_offset(frame),
		.length = (uint16_t)frame_transport_length(frame),
		.kind = PACKET_TCP,
		.tos = frame->ip.tos,
	};
	return tcp_checksum_is_good(net, frame, out) ? VERDICT_CONTINUE : DROP_tcp_checksum;
}

enum verdict ipv4_input(struct net *net, struct ingress_frame *frame, struct packet *out)
{
	enum verdict verdict = ipv4_parse(frame->mbuf, frame->ip_offset, &frame->ip);

	if (unlikely(verdict != VERDICT_CONTINUE))
		return verdict;
	verdict = check_addresses(net, frame);
	if (unlikely(verdict != VERDICT_CONTINUE))
		return verdict;
	frame_trim_to(frame->mbuf, (uint32_t)frame->ip_offset + frame->ip.total_length);
	if (unlikely(frame->ip.more_fragments || frame->ip.fragment_offset != 0)) {
		verdict = fragment_input(net, frame);
		if (verdict != VERDICT_CONTINUE)
			return verdict;
	}
	switch (frame->ip.protocol) {
	case IP_PROTOCOL_TCP:
		return tcp_input(net, frame, out);
	case IP_PROTOCOL_ICMP:
		return icmp_input(net, frame, out);
	case IP_PROTOCOL_UDP:
		icmp_error_send(net, frame, ICMP_UNREACHABLE, ICMP_CODE_PORT);
		return DROP_udp_port;
	default:
		icmp_error_send(net, frame, ICMP_UNREACHABLE, ICMP_CODE_PROTOCOL);
		return DROP_ip_protocol;
	}
}
