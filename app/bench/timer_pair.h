/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timer_pair.h: the library's wheel and DPDK's rte_timer with equally many timers armed, which lie
 * in memory in no order of their deadlines.
 *
 * The wheel's time is virtual. That of rte_timer is the TSC's, so its timers are armed for hours
 * ahead, but for those that are to expire now.
 */
#ifndef BENCH_TIMER_PAIR_H
#define BENCH_TIMER_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_timer.h>

#include "base/random.h"
#include "base/wheel.h"
#include "config/limits.h"

#define TIMER_CHUNK 1024U
/** Deadlines lie within so many ticks: who has longer to go stands in a long line. */
#define TIMER_SPAN (LONG_LINE_SHORTEST_US / WHEEL_TICK_US)

/** As in a connection: the node begins the second cache line. */
struct timer_record {
	uint8_t first_line[64];
	struct timer_node node;
	uint8_t rest[64 - sizeof(struct timer_node)];
};

struct timer_pair {
	struct wheel wheel;
	struct timer_record *records;
	struct rte_timer *timers;
	uint32_t count;
	uint32_t now; /**< the wheel's caller's time */
	unsigned int lcore;
	struct random_stream random;
	uint32_t chunk; /**< timers that a turn deals with */
	uint32_t numbers[TIMER_CHUNK];
	uint32_t fired; /**< timers that expired */
	uint32_t *best; /**< cycles of each call of a life, the least of all lives */
};

/** How a wheel fared from when all were armed to when the last had expired. */
struct timer_life {
	double idle_cycles;    /**< of a call that has nothing to do */
	double cycles;         /**< for each timer, beyond idle calls: cascades and expiry */
	uint32_t worst_cycles; /**< of a call */
	uint32_t most_expired; /**< in a call */
	uint32_t latest;       /**< ticks after its deadline that a timer expired */
};

/** False: no memory, and a message went to stderr. */
bool timer_pair_create(struct timer_pair *pair, uint32_t count);
void timer_pair_destroy(struct timer_pair *pair);

/** Arms all of both. */
void timer_pair_arm_all(struct timer_pair *pair);

/**
 * The wheel alone: arms all anew, with deadlines at random in TIMER_SPAN, and lets time go on a
 * tick at a time until all have expired; some times over, the same each time, so that of each call
 * the least is what it costs.
 */
void timer_pair_live(struct timer_pair *pair, struct timer_life *out);

/* Turns (turns.h) of a struct timer_pair, on some of all the timers. */
double timer_ours_arm(void *state);
double timer_other_arm(void *state);
double timer_ours_cancel(void *state);
double timer_other_cancel(void *state);
double timer_ours_expire(void *state);
double timer_other_expire(void *state);

#endif
