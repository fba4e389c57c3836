/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reset_limiter.h: how often segments that belong to no connection are answered by RST.
 *
 * One limit for all would tell who sends until it is reached, and counts, that somebody else's
 * forged segments were answered too, and so which connections there are. Therefore sources are
 * dealt out to many limits by a keyed function, which is drawn anew every minute, and an answer
 * costs a random amount. What all limits together let through is the bound of the worker.
 */
#ifndef TCP_RESET_LIMITER_H
#define TCP_RESET_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "base/siphash.h"
#include "config/limits.h"

struct la_addr;

struct reset_limiter {
	struct siphash_key key;
	uint64_t keyed_us;               /**< when it was drawn */
	uint64_t full_us[RESET_BUCKETS]; /**< when the credit of each is whole again */
};

void reset_limiter_init(struct reset_limiter *limiter, uint64_t now_us,
			struct random_stream *random);

/** True if a segment from this address may be answered now; the answer is charged then. */
bool reset_limiter_take(struct reset_limiter *limiter, const struct la_addr *remote,
			uint64_t now_us, struct random_stream *random);

#endif
