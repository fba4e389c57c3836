/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>

#include "prng.h"

/* An odd constant near 2^64 / golden ratio: the counter visits every word before it repeats. */
#define PRNG_STEP 0x9e3779b97f4a7c15ULL

uint64_t prng_mix(uint64_t word)
{
	word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
	word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
	return word ^ (word >> 31);
}

void prng_seed(struct prng *prng, uint64_t seed, uint64_t stream)
{
	prng->state = prng_mix(prng_mix(seed + PRNG_STEP) ^ prng_mix(~stream));
}

uint64_t prng_u64(struct prng *prng)
{
	prng->state += PRNG_STEP;
	return prng_mix(prng->state);
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
	assert(bound > 0);
	/* The bias of the remainder is below 2^-30 for every bound used here. */
	return prng_u64(prng) % bound;
}

uint64_t prng_range(struct prng *prng, uint64_t low, uint64_t high)
{
	assert(low <= high);
	if (low == 0 && high == UINT64_MAX)
		return prng_u64(prng);
	return low + prng_below(prng, high - low + 1);
}

uint64_t prng_scale(struct prng *prng, uint64_t low, uint64_t high)
{
	unsigned int low_bits, high_bits, bits;
	uint64_t from, to;

	assert(low > 0 && low <= high);
	low_bits = 63 - (unsigned int)__builtin_clzll(low);
	high_bits = 63 - (unsigned int)__builtin_clzll(high);
	bits = (unsigned int)prng_range(prng, low_bits, high_bits);
	from = 1ULL << bits;
	to = bits == 63 ? UINT64_MAX : (2ULL << bits) - 1;
	return prng_range(prng, from < low ? low : from, to > high ? high : to);
}

bool prng_permille(struct prng *prng, unsigned int permille)
{
	assert(permille <= 1000);
	/* Nothing is drawn for "never", so switching a fault off does not shift the others. */
	return permille > 0 && prng_below(prng, 1000) < permille;
}

void prng_fill(struct prng *prng, void *buf, size_t size)
{
	uint8_t *to = buf;

	while (size > 0) {
		uint64_t word = prng_u64(prng);
		size_t part = size < sizeof(word) ? size : sizeof(word);

		memcpy(to, &word, part);
		to += part;
		size -= part;
	}
}
