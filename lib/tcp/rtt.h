/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt.h: the round-trip time estimator and the retransmission timeout (RFC 6298).
 */
#ifndef TCP_RTT_H
#define TCP_RTT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/tcp_constants.h"

struct rtt {
	uint32_t srtt_us; /**< 0: no sample yet */
	uint32_t rttvar_us;
};

/**
 * Takes a sample of a segment that was sent once (Karn: RFC 6298 section 3). Equations 2.3 as V.
 * Jacobson wrote them: each moves by a part of its error, rounded down, as the weighted means would
 * be.
 */
static inline void rtt_sample(struct rtt *rtt, uint32_t sample_us)
{
	int64_t error, spread;

	if (sample_us == 0)
		sample_us = 1;
	if (rtt->srtt_us == 0) {
		rtt->srtt_us = sample_us;
		rtt->rttvar_us = sample_us / 2;
		return;
	}
	error = (int64_t)sample_us - rtt->srtt_us;
	spread = (error < 0 ? -error : error) - rtt->rttvar_us;
	rtt->rttvar_us += (uint32_t)(spread >> 2);
	/* No sample is less than 1, so SRTT never falls to 0, which says that there is none. */
	rtt->srtt_us += (uint32_t)(error >> 3);
}

/**
 * The timeout for the given number of back-offs: initial_us without a sample, else SRTT + 4 RTTVAR,
 * at least min_us, doubled for each back-off, at most max_us.
 */
static inline uint32_t rtt_timeout_us(const struct rtt *rtt, uint32_t initial_us, uint32_t min_us,
				      uint32_t max_us, unsigned int backoff)
{
	uint64_t timeout = initial_us;

	assert(min_us <= max_us);
	if (rtt->srtt_us != 0) {
		uint64_t spread = 4ULL * rtt->rttvar_us;

		if (spread < TCP_RTO_GRANULARITY_US)
			spread = TCP_RTO_GRANULARITY_US;
		timeout = rtt->srtt_us + spread;
	}
	if (timeout < min_us)
		timeout = min_us;
	timeout <<= backoff < 16 ? backoff : 16;
	if (timeout > max_us)
		timeout = max_us;
	return (uint32_t)timeout;
}

#endif
