/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net.h: the network below TCP, one per worker: ports, own addresses, routes, neighbours,
 * fragments.
 *
 * ingress_burst() turns frames into packets (packet.h) and answers ARP and ICMP itself; egress
 * takes packets down to a port. Each frame that ends here is counted under one reason (drop.def).
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/env.h"
#include "base/verdict.h"
#include "io/port.h"
#include "net/packet.h"
#include "net/address.h"
#include "net/route.h"
#include "net/arp.h"
#include "net/neighbour.h"
#include "net/fragment.h"
#include "net/icmp_output.h"
#include "net/ip_id.h"
#include "net/way.h"

struct net_config {
	uint32_t neighbours;
	uint64_t arp_expiry_us;
	bool announces; /**< addresses are announced by this net; of several that share them, by one
			 */
};

/** What an ARP packet told of a neighbour. */
struct neighbour_news {
	struct la_addr addr;
	uint16_t port;
	uint8_t mac[6];
	bool asked_only; /**< a reply: counts only where it was asked for */
};

/** Where else what is heard of neighbours should be known: other workers'. tell NULL: nowhere. */
struct net_gossip {
	void (*tell)(void *ctx, const struct neighbour_news *news);
	void *ctx;
};

struct net {
	struct env *env;
	bool announces;
	struct net_gossip gossip;
	struct port *ports[PORTS_MAX];
	unsigned int port_count;
	struct address_table addresses;
	struct route_table routes;
	struct arp_state arp;
	struct neighbour_table neighbours;
	struct fragment_table fragments;
	struct icmp_limiter icmp_limiter;
	struct ip_id ip_id;
	struct ways ways;
};

/** Reserves tables. 0 or -errno with a message. env must outlive the net. */
int net_create(struct net *net, struct env *env, const struct net_config *config,
	       struct la_error *err);
void net_destroy(struct net *net);

/** Adds a port (not owned; closed by its owner after net_destroy). */
int net_port_add(struct net *net, struct port *port, struct la_error *err);

/** Adds one of our addresses and the route to its prefix; announces it by gratuitous ARP soon. */
int net_address_add(struct net *net, unsigned int port, const struct la_addr *addr,
		    unsigned int prefix_length, struct la_error *err);

/**
 * Adds a route: prefix/length (in bits of the prefix's family) out of port through gateway, which
 * must be on the link of one of the port's addresses. 0 or -errno with a message.
 */
int net_route_add(struct net *net, unsigned int port, const struct la_addr *prefix,
		  unsigned int length, const struct la_addr *gateway, struct la_error *err);

/**
 * Takes count frames received on a port and writes the packets for TCP to out (room for count).
 * Every other frame is answered, kept or dropped here. Returns how many packets.
 */
unsigned int ingress_burst(struct net *net, unsigned int port, struct rte_mbuf **mbufs,
			   unsigned int count, struct packet *out);

/** Where a packet goes. */
struct egress_to {
	struct la_addr remote;
	uint16_t local_index; /**< own address it comes from */
	uint8_t protocol;
	uint8_t ttl, tos;
	bool dont_fragment;
	uint8_t summed; /**< first bytes of a TCP segment, an even number, that sum to sum; or 0 */
	uint64_t sum;   /**< of these (wire/checksum.h), the checksum field being zero */
};

/**
 * Sends the packet whose transport header is at the start of mbuf: completes the transport checksum
 * (TCP, ICMP), puts IPv4 and Ethernet in front (headroom: EGRESS_HEADROOM), hands it to the port or
 * lets it wait for ARP. Takes the mbuf in any case. Continue, or the tx_* reason it was dropped for
 * (counted here).
 */
enum verdict egress_send(struct net *net, struct rte_mbuf *mbuf, const struct egress_to *to);

#define EGRESS_HEADROOM 64U /**< bytes that egress may need in front of the transport header */

/** ARP retries and expiry, reassembly time: bounded work. Returns how many fired. */
unsigned int net_expire(struct net *net);

/** The next time net_expire() has something to do; UINT64_MAX: never. */
uint64_t net_next_event_us(const struct net *net);

/** Flushes every port. Returns frames sent. */
unsigned int net_flush(struct net *net);

/** IP packet bytes that fit on the way to remote; 0 when there is no route. */
uint16_t net_mtu(const struct net *net, const struct la_addr *remote);

/** Index of the own address from which to reach remote, or -ENETUNREACH. */
int net_source_for(const struct net *net, const struct la_addr *remote);

/** Another own address of the same port and family as that with this index: the next, in turn. */
uint16_t net_source_after(const struct net *net, uint16_t index);

/** TCP reached R1 with remote (RFC 9293 3.8.3): the next hop is asked whether it is still there. */
void net_suspect(struct net *net, const struct la_addr *remote);

/** True for an address that may be the peer of a connection (RFC 9293 MUST-46, 57; RFC 1122). */
bool net_peer_legal(const struct net *net, const struct la_addr *remote);

/** The flags (LA_PORT_*) of the port by which remote is reached; 0 when there is no route. */
uint32_t net_port_flags(struct net *net, const struct la_addr *remote);

#endif
