/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "base/addr.h"
#include "base/buffer.h"
#include "net/egress.h"
#include "net/frame.h"
#include "net/net.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

_Static_assert(EGRESS_HEADROOM >= ETH_HEADER_BYTES + ETH_TAG_BYTES + IPV4_HEADER_BYTES,
	       "the headers in front fit");
_Static_assert(RTE_PKTMBUF_HEADROOM >= EGRESS_HEADROOM, "a fresh buffer has the headroom");

/* Flags by which a buffer says where its data lives: the only ones that outlast a frame. */
#define FLAGS_OF_BUFFER (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)

/* Bytes of an Ethernet header that leaves by the port. */
static inline unsigned int link_bytes(const struct port *port)
{
	return port->vlan != 0 ? ETH_HEADER_BYTES + ETH_TAG_BYTES : ETH_HEADER_BYTES;
}

static inline void put_link(uint8_t *at, const struct port *port, const uint8_t mac[6],
			    uint16_t ether_type)
{
	memcpy(at, mac, 6);
	memcpy(at + 6, port->mac, 6);
	eth_emit_type(at, ether_type, port->vlan);
}

void egress_link(struct net *net, uint16_t port, const uint8_t mac[6], uint16_t ether_type,
		 struct rte_mbuf *mbuf)
{
	struct port *out = net->ports[port];
	unsigned int length = link_bytes(out);
	uint8_t *at = (uint8_t *)rte_pktmbuf_prepend(mbuf, (uint16_t)length);

	assert(at != NULL && buffer_is_writable(mbuf));
	put_link(at, out, mac, ether_type);
	mbuf->l2_len = length;
	port_send(out, mbuf);
}

/* True if some segment's bytes belong to others as well, which a port that hands buffers over must
 * not pass on. */
static bool shares_bytes(const struct rte_mbuf *mbuf)
{
	for (; mbuf != NULL; mbuf = mbuf->next) {
		if (!buffer_is_writable(mbuf))
			return true;
	}
	return false;
}

/* A chain whose first buffer is ours: see make_sendable(). */
static struct rte_mbuf *make_chain_sendable(struct net *net, struct rte_mbuf *mbuf, uint32_t flags)
{
	if ((flags & LA_PORT_TX_HANDOVER) != 0 && shares_bytes(mbuf))
		return frame_copy(net->env, mbuf);
	if ((flags & LA_PORT_TX_CHAINS) != 0)
		return mbuf;
	if (rte_pktmbuf_linearize(mbuf) == 0)
		return mbuf;
	return frame_copy(net->env, mbuf);
}

/*
 * Makes the mbuf one whose headers may be written and that the port can take: itself, its segments
 * moved together, or a copy. NULL when that needs a buffer and there is none; the mbuf is the
 * caller's still.
 */
static inline struct rte_mbuf *make_sendable(struct net *net, struct rte_mbuf *mbuf, uint32_t flags)
{
	if (unlikely(!buffer_is_writable(mbuf) || rte_pktmbuf_headroom(mbuf) < EGRESS_HEADROOM))
		return frame_copy(net->env, mbuf);
	return likely(mbuf->nb_segs == 1) ? mbuf : make_chain_sendable(net, mbuf, flags);
}

/* TCP's sum by the port if it can: the field then holds that of the pseudo header
 * (rte_mbuf_core.h). */
static inline void checksum_tcp(struct rte_mbuf *mbuf, const struct la_addr *local,
				const struct egress_to *to, uint32_t flags)
{
	struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod(mbuf, struct rte_tcp_hdr *);
	uint32_t length = rte_pktmbuf_pkt_len(mbuf), src, dst;
	uint64_t sum;

	assert(mbuf->data_len >= sizeof(*tcp) && to->summed <= length);
	(void)addr_to_ipv4(local, &src);
	(void)addr_to_ipv4(&to->remote, &dst);
	sum = checksum_pseudo(src, dst, length, IP_PROTOCOL_TCP);
	if ((flags & LA_PORT_TX_CHECKSUM) != 0) {
		mbuf->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM;
		mbuf->l3_len = IPV4_HEADER_BYTES;
		mbuf->l4_len = (uint64_t)(tcp->data_off >> 4) * 4U;
		tcp->cksum = checksum_fold(sum);
		return;
	}
	tcp->cksum = 0;
	sum = checksum_add(sum, to->sum);
	sum = checksum_add(sum, checksum_sum_mbuf(mbuf, to->summed, length - to->summed));
	tcp->cksum = (uint16_t)~checksum_fold(sum);
}

static void checksum_icmp(struct rte_mbuf *mbuf)
{
	uint8_t *at = rte_pktmbuf_mtod(mbuf, uint8_t *);
	uint16_t checksum = 0;

	assert(mbuf->data_len >= ICMP_HEADER_BYTES);
	memcpy(at + 2, &checksum, sizeof(checksum));
	checksum = checksum_plain(mbuf, 0, rte_pktmbuf_pkt_len(mbuf));
	memcpy(at + 2, &checksum, sizeof(checksum));
}

static inline void put_ipv4(struct net *net, uint8_t *at, uint32_t transport_bytes,
			    const struct la_addr *local, const struct egress_to *to)
{
	struct ipv4_header header = {
		.total_length = (uint16_t)(transport_bytes + IPV4_HEADER_BYTES),
		.dont_fragment = to->dont_fragment,
		.ttl = to->ttl,
		.protocol = to->protocol,
		.tos = to->tos,
		.header_length = IPV4_HEADER_BYTES,
	};

	assert(at != NULL);
	(void)addr_to_ipv4(local, &header.src);
	(void)addr_to_ipv4(&to->remote, &header.dst);
	/* RFC 6864 4.1: in an atomic datagram the number means nothing. */
	if (unlikely(!to->dont_fragment))
		header.id = ip_id_next(&net->ip_id, &net->env->random);
	ipv4_emit(at, &header);
}

static enum verdict refuse(struct net *net, struct rte_mbuf *mbuf, enum verdict reason)
{
	net_drop(net, mbuf, reason);
	return reason;
}

/* The next hop is known: from now on plain frames take the short way. */
static void note_plain(const struct net *net, struct way *way, struct neighbour *hop)
{
	struct port *port = net->ports[way->route->port];

	if (port->vlan != 0 || way->plain_port != NULL)
		return;
	way->plain_bytes = egress_mtu(net, way->route->port) + ETH_HEADER_BYTES;
	way->from = WAY_FROM_NONE;
	way->plain_port = port;
	way->plain_hop = hop;
}

/* The IPv4 header, and the Ethernet header too if the next hop is known; else the packet waits. */
static enum verdict send_on_way(struct net *net, struct rte_mbuf *mbuf, struct way *way,
				const struct egress_to *to)
{
	const struct own_address *own = &net->addresses.list[to->local_index];
	struct port *port = net->ports[way->route->port];
	struct neighbour *neighbour =
		neighbour_use(&net->neighbours, way->neighbour, net->env->now_tick);
	uint32_t bytes = rte_pktmbuf_pkt_len(mbuf);
	struct neighbour_hop hop;
	unsigned int length;
	uint8_t *at;

	if (unlikely(neighbour == NULL)) {
		at = (uint8_t *)rte_pktmbuf_prepend(mbuf, IPV4_HEADER_BYTES);
		put_ipv4(net, at, bytes, &own->addr, to);
		hop.addr = way->route->on_link ? to->remote : way->route->gateway;
		hop.port = way->route->port;
		return neighbour_send(net, &hop, mbuf, &way->neighbour);
	}
	note_plain(net, way, neighbour);
	length = link_bytes(port);
	at = (uint8_t *)rte_pktmbuf_prepend(mbuf, (uint16_t)(length + IPV4_HEADER_BYTES));
	put_ipv4(net, at + length, bytes, &own->addr, to);
	put_link(at, port, neighbour->link, ETH_TYPE_IPV4);
	mbuf->l2_len = length;
	port_send(port, mbuf);
	return VERDICT_CONTINUE;
}

enum verdict egress_send(struct net *net, struct rte_mbuf *mbuf, const struct egress_to *to)
{
	const struct own_address *own = &net->addresses.list[to->local_index];
	struct way *way = way_find(net, &to->remote);
	struct rte_mbuf *sendable;
	uint32_t flags;

	assert(to->local_index < net->addresses.count);
	if (unlikely(way == NULL))
		return refuse(net, mbuf, DROP_tx_no_route);
	if (unlikely(rte_pktmbuf_pkt_len(mbuf) + IPV4_HEADER_BYTES >
		     egress_mtu(net, way->route->port)))
		return refuse(net, mbuf, DROP_tx_too_long);
	flags = net->ports[way->route->port]->flags;
	sendable = make_sendable(net, mbuf, flags);
	if (unlikely(sendable == NULL))
		return refuse(net, mbuf, DROP_tx_no_mbuf);
	sendable->ol_flags &= FLAGS_OF_BUFFER;
	sendable->tx_offload = 0;
	if (likely(to->protocol == IP_PROTOCOL_TCP))
		checksum_tcp(sendable, &own->addr, to, flags);
	else
		checksum_icmp(sendable);
	return send_on_way(net, sendable, way, to);
}

uint16_t egress_mtu(const struct net *net, uint16_t port)
{
	const struct port *out = net->ports[port];
	uint32_t room;

	assert(port < net->port_count);
	if ((out->flags & LA_PORT_TX_CHAINS) != 0)
		return out->mtu;
	/* The copy has the headroom's worth of headers in front of its transport header. */
	room = rte_pktmbuf_data_room_size(net->env->mbufs) - RTE_PKTMBUF_HEADROOM +
	       IPV4_HEADER_BYTES;
	return (uint16_t)RTE_MIN((uint32_t)out->mtu, room);
}

uint16_t net_mtu(const struct net *net, const struct la_addr *remote)
{
	const struct route *route = route_find(&net->routes, remote);

	return route == NULL ? 0 : egress_mtu(net, route->port);
}

uint32_t net_port_flags(struct net *net, const struct la_addr *remote)
{
	const struct way *way = way_find(net, remote);
	const struct route *route =
		likely(way != NULL) ? way->route : route_find(&net->routes, remote);

	return route == NULL ? 0 : net->ports[route->port]->flags;
}

int net_source_for(const struct net *net, const struct la_addr *remote)
{
	const struct route *route = route_find(&net->routes, remote);
	int index;

	if (route == NULL)
		return -ENETUNREACH;
	index = address_on_link(&net->addresses, route->port,
				route->on_link ? remote : &route->gateway);
	if (index >= 0)
		return index;
	for (unsigned int i = 0; i < net->addresses.count; i++) {
		if (net->addresses.list[i].port == route->port)
			return (int)i;
	}
	return -ENETUNREACH;
}

uint16_t net_source_after(const struct net *net, uint16_t index)
{
	const struct own_address *list = net->addresses.list;
	unsigned int other = index;

	assert(index < net->addresses.count);
	do {
		other = other + 1 < net->addresses.count ? other + 1 : 0;
	} while (list[other].port != list[index].port ||
		 la_addr_is_ipv4(&list[other].addr) != la_addr_is_ipv4(&list[index].addr));
	return (uint16_t)other;
}

bool net_peer_legal(const struct net *net, const struct la_addr *remote)
{
	uint32_t addr;

	if (!addr_to_ipv4(remote, &addr))
		return false;
	if (way_is_known(&net->ways, addr))
		return true;
	/* RFC 1122 3.2.1.3: this network, loopback, multicast, reserved and broadcast. */
	if (addr >> 24 == 0 || ipv4_is_loopback(addr) || addr >> 28 >= 0xe)
		return false;
	return !address_is_broadcast(&net->addresses, addr) &&
	       address_find(&net->addresses, remote) < 0;
}
