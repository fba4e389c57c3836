/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/hystart.h"

#include "config/tcp_constants.h"

/* RFC 9406 4.2: an eighth of the round trip, within bounds. */
static uint32_t threshold_us(uint32_t last_min_us)
{
	uint32_t part = last_min_us / HYSTART_MIN_RTT_DIVISOR;

	if (part < HYSTART_MIN_RTT_THRESH_US)
		return HYSTART_MIN_RTT_THRESH_US;
	return part < HYSTART_MAX_RTT_THRESH_US ? part : HYSTART_MAX_RTT_THRESH_US;
}

void hystart_judge(struct hystart *hystart)
{
	if (hystart->rounds > 0) {
		/* The rise was no queue: slow start goes on. */
		if (hystart->current_min_us < hystart->baseline_us)
			hystart->rounds = 0;
		return;
	}
	if (hystart->last_min_us != 0 && hystart->current_min_us > hystart->last_min_us &&
	    hystart->current_min_us - hystart->last_min_us >= threshold_us(hystart->last_min_us)) {
		hystart->baseline_us = hystart->current_min_us;
		hystart->rounds = 1;
	}
}
