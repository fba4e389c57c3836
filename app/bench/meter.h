/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meter.h: what a stretch of work cost its worker, on a machine that others use as well.
 *
 * Time is that which the kernel gave to the lcore. The cycles of the stateless peer, which works
 * within the worker's breaths, are measured by themselves and taken off.
 */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>
#include <stdio.h>

#include "lastack.h"

struct stateless;

#define METER_BUCKETS 24U

/** What went by. */
struct cost {
	uint64_t count;       /**< of what is being done */
	double wall_s, cpu_s; /**< since, and of it on the lcore */
	double stack_cycles, peer_cycles;
	uint64_t segments; /**< that the stack took and sent */
	uint64_t retransmits;
};

struct meter {
	struct la_worker *worker;
	const struct stateless *peer;
	double hz;
	unsigned int stat_in, stat_out, stat_retransmits;
	/** Breaths by length, the peer's part taken off: bucket i holds those below 2^i us. */
	uint64_t breaths[METER_BUCKETS];
	uint64_t longest;   /**< cycles */
	uint64_t preempted; /**< long ones in which the kernel ran something else: left out */
	long switches;      /**< involuntary ones, as last asked */
};

/** Where all counters stand. */
struct moment {
	uint64_t tsc, cpu_ns, segments, retransmits, peer_cycles;
};

void meter_init(struct meter *meter, struct la_worker *worker, const struct stateless *peer);

/** One breath of the worker. */
void meter_breathe(struct meter *meter);

struct moment meter_now(const struct meter *meter);

/** What has gone by since, for count of something. */
struct cost meter_cost(const struct meter *meter, const struct moment *since, uint64_t count);

void cost_add(struct cost *sum, const struct cost *more);

/** A line: name, a number, and what each of the cost's units cost. */
void cost_print(const struct cost *cost, const char *name, uint64_t number, FILE *out);

/** A line about the breaths since the last call. */
void meter_print_breaths(struct meter *meter, FILE *out);

/** The number of a counter of events by its name. */
unsigned int meter_stat(const char *name);

#endif
