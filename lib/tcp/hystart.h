/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hystart.h: HyStart++ (RFC 9406): leaves slow start when the round-trip time rises, before the
 * queue of the path overflows.
 *
 * Knows neither windows nor sequence numbers: whoever owns it says where a round trip ends. All
 * zero is its beginning.
 */
#ifndef TCP_HYSTART_H
#define TCP_HYSTART_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>

#include "config/tcp_constants.h"

struct hystart {
	uint32_t last_min_us;    /**< smallest sample of the last round trip; 0: none */
	uint32_t current_min_us; /**< the same of this one */
	uint32_t baseline_us;    /**< current_min_us when conservative slow start was entered */
	uint8_t samples;         /**< of this round trip, saturating */
	uint8_t rounds;          /**< of conservative slow start, this one included; 0: not in it */
};

/** For hystart_sample(): there are enough samples to tell whether the round-trip time rises. */
void hystart_judge(struct hystart *hystart);

/** An ACK in slow start gave this sample (0: none). */
static inline void hystart_sample(struct hystart *hystart, uint32_t rtt_us)
{
	if (unlikely(rtt_us == 0))
		return;
	if (unlikely(hystart->current_min_us == 0 || rtt_us < hystart->current_min_us))
		hystart->current_min_us = rtt_us;
	if (hystart->samples < UINT8_MAX)
		hystart->samples++;
	/* Without a round trip to compare with nothing rises, nor has risen. */
	if (hystart->last_min_us != 0 && hystart->samples >= HYSTART_N_RTT_SAMPLE)
		hystart_judge(hystart);
}

/**
 * An ACK in slow start gave this sample (0: none) and ends a round trip or does not. True: slow
 * start is over, ssthresh is cwnd.
 */
static inline bool hystart_acked(struct hystart *hystart, uint32_t rtt_us, bool ends_round)
{
	hystart_sample(hystart, rtt_us);
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

/** By how much cwnd grows for an ACK of so many bytes, at most most of them counted. */
static inline uint32_t hystart_growth(const struct hystart *hystart, uint32_t bytes, uint32_t most)
{
	uint32_t counted = bytes < most ? bytes : most;

	return hystart->rounds > 0 ? counted / HYSTART_CSS_GROWTH_DIVISOR : counted;
}

#endif
