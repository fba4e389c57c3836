/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire.h: two ports joined in memory, by a ring for each direction.
 *
 * Owns the frames on their way. A frame is handed over as it is: what belongs to the sender in it,
 * beside its bytes, is wiped off, as if a device had received it. Since the ports say
 * LA_PORT_TX_HANDOVER, a sender keeps nothing of what it hands over. Each end may be polled by an
 * lcore of its own.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "bursts.h"
#include "lastack.h"

#define WIRE_FRAMES 32768U /**< on their way in one direction; a power of two */

struct rte_ring;

struct wire_port {
	struct rte_ring *in, *out;
	struct bursts *bursts; /**< NULL: nobody wants to know */
	/** Found no room; the sender keeps them and offers them again. One writer: its lcore. */
	uint64_t refused;
} __attribute__((aligned(64)));

struct wire {
	struct wire_port ports[2];
};

/** False: no memory. */
bool wire_create(struct wire *wire);
/** Frees what is on its way. The ends' stacks must still be there: the buffers are theirs; nobody
 *  polls them any more. */
void wire_drain(struct wire *wire);
void wire_destroy(struct wire *wire);

/** Adds one end (0 or 1) of the wire to a stack as a port: its number, or negative. */
int wire_attach(struct wire *wire, unsigned int which, struct la_stack *stack, uint16_t mtu,
		struct la_error *err);

/** Frames on their way to this end. */
unsigned int wire_waiting(const struct wire *wire, unsigned int which);

/** Frames that found no room so far, both directions. Any thread. */
uint64_t wire_refused(const struct wire *wire);

#endif
