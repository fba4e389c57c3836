/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench.h: one run: its options, the two ends, the load, and what was measured.
 *
 * A run has three phases: standing connections are opened (fill), it warms up, and it is measured.
 * The client's lcore is the main one and owns all of this; a server on another lcore sees the
 * options and its own end.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>

#include "clock.h"
#include "doubts.h"
#include "end.h"
#include "extras.h"
#include "latency.h"
#include "load.h"
#include "memory.h"
#include "options.h"
#include "streams.h"
#include "tally.h"
#include "test.h"
#include "topology.h"

/** All counters at one moment. */
struct sample {
	struct clock_reading clock;
	struct tally tally;
	struct end_sample client, server;
	uint64_t lost; /**< frames that the topology lost */
};

struct bench {
	const struct options *options;
	struct end client, server;
	void *topology_state; /**< the topology's own */
	void *test_state;     /**< the test's own */
	struct end_tuples tuples;
	struct load load;
	struct streams streams;
	/** Begins a transaction: the test's, or the topology's where the client is no stack. */
	void (*begin)(struct bench *bench, uint32_t slot);
	void (*look)(struct bench *bench); /**< the test's (test.h), of a client that is a stack */
	struct tally tally;
	struct latency latency; /**< of transactions, in cycles */

	struct clock_reading began;      /**< when the program began */
	double fill_seconds;             /**< how long it took to open the standing connections */
	struct sample before;            /**< at the beginning of the measurement */
	struct sample after;             /**< at its end */
	struct memory_use memory_before; /**< before the topology was created */
	struct memory_use memory_after;  /**< at the end of the measurement */
	bool cut_short;                  /**< a signal ended it */
	/** Connections did not end: each end may have buffers of the other, so neither can go. */
	bool abandoned;
	bool let_go; /**< in the end nothing was held any more */
	struct doubts doubts;
	struct extras extras; /**< a test may add figures of its own */
	/** Whether a signal asked for an end. */
	bool (*stop_asked)(void);
};

/** The client is elsewhere and none of ours: what it does can be seen from the server alone. */
static inline bool bench_only_serves(const struct bench *bench)
{
	return bench->options->topology->kind == TOPOLOGY_PORT &&
	       bench->options->role == ROLE_SERVER;
}

/** Cycles in a second, as measured so far. */
static inline double bench_hz(const struct bench *bench)
{
	return clock_hz(&bench->began, &bench->after.clock);
}

/** The client's side of a transaction is complete. */
static inline void bench_done(struct bench *bench, uint32_t slot)
{
	bench->tally.done++;
	latency_record(&bench->latency, rte_rdtsc() - bench->load.slots[slot].due);
}

#endif
