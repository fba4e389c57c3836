/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host.h: one stack with its workers, its three doors, and the network card in front of it.
 *
 * Owns the stack and the frames that have arrived and were not yet received. A frame crosses to
 * another host as a copy in a buffer of the receiver: nothing is ever shared between stacks.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"
#include "link.h"
#include "prng.h"
#include "spread.h"
#include "swarm.h"

struct sim;
struct rte_mbuf;

#define HOST_DROUGHT_MAX 1024U /**< packet buffers that a drought takes, at most */
#define HOST_QUEUE_MAX 4096U   /**< frames that wait in a queue; beyond, they are lost */

/** A frame that waits in the card, and what the card says of it. */
struct card_frame {
	struct wire_frame wire;
	struct spread_choice choice;
	bool twin; /**< MUTANT_TWINS */
};

struct card_queue {
	struct card_frame frames[HOST_QUEUE_MAX];
	uint32_t head, count;
};

/** One worker of a host. */
struct host_worker {
	struct la_worker *worker;
	uint32_t pool_full; /**< packet buffers when nothing is in use */
	uint64_t ladder_cursor;
	uint64_t late_us;                         /**< not polled before */
	struct rte_mbuf *taken[HOST_DROUGHT_MAX]; /**< packet buffers, by a drought */
	uint32_t taken_count;
};

struct host {
	struct sim *sim;
	unsigned int index;
	const struct swarm_host *params;
	struct la_stack *stack;
	unsigned int worker_count;
	struct host_worker workers[HOST_WORKERS_MAX];
	unsigned int polled; /**< the worker whose breath it is */
	struct la_clock clock;
	struct la_random random;
	struct prng prng;    /**< the card's chance */
	struct prng entropy; /**< what the stack's la_random yields */
	struct spread spread;
	struct card_queue queues[HOST_WORKERS_MAX];
	uint64_t starved;         /**< frames lost because no packet buffer was left */
	bool stopped;             /**< la_stack_stop() was called */
	struct rte_mbuf *hostage; /**< MUTANT_LEAK */
};

/** Creates stack and port and adds the address, of a host that is all zero. 0, or -errno after
 * printing why. */
int host_create(struct host *host, struct sim *sim, unsigned int index);
void host_destroy(struct host *host);

/** The frame, and its bytes, are the host's. */
void host_deliver(struct host *host, struct wire_frame *frame);

/** True if frames wait for this worker, or for any. */
bool host_worker_pending(const struct host *host, unsigned int worker);
bool host_pending(const struct host *host);

/** When this worker wants to be polled next, and when the first of all can be. */
uint64_t host_worker_next_us(const struct host *host, unsigned int worker);
uint64_t host_next_event_us(const struct host *host);

/** The workers in the order in which they are polled this time, drawn from moment and round. */
void host_order(const struct host *host, unsigned int round, unsigned int *order);

/** True while a worker is not polled, whatever there is to do. */
bool host_is_late(const struct host *host, unsigned int worker);

/** Ends all lateness. */
void host_calm(struct host *host);

/** Draws whether a worker that is due is late from here on. */
bool host_draw_late(struct host *host, unsigned int worker);

/** One breath of a worker. */
void host_poll(struct host *host, unsigned int worker);

/** The worker that a connection of this host with another belongs to. */
unsigned int host_owner(const struct host *host, uint16_t local_port, uint32_t remote,
			uint16_t remote_port);

/** True if what a worker sends, and is sent, passes through no other worker's hands. */
bool host_is_direct(const struct host *host);

/** True if this buffer is of a worker that sends by queue number queue. */
bool host_owns_buffer(const struct host *host, unsigned int queue, const struct rte_mbuf *mbuf);

/** Packet buffers in use, counted at the pools themselves. */
uint32_t host_buffers_used(const struct host *host);

#endif
