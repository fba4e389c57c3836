/* SPDX-License-Identifier: BSD-3-Clause */
#include "stateless_frame.h"

#include <assert.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "lastack.h"
#include "config/tcp_constants.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp_header.h"

#define PEER_WINDOW 65535U
#define PEER_WINDOW_SCALE 7U
#define PEER_TTL 64U
#define TS_CLOCK_SHIFT 21U /* of the TSC: about a millisecond */
#define CHECKSUM_AT 16U    /* of the field within the TCP header */

static enum stateless_kind read_tcp(const struct stateless_link *link, const struct rte_mbuf *mbuf,
				    uint32_t offset, struct stateless_segment *segment)
{
	struct ipv4_header ip;
	struct tcp_header tcp;
	struct la_addr from, to;
	uint32_t at, length;

	if (ipv4_parse(mbuf, offset, &ip) != VERDICT_CONTINUE)
		return STATELESS_BAD;
	if (ip.protocol != IP_PROTOCOL_TCP)
		return STATELESS_OTHER;
	at = offset + ip.header_length;
	length = (uint32_t)ip.total_length - ip.header_length;
	from = la_addr_from_ipv4(ip.src);
	to = la_addr_from_ipv4(ip.dst);
	if (ip.more_fragments || ip.fragment_offset != 0 ||
	    tcp_header_parse(mbuf, at, length, &tcp) != VERDICT_CONTINUE ||
	    checksum_transport(mbuf, at, length, &from, &to, IP_PROTOCOL_TCP) != 0)
		return STATELESS_BAD;
	*segment = (struct stateless_segment){
		.peer = ip.dst,
		.stack = ip.src,
		.peer_port = tcp.dst_port,
		.stack_port = tcp.src_port,
		.seq = tcp.seq,
		.ack = tcp.ack,
		.text = (uint16_t)(length - tcp.length),
		.flags = tcp.flags,
	};
	if (link->offer.timestamps && tcp.length > TCP_HEADER_BYTES) {
		struct tcp_options options;

		tcp_options_parse(mbuf, at, &tcp, &options);
		segment->has_timestamps = options.has_timestamps;
		segment->ts_value = options.ts_value;
	}
	return STATELESS_TCP;
}

enum stateless_kind stateless_read(const struct stateless_link *link, const struct rte_mbuf *mbuf,
				   struct stateless_segment *segment, struct arp_packet *arp)
{
	struct eth_header eth;

	if (eth_parse(mbuf, &eth) != VERDICT_CONTINUE)
		return STATELESS_BAD;
	if (eth.type == ETH_TYPE_ARP) {
		if (arp_parse(mbuf, eth.length, arp) != VERDICT_CONTINUE)
			return STATELESS_BAD;
		return arp->operation == ARP_REQUEST ? STATELESS_ARP_REQUEST : STATELESS_OTHER;
	}
	if (eth.type != ETH_TYPE_IPV4 || memcmp(eth.dst, link->peer_mac, sizeof(eth.dst)) != 0)
		return STATELESS_BAD;
	return read_tcp(link, mbuf, eth.length, segment);
}

/* Empties the buffer and writes the Ethernet header. Returns where the next one goes. */
static uint8_t *begin(const struct stateless_link *link, struct rte_mbuf *mbuf, uint16_t type)
{
	struct eth_header eth = { .type = type };
	uint8_t *at;

	assert(RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1 && mbuf->next == NULL);
	rte_pktmbuf_reset(mbuf);
	memcpy(eth.dst, link->stack_mac, sizeof(eth.dst));
	memcpy(eth.src, link->peer_mac, sizeof(eth.src));
	at = rte_pktmbuf_mtod(mbuf, uint8_t *);
	return at + eth_emit(at, &eth);
}

static void end(struct rte_mbuf *mbuf, const uint8_t *behind)
{
	size_t length = (size_t)(behind - rte_pktmbuf_mtod(mbuf, uint8_t *));

	assert(length <= rte_pktmbuf_tailroom(mbuf));
	mbuf->data_len = (uint16_t)length;
	mbuf->pkt_len = (uint32_t)length;
}

void stateless_write(const struct stateless_link *link, struct rte_mbuf *mbuf,
		     const struct stateless_segment *segment)
{
	bool syn = (segment->flags & TCP_SYN) != 0;
	const struct tcp_options options = {
		.has_mss = syn,
		.mss = link->mss,
		.has_window_scale = syn && link->offer.scale,
		.window_scale = PEER_WINDOW_SCALE,
		.sack_permitted = syn && link->offer.sack,
		.has_timestamps = segment->has_timestamps,
		.ts_value = (uint32_t)(rte_rdtsc() >> TS_CLOCK_SHIFT),
		.ts_echo = segment->ts_echo,
	};
	const struct tcp_header tcp = { .src_port = segment->peer_port,
					.dst_port = segment->stack_port,
					.seq = segment->seq,
					.ack = segment->ack,
					.window = PEER_WINDOW,
					.flags = segment->flags,
					.length = (uint8_t)(TCP_HEADER_BYTES +
							    tcp_options_length(&options)) };
	struct la_addr from = la_addr_from_ipv4(segment->peer);
	struct la_addr to = la_addr_from_ipv4(segment->stack);
	struct ipv4_header ip = { .src = segment->peer,
				  .dst = segment->stack,
				  .dont_fragment = true,
				  .ttl = PEER_TTL,
				  .protocol = IP_PROTOCOL_TCP };
	uint8_t *ip_at = begin(link, mbuf, ETH_TYPE_IPV4);
	uint8_t *tcp_at = ip_at + IPV4_HEADER_BYTES;
	uint32_t length = tcp_header_emit(tcp_at, &tcp, &options);
	uint16_t sum;

	memset(tcp_at + length, 'x', segment->text);
	length += segment->text;
	ip.total_length = (uint16_t)(IPV4_HEADER_BYTES + length);
	ipv4_emit(ip_at, &ip);
	end(mbuf, tcp_at + length);
	sum = checksum_transport(mbuf, (uint32_t)(tcp_at - rte_pktmbuf_mtod(mbuf, uint8_t *)),
				 length, &from, &to, IP_PROTOCOL_TCP);
	memcpy(tcp_at + CHECKSUM_AT, &sum, sizeof(sum));
}

void stateless_write_arp(const struct stateless_link *link, struct rte_mbuf *mbuf,
			 const struct arp_packet *request)
{
	struct arp_packet reply = { .operation = ARP_REPLY,
				    .sender_ip = request->target_ip,
				    .target_ip = request->sender_ip };
	uint8_t *at = begin(link, mbuf, ETH_TYPE_ARP);

	memcpy(reply.sender_mac, link->peer_mac, sizeof(reply.sender_mac));
	memcpy(reply.target_mac, request->sender_mac, sizeof(reply.target_mac));
	arp_emit(at, &reply);
	end(mbuf, at + ARP_BYTES);
}
