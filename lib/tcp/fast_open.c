/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/fast_open.h"

#include <assert.h>
#include <string.h>

#include "config/limits.h"
#include "lastack.h"

static void draw(struct siphash_key *key, struct random_stream *random)
{
	key->k0 = random_u64(random);
	key->k1 = random_u64(random);
}

static void turn_keys(struct fast_open *fast, uint64_t now_us, struct random_stream *random)
{
	uint64_t age_us = now_us - fast->turned_us;

	if (fast->turned_us != 0 && age_us < FAST_OPEN_KEY_US)
		return;
	if (fast->turned_us != 0 && age_us < 2 * FAST_OPEN_KEY_US)
		fast->keys[1] = fast->keys[0];
	else
		draw(&fast->keys[1], random);
	draw(&fast->keys[0], random);
	fast->turned_us = now_us;
}

static uint64_t cookie_of(const struct siphash_key *key, const struct la_addr *client,
			  uint16_t local_index)
{
	uint64_t words[3] = { 0, 0, local_index };

	memcpy(words, client->bytes, sizeof(client->bytes));
	return siphash_2_4(key, words, 3);
}

void fast_open_make(struct fast_open *fast, uint64_t now_us, struct random_stream *random,
		    const struct la_addr *client, uint16_t local_index, uint8_t *out)
{
	uint64_t cookie;

	turn_keys(fast, now_us, random);
	cookie = cookie_of(&fast->keys[0], client, local_index);
	memcpy(out, &cookie, FAST_OPEN_COOKIE_BYTES);
}

bool fast_open_check(const struct fast_open *fast, uint64_t now_us, const struct la_addr *client,
		     uint16_t local_index, const uint8_t *cookie, unsigned int size)
{
	uint64_t age_us = now_us - fast->turned_us;
	uint64_t shown;

	if (size != FAST_OPEN_COOKIE_BYTES || fast->turned_us == 0)
		return false;
	memcpy(&shown, cookie, sizeof(shown));
	/* Without a request meanwhile no key was drawn, but their time goes on. */
	if (age_us < 2 * FAST_OPEN_KEY_US &&
	    shown == cookie_of(&fast->keys[0], client, local_index))
		return true;
	return age_us < FAST_OPEN_KEY_US && shown == cookie_of(&fast->keys[1], client, local_index);
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
