/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pace.h: spreads what a window lets go over the round trip instead of sending it in one burst.
 *
 * A token bucket in time: each segment moves the earliest time of the next one by its length over
 * the rate, and a rate is a little more than cwnd for each SRTT (RFC 9406 section 4.3 asks for it;
 * the factors are those in general use). Knows no connection, no timer, no clock.
 */
#ifndef TCP_PACE_H
#define TCP_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"
#include "lastack.h"

struct pace {
	uint64_t next_ns; /**< nothing leaves before ... */
	uint32_t spent;   /**< ... but at once, less so many bytes */
	bool allows;      /**< something may still leave at once */
};

struct pace_rate {
	uint32_t cwnd;
	uint32_t srtt_us;
	uint32_t smss;
	uint32_t at_once; /**< bytes that may leave in no time at all after a rest */
	bool slow_start;  /**< cwnd doubles in a round trip, and so must the rate */
};

/** True if a path is long enough to be worth a timer: on a shorter one nothing is paced, whatever
 *  the options say. */
static inline bool pace_is_wanted(const struct la_tcp_options *options, uint32_t srtt_us)
{
	return options->pacing && srtt_us > PACE_QUANTUM_US;
}

/** Nothing is outstanding, but so many bytes that leave now: the rest of pace_rate.at_once may. How
 *  many that are, and what time they are worth, is worked out when more is sent before all of them
 *  are acknowledged: one segment and its answer never ask. */
static inline void pace_allow(struct pace *pace, uint32_t spent, uint64_t now_us)
{
	pace->next_ns = now_us * 1000;
	pace->spent = spent;
	pace->allows = true;
}

/** Bytes that may leave at once. */
static inline uint32_t pace_left(const struct pace *pace, const struct pace_rate *rate)
{
	return pace->allows && rate->at_once > pace->spent ? rate->at_once - pace->spent : 0;
}

/** Something is: of time that was not used no more than a quantum counts. */
void pace_limit(struct pace *pace, const struct pace_rate *rate, uint64_t now_us);

/** Microseconds until the next segment may leave; 0: now. */
uint32_t pace_wait_us(const struct pace *pace, uint64_t now_us);

/** pace_sent() of more than may leave at once. */
void pace_sent_beyond(struct pace *pace, const struct pace_rate *rate, uint32_t bytes);

/** A segment of so many bytes has left. */
static inline void pace_sent(struct pace *pace, const struct pace_rate *rate, uint32_t bytes)
{
	if (bytes <= pace_left(pace, rate))
		pace->spent += bytes;
	else
		pace_sent_beyond(pace, rate, bytes);
}

#endif
