/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/sack_blocks.h"

#include <assert.h>
#include <string.h>

#include "base/seq.h"

_Static_assert(SACK_BLOCKS_RECENT > TCP_SACK_BLOCKS_MAX, "an ACK tells the latest of them");

static void forget(struct sack_blocks *blocks, unsigned int at)
{
	assert(at < blocks->count);
	blocks->count--;
	memmove(&blocks->recent[at], &blocks->recent[at + 1],
		(blocks->count - at) * sizeof(blocks->recent[0]));
}

void sack_blocks_grew(struct sack_blocks *blocks, uint32_t left, uint32_t right)
{
	unsigned int i = 0;

	assert(seq_lt(left, right));
	/* What it grew together with is part of it now. */
	while (i < blocks->count) {
		const struct tcp_sack_block *block = &blocks->recent[i];

		if (seq_geq(block->left, left) && seq_leq(block->right, right))
			forget(blocks, i);
		else
			i++;
	}
	if (blocks->count == SACK_BLOCKS_RECENT)
		blocks->count--;
	memmove(&blocks->recent[1], &blocks->recent[0], blocks->count * sizeof(blocks->recent[0]));
	blocks->recent[0] = (struct tcp_sack_block){ .left = left, .right = right };
	blocks->count++;
}

void sack_blocks_duplicate(struct sack_blocks *blocks, uint32_t left, uint32_t right)
{
	assert(seq_lt(left, right));
	blocks->duplicate = (struct tcp_sack_block){ .left = left, .right = right };
	blocks->has_duplicate = true;
}

void sack_blocks_advance(struct sack_blocks *blocks, uint32_t rcv_nxt)
{
	unsigned int i = 0;

	while (i < blocks->count) {
		if (seq_leq(blocks->recent[i].right, rcv_nxt))
			forget(blocks, i);
		else
			i++;
	}
}

/* The range that this stands in, or none of them. */
static unsigned int find_around(const struct sack_blocks *blocks,
				const struct tcp_sack_block *inner)
{
	unsigned int i;

	for (i = 0; i < blocks->count; i++) {
		if (seq_leq(blocks->recent[i].left, inner->left) &&
		    seq_geq(blocks->recent[i].right, inner->right))
			return i;
	}
	return SACK_BLOCKS_RECENT;
}

uint8_t sack_blocks_write(const struct sack_blocks *blocks, unsigned int later, unsigned int max,
			  struct tcp_sack_block *out)
{
	unsigned int count = 0, i = later, around = SACK_BLOCKS_RECENT;

	assert(max <= TCP_SACK_BLOCKS_MAX);
	if (i >= blocks->count)
		i = blocks->count == 0 ? 0 : blocks->count - 1U;
	if (blocks->has_duplicate && max > 0) {
		around = find_around(blocks, &blocks->duplicate);
		out[count++] = blocks->duplicate;
		i = 0;
	}
	/* RFC 2883 4.2: only so is it known from a range that grew. */
	if (around < blocks->count && count < max)
		out[count++] = blocks->recent[around];
	for (; count < max && i < blocks->count; i++) {
		if (i != around)
			out[count++] = blocks->recent[i];
	}
	return (uint8_t)count;
}

void sack_blocks_told(struct sack_blocks *blocks)
{
	blocks->has_duplicate = false;
}
