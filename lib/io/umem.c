/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/umem.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

/** Between which addresses something lies. */
struct span {
	uintptr_t first, end;
};

bool umem_is_shared(const char *driver_name)
{
	return strcmp(driver_name, "net_af_xdp") == 0;
}

bool umem_is_wanted(void)
{
	uint16_t ethdev;

	RTE_ETH_FOREACH_DEV(ethdev)
	{
		struct rte_eth_dev_info info;

		if (rte_eth_dev_info_get(ethdev, &info) == 0 && umem_is_shared(info.driver_name))
			return true;
	}
	return false;
}

static void span_add(struct span *span, uintptr_t first, uintptr_t end)
{
	span->first = RTE_MIN(span->first, first);
	span->end = RTE_MAX(span->end, end);
}

/* What a pool hands out has a header before it and a trailer behind. */
static void add_buffer(struct rte_mempool *pool, void *span, void *object, unsigned int index)
{
	uintptr_t at = (uintptr_t)object;

	(void)index;
	span_add(span, at - pool->header_size, at + pool->elt_size + pool->trailer_size);
}

static void add_chunk(struct rte_mempool *pool, void *span, struct rte_mempool_memhdr *chunk,
		      unsigned int index)
{
	uintptr_t at = (uintptr_t)chunk->addr;

	(void)pool, (void)index;
	span_add(span, at, at + chunk->len);
}

uint32_t umem_reach(struct rte_mempool *pool)
{
	struct span buffers = { .first = UINTPTR_MAX }, chunks = buffers;
	uintptr_t size = pool->header_size + pool->elt_size + pool->trailer_size;
	uintptr_t first, needed, possible;

	assert(pool->populated_size > 0);
	(void)rte_mempool_obj_iter(pool, add_buffer, &buffers);
	(void)rte_mempool_mem_iter(pool, add_chunk, &chunks);
	first = (uintptr_t)STAILQ_FIRST(&pool->mem_list)->addr;
	if (buffers.first < first)
		return 0;
	needed = (buffers.end - first + size - 1) / size;
	possible = (RTE_ALIGN_CEIL(chunks.end, (uintptr_t)sysconf(_SC_PAGESIZE)) - first) / size;
	assert(needed >= pool->populated_size && possible + 1 >= needed);
	return (uint32_t)RTE_MIN(needed, possible);
}

/*
 * DEVIATION: the field is DPDK's own. Nothing but net_af_xdp looks at it meanwhile: the pool is
 * full and its memory is known already.
 */
uint32_t umem_pretend(struct rte_mempool *pool, uint32_t buffers)
{
	uint32_t before = pool->populated_size;

	pool->populated_size = buffers;
	return before;
}
