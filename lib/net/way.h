/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * way.h: the way to a remote: what routes, addresses and neighbours say of it, found once and
 * remembered for the next packet.
 *
 * A memory of pure answers: a way says nothing that route_find(), net_peer_legal(), the addresses
 * and the table of neighbours would not say now. Whoever changes one of these calls ways_forget().
 * What a port is (its MTU, its VLAN) never changes; a neighbour that was resolved once is never
 * unresolved again before it is forgotten, and its MAC address is not remembered but looked at.
 *
 * A remote has one place, chosen by a hash that needs no key: who makes remotes share a place makes
 * their packets cost what they would without it.
 */
#ifndef NET_WAY_H
#define NET_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "config/limits.h"
#include "lastack.h"
#include "wire/ipv4.h"

struct neighbour;
struct net;
struct port;
struct route;

/** Of the segments that leave on a way, what its ready header says: each is compared with it. */
struct way_from {
	uint16_t local_index; /**< own address they come from */
	uint16_t marks;       /**< TTL and TOS: way_marks() */
};

#define WAY_FROM_NONE ((struct way_from){ .local_index = UINT16_MAX })

/** Both in one number, and back. */
static inline uint16_t way_marks(uint8_t ttl, uint8_t tos)
{
	return (uint16_t)(ttl << 8 | tos);
}

static inline uint8_t way_ttl(uint16_t marks)
{
	return (uint8_t)(marks >> 8);
}

static inline uint8_t way_tos(uint16_t marks)
{
	return (uint8_t)marks;
}

struct way {
	const struct route *route;
	/** The port and the next hop of plain frames (plain_output.h): NULL both as long as nothing
	 * was sent there, and where the port tags its frames. */
	struct port *plain_port;
	struct neighbour *plain_hop;
	uint32_t remote;      /**< IPv4, host order */
	uint32_t generation;  /**< of the ways when this was found; 0: never */
	uint32_t neighbour;   /**< where the next hop is in the table of neighbours, or POOL_NONE */
	uint32_t plain_bytes; /**< of the largest plain frame; 0 without plain_port */
	struct way_from from; /**< what plain_ip says, or WAY_FROM_NONE */
	uint8_t plain_ip[IPV4_HEADER_BYTES]; /**< their header (ipv4_emit_ready()) */
};

_Static_assert(sizeof(struct way) == 64, "a line of the cache");

struct ways {
	uint32_t generation; /**< ways of another one are forgotten */
	struct way list[WAYS];
};

/** No way is known. */
void ways_init(struct ways *ways);

/** Forgets all of them. */
void ways_forget(struct ways *ways);

_Static_assert(WAYS == 1 << (32 - 24), "the upper bits of the hash are the place");

static inline unsigned int ways_place(uint32_t remote)
{
	return (remote * 0x9e3779b1U) >> 24;
}

/** True if what stands at this IPv4 address's place (host order) is the way there. */
static inline bool way_leads_to(const struct ways *ways, const struct way *way, uint32_t remote)
{
	return way->remote == remote && way->generation == ways->generation;
}

/** True if the way to this IPv4 address (host order) is remembered: so it may be a peer's. */
static inline bool way_is_known(const struct ways *ways, uint32_t remote)
{
	return way_leads_to(ways, &ways->list[ways_place(remote)], remote);
}

static inline bool way_is_from(const struct way *way, struct way_from from)
{
	return way->from.local_index == from.local_index && way->from.marks == from.marks;
}

/** Makes the way's header ready for such segments: TCP, not to be fragmented. */
void way_make_ready(const struct net *net, struct way *way, struct way_from from);

/** The way to remote, looked for now unless it is known; NULL: there is none, or none may be. */
struct way *way_find(struct net *net, const struct la_addr *remote);

#endif
