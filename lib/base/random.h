/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * random.h: the stack's random numbers, after the seed was drawn through the second door.
 *
 * SipHash-2-4 in counter mode over a secret key: unpredictable from its outputs, and the same for
 * the same seed.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

#include "base/siphash.h"

struct random_stream {
	struct siphash_key key;
	uint64_t counter;
};

void random_init(struct random_stream *random, const struct siphash_key *key);
uint64_t random_u64(struct random_stream *random);
/** Uniform in [0, bound); bound > 0. */
uint32_t random_below(struct random_stream *random, uint32_t bound);

#endif
