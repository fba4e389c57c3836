/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/fast_open.h"

#include <assert.h>
#include <string.h>

#include <rte_branch_prediction.h>

#include "config/limits.h"
#include "lastack.h"

static struct siphash_key key_of(const struct siphash_key *secret, uint64_t hour)
{
	const uint64_t words[2][2] = { { hour, 0 }, { hour, 1 } };

	return (struct siphash_key){ .k0 = siphash_2_4(secret, words[0], 2),
				     .k1 = siphash_2_4(secret, words[1], 2) };
}

static void make_keys(struct fast_open *fast, uint64_t hour)
{
	fast->hour = hour;
	fast->keys[0] = key_of(&fast->secret, hour);
	fast->keys[1] = key_of(&fast->secret, hour - 1);
}

static void turn_keys(struct fast_open *fast, uint64_t now_us)
{
	uint64_t hour = now_us / FAST_OPEN_KEY_US;

	if (unlikely(hour != fast->hour))
		make_keys(fast, hour);
}

void fast_open_init(struct fast_open *fast, const struct siphash_key *secret)
{
	*fast = (struct fast_open){ .secret = *secret };
	make_keys(fast, 0);
}

static uint64_t cookie_of(const struct siphash_key *key, const struct la_addr *client,
			  uint16_t local_index)
{
	uint64_t words[3] = { 0, 0, local_index };

	memcpy(words, client->bytes, sizeof(client->bytes));
	return siphash_2_4(key, words, 3);
}

void fast_open_make(struct fast_open *fast, uint64_t now_us, const struct la_addr *client,
		    uint16_t local_index, uint8_t *out)
{
	uint64_t cookie;

	turn_keys(fast, now_us);
	cookie = cookie_of(&fast->keys[0], client, local_index);
	memcpy(out, &cookie, FAST_OPEN_COOKIE_BYTES);
}

bool fast_open_check(struct fast_open *fast, uint64_t now_us, const struct la_addr *client,
		     uint16_t local_index, const uint8_t *cookie, unsigned int size)
{
	uint64_t shown;

	if (size != FAST_OPEN_COOKIE_BYTES)
		return false;
	turn_keys(fast, now_us);
	memcpy(&shown, cookie, sizeof(shown));
	return shown == cookie_of(&fast->keys[0], client, local_index) ||
	       shown == cookie_of(&fast->keys[1], client, local_index);
}

bool fast_open_begin(struct fast_open *fast, uint64_t now_us)
{
	if (now_us >= fast->resets_until_us)
		fast->resets = 0;
	if (fast->pending + fast->resets >= FAST_OPEN_PENDING_MAX)
		return false;
	fast->pending++;
	return true;
}

void fast_open_end(struct fast_open *fast, uint64_t now_us, bool was_reset)
{
	assert(fast->pending > 0);
	fast->pending--;
	if (!was_reset)
		return;
	if (fast->resets < FAST_OPEN_PENDING_MAX)
		fast->resets++;
	fast->resets_until_us = now_us + FAST_OPEN_RESET_US;
}
