/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dice.h: numbers for tests against a model: the same in every run.
 */
#ifndef UNIT_TCP_DICE_H
#define UNIT_TCP_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state;
};

/** xorshift64*, seed not 0. */
static inline uint32_t dice_next(struct dice *dice)
{
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return (uint32_t)((dice->state * 0x2545f4914f6cdd1dULL) >> 32);
}

/** In [low, high]. */
static inline uint32_t dice_between(struct dice *dice, uint32_t low, uint32_t high)
{
	return low + dice_next(dice) % (high - low + 1);
}

#endif
