/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/challenge.h"

#include "config/limits.h"

#define TICKS_PER_SECOND (1000000U / WHEEL_TICK_US)
#define CHALLENGE_SECONDS 0x3ffU /* low bits that a record keeps */

bool challenge_allow(struct challenge *challenge, uint32_t now_tick)
{
	uint16_t second = (now_tick / TICKS_PER_SECOND) & CHALLENGE_SECONDS;

	if (challenge->second != second) {
		challenge->second = second;
		challenge->count = 0;
	}
	if (challenge->count >= CHALLENGE_ACKS_MAX)
		return false;
	challenge->count++;
	return true;
}
