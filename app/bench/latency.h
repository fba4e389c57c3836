/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * latency.h: how often a duration was how long, from one cycle to hours, within one percent.
 *
 * Buckets are linear within a power of two and double from one to the next, so recording costs a
 * few instructions and a structure of constant size holds any number of values.
 */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdint.h>

#define LATENCY_LINEAR_BITS 7U /**< buckets of a power of two: 128, each 0.8 % wide */
#define LATENCY_VALUE_BITS 44U /**< hours of a fast clock; what is longer counts as this long */
#define LATENCY_BUCKETS ((LATENCY_VALUE_BITS - LATENCY_LINEAR_BITS + 1) << LATENCY_LINEAR_BITS)

struct latency {
	uint64_t count, sum;
	uint64_t least, most; /**< exact; least is UINT64_MAX while there is none */
	uint64_t buckets[LATENCY_BUCKETS];
};

void latency_clear(struct latency *latency);
void latency_record(struct latency *latency, uint64_t value);
/** The values of both, in into. */
void latency_merge(struct latency *into, const struct latency *from);

/**
 * The value that so many of 100,000 do not exceed (50,000: the median), rounded up to the end of
 * its bucket and never above the largest recorded; 0 where nothing was recorded.
 */
uint64_t latency_at(const struct latency *latency, uint32_t per_100000);

#endif
