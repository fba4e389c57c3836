/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * prng.h: the only source of chance in the simulator: numbered streams drawn from one seed.
 *
 * Each part of a run (a link, a host, a side of a connection) has a stream of its own, so a draw
 * more in one of them leaves the others as they were. Knows nothing of what the numbers are for.
 */
#ifndef SIM_PRNG_H
#define SIM_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t state;
};

/** Mixes a word so that every output bit depends on every input bit. */
uint64_t prng_mix(uint64_t word);

/** Starts stream number stream of a seed. */
void prng_seed(struct prng *prng, uint64_t seed, uint64_t stream);

uint64_t prng_u64(struct prng *prng);

/** Uniform in [0, bound); bound > 0. */
uint64_t prng_below(struct prng *prng, uint64_t bound);

/** Uniform in [low, high]. */
uint64_t prng_range(struct prng *prng, uint64_t low, uint64_t high);

/** In [low, high] with every order of magnitude equally likely; low > 0. */
uint64_t prng_scale(struct prng *prng, uint64_t low, uint64_t high);

/** True in so many of a thousand cases. */
bool prng_permille(struct prng *prng, unsigned int permille);

void prng_fill(struct prng *prng, void *buf, size_t size);

#endif
