/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * home_ports.h: the local ports with which a peer's segments come to this worker, numbered.
 *
 * The hash of a segment is that of the same segment to port 0, xor what the port adds. The low bits
 * that choose an entry of the table of owners are thus a linear function of the port: those ports
 * that add nothing (the kernel) keep the entry, and one port for each entry leads to it from any
 * other. Both are tabulated, so that the n-th port for a peer is found by one xor.
 *
 * Knows nothing of which ports are in use. With several workers it numbers ports outside of the
 * range as well: they are strewn among the others, and cheaply passed.
 */
#ifndef TCP_HOME_PORTS_H
#define TCP_HOME_PORTS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "io/rss.h"

#define HOME_PORTS_ALL 65536U
#define HOME_PORTS_PER_ENTRY (HOME_PORTS_ALL / RSS_OWNERS)

/** What ports do to the entry, in one family. */
struct home_map {
	uint16_t leads[RSS_OWNERS];            /**< a port that changes the entry so */
	uint16_t kernel[HOME_PORTS_PER_ENTRY]; /**< all ports that do not change it */
};

struct home_ports {
	const struct rss *rss;       /**< NULL: one worker, to which everything comes */
	unsigned int worker;         /**< whose home it is */
	uint16_t first;              /**< port of the range */
	uint32_t count;              /**< how many ports there are for each peer */
	uint8_t entries[RSS_OWNERS]; /**< entries of the table of owners that are ours */
	struct home_map ipv4, ipv6;
};

/** A peer as far as ports are concerned. */
struct home_peer {
	const struct home_map *map; /**< NULL: one worker */
	uint8_t entry;              /**< of its segments to port 0 */
};

_Static_assert(RSS_OWNERS <= UINT8_MAX + 1, "an entry fits eight bits");

/** Tabulates. rss NULL: one worker. rss must outlive the structure. */
void home_ports_init(struct home_ports *home, const struct rss *rss, unsigned int worker,
		     uint16_t first, uint16_t last);

struct home_peer home_ports_peer(const struct home_ports *home, const struct la_addr *remote,
				 const struct la_addr *local, uint16_t remote_port);

/** The port with this number, below count; each number gives another. */
static inline uint16_t home_ports_at(const struct home_ports *home, struct home_peer peer,
				     uint32_t number)
{
	assert(number < home->count);
	if (peer.map == NULL)
		return (uint16_t)(home->first + number);
	return peer.map->leads[home->entries[number / HOME_PORTS_PER_ENTRY] ^ peer.entry] ^
	       peer.map->kernel[number % HOME_PORTS_PER_ENTRY];
}

#endif
