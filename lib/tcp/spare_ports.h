/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spare_ports.h: destinations for which every port was in use, and the ports given back since.
 *
 * A search that finds no port has looked at all of them. So that this does not happen again and
 * again, a destination that ran dry is marked: the ports that its connections give back from then
 * on stand in a line, and these are all there are. The mark goes when the line has become so long
 * that a search soon finds one.
 *
 * A destination is known by a place, which it may share, and a mark, which is never 0. Knows
 * nothing of connections: whoever takes a port checks that it is still unused.
 */
#ifndef TCP_SPARE_PORTS_H
#define TCP_SPARE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"

struct spare_line {
	uint32_t mark; /**< of the destination; 0: none */
	uint16_t length;
	uint16_t first, last; /**< nodes, where length is not 0 */
};

struct spare_node {
	uint16_t port;
	uint16_t next;
};

struct spare_ports {
	unsigned int marked;     /**< lines with a mark */
	uint16_t fresh;          /**< nodes from here on were never used */
	uint16_t returned;       /**< first of those that were, as a list, ... */
	uint16_t returned_count; /**< ... so long */
	struct spare_line lines[PORT_LINES];
	struct spare_node nodes[PORT_SPARES];
};

void spare_ports_init(struct spare_ports *spares);

/** True if this destination ran dry: spare_ports_take() knows all its ports. */
static inline bool spare_ports_knows(const struct spare_ports *spares, unsigned int place,
				     uint32_t mark)
{
	return spares->marked > 0 && spares->lines[place].mark == mark;
}

/** The destination ran dry. Another's line in this place is forgotten. */
void spare_ports_begin(struct spare_ports *spares, unsigned int place, uint32_t mark);

/** The port that was given back first, of a destination that is known; 0: there is none. */
uint16_t spare_ports_take(struct spare_ports *spares, unsigned int place);

/**
 * A port was given back. If the destination is known it stands in line; the mark goes when the line
 * is longer than enough, or no node is left.
 */
void spare_ports_give(struct spare_ports *spares, unsigned int place, uint32_t mark, uint16_t port,
		      uint32_t enough);

#endif
