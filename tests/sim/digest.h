/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * digest.h: one word for all that happened in a run, in order. Not cryptographic: it tells two runs
 * apart that were meant to be the same.
 */
#ifndef SIM_DIGEST_H
#define SIM_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct digest {
	uint64_t value;
};

static inline void digest_word(struct digest *digest, uint64_t word)
{
	uint64_t mixed = (digest->value ^ word) * 0x100000001b3ULL;

	digest->value = mixed ^ (mixed >> 29);
}

static inline void digest_bytes(struct digest *digest, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;

	for (; size >= sizeof(uint64_t); from += sizeof(uint64_t), size -= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, from, sizeof(word));
		digest_word(digest, word);
	}
	for (; size > 0; from++, size--)
		digest_word(digest, *from);
}

#endif
