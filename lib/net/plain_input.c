/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/plain_input.h"

#include "base/addr.h"
#include "net/frame.h"
#include "net/net.h"
#include "wire/plain.h"

/* An address that a packet may come from is one that a peer may have (RFC 1122 3.2.1.3). */
static inline bool source_is_legal(const struct net *net, uint32_t src)
{
	struct la_addr addr;

	if (likely(way_is_known(&net->ways, src)))
		return true;
	addr = addr_from_ipv4(src);
	return net_peer_legal(net, &addr);
}

bool plain_input(struct net *net, unsigned int port, struct rte_mbuf *mbuf, struct packet *out)
{
	const struct port *by = net->ports[port];
	uint64_t flags = frame_flags(mbuf, by);
	struct plain_frame frame;
	uint32_t end;
	int index;

	if (by->vlan != 0 || rte_mbuf_refcnt_read(mbuf) != 1 ||
	    !plain_parse(mbuf, flags, by->mac, &frame))
		return false;
	index = address_find_ipv4(&net->addresses, frame.dst);
	if (index < 0 || !source_is_legal(net, frame.src))
		return false;
	end = PLAIN_IP_OFFSET + frame.total_length;
	mbuf->data_len = (uint16_t)end;
	mbuf->pkt_len = end;
	mbuf->ol_flags = flags;
	*out = (struct packet){
		.mbuf = mbuf,
		.remote = addr_from_ipv4(frame.src),
		.local = addr_from_ipv4(frame.dst),
		.local_index = (uint16_t)index,
		.port = (uint16_t)port,
		.offset = PLAIN_TCP_OFFSET,
		.length = (uint16_t)(frame.total_length - IPV4_HEADER_BYTES),
		.kind = PACKET_TCP,
		.tos = frame.tos,
		.ttl = frame.ttl,
	};
	return true;
}
