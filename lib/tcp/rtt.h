/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt.h: the round-trip time estimator and the retransmission timeout (RFC 6298).
 */
#ifndef TCP_RTT_H
#define TCP_RTT_H

#include <stdbool.h>
#include <stdint.h>

struct rtt {
	uint32_t srtt_us; /**< 0: no sample yet */
	uint32_t rttvar_us;
};

/** Takes a sample of a segment that was sent once (Karn: RFC 6298 section 3). */
void rtt_sample(struct rtt *rtt, uint32_t sample_us);

/**
 * The timeout for the given number of back-offs: initial_us without a sample, else SRTT + 4 RTTVAR,
 * at least min_us, doubled for each back-off, at most max_us.
 */
uint32_t rtt_timeout_us(const struct rtt *rtt, uint32_t initial_us, uint32_t min_us,
			uint32_t max_us, unsigned int backoff);

#endif
