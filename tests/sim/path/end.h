/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * end.h: one end of the path: a stack with its worker, its doors, and a card without faults.
 *
 * The card verifies nothing and fills in checksums when asked. Frames go to `send`, and come from
 * the road that leads here when they are due.
 */
#ifndef PATH_END_H
#define PATH_END_H

#include <stdint.h>

#include "lastack.h"
#include "prng.h"
#include "road.h"

struct end_config {
	const char *name;
	uint8_t number; /**< last byte of MAC and IPv4 address */
	uint32_t mbufs;
	uint64_t seed;
	const uint64_t *now_us; /**< the clock */
	struct road *arrivals;
	void (*send)(void *ctx, unsigned int end, const struct road_frame *frame);
	void *ctx;
};

struct end {
	struct end_config config;
	struct la_stack *stack;
	struct la_worker *worker;
	struct la_clock clock;
	struct la_random random;
	struct prng entropy;
	uint64_t next_us; /**< when the worker wants to be polled next, frames aside */
	uint64_t starved; /**< frames lost because no packet buffer was left */
};

/** Creates the stack with its port and address. 0 or -errno. */
int end_create(struct end *end, const struct end_config *config, struct la_error *err);
void end_destroy(struct end *end);

struct la_addr end_address(unsigned int number);

/** Polls the worker until it has nothing to do at this moment. */
void end_breathe(struct end *end);

/** The value of the worker's counter of that name, which exists. */
uint64_t end_stat(const struct end *end, const char *name);

/** The frame whole, text included; returns its size. bytes holds at least 2,048. */
uint32_t end_whole_frame(const struct road_frame *frame, uint8_t *bytes);

#endif
