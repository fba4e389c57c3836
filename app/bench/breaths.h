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

#include <rte_cycles.h>

#include "lastack.h"

#define BREATH_BURSTS 9U /**< 0, 1, 2 to 3, 4 to 7 ... 128 and more */

/** Cycles of so long a breath are somebody else's. */
#define BREATH_INTERRUPTED_US 1000U

struct breaths {
	uint64_t busy, busy_cycles;
	uint64_t idle, idle_cycles;
	uint64_t interrupted, interrupted_cycles;
	uint64_t work[BREATH_BURSTS]; /**< breaths by what la_worker_poll() returned */
};

/** One breath of the worker. limit: BREATH_INTERRUPTED_US in cycles. */
static inline unsigned int breaths_take(struct breaths *breaths, struct la_worker *worker,
					uint64_t limit)
{
	uint64_t began = rte_rdtsc(), cycles;
	unsigned int work = la_worker_poll(worker), bucket = 0;

	cycles = rte_rdtsc() - began;
	if (cycles > limit) {
		breaths->interrupted++;
		breaths->interrupted_cycles += cycles;
	} else if (work > 0) {
		breaths->busy++;
		breaths->busy_cycles += cycles;
	} else {
		breaths->idle++;
		breaths->idle_cycles += cycles;
	}
	if (work > 0)
		bucket = 32U - (unsigned int)__builtin_clz(work);
	breaths->work[bucket < BREATH_BURSTS ? bucket : BREATH_BURSTS - 1]++;
	return work;
}

#endif
