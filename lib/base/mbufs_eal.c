/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mbufs_eal.c: packet buffers as DPDK makes them.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>
#include <rte_stack.h>

#include "base/mbufs.h"
#include "config/limits.h"

/* Where buffers lie that are in the cache of no lcore. */
#define LIFO_OPS "stack"

/* True if buffers may lie on a stack: there is one, which takes shorter names than a ring, and
 * nobody has said where they are to lie. */
static bool may_stack(const char *name)
{
	if (sizeof(RTE_MEMPOOL_MZ_PREFIX) + strlen(name) > RTE_STACK_NAMESIZE ||
	    rte_mbuf_user_mempool_ops() != NULL || rte_mbuf_platform_mempool_ops() != NULL)
		return false;
	for (unsigned int i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, LIFO_OPS) == 0)
			return true;
	return false;
}

struct rte_mempool *mbufs_create(const char *name, uint32_t count, uint16_t size, int numa_node)
{
	/* A cache may hold half as many again as its size; a small pool must not vanish in one. */
	unsigned int cache = count / 4 < MBUF_CACHE ? count / 4 : MBUF_CACHE;

	assert(count > 0);
	/*
	 * How many are in use goes up and down by more than a cache holds. Last in, first out, the
	 * same ones go in and out; a ring, DPDK's default, would pass the whole pool through the
	 * processor's caches.
	 */
	return rte_pktmbuf_pool_create_by_ops(name, count, cache, MBUF_PRIVATE_BYTES, size,
					      numa_node, may_stack(name) ? LIFO_OPS : NULL);
}

void mbufs_destroy(struct rte_mempool *pool)
{
	rte_mempool_free(pool);
}
