/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <string.h>

#include <rte_errno.h>
#include <rte_mbuf.h>

#include "base/mbufs.h"
#include "config/limits.h"

#include "eal.h"

#define COUNT 300U
#define MANY 8192U
#define SEEN 0x5ee5ee5eU
#define PAGE 4096U
#define PAGE_LINES (PAGE / RTE_CACHE_LINE_SIZE)

static int mbufs_setup(void **state)
{
	*state = mbufs_create("mbufs", COUNT, MBUF_SIZE_DEFAULT, -1);
	return *state == NULL ? -1 : 0;
}

/** After every test all buffers must be back. */
static int mbufs_teardown(void **state)
{
	struct rte_mempool *pool = *state;
	int full = rte_mempool_full(pool);

	mbufs_destroy(pool);
	return full ? 0 : -1;
}

static void buffer_has_the_room_that_was_promised(void **state)
{
	struct rte_mempool *pool = *state;
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

	assert_non_null(mbuf);
	assert_int_equal(mbuf->buf_len, MBUF_SIZE_DEFAULT);
	assert_int_equal(rte_pktmbuf_headroom(mbuf), RTE_PKTMBUF_HEADROOM);
	assert_int_equal(rte_pktmbuf_priv_size(pool), MBUF_PRIVATE_BYTES);
	assert_int_equal(rte_pktmbuf_data_room_size(pool), MBUF_SIZE_DEFAULT);
	memset(rte_mbuf_to_priv(mbuf), 0x11, MBUF_PRIVATE_BYTES);
	memset(mbuf->buf_addr, 0x22, mbuf->buf_len);
	assert_int_equal(rte_mbuf_refcnt_read(mbuf), 1);
	assert_int_equal(rte_mbuf_check(mbuf, 1, &(const char *){ NULL }), 0);
	rte_pktmbuf_free(mbuf);
}

static void buffers_are_as_large_as_was_asked(void **state)
{
	static const uint16_t sizes[] = { MBUF_SIZE_DEFAULT, 9344, MBUF_SIZE_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct rte_mempool *pool = mbufs_create("sized", COUNT, sizes[i], -1);
		struct rte_mbuf *mbuf;

		assert_non_null(pool);
		mbuf = rte_pktmbuf_alloc(pool);
		assert_non_null(mbuf);
		assert_int_equal(mbuf->buf_len, sizes[i]);
		memset(mbuf->buf_addr, 0x22, mbuf->buf_len);
		rte_pktmbuf_free(mbuf);
		mbufs_destroy(pool);
	}
}

static void pool_holds_as_many_as_were_asked_for(void **state)
{
	struct rte_mempool *pool = *state;
	struct rte_mbuf *mbufs[COUNT];

	for (int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < COUNT; i++) {
			mbufs[i] = rte_pktmbuf_alloc(pool);
			assert_non_null(mbufs[i]);
			memset(rte_pktmbuf_append(mbufs[i], 1500), (int)i, 1500);
		}
		assert_null(rte_pktmbuf_alloc(pool));
		assert_int_equal(rte_mempool_in_use_count(pool), COUNT);
		for (unsigned int i = 0; i < COUNT; i++) {
			assert_int_equal(*rte_pktmbuf_mtod_offset(mbufs[i], uint8_t *, 1499),
					 i & 0xff);
			rte_pktmbuf_free(mbufs[i]);
		}
		assert_int_equal(rte_mempool_in_use_count(pool), 0);
	}
}

static void bulks_and_chains_come_and_go(void **state)
{
	struct rte_mempool *pool = *state;
	struct rte_mbuf *mbufs[32];
	struct rte_mbuf *copy;

	assert_int_equal(rte_pktmbuf_alloc_bulk(pool, mbufs, COUNT_OF(mbufs)), 0);
	for (size_t i = 0; i < COUNT_OF(mbufs); i++)
		assert_non_null(rte_pktmbuf_append(mbufs[i], 10));
	for (size_t i = 1; i < COUNT_OF(mbufs); i++)
		assert_int_equal(rte_pktmbuf_chain(mbufs[0], mbufs[i]), 0);
	copy = rte_pktmbuf_clone(mbufs[0], pool);
	assert_non_null(copy);
	rte_pktmbuf_free(mbufs[0]);
	assert_int_equal(copy->pkt_len, 320);
	rte_pktmbuf_free(copy);
}

static bool is_checked(const struct rte_mempool *pool)
{
	return strcmp(rte_mempool_get_ops(pool->ops_index)->name, "lastack_checked") == 0;
}

/* However often more are taken than a cache holds, they are the same ones. */
static void last_given_back_is_first_taken(void **state)
{
	struct rte_mempool *pool = mbufs_create("many", MANY, MBUF_SIZE_DEFAULT, -1);
	struct rte_mbuf *mbufs[MANY / 4];
	unsigned int seen = 0;

	(void)state;
	assert_non_null(pool);
	if (is_checked(pool)) {
		mbufs_destroy(pool);
		skip();
	}
	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < COUNT_OF(mbufs); i++) {
			mbufs[i] = rte_pktmbuf_alloc(pool);
			assert_non_null(mbufs[i]);
			seen += mbufs[i]->dynfield1[0] != SEEN;
			mbufs[i]->dynfield1[0] = SEEN;
		}
		for (size_t i = 0; i < COUNT_OF(mbufs); i++)
			rte_pktmbuf_free(mbufs[i]);
	}
	assert_in_range(seen, COUNT_OF(mbufs), COUNT_OF(mbufs) + 2 * MBUF_CACHE);
	mbufs_destroy(pool);
}

/* The lowest and the highest of them, and how many begin in each line of a page. */
struct places {
	uintptr_t first, last;
	unsigned int lines[PAGE_LINES];
	unsigned int crossing; /* from one page to the next */
};

static void place_note(struct rte_mempool *pool, void *opaque, void *object, unsigned int index)
{
	struct places *places = opaque;
	uintptr_t at = (uintptr_t)object;

	(void)index;
	places->first = RTE_MIN(places->first, at);
	places->last = RTE_MAX(places->last, at);
	places->lines[at / RTE_CACHE_LINE_SIZE % PAGE_LINES]++;
	places->crossing += at / PAGE != (at + pool->elt_size - 1) / PAGE;
}

static struct places places_of(struct rte_mempool *pool)
{
	struct places places = { .first = UINTPTR_MAX };

	assert_int_equal(rte_mempool_obj_iter(pool, place_note, &places), pool->size);
	return places;
}

/* Not each in a page of its own: all would begin in the same sets of the processor's caches. */
static void buffers_lie_side_by_side(void **state)
{
	struct rte_mempool *pool = *state;
	struct places places = places_of(pool);
	size_t size = pool->header_size + pool->elt_size + pool->trailer_size;

	assert_int_equal(places.last - places.first, (COUNT - 1) * size);
	for (size_t i = 0; i < PAGE_LINES; i++)
		assert_in_range(places.lines[i], 1, COUNT / 32);
}

static void buffers_are_kept_within_pages_where_that_is_asked(void **state)
{
	struct rte_mempool *pool = mbufs_create_within_pages("pages", COUNT, MBUF_SIZE_DEFAULT, -1);

	assert_non_null(pool);
	assert_true(mbufs_are_within_pages(pool));
	if (!is_checked(pool)) {
		assert_false(mbufs_are_within_pages(*state));
		assert_true(places_of(*state).crossing > COUNT / 2);
		assert_int_equal(places_of(pool).crossing, 0);
	}
	mbufs_destroy(pool);
}

static void name_that_is_taken_is_refused(void **state)
{
	(void)state;
	assert_null(mbufs_create("mbufs", COUNT, MBUF_SIZE_DEFAULT, -1));
	assert_int_equal(rte_errno, EEXIST);
	mbufs_destroy(NULL);
}

static void exact_buffer_holds_the_bytes_and_nothing_else(void **state)
{
	struct rte_mempool *pool = *state;
	uint8_t bytes[1518];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t size = 0; size <= sizeof(bytes); size += 11) {
		struct rte_mbuf *mbuf = mbufs_exact(pool, bytes, size);

		assert_non_null(mbuf);
		assert_int_equal(mbuf->pkt_len, size);
		assert_int_equal(mbuf->data_len, size);
		assert_int_equal(rte_pktmbuf_headroom(mbuf), 0);
		assert_int_equal(rte_pktmbuf_tailroom(mbuf), 0);
		assert_false(RTE_MBUF_DIRECT(mbuf));
		if (size > 0)
			assert_memory_equal(rte_pktmbuf_mtod(mbuf, void *), bytes, size);
		rte_pktmbuf_free(mbuf);
	}
}

static void exact_buffer_outlives_its_clones(void **state)
{
	struct rte_mempool *pool = *state;
	struct rte_mbuf *mbuf = mbufs_exact(pool, "lastack", 7);
	struct rte_mbuf *clone = rte_pktmbuf_clone(mbuf, pool);

	assert_non_null(clone);
	rte_pktmbuf_free(mbuf);
	assert_memory_equal(rte_pktmbuf_mtod(clone, void *), "lastack", 7);
	rte_pktmbuf_free(clone);
}

static void exact_buffer_wants_a_buffer_of_the_pool(void **state)
{
	struct rte_mempool *pool = *state;
	struct rte_mbuf *mbufs[COUNT];

	assert_int_equal(rte_pktmbuf_alloc_bulk(pool, mbufs, COUNT), 0);
	assert_null(mbufs_exact(pool, "x", 1));
	rte_pktmbuf_free_bulk(mbufs, COUNT);
}

#define MBUFS_TEST(name) cmocka_unit_test_setup_teardown(name, mbufs_setup, mbufs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MBUFS_TEST(buffer_has_the_room_that_was_promised),
		MBUFS_TEST(buffers_are_as_large_as_was_asked),
		MBUFS_TEST(pool_holds_as_many_as_were_asked_for),
		MBUFS_TEST(bulks_and_chains_come_and_go),
		MBUFS_TEST(last_given_back_is_first_taken),
		MBUFS_TEST(buffers_lie_side_by_side),
		MBUFS_TEST(buffers_are_kept_within_pages_where_that_is_asked),
		MBUFS_TEST(name_that_is_taken_is_refused),
		MBUFS_TEST(exact_buffer_holds_the_bytes_and_nothing_else),
		MBUFS_TEST(exact_buffer_outlives_its_clones),
		MBUFS_TEST(exact_buffer_wants_a_buffer_of_the_pool),
	};

	return cmocka_run_group_tests_name("mbufs", tests, eal_setup, eal_teardown);
}
