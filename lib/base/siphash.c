/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * siphash.c: SipHash-c-d over whole 64-bit words, written from the paper ("SipHash: a fast
 * short-input PRF", section 2).
 */
#include <assert.h>
#include <stddef.h>

#include "base/siphash.h"

struct siphash_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate_left(uint64_t x, unsigned int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

/** Section 2.2, one SipRound. */
static inline void sip_round(struct siphash_state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 = rotate_left(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v2 = rotate_left(s->v2, 32);
}

/** Section 2.1: the key and the ASCII text "somepseudorandomlygeneratedbytes". */
static inline struct siphash_state sip_begin(const struct siphash_key *key)
{
	return (struct siphash_state){
		.v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void sip_word(struct siphash_state *s, uint64_t word, unsigned int rounds)
{
	s->v3 ^= word;
	for (unsigned int i = 0; i < rounds; i++)
		sip_round(s);
	s->v0 ^= word;
}

static inline uint64_t sip_end(struct siphash_state *s, unsigned int rounds)
{
	s->v2 ^= 0xff;
	for (unsigned int i = 0; i < rounds; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/** The last word of a message of whole words: nothing but its length in bytes, modulo 256. */
static inline uint64_t sip_length(unsigned int words)
{
	return (uint64_t)words * 8 << 56;
}

uint64_t siphash_2_4(const struct siphash_key *key, const uint64_t *words, unsigned int count)
{
	struct siphash_state s = sip_begin(key);

	assert(words != NULL || count == 0);
	for (unsigned int i = 0; i < count; i++)
		sip_word(&s, words[i], 2);
	sip_word(&s, sip_length(count), 2);
	return sip_end(&s, 4);
}

uint64_t siphash_1_3_word(const struct siphash_key *key, uint64_t word)
{
	struct siphash_state s = sip_begin(key);

	sip_word(&s, word, 1);
	sip_word(&s, sip_length(1), 1);
	return sip_end(&s, 3);
}

uint64_t siphash_1_3(const struct siphash_key *key, uint64_t a, uint64_t b, uint64_t c)
{
	struct siphash_state s = sip_begin(key);

	sip_word(&s, a, 1);
	sip_word(&s, b, 1);
	sip_word(&s, c, 1);
	sip_word(&s, sip_length(3), 1);
	return sip_end(&s, 3);
}

uint64_t siphash_1_3_ten(const struct siphash_key *key, uint64_t a, uint16_t b)
{
	struct siphash_state s = sip_begin(key);

	sip_word(&s, a, 1);
	sip_word(&s, UINT64_C(10) << 56 | b, 1);
	return sip_end(&s, 3);
}
