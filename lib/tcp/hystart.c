/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/hystart.h"

#include "config/tcp_constants.h"

static void take_sample(struct hystart *hystart, uint32_t rtt_us)
{
	if (hystart->current_min_us == 0 || rtt_us < hystart->current_min_us)
		hystart->current_min_us = rtt_us;
	if (hystart->samples < UINT8_MAX)
		hystart->samples++;
}

/* RFC 9406 4.2: an eighth of the round trip, within bounds. */
static uint32_t threshold_us(uint32_t last_min_us)
{
	uint32_t part = last_min_us / HYSTART_MIN_RTT_DIVISOR;

	if (part < HYSTART_MIN_RTT_THRESH_US)
		return HYSTART_MIN_RTT_THRESH_US;
	return part < HYSTART_MAX_RTT_THRESH_US ? part : HYSTART_MAX_RTT_THRESH_US;
}

static void judge(struct hystart *hystart)
{
	if (hystart->samples < HYSTART_N_RTT_SAMPLE)
		return;
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

bool hystart_acked(struct hystart *hystart, uint32_t rtt_us, bool ends_round)
{
	if (rtt_us != 0) {
		take_sample(hystart, rtt_us);
		judge(hystart);
	}
	if (!ends_round)
		return false;
	if (hystart->samples > 0) {
		hystart->last_min_us = hystart->current_min_us;
		hystart->current_min_us = 0;
		hystart->samples = 0;
	}
	if (hystart->rounds == HYSTART_CSS_ROUNDS)
		return true;
	if (hystart->rounds > 0)
		hystart->rounds++;
	return false;
}

uint32_t hystart_growth(const struct hystart *hystart, uint32_t bytes, uint32_t most)
{
	uint32_t counted = bytes < most ? bytes : most;

	return hystart->rounds > 0 ? counted / HYSTART_CSS_GROWTH_DIVISOR : counted;
}
