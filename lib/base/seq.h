/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seq.h: arithmetic on 32-bit serial numbers (RFC 9293 section 3.4), for sequence numbers and
 * ticks.
 *
 * Two numbers are compared by the sign of their difference, so they must lie less than 2^31 apart.
 */
#ifndef BASE_SEQ_H
#define BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

static inline bool seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool seq_leq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

static inline bool seq_gt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static inline bool seq_geq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) >= 0;
}

/** True for start <= n < start + length. */
static inline bool seq_in(uint32_t n, uint32_t start, uint32_t length)
{
	return n - start < length;
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
	return seq_gt(a, b) ? a : b;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? a : b;
}

#endif
