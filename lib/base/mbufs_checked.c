/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mbufs_checked.c: packet buffers of the heap, handled by mempool operations of our own that poison
 * a buffer for as long as it lies in the pool. First in, first out: a freed buffer stays unused,
 * and so guarded, as long as possible. Behind each data room lie bytes that are never anybody's.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/mbufs.h"
#include "base/poison.h"
#include "config/limits.h"

#define CHECKED_OPS "lastack_checked"
#define GUARD_BYTES 64U

/** What lies in the pool: a ring of capacity pointers. */
struct checked_store {
	/** Ports may free on other threads; ThreadSanitizer knows this lock and none of DPDK's. */
	pthread_mutex_t lock;
	bool guarding; /**< set when the buffers were initialized */
	uint32_t capacity;
	uint32_t first;
	uint32_t count;
	void *objects[];
};

/** Of an object, its guard not among them. */
static uint32_t usable_bytes(struct rte_mempool *pool)
{
	return (uint32_t)sizeof(struct rte_mbuf) + rte_pktmbuf_priv_size(pool) +
	       rte_pktmbuf_data_room_size(pool);
}

static int checked_alloc(struct rte_mempool *pool)
{
	struct checked_store *store = calloc(1, sizeof(*store) + pool->size * sizeof(void *));

	if (store == NULL)
		return -ENOMEM;
	store->capacity = pool->size;
	pthread_mutex_init(&store->lock, NULL);
	pool->pool_data = store;
	return 0;
}

static void checked_free(struct rte_mempool *pool)
{
	struct checked_store *store = pool->pool_data;

	pthread_mutex_destroy(&store->lock);
	free(store);
	pool->pool_data = NULL;
}

static int checked_enqueue(struct rte_mempool *pool, void *const *objects, unsigned int count)
{
	struct checked_store *store = pool->pool_data;

	pthread_mutex_lock(&store->lock);
	assert(store->count + count <= store->capacity);
	for (unsigned int i = 0; i < count; i++) {
		uint32_t at = (store->first + store->count) % store->capacity;

		if (store->guarding)
			poison_region(objects[i], usable_bytes(pool));
		store->objects[at] = objects[i];
		store->count++;
	}
	pthread_mutex_unlock(&store->lock);
	return 0;
}

static int checked_dequeue(struct rte_mempool *pool, void **objects, unsigned int count)
{
	struct checked_store *store = pool->pool_data;

	pthread_mutex_lock(&store->lock);
	if (count > store->count) {
		pthread_mutex_unlock(&store->lock);
		return -ENOBUFS;
	}
	for (unsigned int i = 0; i < count; i++) {
		objects[i] = store->objects[store->first];
		store->first = (store->first + 1) % store->capacity;
		store->count--;
		unpoison_region(objects[i], usable_bytes(pool));
	}
	pthread_mutex_unlock(&store->lock);
	return 0;
}

static unsigned int checked_count(const struct rte_mempool *pool)
{
	struct checked_store *store = pool->pool_data;
	unsigned int count;

	pthread_mutex_lock(&store->lock);
	count = store->count;
	pthread_mutex_unlock(&store->lock);
	return count;
}

static const struct rte_mempool_ops checked_ops = {
	.name = CHECKED_OPS,
	.alloc = checked_alloc,
	.free = checked_free,
	.enqueue = checked_enqueue,
	.dequeue = checked_dequeue,
	.get_count = checked_count,
};

RTE_MEMPOOL_REGISTER_OPS(checked_ops);

static void area_free(struct rte_mempool_memhdr *header, void *opaque)
{
	unpoison_region(header->addr, header->len);
	free(opaque);
}

/** Gives the pool one heap area that holds all its objects. 0 or -errno. */
static int area_attach(struct rte_mempool *pool)
{
	size_t object_bytes = pool->header_size + pool->elt_size + pool->trailer_size;
	/* The first object is aligned upwards. */
	size_t bytes = pool->size * object_bytes + RTE_MEMPOOL_ALIGN;
	void *area = NULL;
	int added;

	if (posix_memalign(&area, RTE_MEMPOOL_ALIGN, bytes) != 0)
		return -ENOMEM;
	added = rte_mempool_populate_iova(pool, area, RTE_BAD_IOVA, bytes, area_free, area);
	if (added <= 0) {
		free(area);
		return added < 0 ? added : -EINVAL;
	}
	/* Once attached, the area goes with the pool. */
	return (uint32_t)added == pool->size ? 0 : -ENOMEM;
}

static void object_guard(struct rte_mempool *pool, void *opaque, void *object, unsigned int index)
{
	(void)opaque;
	(void)index;
	poison_region(object, usable_bytes(pool) + GUARD_BYTES);
}

static int pool_fill(struct rte_mempool *pool, uint16_t size)
{
	struct rte_pktmbuf_pool_private shape = {
		.mbuf_data_room_size = size,
		.mbuf_priv_size = MBUF_PRIVATE_BYTES,
	};
	struct checked_store *store;
	int error = rte_mempool_set_ops_byname(pool, CHECKED_OPS, NULL);

	if (error != 0)
		return error;
	rte_pktmbuf_pool_init(pool, &shape);
	error = area_attach(pool);
	if (error != 0)
		return error;
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	rte_mempool_obj_iter(pool, object_guard, NULL);
	store = pool->pool_data;
	store->guarding = true;
	return 0;
}

struct rte_mempool *mbufs_create(const char *name, uint32_t count, uint16_t size, int numa_node)
{
	const unsigned int bytes =
		sizeof(struct rte_mbuf) + MBUF_PRIVATE_BYTES + size + GUARD_BYTES;
	struct rte_mempool *pool;
	int error;

	assert(count > 0);
	/* Heap pages lie anywhere; without the flag no object would be laid across two of them. */
	pool = rte_mempool_create_empty(name, count, bytes, 0,
					sizeof(struct rte_pktmbuf_pool_private), numa_node,
					RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (pool == NULL)
		return NULL;
	error = pool_fill(pool, size);
	if (error != 0) {
		rte_mempool_free(pool);
		rte_errno = -error;
		return NULL;
	}
	return pool;
}

/* DEVIATION: they lie on the heap all the same. Who copies them does not mind. */
struct rte_mempool *mbufs_create_within_pages(const char *name, uint32_t count, uint16_t size,
					      int numa_node)
{
	return mbufs_create(name, count, size, numa_node);
}

bool mbufs_are_within_pages(const struct rte_mempool *pool)
{
	(void)pool;
	return true;
}

void mbufs_destroy(struct rte_mempool *pool)
{
	assert(pool == NULL || rte_mempool_full(pool));
	rte_mempool_free(pool);
}
