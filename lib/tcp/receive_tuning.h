/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * receive_tuning.h: how large the receive buffer should be, by how much comes in a round trip.
 *
 * A sender in slow start sends twice as much in each round trip, and learns of a larger window half
 * a round trip late. So the buffer should hold four times what came in one: twice for what comes in
 * the next one, twice again because the window has to be there before it is used. That also leaves
 * room for a queue on the way, which makes the round trip longer than it was measured.
 *
 * Owns where the round trip began. Knows no connection and no clock; what becomes of its advice is
 * ack_policy's business.
 */
#ifndef TCP_RECEIVE_TUNING_H
#define TCP_RECEIVE_TUNING_H

#include <stdint.h>

#include "config/limits.h"

struct receive_tuning {
	uint32_t seq;      /**< RCV.NXT when the round trip began */
	uint32_t since_us; /**< low bits of the time */
	uint32_t bytes;    /**< that came since then; 0: none ever */
};

/** Bytes that the buffer should hold. */
static inline uint32_t receive_tuning_wanted(const struct receive_tuning *tuning)
{
	return tuning->bytes < BUFFER_MAX / RECEIVE_TUNING_ROUND_TRIPS
		       ? tuning->bytes * RECEIVE_TUNING_ROUND_TRIPS
		       : BUFFER_MAX;
}

/** Text from seq to rcv_nxt has come in order. */
static inline void receive_tuning_arrived(struct receive_tuning *tuning, uint32_t seq,
					  uint32_t rcv_nxt, uint32_t now_us, uint32_t rtt_us)
{
	if (now_us - tuning->since_us >= rtt_us || tuning->bytes == 0) {
		tuning->seq = seq;
		tuning->since_us = now_us;
	}
	tuning->bytes = rcv_nxt - tuning->seq;
}

#endif
