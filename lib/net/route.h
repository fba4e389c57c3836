/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * route.h: the routes of a stack: longest prefix match from a destination to port and next hop.
 *
 * Owns the list. Knows nothing of neighbours. Called by egress and by whoever configures.
 *
 * A host has a handful of routes (a prefix for each port, a default), changed rarely and looked up
 * for each frame. They stand in one array, longest prefix first, and are compared in turn: two
 * 64-bit compares each, four routes in one or two cache lines' time. rte_lpm would take 64 MiB per
 * table and a fixed tbl24 for nothing here, and knows IPv4 alone; ROUTES_MAX bounds the scan.
 */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"
#include "lastack.h"

#define ROUTE_IPV4_BITS 96U /**< prefix bits in front of a mapped IPv4 address */

struct route {
	uint64_t prefix[2]; /**< of the 16-byte address, big endian words in host order */
	uint64_t mask[2];
	struct la_addr gateway; /**< meaningful unless on_link */
	uint16_t port;
	uint8_t length; /**< bits of the 16-byte address: 96 + n for IPv4 */
	bool on_link;   /**< the destination itself is the next hop */
};

struct route_table {
	unsigned int count;
	struct route list[ROUTES_MAX]; /**< longest prefix first */
};

/**
 * Adds a route to prefix/length (length in bits of the prefix's own family) out of port through
 * gateway; gateway NULL: on link. 0; -EINVAL for a length that is too long, or bits set behind it;
 * -EEXIST when that prefix leads elsewhere already; -ENOSPC. The same route twice is one.
 */
int route_add(struct route_table *table, const struct la_addr *prefix, unsigned int length,
	      uint16_t port, const struct la_addr *gateway);

/** The route with the longest prefix that matches, or NULL. */
const struct route *route_find(const struct route_table *table, const struct la_addr *remote);

#endif
