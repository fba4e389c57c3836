/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/reset_limiter.h"

#include <assert.h>
#include <string.h>

#include "lastack.h"

#define COST_US (1000000U / RESETS_PER_BUCKET) /**< of an answer, on average */
#define CREDIT_US (COST_US * RESETS_PER_BUCKET)

static void draw_key(struct reset_limiter *limiter, uint64_t now_us, struct random_stream *random)
{
	limiter->key.k0 = random_u64(random);
	limiter->key.k1 = random_u64(random);
	limiter->keyed_us = now_us;
}

void reset_limiter_init(struct reset_limiter *limiter, uint64_t now_us,
			struct random_stream *random)
{
	draw_key(limiter, now_us, random);
	for (unsigned int i = 0; i < RESET_BUCKETS; i++)
		limiter->full_us[i] = now_us;
}

/* Of an IPv6 address the first 64 bits: whoever has one address has all the others behind them. */
static unsigned int bucket_of(const struct reset_limiter *limiter, const struct la_addr *remote)
{
	uint64_t words[2];

	memcpy(words, remote->bytes, sizeof(words));
	if (!la_addr_is_ipv4(remote))
		words[1] = 0;
	return siphash_2_4(&limiter->key, words, 2) % RESET_BUCKETS;
}

bool reset_limiter_take(struct reset_limiter *limiter, const struct la_addr *remote,
			uint64_t now_us, struct random_stream *random)
{
	uint64_t *full_us;

	assert(now_us >= limiter->keyed_us);
	if (now_us - limiter->keyed_us >= RESET_KEY_US)
		draw_key(limiter, now_us, random);
	full_us = &limiter->full_us[bucket_of(limiter, remote)];
	if (*full_us < now_us)
		*full_us = now_us;
	/* What it costs is drawn once it is certain: else only the cheap ones would be tried. */
	if (*full_us + COST_US > now_us + CREDIT_US)
		return false;
	*full_us += COST_US / 2 + random_below(random, COST_US + 1);
	return true;
}
