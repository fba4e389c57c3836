/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mbufs_eal.c: packet buffers as DPDK makes them.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
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

/* A small pool must not vanish in a cache, which may hold half as many again as its size. */
static unsigned int cache_of(uint32_t count)
{
	return count / 4 < MBUF_CACHE ? count / 4 : MBUF_CACHE;
}

/*
 * How many are in use goes up and down by more than a cache holds. Last in, first out, the same
 * ones go in and out; a ring, DPDK's default, would pass the whole pool through the processor's
 * caches.
 */
static const char *store_of(const char *name)
{
	return may_stack(name) ? LIFO_OPS : rte_mbuf_best_mempool_ops();
}

static void area_free(struct rte_mempool_memhdr *header, void *area)
{
	(void)header;
	rte_free(area);
}

/* Memory in one piece, the buffers side by side in it. 0 or -errno. */
static int area_attach(struct rte_mempool *pool)
{
	size_t bytes =
		pool->size * (size_t)(pool->header_size + pool->elt_size + pool->trailer_size);
	void *area = rte_malloc_socket(pool->name, bytes, (unsigned int)sysconf(_SC_PAGESIZE),
				       pool->socket_id);
	int added;

	if (area == NULL)
		return -ENOMEM;
	added = rte_mempool_populate_iova(pool, area, rte_malloc_virt2iova(area), bytes, area_free,
					  area);
	if (added <= 0) {
		rte_free(area);
		return added < 0 ? added : -EINVAL;
	}
	/* Once attached, the area goes with the pool. */
	return (uint32_t)added == pool->size ? 0 : -ENOMEM;
}

static int pool_fill(struct rte_mempool *pool, uint16_t size)
{
	struct rte_pktmbuf_pool_private shape = {
		.mbuf_data_room_size = size,
		.mbuf_priv_size = MBUF_PRIVATE_BYTES,
	};
	int error = rte_mempool_set_ops_byname(pool, store_of(pool->name), NULL);

	if (error != 0)
		return error;
	rte_pktmbuf_pool_init(pool, &shape);
	error = area_attach(pool);
	if (error == 0)
		rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return error;
}

/*
 * DPDK would give each buffer a page, since two pages need not be neighbours for a card: then all
 * buffers begin at the same place of a page, and share a few sets of the processor's caches.
 */
static struct rte_mempool *create_across_pages(const char *name, uint32_t count, uint16_t size,
					       int numa_node)
{
	struct rte_mempool *pool = rte_mempool_create_empty(
		name, count, (unsigned int)sizeof(struct rte_mbuf) + MBUF_PRIVATE_BYTES + size,
		cache_of(count), sizeof(struct rte_pktmbuf_pool_private), numa_node,
		RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	int error;

	if (pool == NULL)
		return NULL;
	error = pool_fill(pool, size);
	if (error == 0)
		return pool;
	rte_mempool_free(pool);
	rte_errno = -error;
	return NULL;
}

struct rte_mempool *mbufs_create(const char *name, uint32_t count, uint16_t size, int numa_node)
{
	assert(count > 0);
	/* In hugepages there is a gap every thousand buffers, and none begins like another. */
	return rte_eal_has_hugepages() ? mbufs_create_within_pages(name, count, size, numa_node)
				       : create_across_pages(name, count, size, numa_node);
}

struct rte_mempool *mbufs_create_within_pages(const char *name, uint32_t count, uint16_t size,
					      int numa_node)
{
	assert(count > 0);
	return rte_pktmbuf_pool_create_by_ops(name, count, cache_of(count), MBUF_PRIVATE_BYTES,
					      size, numa_node, store_of(name));
}

bool mbufs_are_within_pages(const struct rte_mempool *pool)
{
	return (pool->flags & RTE_MEMPOOL_F_NO_IOVA_CONTIG) == 0;
}

void mbufs_destroy(struct rte_mempool *pool)
{
	rte_mempool_free(pool);
}
