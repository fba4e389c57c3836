/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool.h: fixed pools of equal records, known by 32-bit index.
 *
 * Owns the memory of its records; a free record belongs to the pool (sanitizer builds poison it), a
 * taken one to the taker. Last given is first taken: it is still in the cache.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_NONE UINT32_MAX

struct pool {
	uint8_t *records;
	uint64_t *taken;      /**< a bit for each record: set while it is taken */
	uint32_t record_size; /**< bytes; at least 8, a multiple of 4 */
	uint32_t size_shift;  /**< record_size is an odd number times two to this, */
	uint64_t odd_inverse; /**< whose inverse modulo 2^64 this is */
	uint32_t capacity;
	uint32_t in_use;    /**< a gauge: any thread may look */
	uint32_t free_head; /**< index of the record to take next among those given back */
	uint32_t fresh;     /**< records from here on were never taken: their pages are untouched */
	const char *name;
};

/** Reserves capacity records on a NUMA node. 0 or -ENOMEM. name must be static. */
int pool_create(struct pool *pool, const char *name, uint32_t record_size, uint32_t capacity,
		int numa_node);

/** Frees the memory; what is still taken goes with it. A zeroed pool is fine. */
void pool_destroy(struct pool *pool);

/** A record (contents undefined), or POOL_NONE when all are taken. */
uint32_t pool_take(struct pool *pool);

/** Takes back a record that was taken; asserts that it was. */
void pool_give(struct pool *pool, uint32_t index);

static inline void *pool_at(const struct pool *pool, uint32_t index)
{
	assert(index < pool->capacity);
	return pool->records + (size_t)index * pool->record_size;
}

/**
 * The index of a record of this pool. The distance is a multiple of the size, so that a product
 * takes the place of the quotient.
 */
static inline uint32_t pool_index(const struct pool *pool, const void *record)
{
	size_t distance = (size_t)((const uint8_t *)record - pool->records);

	return (uint32_t)((distance >> pool->size_shift) * pool->odd_inverse);
}

/** True while record index is taken: for walks over all records, and against giving twice. */
static inline bool pool_taken(const struct pool *pool, uint32_t index)
{
	assert(index < pool->capacity);
	return (pool->taken[index / 64] & UINT64_C(1) << index % 64) != 0;
}

/** The record is given back soon: what says that it is taken comes into the cache. */
static inline void pool_prefetch_taken(const struct pool *pool, uint32_t index)
{
	__builtin_prefetch(&pool->taken[index / 64], 1);
}

static inline uint32_t pool_left(const struct pool *pool)
{
	return pool->capacity - pool->in_use;
}

#endif
