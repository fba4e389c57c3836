/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rss.h: which worker a segment belongs to: the Toeplitz hash that a NIC computes of it, and the
 * table from hash to worker. One for the whole stack, constant once it is made.
 *
 * Knows nothing of ports (rss_ethdev.h gives a device the same key and table) nor of what a port
 * says (rss_trust.h).
 */
#ifndef IO_RSS_H
#define IO_RSS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "config/limits.h"
#include "lastack.h"

#define RSS_TUPLE_BYTES 36U /**< two addresses of 16 bytes and two ports */

struct rss {
	unsigned int workers;
	uint8_t key[RSS_KEY_BYTES];
	uint16_t owners[RSS_OWNERS]; /**< worker numbers, by the low bits of the hash */
	/** What a byte of the tuple adds to the hash, by its place and value; an IPv4 tuple is 12
	 *  bytes long. */
	uint32_t shares[RSS_TUPLE_BYTES][256];
};

/**
 * Makes the tables of a key, one that local ports go well with (below); the entries go round robin
 * to workers 0 to workers - 1.
 */
void rss_init(struct rss *rss, const uint8_t key[RSS_KEY_BYTES], unsigned int workers);

/** Draws a key with which local ports can be chosen for each of the table's entries. */
void rss_draw_key(uint8_t key[RSS_KEY_BYTES], struct random_stream *random);

/**
 * The hash of a segment from remote to local: of 12 bytes where both addresses are IPv4, else of
 * 36. Ports are in host order.
 */
uint32_t rss_hash(const struct rss *rss, const struct la_addr *remote, const struct la_addr *local,
		  uint16_t remote_port, uint16_t local_port);

/**
 * What the local port adds to the hash. The hash is linear: that of any port is that of port 0
 * xor this.
 */
uint32_t rss_port_share(const struct rss *rss, bool ipv4, uint16_t local_port);

/** The worker whose segment it is. */
static inline unsigned int rss_owner(const struct rss *rss, uint32_t hash)
{
	return rss->owners[hash % RSS_OWNERS];
}

#endif
