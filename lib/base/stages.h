/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stages.h: where the cycles of a breath go, by stage. Of one worker, as its counters.
 *
 * A stage ends where the next begins: stage_end() names the one that is over, and what has passed
 * since the last call is its own. A few reads of the TSC per breath, none per frame, and none for a
 * stage in which nothing was to be done: the glance that told so is the next one's. What is noted
 * is counted at the end of the breath, if it was a busy one.
 */
#ifndef BASE_STAGES_H
#define BASE_STAGES_H

#include <stdint.h>
#include <string.h>

#include <rte_cycles.h>

#include "base/counters.h"

/* In the order of the breath and of stats.def, where the cycles of each are counted. */
enum stage {
	STAGE_RECEIVE,
	STAGE_CLASSIFY,
	STAGE_LOOKUP,
	STAGE_TCP,
	STAGE_TIMERS,
	STAGE_SERVICE,
	STAGE_OUTPUT,
	STAGE_SEND,
	STAGES
};

_Static_assert(STAT_cycles_send - STAT_cycles_receive == STAGE_SEND, "one counter for each stage");

struct stages {
	uint64_t since; /**< TSC */
	uint64_t cycles[STAGES];
};

static inline void stages_begin(struct stages *stages, uint64_t now)
{
	memset(stages->cycles, 0, sizeof(stages->cycles));
	stages->since = now;
}

static inline void stage_end(struct stages *stages, enum stage stage)
{
	uint64_t now = rte_rdtsc();

	stages->cycles[stage] += now - stages->since;
	stages->since = now;
}

static inline void stages_count(const struct stages *stages, struct counters *counters)
{
	for (unsigned int i = 0; i < STAGES; i++)
		stat_add(counters, (enum stat)(STAT_cycles_receive + i), stages->cycles[i]);
}

#endif
