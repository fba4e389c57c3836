/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * siphash.h: SipHash (Aumasson and Bernstein, 2012), the keyed function behind the connection table
 * and the ISN (1-3), cookies (2-4) and the random stream.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

/** SipHash-2-4 of count 64-bit words, as if each were stored little endian. */
uint64_t siphash_2_4(const struct siphash_key *key, const uint64_t *words, unsigned int count);

/** SipHash-1-3 of one word: for a secret word that is the hash of something already. */
uint64_t siphash_1_3_word(const struct siphash_key *key, uint64_t word);

/** SipHash-1-3 of exactly three words: a 4-tuple on the fast path. */
uint64_t siphash_1_3(const struct siphash_key *key, uint64_t a, uint64_t b, uint64_t c);

/** SipHash-1-3 of ten bytes, those of a and of b: what tells 4-tuples of IPv4 apart. */
uint64_t siphash_1_3_ten(const struct siphash_key *key, uint64_t a, uint16_t b);

#endif
