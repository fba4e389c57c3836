/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain_output.h: the short way of a TCP segment to a remote that was sent to before: the checksum,
 * the headers of IPv4 and Ethernet, and the port, in one go.
 *
 * It takes a segment only if the general way (egress_send()) would hand its frame to the port, and
 * hands the same frame over then; it drops nothing and asks nobody. Where to, and the IPv4 header
 * but for its length, is what the way (way.h) remembers.
 */
#ifndef NET_PLAIN_OUTPUT_H
#define NET_PLAIN_OUTPUT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "base/order.h"
#include "net/net.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp_header.h"

#define PLAIN_OUTPUT_HEADERS (ETH_HEADER_BYTES + IPV4_HEADER_BYTES) /**< before that of TCP */

_Static_assert(EGRESS_HEADROOM >= PLAIN_OUTPUT_HEADERS, "the headers fit in front");

/** Where a segment goes, and what its IPv4 header says but for addresses and length. */
struct plain_to {
	const struct la_addr *remote;
	struct way_from from;
};

/** A TCP header right before the text of a buffer, not yet the buffer's. */
struct plain_header {
	uint8_t *at;
	uint32_t length; /**< bytes */
	uint64_t sum; /**< of its bytes, the checksum field being zero (wire/checksum.h), and ... */
	uint32_t
		unsummed; /**< ... of the text, unless these many bytes, that is all, are missing */
};

/* The checksum of the segment, whose addresses are in the way's ready header; or what the port
 * needs to compute it: lengths, and the sum of the pseudo header (rte_mbuf_core.h). */
static inline uint16_t plain_checksum(struct rte_mbuf *mbuf, const struct way *way,
				      const struct plain_header *header, uint32_t port_flags)
{
	uint32_t text = rte_pktmbuf_pkt_len(mbuf);
	uint64_t sum;
	/* The rest of the pseudo header, and both addresses. */
	uint64_t pseudo = checksum_add(checksum_load(way->plain_ip + 12),
				       order_32(text + header->length + IP_PROTOCOL_TCP));

	if (unlikely((port_flags & LA_PORT_TX_CHECKSUM) != 0)) {
		mbuf->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM;
		mbuf->l2_len = ETH_HEADER_BYTES;
		mbuf->l3_len = IPV4_HEADER_BYTES;
		mbuf->l4_len = header->length & 0xff;
		return checksum_fold(pseudo);
	}
	sum = checksum_add(header->sum, pseudo);
	if (header->unsummed > 0)
		sum = checksum_add(sum, checksum_sum_mbuf(mbuf, 0, header->unsummed));
	return (uint16_t)~checksum_fold(sum);
}

/* The way by which a plain frame of so many bytes may leave; NULL: the general way decides. */
static inline struct way *plain_way(struct net *net, const struct rte_mbuf *mbuf,
				    const struct la_addr *remote, uint32_t bytes)
{
	uint32_t ipv4;
	bool mapped = addr_to_ipv4(remote, &ipv4);
	struct way *way = &net->ways.list[ways_place(ipv4)];

	if (unlikely(!mapped || !way_leads_to(&net->ways, way, ipv4) || bytes > way->plain_bytes ||
		     (mbuf->nb_segs != 1 && !port_takes_chains(way->plain_port->flags))))
		return NULL;
	return way;
}

/**
 * mbuf is a buffer from the pool with the headroom of a fresh one, and holds the text, maybe in a
 * chain; header stands in front of that. The packet is not to be fragmented. True: the frame is the
 * port's. False: nothing has happened.
 */
static __rte_always_inline bool plain_output(struct net *net, struct rte_mbuf *mbuf,
					     const struct plain_to *to, struct plain_header header)
{
	uint32_t headers = header.length + PLAIN_OUTPUT_HEADERS;
	uint32_t text = rte_pktmbuf_pkt_len(mbuf);
	uint32_t bytes = text + headers;
	struct way *way = plain_way(net, mbuf, to->remote, bytes);
	struct neighbour *hop;
	struct port *port;
	uint16_t checksum;

	if (unlikely(way == NULL))
		return false;
	assert(rte_pktmbuf_headroom(mbuf) >= headers);
	assert(header.unsummed == 0 || header.unsummed == text);
	hop = way->plain_hop;
	port = way->plain_port;
	if (unlikely(!way_is_from(way, to->from)))
		way_make_ready(net, way, to->from);
	neighbour_note_use(hop, net->env->now_tick);
	checksum = plain_checksum(mbuf, way, &header, port->flags);
	memcpy(header.at + offsetof(struct rte_tcp_hdr, cksum), &checksum, sizeof(checksum));
	ipv4_emit_ready(header.at - IPV4_HEADER_BYTES, way->plain_ip,
			(uint16_t)(bytes - ETH_HEADER_BYTES));
	memcpy(header.at - PLAIN_OUTPUT_HEADERS, hop->link, ETH_HEADER_BYTES);
	mbuf->data_off = (uint16_t)(mbuf->data_off - headers);
	mbuf->data_len = (uint16_t)(mbuf->data_len + headers);
	mbuf->pkt_len = bytes;
	port_send(port, mbuf);
	return true;
}

#endif
