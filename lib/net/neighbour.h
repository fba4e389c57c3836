/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * neighbour.h: who has which MAC address: a bounded table of IPv4 neighbours (ARP), and the packets
 * that wait for one.
 *
 * Owns its entries and the mbufs waiting in them. It decides when to ask and for how long (RFC 1122
 * 2.3.2); building the ARP packet is arp.h's business. An entry exists only because we wanted to
 * send there, so nothing an outsider says can create one. Entries are found by a keyed hash.
 *
 * Life: INCOMPLETE (asked by broadcast, packets wait) - answered: REACHABLE - after the expiry
 * time: forgotten if it was not used since, else STALE (asked by unicast, still used) - no answer:
 * forgotten. All entries in one state share one timeout, so they stand in two lines and no work is
 * unbounded.
 */
#ifndef NET_NEIGHBOUR_H
#define NET_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/gauge.h"
#include "base/line.h"
#include "base/pool.h"
#include "base/siphash.h"
#include "base/verdict.h"
#include "lastack.h"
#include "wire/ethernet.h"

struct net;
struct rte_mbuf;

enum neighbour_state {
	NEIGHBOUR_INCOMPLETE, /**< asked; no MAC address yet */
	NEIGHBOUR_REACHABLE,  /**< heard of within the expiry time */
	NEIGHBOUR_STALE, /**< expired, asked by unicast; used until it is clear that it is gone */
};

struct neighbour {
	struct la_addr addr;
	struct timer_node timer; /**< in the line of its state */
	uint32_t bucket_next;    /**< in its bucket, or POOL_NONE */
	uint32_t last_used_tick;
	uint32_t waiting_head; /**< oldest cell of the packets that wait, or POOL_NONE */
	uint32_t waiting_tail;
	uint16_t port;
	uint8_t state;    /**< enum neighbour_state */
	uint8_t requests; /**< sent since the state was entered */
	uint8_t waiting;  /**< packets that wait */
	bool used;        /**< since it was last confirmed */
	/** Ethernet header of IPv4 packets to it, without a tag: begins with its MAC address. */
	uint8_t link[ETH_HEADER_BYTES];
};

_Static_assert(sizeof(struct neighbour) == 64, "one is sent to with one line of the cache");

struct neighbour_table {
	struct pool entries;   /**< struct neighbour */
	struct pool cells;     /**< struct neighbour_cell: bounds the mbufs kept waiting by all */
	uint32_t *buckets;     /**< heads, or POOL_NONE */
	uint32_t bucket_count; /**< a power of two */
	uint32_t incomplete;   /**< entries in that state: at most half, so a flood evicts no one */
	uint32_t expiry_ticks;
	struct siphash_key key;
	struct line asked;     /**< INCOMPLETE and STALE, due after ARP_INTERVAL_US */
	struct line confirmed; /**< REACHABLE, due after the expiry time */
};

/** Reserves capacity entries. 0 or -ENOMEM. */
int neighbour_create(struct net *net, uint32_t capacity, uint64_t expiry_us);
/** Frees the tables and the packets that wait. A zeroed table is fine. */
void neighbour_destroy(struct net *net);

/** A next hop: an address on a port. */
struct neighbour_hop {
	struct la_addr addr;
	uint16_t port;
};

/**
 * Sends an IPv4 packet (no Ethernet header yet, ETH headroom in front) to a next hop, or lets it
 * wait and asks. Takes the mbuf in any case. *index says where the hop is, to be used until
 * ways_forget() is called (way.h). Continue, or tx_neighbour_full (counted here).
 */
enum verdict neighbour_send(struct net *net, const struct neighbour_hop *hop, struct rte_mbuf *mbuf,
			    uint32_t *index);

/** Something is sent to a neighbour that is not INCOMPLETE, and so will never be again. */
static inline void neighbour_note_use(struct neighbour *entry, uint32_t now_tick)
{
	entry->used = true;
	entry->last_used_tick = now_tick;
}

/**
 * The neighbour at index if it can be sent to at once; it counts as used then. NULL if not, or if
 * index is POOL_NONE: neighbour_send() is to be called.
 */
static inline struct neighbour *neighbour_use(struct neighbour_table *table, uint32_t index,
					      uint32_t now_tick)
{
	struct neighbour *entry;

	if (index == POOL_NONE)
		return NULL;
	entry = (struct neighbour *)pool_at(&table->entries, index);
	if (entry->state == NEIGHBOUR_INCOMPLETE)
		return NULL;
	neighbour_note_use(entry, now_tick);
	return entry;
}

/**
 * A neighbour was heard of in an ARP packet. Updates the entry if there is one (and sends what
 * waited); asked_only: just if a request of ours is open. False when nothing was updated.
 */
bool neighbour_learn(struct net *net, uint16_t port, const struct la_addr *addr,
		     const uint8_t mac[6], bool asked_only);

/** TCP suspects that the way there is dead (RFC 1122 4.2.3.5: R1): asks again by unicast. */
void neighbour_suspect(struct net *net, uint16_t port, const struct la_addr *addr);

/** Retries, gives up, expires; at most LINE_PER_BREATH entries of each line. Returns how many. */
unsigned int neighbour_expire(struct net *net);

/** The tick at which neighbour_expire() next has something to do; false: never. */
bool neighbour_next(const struct neighbour_table *table, uint32_t now_tick, uint32_t *tick);

/** Packets that wait for any neighbour. */
static inline uint32_t neighbour_waiting(const struct neighbour_table *table)
{
	return gauge_read(&table->cells.in_use);
}

#endif
