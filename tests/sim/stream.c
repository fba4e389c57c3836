/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "prng.h"
#include "stream.h"

#define STREAM_WORD sizeof(uint64_t)

/* The word that holds the byte at offset; byte i of it is bits 8i to 8i + 7. */
static uint64_t stream_word(uint64_t key, uint64_t offset)
{
	return prng_mix(key + (offset / STREAM_WORD) * 0x9e3779b97f4a7c15ULL);
}

static uint8_t stream_byte(uint64_t key, uint64_t offset)
{
	return (uint8_t)(stream_word(key, offset) >> (8 * (offset % STREAM_WORD)));
}

void stream_fill(uint64_t key, uint64_t offset, void *buf, size_t size)
{
	uint8_t *to = buf;
	size_t i = 0;

	while (i < size) {
		if ((offset + i) % STREAM_WORD == 0 && size - i >= STREAM_WORD) {
			uint64_t word = stream_word(key, offset + i);

			memcpy(to + i, &word, STREAM_WORD);
			i += STREAM_WORD;
		} else {
			to[i] = stream_byte(key, offset + i);
			i++;
		}
	}
}

size_t stream_check(uint64_t key, uint64_t offset, const void *buf, size_t size)
{
	const uint8_t *from = buf;
	size_t i = 0;

	while (i < size) {
		if ((offset + i) % STREAM_WORD == 0 && size - i >= STREAM_WORD) {
			uint64_t word;

			memcpy(&word, from + i, STREAM_WORD);
			if (word == stream_word(key, offset + i)) {
				i += STREAM_WORD;
				continue;
			}
		}
		if (from[i] != stream_byte(key, offset + i))
			return i;
		i++;
	}
	return size;
}
