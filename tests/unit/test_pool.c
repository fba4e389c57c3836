/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <string.h>

#include "base/pool.h"

#include "child.h"

#define CAPACITY 130U
#define RECORD_SIZE 48U

static void pool_begin(struct pool *pool)
{
	assert_int_equal(pool_create(pool, "test", RECORD_SIZE, CAPACITY, -1), 0);
}

static void every_record_is_given_out_once(void **state)
{
	struct pool pool;
	bool seen[CAPACITY] = { false };

	(void)state;
	pool_begin(&pool);
	for (uint32_t i = 0; i < CAPACITY; i++) {
		uint32_t index = pool_take(&pool);

		assert_true(index < CAPACITY);
		assert_false(seen[index]);
		seen[index] = true;
		assert_true(pool_taken(&pool, index));
		/* All of it is the taker's. */
		memset(pool_at(&pool, index), (int)index, RECORD_SIZE);
	}
	assert_int_equal(pool_left(&pool), 0);
	assert_int_equal(pool_take(&pool), POOL_NONE);
	assert_int_equal(pool.in_use, CAPACITY);
	for (uint32_t i = 0; i < CAPACITY; i++) {
		const uint8_t *record = pool_at(&pool, i);

		assert_int_equal(pool_index(&pool, record), i);
		for (uint32_t byte = 0; byte < RECORD_SIZE; byte++)
			assert_int_equal(record[byte], i & 0xff);
	}
	pool_destroy(&pool);
}

static void index_follows_from_the_address_whatever_the_size(void **state)
{
	static const uint32_t sizes[] = { 8, 12, 44, 48, 64, 100, 128, 512, 520 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct pool pool;

		assert_int_equal(pool_create(&pool, "test", sizes[i], CAPACITY, -1), 0);
		for (uint32_t index = 0; index < CAPACITY; index++)
			assert_int_equal(pool_index(&pool, pool_at(&pool, index)), index);
		pool_destroy(&pool);
	}
}

static void last_given_is_first_taken(void **state)
{
	struct pool pool;

	(void)state;
	pool_begin(&pool);
	for (uint32_t i = 0; i < 10; i++)
		pool_take(&pool);
	pool_give(&pool, 4);
	pool_give(&pool, 7);
	assert_false(pool_taken(&pool, 7));
	assert_int_equal(pool.in_use, 8);
	assert_int_equal(pool_take(&pool), 7);
	assert_int_equal(pool_take(&pool), 4);
	assert_int_equal(pool_left(&pool), CAPACITY - 10);
	pool_destroy(&pool);
}

static void pool_that_was_dry_gives_again(void **state)
{
	struct pool pool;

	(void)state;
	pool_begin(&pool);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < CAPACITY; i++)
			assert_int_not_equal(pool_take(&pool), POOL_NONE);
		assert_int_equal(pool_take(&pool), POOL_NONE);
		for (uint32_t i = 0; i < CAPACITY; i++)
			pool_give(&pool, i);
		assert_int_equal(pool_left(&pool), CAPACITY);
	}
	pool_destroy(&pool);
}

static void records_are_aligned_as_their_size_allows(void **state)
{
	struct pool pool;

	(void)state;
	assert_int_equal(pool_create(&pool, "lines", 128, 4, -1), 0);
	assert_int_equal((uintptr_t)pool_at(&pool, 0) % 64, 0);
	assert_int_equal((uintptr_t)pool_at(&pool, 3) % 64, 0);
	pool_destroy(&pool);
}

static void destroying_nothing_is_fine(void **state)
{
	struct pool pool = { 0 };

	(void)state;
	pool_destroy(&pool);
	pool_begin(&pool);
	pool_destroy(&pool);
	assert_null(pool.records);
	pool_destroy(&pool);
}

static void give_twice(void *arg)
{
	struct pool *pool = arg;

	pool_give(pool, 1);
	pool_give(pool, 1);
}

static void give_unseen(void *arg)
{
	pool_give(arg, CAPACITY - 1);
}

static void give_beyond(void *arg)
{
	pool_give(arg, CAPACITY);
}

static void giving_what_was_not_taken_is_asserted(void **state)
{
	struct pool pool;

	(void)state;
	pool_begin(&pool);
	for (uint32_t i = 0; i < 3; i++)
		pool_take(&pool);
	/* A record whose contents look like a free one's is still a taken one. */
	memset(pool_at(&pool, 1), 0xff, RECORD_SIZE);
	child_asserts(give_twice, &pool, "pool_taken");
	child_asserts(give_unseen, &pool, "pool_taken");
	child_asserts(give_beyond, &pool, "index < pool->capacity");
	pool_give(&pool, 1);
	pool_destroy(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_is_given_out_once),
		cmocka_unit_test(index_follows_from_the_address_whatever_the_size),
		cmocka_unit_test(last_given_is_first_taken),
		cmocka_unit_test(pool_that_was_dry_gives_again),
		cmocka_unit_test(records_are_aligned_as_their_size_allows),
		cmocka_unit_test(destroying_nothing_is_fine),
		cmocka_unit_test(giving_what_was_not_taken_is_asserted),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
