/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool.c: free records hang in a list whose links lie in the records themselves; which are taken is
 * kept in a bitmap outside of them, because the contents of a record prove nothing.
 */
#include <errno.h>
#include <string.h>

#include "base/gauge.h"
#include "base/memory.h"
#include "base/poison.h"
#include "base/pool.h"

static size_t records_bytes(const struct pool *pool)
{
	return (size_t)pool->capacity * pool->record_size;
}

static size_t taken_bytes(const struct pool *pool)
{
	return ((size_t)pool->capacity + 63) / 64 * sizeof(uint64_t);
}

/* Newton's method: each step doubles the low bits that are right, of which there are three. */
static uint64_t inverse(uint64_t odd)
{
	uint64_t found = odd;

	for (unsigned int bits = 3; bits < 64; bits *= 2)
		found *= 2 - odd * found;
	return found;
}

int pool_create(struct pool *pool, const char *name, uint32_t record_size, uint32_t capacity,
		int numa_node)
{
	assert(record_size >= 8 && record_size % 4 == 0);
	assert(capacity > 0 && capacity < POOL_NONE);

	*pool = (struct pool){
		.record_size = record_size,
		.capacity = capacity,
		.free_head = POOL_NONE,
		.name = name,
	};
	pool->size_shift = (uint32_t)__builtin_ctz(record_size);
	pool->odd_inverse = inverse(record_size >> pool->size_shift);
	pool->records = memory_reserve(records_bytes(pool), numa_node);
	pool->taken = memory_reserve(taken_bytes(pool), numa_node);
	if (pool->records == NULL || pool->taken == NULL) {
		memory_release(pool->records, records_bytes(pool));
		memory_release(pool->taken, taken_bytes(pool));
		*pool = (struct pool){ 0 };
		return -ENOMEM;
	}
	poison_region(pool->records, records_bytes(pool));
	return 0;
}

void pool_destroy(struct pool *pool)
{
	if (pool->records != NULL)
		unpoison_region(pool->records, records_bytes(pool));
	memory_release(pool->records, records_bytes(pool));
	memory_release(pool->taken, taken_bytes(pool));
	*pool = (struct pool){ 0 };
}

static inline uint8_t *record_at(const struct pool *pool, uint32_t index)
{
	return pool->records + (size_t)index * pool->record_size;
}

/* The next one to be taken may be in no cache near by: its first line, and its last. */
static inline void prefetch_record(const struct pool *pool, uint32_t index)
{
	const uint8_t *record = record_at(pool, index);

	__builtin_prefetch(record, 1);
	__builtin_prefetch(record + pool->record_size - 1, 1);
}

/* Notes that a record is taken, or is no more. Fails when that is so already. */
static inline void turn(struct pool *pool, uint32_t index, bool taken)
{
	assert(pool_taken(pool, index) == !taken);
	pool->taken[index / 64] ^= UINT64_C(1) << index % 64;
	gauge_add(&pool->in_use, taken ? 1 : -1);
}

uint32_t pool_take(struct pool *pool)
{
	uint32_t index = pool->free_head;

	if (index != POOL_NONE) {
		unpoison_region(record_at(pool, index), pool->record_size);
		memcpy(&pool->free_head, record_at(pool, index), sizeof(pool->free_head));
		if (pool->free_head != POOL_NONE)
			prefetch_record(pool, pool->free_head);
	} else if (pool->fresh < pool->capacity) {
		index = pool->fresh++;
		unpoison_region(record_at(pool, index), pool->record_size);
		if (pool->fresh < pool->capacity)
			prefetch_record(pool, pool->fresh);
	} else {
		assert(pool->in_use == pool->capacity);
		return POOL_NONE;
	}
	turn(pool, index, true);
	return index;
}

void pool_give(struct pool *pool, uint32_t index)
{
	uint8_t *record = record_at(pool, index);

	/* Fails when a record is given twice, or was never taken. */
	turn(pool, index, false);
	memcpy(record, &pool->free_head, sizeof(pool->free_head));
	pool->free_head = index;
	poison_region(record, pool->record_size);
}
