/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * listener.h: what is listened on (passive OPEN, RFC 9293 MUST-41 to 45), by port and own address.
 */
#ifndef TCP_LISTENER_H
#define TCP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"
#include "lastack.h"

#define LISTENER_NONE UINT16_MAX
#define LISTENER_ANY_ADDRESS UINT16_MAX

struct listener {
	uint16_t port;
	uint16_t local_index; /**< own address, or LISTENER_ANY_ADDRESS */
	uint16_t profile;
	uint16_t next;      /**< next listener in the same place, or LISTENER_NONE */
	uint32_t half_open; /**< its embryos; a closed listener keeps its place until they are gone
			     */
	struct la_limits limits; /**< of its own; LA_LIMIT_NONE: none */
	bool open;
	bool pressed; /**< it has more embryos than its share (backlog.c) */
};

/** Ports share a place with those that are so many apart. */
#define LISTENER_PLACES 2048U

_Static_assert((LISTENER_PLACES & (LISTENER_PLACES - 1)) == 0, "places are taken by low bits");

struct listener_table {
	struct listener list[LISTENERS_MAX];
	/** First listener of a place, or LISTENER_NONE. So few that they stay in the cache: whoever
	 *  looks for a local port asks of ports all over. */
	uint16_t places[LISTENER_PLACES];
	uint16_t count;   /**< listeners that are open */
	uint32_t changes; /**< how often one was opened or closed */
};

void listener_table_init(struct listener_table *table);

/** Opens a listener; returns its number, -EADDRINUSE or -ENOSPC. */
int listener_open(struct listener_table *table, uint16_t port, uint16_t local_index,
		  uint16_t profile);

/** Closes it. -ENOENT when it is not open. */
int listener_close(struct listener_table *table, uint16_t number);

/** The listener that takes a SYN to this address and port, the most specific first; or NULL. */
const struct listener *listener_find(const struct listener_table *table, uint16_t port,
				     uint16_t local_index);

/** True if nobody listens on this port; false does not say that somebody does. */
static inline bool listener_none(const struct listener_table *table, uint16_t port)
{
	return table->places[port % LISTENER_PLACES] == LISTENER_NONE;
}

static inline uint16_t listener_number(const struct listener_table *table,
				       const struct listener *listener)
{
	return (uint16_t)(listener - table->list);
}

#endif
