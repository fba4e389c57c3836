/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * breaths.h: how many breaths a worker took and how many cycles, busy and idle told apart.
 *
 * A breath during which the kernel gave the processor to somebody else is long beyond anything that
 * a worker does. It is counted apart, with its cycles, so that the others keep their meaning on a
 * machine that is shared.
 */
#ifndef BENCH_BREATHS_H
#define BENCH_BREATHS_H

#include <stdint.h>

#include "lastack.h"

#define BREATH_BURSTS 9U /**< 0, 1, 2 to 3, 4 to 7 ... 128 and more */
#define BREATH_STAGES 8U /**< the stages that the library tells apart, in its order */

/** Cycles of so long a breath are somebody else's. */
#define BREATH_INTERRUPTED_US 1000U

/** Cycles within breaths that are not the worker's: a generator behind its port. */
struct foreign {
	uint64_t receive; /**< spent while it took frames */
	uint64_t send;    /**< spent while it gave frames */
};

struct breaths {
	uint64_t busy, busy_cycles;
	uint64_t idle, idle_cycles;
	uint64_t interrupted, interrupted_cycles;
	uint64_t foreign_cycles; /**< taken off the busy ones: a generator within the breath */
	uint64_t stages[BREATH_STAGES]; /**< of the busy ones, foreign cycles among them */
	uint64_t work[BREATH_BURSTS];   /**< breaths by what la_worker_poll() returned */
};

/** Whose breaths are counted. */
struct breather {
	struct la_worker *worker;
	const struct foreign *foreign; /**< NULL: there are none */
	uint64_t interrupted_cycles;   /**< from here on a breath was interrupted */
	unsigned int first_stage;      /**< statistic of the library */
	uint64_t seen[BREATH_STAGES];  /**< where the stages' counters stood */
};

void breather_init(struct breather *breather, struct la_worker *worker);

/** One breath. Returns what la_worker_poll() does. */
unsigned int breaths_take(struct breaths *breaths, struct breather *breather);

/** A copy, while the one writer may be at work. */
void breaths_read(const struct breaths *breaths, struct breaths *out);

/** "receive", "classify" ... */
const char *breath_stage_name(unsigned int stage);

#endif
