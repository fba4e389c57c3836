/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <stdio.h>

#include <rte_errno.h>

#include "../eal.h"
#include "base/mbufs.h"
#include "config/limits.h"

#define POOL_BUFFERS 2047U

/* DEVIATION: the pool is file-scope state. cmocka hands the tests nothing, and there is one
 * process. */
static struct rte_mempool *pool;

int frames_start(void)
{
	if (eal_setup(NULL) != 0) {
		fprintf(stderr, "EAL did not start: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	pool = mbufs_create("unit-wire", POOL_BUFFERS, MBUF_SIZE_DEFAULT, -1);
	if (pool == NULL)
		fprintf(stderr, "no pool of packet buffers: %s\n", rte_strerror(rte_errno));
	return pool == NULL;
}

int frames_stop(void)
{
	unsigned int used = rte_mempool_in_use_count(pool);

	if (used != 0)
		fprintf(stderr, "%u buffers were not given back\n", used);
	else
		mbufs_destroy(pool);
	return (eal_teardown(NULL) != 0) | (used != 0);
}

struct rte_mbuf *frame_whole(const void *bytes, uint32_t size)
{
	struct rte_mbuf *mbuf = mbufs_exact(pool, bytes, size);

	assert_non_null(mbuf);
	return mbuf;
}

/* Hangs a buffer behind the last one; by hand, for pieces may be empty. */
static void append(struct rte_mbuf *head, struct rte_mbuf **last, struct rte_mbuf *piece)
{
	(*last)->next = piece;
	*last = piece;
	head->nb_segs++;
	head->pkt_len += piece->data_len;
}

struct rte_mbuf *frame_cut(const void *bytes, uint32_t size, const uint32_t *pieces,
			   unsigned int count)
{
	struct rte_mbuf *head = NULL, *last = NULL;
	const uint8_t *at = bytes;

	for (unsigned int i = 0; i <= count; i++) {
		uint32_t piece = i < count && pieces[i] < size ? pieces[i] : size;
		struct rte_mbuf *mbuf;

		if (i == count || piece == size)
			piece = size;
		mbuf = frame_whole(at, piece);
		if (head == NULL)
			head = last = mbuf;
		else
			append(head, &last, mbuf);
		at += piece;
		size -= piece;
		if (size == 0)
			break;
	}
	return head;
}

struct rte_mbuf *frame_shredded(const void *bytes, uint32_t size, struct random_stream *random,
				uint32_t most)
{
	uint32_t pieces[128];

	for (unsigned int i = 0; i < RTE_DIM(pieces); i++)
		pieces[i] = random_below(random, most + 1);
	return frame_cut(bytes, size, pieces, RTE_DIM(pieces));
}

void frame_in_all_shapes(const struct bytes *bytes,
			 void (*check)(const struct rte_mbuf *mbuf, const void *expected),
			 const void *expected)
{
	uint32_t ones[256];
	struct rte_mbuf *mbuf;

	for (uint32_t cut = 0; cut <= bytes->size; cut++) {
		mbuf = frame_cut(bytes->at, bytes->size, &cut, 1);
		check(mbuf, expected);
		rte_pktmbuf_free(mbuf);
	}
	for (unsigned int i = 0; i < RTE_DIM(ones); i++)
		ones[i] = 1;
	mbuf = frame_cut(bytes->at, bytes->size, ones, RTE_DIM(ones));
	check(mbuf, expected);
	rte_pktmbuf_free(mbuf);
}

struct random_stream frames_random(uint64_t seed)
{
	struct siphash_key key = { .k0 = seed, .k1 = 0x6c61737461636b };
	struct random_stream random;

	random_init(&random, &key);
	return random;
}

void random_fill(struct random_stream *random, void *to, size_t size)
{
	uint8_t *at = to;

	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)random_u64(random);
}

void put_16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, (uint16_t)(value >> 16));
	put_16(at + 2, (uint16_t)value);
}
