/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/pace.h"

#include <assert.h>

#include <rte_branch_prediction.h>

/* Time that bytes take at the rate: SRTT for 2 cwnd in slow start, for 1.25 cwnd otherwise. */
static uint64_t cost_ns(const struct pace_rate *rate, uint32_t bytes)
{
	uint64_t round_ns = (uint64_t)rate->srtt_us * 1000;
	uint64_t per_round =
		rate->slow_start ? (uint64_t)rate->cwnd * 2 : (uint64_t)rate->cwnd + rate->cwnd / 4;
	uint64_t product;

	assert(rate->cwnd > 0);
	if (likely(!__builtin_mul_overflow(round_ns, (uint64_t)bytes, &product)))
		return product / per_round;
	/* SRTT is below 2^32 us and bytes below 2^30: the product needs 72 bits at worst. */
	return (uint64_t)((unsigned __int128)round_ns * bytes / per_round);
}

void pace_limit(struct pace *pace, const struct pace_rate *rate, uint64_t now_us)
{
	uint64_t quantum_ns = PACE_QUANTUM_US * 1000ULL;
	uint64_t two_ns = cost_ns(rate, 2 * rate->smss);
	uint64_t keep_ns = two_ns > quantum_ns ? two_ns : quantum_ns;
	uint64_t now_ns = now_us * 1000;

	if (pace->allows) {
		uint64_t credit_ns = cost_ns(rate, pace_left(pace, rate));

		pace->next_ns = pace->next_ns > credit_ns ? pace->next_ns - credit_ns : 0;
		pace->allows = false;
	}
	/* An ACK of two segments lets two go at once, as it always did. */
	if (pace->next_ns + keep_ns < now_ns)
		pace->next_ns = now_ns - keep_ns;
}

uint32_t pace_wait_us(const struct pace *pace, uint64_t now_us)
{
	uint64_t now_ns = now_us * 1000;

	if (pace->next_ns <= now_ns)
		return 0;
	return (uint32_t)((pace->next_ns - now_ns + 999) / 1000);
}

void pace_sent_beyond(struct pace *pace, const struct pace_rate *rate, uint32_t bytes)
{
	pace->next_ns += cost_ns(rate, bytes - pace_left(pace, rate));
	pace->allows = false;
}
