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

struct hystart {
	uint32_t last_min_us;    /**< smallest sample of the last round trip; 0: none */
	uint32_t current_min_us; /**< the same of this one */
	uint32_t baseline_us;    /**< current_min_us when conservative slow start was entered */
	uint8_t samples;         /**< of this round trip, saturating */
	uint8_t rounds;          /**< of conservative slow start, this one included; 0: not in it */
};

/**
 * An ACK in slow start gave this sample (0: none) and ends a round trip or does not. True: slow
 * start is over, ssthresh is cwnd.
 */
bool hystart_acked(struct hystart *hystart, uint32_t rtt_us, bool ends_round);

/** By how much cwnd grows for an ACK of so many bytes, at most most of them counted. */
uint32_t hystart_growth(const struct hystart *hystart, uint32_t bytes, uint32_t most);

#endif
