/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wheel.h: a hierarchical timer wheel (Varghese and Lauck, scheme 7) over records known by index.
 *
 * Owns the slots and the links of the nodes that are armed. Knows nothing of what a timer means.
 * Four levels cover all of 32-bit serial time; arming and cancelling are O(1); expiry is bounded
 * per call. An entry that lies further ahead than level 0 reaches cascades down as time comes
 * nearer, a few with each call and well before it is due: a slot has a whole turn of the level
 * below to be emptied in. Cascading counts against the budget of a call, so no call does
 * unbounded work.
 *
 * Time is in ticks of WHEEL_TICK_US (config/limits.h).
 */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timer_node.h"

#define WHEEL_LEVELS 4
#define WHEEL_TURN_BITS 8
/** Each level has room for two turns: the one that time is in, and the next. */
#define WHEEL_SLOTS (2U << WHEEL_TURN_BITS)
/** Lists of a slot, by the low bits of the index: walked in turn, their entries come from memory at
 *  the same time, where those of one list come one after the other. */
#define WHEEL_CHAINS 4U

struct wheel {
	struct timer_node_array nodes;
	uint32_t now;   /**< every tick up to and including this one has been dealt with */
	uint32_t armed; /**< entries in the wheel */
	/** A bit for each slot that is not empty. */
	uint64_t occupied[WHEEL_LEVELS][WHEEL_SLOTS / 64];
	uint32_t slots[WHEEL_LEVELS][WHEEL_SLOTS][WHEEL_CHAINS]; /**< heads */
};

/** Starts an empty wheel at tick now over the given nodes. */
void wheel_init(struct wheel *wheel, struct timer_node_array nodes, uint32_t now);

/**
 * Arms record index (below 2^31) for tick deadline; a deadline not after the wheel's time fires on
 * its next tick. A deadline lies at most WHEEL_REACH_TICKS after the time of the caller, who may be
 * ahead of the wheel by as much again. The record must not be armed.
 */
void wheel_arm(struct wheel *wheel, uint32_t index, uint32_t deadline);

/** Takes record index out. The record must be armed. */
void wheel_cancel(struct wheel *wheel, uint32_t index);

/**
 * Moves time towards now and writes the indices of at most count expired records to out; each is
 * no longer armed. Returns how many. At most budget entries are touched (expired or cascaded), no
 * more than WHEEL_AHEAD_MAX of them ahead of time. What is left over is handled by the next calls,
 * so expiry may come late under overload, never early and never lost. The work is bounded by the
 * budget, not by how far time moves; a time before the wheel's own moves nothing. count and budget
 * are at least 1.
 */
unsigned int wheel_expire(struct wheel *wheel, uint32_t now, uint32_t *out, unsigned int count,
			  unsigned int budget);

/**
 * A lower bound of the next tick at which wheel_expire() must do anything, in *tick. False when
 * nothing is armed. The bound is exact for entries of level 0, and the end of the time in which a
 * slot can be emptied otherwise.
 */
bool wheel_next(const struct wheel *wheel, uint32_t *tick);

#endif
