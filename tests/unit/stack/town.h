/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * town.h: two stacks of several workers each, joined by a link in memory, on a clock of the test,
 * in one thread: a client that connects from each of its workers, and a server that echoes.
 */
#ifndef UNIT_STACK_TOWN_H
#define UNIT_STACK_TOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

#define TOWN_QUEUES_MAX 8U
#define TOWN_FRAMES 8192U

/** By what the link chooses the receiver's queue. */
enum town_spread {
	TOWN_FIRST,  /**< all to the first: a port without RSS */
	TOWN_RANDOM, /**< without hash, any queue */
	TOWN_RSS,    /**< the owner's queue, and the hash in the buffer */
	TOWN_LIES,   /**< any queue, and a hash that is wrong */
};

struct town_queue {
	struct rte_mbuf *frames[TOWN_FRAMES];
	unsigned int head, tail;
};

struct town;

struct town_house {
	struct town *town;
	struct town_house *other;
	struct la_stack *stack;
	unsigned int workers;
	uint16_t queues;
	struct rte_mempool *pools[TOWN_QUEUES_MAX]; /**< what a queue receives into */
	struct town_queue in[TOWN_QUEUES_MAX];
	unsigned int opened, closed, echoed, by_worker[LA_WORKERS_MAX];
	struct la_random random;
	uint64_t seed;
};

struct town {
	uint64_t now_us;
	uint64_t dice;
	unsigned int mbufs;
	enum town_spread spread;
	bool apart; /**< what is not the polled worker's cannot be touched (apart.h) */
	bool fast_open;
	bool asleep; /**< the last worker of the server is not polled */
	struct la_clock clock;
	struct town_house server, client;
};

struct town_plan {
	unsigned int server_workers, client_workers;
	uint16_t server_queues, client_queues;
	enum town_spread spread;
	unsigned int mbufs; /**< of each worker; 0: 2,048 */
	bool fast_open;     /**< the client asks with its SYN */
};

/** Builds both houses; the server listens on port 7. Fails the test when it cannot. */
struct town *town_create(const struct town_plan *plan);
/** Asserts that every pool is full again, and frees all. */
void town_destroy(struct town *town);

/** Polls every worker once, in an order that the dice give. */
void town_breath(struct town *town);
/** So many microseconds, in steps of a tick. */
void town_pass(struct town *town, uint64_t us);

/** Opens count connections from worker number worker of the client; each asks for an echo, and
 *  closes. */
void town_visit(struct town *town, unsigned int worker, unsigned int count);

uint64_t town_stat(const struct town_house *house, const char *name);
uint64_t town_drop(const struct town_house *house, const char *name);

#endif
