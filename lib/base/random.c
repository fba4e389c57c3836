/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * random.c: a counter, hashed under a key that nobody else knows.
 */
#include <assert.h>

#include "base/random.h"

void random_init(struct random_stream *random, const struct siphash_key *key)
{
	random->key = *key;
	random->counter = 0;
}

uint64_t random_u64(struct random_stream *random)
{
	uint64_t position = random->counter++;

	return siphash_2_4(&random->key, &position, 1);
}

uint32_t random_below(struct random_stream *random, uint32_t bound)
{
	uint32_t surplus;
	uint64_t product;

	assert(bound > 0);
	/*
	 * The upper half of draw * bound is in [0, bound). 2^32 draws do not divide evenly among
	 * bound results; the draws that would favour some (lower half below 2^32 mod bound) are
	 * made again. Each is refused with a chance below one half.
	 */
	surplus = -bound % bound;
	do {
		product = (random_u64(random) >> 32) * bound;
	} while ((uint32_t)product < surplus);
	return (uint32_t)(product >> 32);
}
