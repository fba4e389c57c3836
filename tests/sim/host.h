/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host.h: one stack with its worker, its three doors, and the network card in front of it.
 *
 * Owns the stack and the frames that have arrived and were not yet received. A frame crosses to
 * another host as a copy in a buffer of the receiver: nothing is ever shared between workers.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"
#include "link.h"
#include "prng.h"
#include "swarm.h"

struct sim;

#define HOST_QUEUE_MAX 4096U /**< frames that wait in the card; beyond, they are lost */

struct host {
	struct sim *sim;
	unsigned int index;
	const struct swarm_host *params;
	struct la_stack *stack;
	struct la_worker *worker;
	struct la_clock clock;
	struct la_random random;
	struct prng prng;    /**< the card's chance */
	struct prng entropy; /**< what the stack's la_random yields */
	struct wire_frame queue[HOST_QUEUE_MAX];
	uint32_t queue_head, queue_count;
	uint32_t pool_full; /**< packet buffers when nothing is in use */
	uint64_t ladder_cursor;
	uint64_t starved;         /**< frames lost because no packet buffer was left */
	bool stopped;             /**< la_stack_stop() was called */
	struct rte_mbuf *hostage; /**< MUTANT_LEAK */
};

/** Creates stack and port and adds the address. 0, or -errno after printing why. */
int host_create(struct host *host, struct sim *sim, unsigned int index);
void host_destroy(struct host *host);

/** The frame, and its bytes, are the host's. */
void host_deliver(struct host *host, struct wire_frame *frame);

static inline bool host_pending(const struct host *host)
{
	return host->queue_count > 0;
}

/** When the worker wants to be polled next. */
uint64_t host_next_event_us(const struct host *host);

/** Packet buffers in use, counted at the pool itself. */
uint32_t host_buffers_used(const struct host *host);

#endif
