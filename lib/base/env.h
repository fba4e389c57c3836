/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * env.h: what every room above may use in a breath: the time as read once, randomness, packet
 * buffers, counters, the ladder. One per worker; nothing in it is shared.
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include <stdint.h>

#include "base/counters.h"
#include "base/ladder.h"
#include "base/random.h"
#include "base/share.h"
#include "base/stages.h"
#include "config/limits.h"

struct rte_mempool;
struct rte_mempool_cache;

struct env {
	uint64_t now_us;           /**< read once per breath */
	uint32_t now_tick;         /**< now_us / WHEEL_TICK_US, serial */
	int numa_node;             /**< of the worker's lcore; -1: any */
	struct rte_mempool *mbufs; /**< all packet buffers of this worker, made here or received */
	/** Those of them that the lcore has at hand (buffer.h); buffers_none() between breaths,
	 *  which may be another thread's. */
	struct rte_mempool_cache *at_hand;
	struct share share; /**< how many of them a queue may hold now */
	struct random_stream random;
	struct counters counters;
	struct stages stages; /**< of this breath */
	struct ladder ladder;
};

/** Ticks for a duration, rounded up, at least one, at most WHEEL_REACH_TICKS. */
static inline uint32_t ticks_from_us(uint64_t us)
{
	uint64_t ticks = (us + WHEEL_TICK_US - 1) / WHEEL_TICK_US;

	if (ticks == 0)
		return 1;
	return ticks > WHEEL_REACH_TICKS ? WHEEL_REACH_TICKS : (uint32_t)ticks;
}

/** The tick at which us microseconds have passed since then: never before, at most one after. */
static inline uint32_t tick_after(uint64_t since_us, uint64_t us)
{
	const uint64_t reach = (uint64_t)WHEEL_REACH_TICKS * WHEEL_TICK_US;
	uint64_t at = since_us + (us < reach ? us : reach);

	return (uint32_t)((at + WHEEL_TICK_US - 1) / WHEEL_TICK_US);
}

/** The same from now on. */
static inline uint32_t env_tick_after(const struct env *env, uint64_t us)
{
	return tick_after(env->now_us, us);
}

#endif
