/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mbufs_eal.c: packet buffers as DPDK makes them.
 */
#include <assert.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/mbufs.h"
#include "config/limits.h"

struct rte_mempool *mbufs_create(const char *name, uint32_t count, int numa_node)
{
	/* A cache may hold half as many again as its size; a small pool must not vanish in one. */
	unsigned int cache = count / 4 < MBUF_CACHE ? count / 4 : MBUF_CACHE;

	assert(count > 0);
	return rte_pktmbuf_pool_create(name, count, cache, MBUF_PRIVATE_BYTES, MBUF_DATA_ROOM,
				       numa_node);
}

void mbufs_destroy(struct rte_mempool *pool)
{
	rte_mempool_free(pool);
}
