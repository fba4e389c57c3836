/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counters.h: the counters of one worker. One writer, any readers: plain relaxed stores.
 */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdint.h>

#include "base/verdict.h"

enum stat {
#define STAT(name, help) STAT_##name,
#include "base/stats.def"
#undef STAT
	STATS
};

struct counters {
	uint64_t stats[STATS];
	uint64_t drops[VERDICTS]; /**< by enum verdict; the first two are never drops */
};

static inline void counter_bump(uint64_t *counter, uint64_t by)
{
	__atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

static inline void stat_add(struct counters *counters, enum stat stat, uint64_t by)
{
	counter_bump(&counters->stats[stat], by);
}

static inline void stat_count(struct counters *counters, enum stat stat)
{
	stat_add(counters, stat, 1);
}

static inline void drop_count(struct counters *counters, enum verdict reason)
{
	counter_bump(&counters->drops[reason], 1);
}

/** Static strings; NULL beyond the last. */
const char *stat_name(unsigned int stat);
const char *stat_help(unsigned int stat);

#endif
