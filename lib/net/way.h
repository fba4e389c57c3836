/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * way.h: the way to a remote: what routes, addresses and neighbours say of it, found once and
 * remembered for the next packet.
 *
 * A memory of pure answers: a way says nothing that route_find(), net_peer_legal() and
 * the table of neighbours would not say now. Whoever changes one of these calls ways_forget(). What
 * a port or a neighbour is just now (its MTU, its MAC address) is not remembered but looked at.
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

struct net;
struct route;

struct way {
	const struct route *route;
	uint32_t remote;     /**< IPv4, host order */
	uint32_t generation; /**< of the ways when this was found; 0: never */
	uint32_t neighbour;  /**< where the next hop is in the table of neighbours, or POOL_NONE */
};

struct ways {
	uint32_t generation; /**< ways of another one are forgotten */
	struct way list[WAYS];
};

/** No way is known. */
void ways_init(struct ways *ways);

/** Forgets all of them. */
void ways_forget(struct ways *ways);

static inline unsigned int ways_place(uint32_t remote)
{
	return (remote * 0x9e3779b1U) >> 16 & (WAYS - 1);
}

/** True if the way to this IPv4 address (host order) is remembered: so it may be a peer's. */
static inline bool way_is_known(const struct ways *ways, uint32_t remote)
{
	const struct way *way = &ways->list[ways_place(remote)];

	return way->remote == remote && way->generation == ways->generation;
}

/** The way to remote, looked for now unless it is known; NULL: there is none, or none may be. */
struct way *way_find(struct net *net, const struct la_addr *remote);

#endif
