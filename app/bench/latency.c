/* SPDX-License-Identifier: BSD-3-Clause */
#include "latency.h"

#include <assert.h>
#include <string.h>

#define LINEAR (1U << LATENCY_LINEAR_BITS)

/* Values below 128 have a bucket each; then each power of two has 128. */
static uint32_t bucket_of(uint64_t value)
{
	uint32_t shift;

	if (value < LINEAR)
		return (uint32_t)value;
	shift = 63U - (uint32_t)__builtin_clzll(value) - LATENCY_LINEAR_BITS;
	return (shift << LATENCY_LINEAR_BITS) + (uint32_t)(value >> shift);
}

/* The largest value of a bucket. */
static uint64_t bucket_end(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < 2 * LINEAR)
		return bucket;
	shift = (bucket >> LATENCY_LINEAR_BITS) - 1;
	return (((uint64_t)(bucket - (shift << LATENCY_LINEAR_BITS)) + 1) << shift) - 1;
}

void latency_clear(struct latency *latency)
{
	memset(latency, 0, sizeof(*latency));
	latency->least = UINT64_MAX;
}

void latency_record(struct latency *latency, uint64_t value)
{
	const uint64_t most = (UINT64_C(1) << LATENCY_VALUE_BITS) - 1;
	uint32_t bucket = bucket_of(value < most ? value : most);

	assert(bucket < LATENCY_BUCKETS);
	latency->buckets[bucket]++;
	latency->count++;
	latency->sum += value;
	if (value < latency->least)
		latency->least = value;
	if (value > latency->most)
		latency->most = value;
}

void latency_merge(struct latency *into, const struct latency *from)
{
	for (uint32_t i = 0; i < LATENCY_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
	into->sum += from->sum;
	if (from->least < into->least)
		into->least = from->least;
	if (from->most > into->most)
		into->most = from->most;
}

uint64_t latency_at(const struct latency *latency, uint32_t per_100000)
{
	uint64_t wanted, seen = 0;

	assert(per_100000 <= 100000);
	/* How many values do not exceed it, rounded up; in parts, so that nothing overflows. */
	wanted = latency->count / 100000 * per_100000 +
		 (latency->count % 100000 * per_100000 + 99999) / 100000;
	if (latency->count == 0)
		return 0;
	for (uint32_t i = 0; i < LATENCY_BUCKETS; i++) {
		seen += latency->buckets[i];
		if (seen >= wanted && seen > 0) {
			uint64_t end = bucket_end(i);

			return end < latency->most ? end : latency->most;
		}
	}
	return latency->most;
}
