/* SPDX-License-Identifier: BSD-3-Clause */
#include "spread.h"

#include "frame.h"

#define TUPLE_BITS 96U
#define MISREAD_ONE_IN 4U /* connections */
#define IPV4_BYTES 20U
#define LIES_PERMILLE 50U

static uint32_t bits_of(const uint8_t *key, unsigned int from)
{
	uint64_t word = 0;

	for (unsigned int i = 0; i < 5; i++)
		word = word << 8 | key[from / 8 + i];
	return (uint32_t)(word >> (8 - from % 8));
}

uint32_t spread_hash(const struct spread *spread, const struct spread_tuple *tuple)
{
	const uint32_t words[TUPLE_BITS / 32] = {
		tuple->remote, tuple->local, (uint32_t)tuple->remote_port << 16 | tuple->local_port
	};
	uint32_t hash = 0;

	for (unsigned int bit = 0; bit < TUPLE_BITS; bit++)
		if (words[bit / 32] >> (31 - bit % 32) & 1)
			hash ^= bits_of(spread->key, bit);
	return hash;
}

static uint32_t word_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* The tuple of a TCP segment; false for anything else. */
static bool read_tuple(const uint8_t *bytes, size_t size, struct spread_tuple *out)
{
	const uint8_t *ip = bytes + FRAME_ETHERNET_BYTES;
	uint32_t ports;

	if (size < FRAME_ETHERNET_BYTES + IPV4_BYTES + 4 || bytes[12] != 0x08 || bytes[13] != 0 ||
	    ip[0] != 0x45 || ip[9] != 6)
		return false;
	ports = word_at(ip + IPV4_BYTES);
	*out = (struct spread_tuple){ .remote = word_at(ip + 12),
				      .local = word_at(ip + 16),
				      .remote_port = (uint16_t)(ports >> 16),
				      .local_port = (uint16_t)ports };
	return true;
}

/* A card that reads a connection's headers wrongly does so from the first segment to the last. */
static uint32_t misread(uint32_t hash)
{
	uint64_t mixed = prng_mix(hash);

	return mixed % MISREAD_ONE_IN == 0 ? hash ^ (uint32_t)(mixed >> 32 | 1) : hash;
}

struct spread_choice spread_choose(struct spread *spread, const uint8_t *bytes, size_t size)
{
	struct spread_choice choice = { .queue = 0 };
	struct spread_tuple tuple;

	if (spread->queues > 1 && spread->kind == SPREAD_RANDOM)
		choice.queue = (uint16_t)prng_below(&spread->prng, spread->queues);
	if (spread->kind == SPREAD_FIRST || spread->kind == SPREAD_RANDOM ||
	    !read_tuple(bytes, size, &tuple))
		return choice;
	choice.hashed = true;
	choice.hash = spread_hash(spread, &tuple);
	if (spread->kind == SPREAD_MISREAD)
		choice.hash = misread(choice.hash);
	choice.queue = spread->owners[choice.hash % SPREAD_OWNERS] % spread->queues;
	if (spread->kind == SPREAD_LIES && prng_permille(&spread->prng, LIES_PERMILLE))
		choice.hash ^= (uint32_t)prng_range(&spread->prng, 1, UINT32_MAX);
	if (spread->kind == SPREAD_ASTRAY || spread->kind == SPREAD_LIES)
		choice.queue = (uint16_t)prng_below(&spread->prng, spread->queues);
	return choice;
}
