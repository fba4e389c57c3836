/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/buffer.h"

struct rte_mempool_cache *buffers_none(void)
{
	static const struct rte_mempool_cache none = { .len = 0, .flushthresh = 0 };

	return (struct rte_mempool_cache *)(uintptr_t)&none;
}

struct rte_mempool_cache *buffers_at_hand(struct rte_mempool *pool)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(pool, rte_lcore_id());

	return cache != NULL ? cache : buffers_none();
}

struct rte_mbuf *buffer_take_anywhere(struct rte_mempool *pool)
{
	return rte_pktmbuf_alloc(pool);
}

void buffer_give_anyhow(struct rte_mbuf *mbuf)
{
	/* Its header is written only if it goes back to its pool: others may hold it, too. */
	rte_pktmbuf_free_seg(mbuf);
}
