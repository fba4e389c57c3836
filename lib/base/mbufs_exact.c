/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mbufs_exact.c: buffers around heap blocks of exactly the size of their data.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/mbufs.h"
#include "base/poison.h"

/** Apart from the block, or its end would not be the end of the data. */
struct exact_block {
	struct rte_mbuf_ext_shared_info shared;
	uint8_t *bytes;
};

static void exact_block_free(struct exact_block *block)
{
	free(block->bytes);
	free(block);
}

static void exact_block_released(void *addr, void *opaque)
{
	struct exact_block *block = opaque;

	assert(addr == block->bytes);
	exact_block_free(block);
}

static struct exact_block *exact_block_create(const void *bytes, size_t size)
{
	struct exact_block *block = calloc(1, sizeof(*block));

	if (block == NULL)
		return NULL;
	/* There is no block of no bytes: one byte, which nobody may read, stands for it. */
	block->bytes = malloc(size > 0 ? size : 1);
	if (block->bytes == NULL) {
		free(block);
		return NULL;
	}
	if (size > 0)
		memcpy(block->bytes, bytes, size);
	else
		poison_region(block->bytes, 1);
	block->shared.free_cb = exact_block_released;
	block->shared.fcb_opaque = block;
	rte_mbuf_ext_refcnt_set(&block->shared, 1);
	return block;
}

struct rte_mbuf *mbufs_exact(struct rte_mempool *pool, const void *bytes, size_t size)
{
	struct exact_block *block;
	struct rte_mbuf *mbuf;

	assert(size <= UINT16_MAX);
	assert(bytes != NULL || size == 0);
	block = exact_block_create(bytes, size);
	if (block == NULL)
		return NULL;
	mbuf = rte_pktmbuf_alloc(pool);
	if (mbuf == NULL) {
		exact_block_free(block);
		return NULL;
	}
	rte_pktmbuf_attach_extbuf(mbuf, block->bytes, (rte_iova_t)(uintptr_t)block->bytes,
				  (uint16_t)size, &block->shared);
	mbuf->data_off = 0;
	mbuf->data_len = (uint16_t)size;
	mbuf->pkt_len = (uint32_t)size;
	return mbuf;
}
