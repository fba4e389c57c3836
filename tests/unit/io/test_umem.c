/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_umem.c: how much of a pool a driver shares that takes the size of a buffer times their
 * number for the size of the pool.
 */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include <rte_mempool.h>

#include "base/mbufs.h"
#include "config/limits.h"
#include "io/umem.h"

#include "eal.h"

#define MBUFS 3000U
#define PAGES 8U
#define THIRD_OF_PAGE 3U /* buffers of a bit more than this: two on each page, and a gap */

struct lab {
	size_t page;
	char *memory; /* so many PAGES, given to pools as a test likes */
	struct rte_mempool *pool;
};

static int setup(void **state)
{
	static struct lab lab;

	lab.page = (size_t)sysconf(_SC_PAGESIZE);
	lab.memory = aligned_alloc(lab.page, PAGES * lab.page);
	lab.pool = NULL;
	*state = &lab;
	return lab.memory == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	struct lab *lab = *state;

	rte_mempool_free(lab->pool);
	free(lab->memory);
	return 0;
}

static void make_pool(struct lab *lab)
{
	lab->pool = rte_mempool_create_empty("umem-pieces", 2 * PAGES,
					     (unsigned int)lab->page / THIRD_OF_PAGE, 0, 0, -1, 0);
	assert_non_null(lab->pool);
	assert_int_equal(rte_mempool_set_ops_byname(lab->pool, "ring_mp_mc", NULL), 0);
}

/* The pool takes so many bytes, at a page, and lays so many buffers into them. */
static void add_chunk(struct lab *lab, unsigned int page, size_t bytes, int buffers)
{
	assert_int_equal(rte_mempool_populate_iova(lab->pool, lab->memory + page * lab->page,
						   RTE_BAD_IOVA, bytes, NULL, NULL),
			 buffers);
}

/* The end of what is shared, as DPDK 22.11 computes it, if there were so many buffers. */
static uintptr_t shared_end(struct rte_mempool *pool, uint32_t buffers)
{
	uintptr_t size = rte_mempool_calc_obj_size(pool->elt_size, pool->flags, NULL);

	return (uintptr_t)STAILQ_FIRST(&pool->mem_list)->addr + buffers * size;
}

struct count {
	uintptr_t end;
	unsigned int inside;
};

static void count_object(struct rte_mempool *pool, void *opaque, void *object, unsigned int index)
{
	struct count *count = opaque;

	(void)index;
	count->inside += (uintptr_t)object + pool->elt_size + pool->trailer_size <= count->end;
}

/* How many of the pool's buffers are shared, if the driver believes in so many. */
static unsigned int count_shared(struct rte_mempool *pool, uint32_t buffers)
{
	struct count count = { .end = shared_end(pool, buffers) };

	rte_mempool_obj_iter(pool, count_object, &count);
	return count.inside;
}

static void the_driver_is_known_by_name(void **state)
{
	(void)state;
	assert_true(umem_is_shared("net_af_xdp"));
	assert_false(umem_is_shared("net_af_packet"));
}

static void every_packet_buffer_is_reached(void **state)
{
	struct rte_mempool *pool = mbufs_create_within_pages("umem", MBUFS, MBUF_SIZE_DEFAULT, -1);

	(void)state;
	assert_non_null(pool);
	/* Small pages leave gaps, and the end may fall so that the last one is left out. */
	assert_in_range(count_shared(pool, umem_reach(pool)), MBUFS - 1, MBUFS);
	mbufs_destroy(pool);
}

static void gaps_between_pages_are_reached_over(void **state)
{
	struct lab *lab = *state;

	make_pool(lab);
	add_chunk(lab, 0, PAGES * lab->page, 2 * PAGES);
	assert_true(count_shared(lab->pool, 2 * PAGES) < 2 * PAGES);
	assert_int_equal(count_shared(lab->pool, umem_reach(lab->pool)), 2 * PAGES);
	/* No more than that. */
	assert_true(count_shared(lab->pool, umem_reach(lab->pool) - 1) < 2 * PAGES);
}

static void pieces_that_ascend_are_reached(void **state)
{
	struct lab *lab = *state;

	make_pool(lab);
	add_chunk(lab, 0, 2 * lab->page, 4);
	add_chunk(lab, 5, lab->page, 2);
	add_chunk(lab, 3, lab->page, 2);
	assert_int_equal(count_shared(lab->pool, umem_reach(lab->pool)), 8);
}

static void a_piece_before_the_first_is_not(void **state)
{
	struct lab *lab = *state;

	make_pool(lab);
	add_chunk(lab, 4, lab->page, 2);
	add_chunk(lab, 0, lab->page, 2);
	assert_int_equal(umem_reach(lab->pool), 0);
}

static void nothing_beyond_the_last_page_is_shared(void **state)
{
	struct lab *lab = *state;
	unsigned int fewer = 0;

	for (unsigned int pages = 1; pages <= PAGES; pages++) {
		uintptr_t end = (uintptr_t)lab->memory + pages * lab->page;
		uint32_t reach;

		make_pool(lab);
		add_chunk(lab, 0, pages * lab->page, (int)(2 * pages));
		reach = umem_reach(lab->pool);
		assert_true(shared_end(lab->pool, reach) <= end);
		if (count_shared(lab->pool, reach) < 2 * pages) {
			fewer++;
			assert_true(shared_end(lab->pool, reach + 1) > end);
		}
		rte_mempool_free(lab->pool);
		lab->pool = NULL;
	}
	assert_true(fewer > 0);
}

static void a_pool_that_pretends_can_be_put_back(void **state)
{
	struct lab *lab = *state;

	make_pool(lab);
	add_chunk(lab, 0, lab->page, 2);
	assert_int_equal(umem_pretend(lab->pool, 17), 2);
	assert_int_equal(umem_pretend(lab->pool, 2), 17);
	assert_int_equal(lab->pool->populated_size, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_driver_is_known_by_name),
		cmocka_unit_test(every_packet_buffer_is_reached),
		cmocka_unit_test_setup_teardown(gaps_between_pages_are_reached_over, setup,
						teardown),
		cmocka_unit_test_setup_teardown(pieces_that_ascend_are_reached, setup, teardown),
		cmocka_unit_test_setup_teardown(a_piece_before_the_first_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_beyond_the_last_page_is_shared, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_pool_that_pretends_can_be_put_back, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("umem", tests, eal_setup, eal_teardown);
}
