/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * share.h: how packet buffers are shared: how many one queue may hold of a pool that all queues
 * draw on.
 *
 * One in SHARE_PART of those that are free above a quarter of the pool: what greedy queues have
 * taken makes the shares smaller, so they never have all. Never fewer than SHARE_BUFFERS while more
 * than a quarter is free, from there to an eighth fewer and fewer, then one: what a request and its
 * answer need is there though greedy queues have all the rest. Text is taken down to a
 * thirty-second and sent down to half of that, so that who gives back what it got always can. The
 * rest is for what only passes through.
 *
 * Numbers in, numbers out: knows neither queues nor connections. The free buffers are counted now
 * and then; in between what is taken is noted, and what comes back is not.
 */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"

struct share {
	uint32_t total; /**< buffers of the pool */
	uint32_t free;  /**< of these, when they were counted, less what was taken since */
};

/** Buffers were counted. */
void share_count(struct share *share, uint32_t total, uint32_t free);

/** So many were put into a queue. */
static inline void share_take(struct share *share, uint32_t buffers)
{
	share->free -= buffers < share->free ? buffers : share->free;
}

/** True if a queue that has none may take a buffer. */
static inline bool share_may_begin(const struct share *share)
{
	return share->free >= share->total / SHARE_LAST;
}

/** Buffers that one queue may hold now. 0: it may not even begin. */
uint32_t share_limit(const struct share *share);

/** Buffers that a queue of so many may take now. */
uint32_t share_left(const struct share *share, uint32_t held);

/** Free buffers that are to be shared: those above a quarter of the pool. */
uint32_t share_spare(const struct share *share);

/** Too few are free to keep what can be had again: fragments, text beyond gaps. */
bool share_is_short(const struct share *share);

/** So few are free that no text is taken, but what lets go of other text. */
static inline bool share_is_low(const struct share *share)
{
	return share->free < share->total / SHARE_UNREAD;
}

/** So few are free that listeners take no SYN, and nothing waits for ARP. */
bool share_is_scarce(const struct share *share);

#endif
