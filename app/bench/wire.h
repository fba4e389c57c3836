/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire.h: two ports joined in memory, for ends that one lcore polls in turn.
 *
 * Owns the frames on their way. A frame is handed over as it is: what belongs to the sender in it,
 * beside its bytes, is wiped off, as if a device had received it. Since the ports say
 * LA_PORT_TX_HANDOVER, a sender keeps nothing of what it hands over.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

#define WIRE_FRAMES 16384U /**< on their way in one direction; a power of two */

struct rte_mbuf;

struct wire_direction {
	uint32_t head, tail; /**< free running */
	uint64_t frames;     /**< that went this way */
	uint64_t refused;    /**< found no room; the sender keeps and offers them again */
	struct rte_mbuf *ring[WIRE_FRAMES];
};

struct wire_port {
	struct wire_direction *in, *out;
};

struct wire {
	struct wire_direction *directions; /**< two */
	struct wire_port ports[2];
};

/** False: no memory. */
bool wire_create(struct wire *wire);
/** Frees what is on its way. The ends' stacks must still be there: the buffers are theirs. */
void wire_drain(struct wire *wire);
void wire_destroy(struct wire *wire);

/** Adds one end (0 or 1) of the wire to a stack as a port: its number, or negative. */
int wire_attach(struct wire *wire, unsigned int which, struct la_stack *stack,
		struct la_error *err);

/** Frames that found no room so far, both directions. */
uint64_t wire_refused(const struct wire *wire);

#endif
