/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Built with AddressSanitizer only: commits each error that the sanitizer builds are there to
 * catch, in a child process, and expects the report.
 */
#include "check.h"

#include <rte_mbuf.h>

#include "base/mbufs.h"
#include "base/memory.h"
#include "base/pool.h"
#include "config/limits.h"

#include "child.h"
#include "eal.h"

#define RECORD_SIZE 64U

static int poison_setup(void **state)
{
	if (eal_setup(state) != 0)
		return -1;
	*state = mbufs_create("poison", 64, MBUF_SIZE_DEFAULT, -1);
	return *state == NULL ? -1 : 0;
}

static int poison_teardown(void **state)
{
	mbufs_destroy(*state);
	return eal_teardown(state);
}

/** The compiler must not see that nobody needs the byte. */
static void touch(const void *at)
{
	(void)*(const volatile uint8_t *)at;
}

static void child_is_reported(void (*deed)(void *arg), void *arg, const char *kind)
{
	struct child_end end;

	child_run(deed, arg, &end);
	if (strstr(end.said, kind) == NULL)
		print_error("expected \"%s\" in: %s\n", kind, end.said);
	assert_false(WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0);
	assert_non_null(strstr(end.said, "ERROR: AddressSanitizer"));
	assert_non_null(strstr(end.said, kind));
}

static void child_is_silent(void (*deed)(void *arg), void *arg)
{
	struct child_end end;

	child_run(deed, arg, &end);
	if (end.said[0] != '\0')
		print_error("expected silence, got: %s\n", end.said);
	assert_true(WIFEXITED(end.status));
	assert_int_equal(WEXITSTATUS(end.status), 0);
	assert_string_equal(end.said, "");
}

/* ---- records ---- */

static void record_in_order(void *arg)
{
	struct pool *pool = arg;
	uint32_t index = pool_take(pool);
	uint8_t *record = pool_at(pool, index);

	memset(record, 1, RECORD_SIZE);
	pool_give(pool, index);
	index = pool_take(pool);
	memset(pool_at(pool, index), 2, RECORD_SIZE);
	pool_give(pool, index);
}

static void record_read_after_give(void *arg)
{
	struct pool *pool = arg;
	uint32_t index = pool_take(pool);
	uint8_t *record = pool_at(pool, index);

	pool_give(pool, index);
	touch(record + RECORD_SIZE - 1);
}

static void record_written_after_give(void *arg)
{
	struct pool *pool = arg;
	uint32_t index = pool_take(pool);
	volatile uint8_t *record = pool_at(pool, index);

	pool_give(pool, index);
	record[0] = 1;
}

static void record_never_taken(void *arg)
{
	struct pool *pool = arg;

	touch(pool_at(pool, pool_take(pool) + 1));
}

static void free_records_are_guarded(void **state)
{
	struct pool pool;

	(void)state;
	assert_int_equal(pool_create(&pool, "poison", RECORD_SIZE, 16, -1), 0);
	child_is_silent(record_in_order, &pool);
	child_is_reported(record_read_after_give, &pool, "use-after-poison");
	child_is_reported(record_written_after_give, &pool, "use-after-poison");
	child_is_reported(record_never_taken, &pool, "use-after-poison");
	pool_destroy(&pool);
}

/* ---- areas ---- */

static void area_overrun(void *arg)
{
	touch((const uint8_t *)arg + 100);
}

static void area_kept(void *arg)
{
	memory_release(arg, 100);
	touch(arg);
}

static void areas_are_guarded(void **state)
{
	void *area = memory_reserve(100, -1);

	(void)state;
	child_is_reported(area_overrun, area, "heap-buffer-overflow");
	child_is_reported(area_kept, area, "heap-use-after-free");
	memory_release(area, 100);
}

/* ---- packet buffers ---- */

static void mbuf_in_order(void *arg)
{
	for (int i = 0; i < 200; i++) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(arg);

		memset(mbuf->buf_addr, i, mbuf->buf_len);
		memset(rte_mbuf_to_priv(mbuf), i, MBUF_PRIVATE_BYTES);
		rte_pktmbuf_free(mbuf);
	}
}

static void mbuf_data_after_free(void *arg)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(arg);
	const uint8_t *data = rte_pktmbuf_mtod(mbuf, const uint8_t *);

	rte_pktmbuf_free(mbuf);
	touch(data);
}

static void mbuf_header_after_free(void *arg)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(arg);

	rte_pktmbuf_free(mbuf);
	touch(&mbuf->pkt_len);
}

static void mbuf_freed_twice(void *arg)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(arg);

	rte_pktmbuf_free(mbuf);
	rte_pktmbuf_free(mbuf);
}

static void mbuf_overrun(void *arg)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(arg);

	touch((const uint8_t *)mbuf->buf_addr + mbuf->buf_len);
}

static void freed_mbufs_are_guarded(void **state)
{
	child_is_silent(mbuf_in_order, *state);
	child_is_reported(mbuf_data_after_free, *state, "use-after-poison");
	child_is_reported(mbuf_header_after_free, *state, "use-after-poison");
	child_is_reported(mbuf_freed_twice, *state, "use-after-poison");
	child_is_reported(mbuf_overrun, *state, "use-after-poison");
}

/* ---- buffers of exact size ---- */

static void exact_in_order(void *arg)
{
	struct rte_mbuf *mbuf = mbufs_exact(arg, "0123456789", 10);

	touch(rte_pktmbuf_mtod(mbuf, const uint8_t *));
	touch(rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, 9));
	rte_pktmbuf_free(mbuf);
}

static void exact_overread(void *arg)
{
	struct rte_mbuf *mbuf = mbufs_exact(arg, "0123456789", 10);

	touch(rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, 10));
}

static void exact_underread(void *arg)
{
	struct rte_mbuf *mbuf = mbufs_exact(arg, "0123456789", 10);

	touch(rte_pktmbuf_mtod(mbuf, const uint8_t *) - 1);
}

static void exact_read_of_nothing(void *arg)
{
	struct rte_mbuf *mbuf = mbufs_exact(arg, NULL, 0);

	touch(rte_pktmbuf_mtod(mbuf, const uint8_t *));
}

static void exact_after_free(void *arg)
{
	struct rte_mbuf *mbuf = mbufs_exact(arg, "0123456789", 10);
	const uint8_t *data = rte_pktmbuf_mtod(mbuf, const uint8_t *);

	rte_pktmbuf_free(mbuf);
	touch(data);
}

static void exact_mbufs_end_where_their_data_ends(void **state)
{
	child_is_silent(exact_in_order, *state);
	child_is_reported(exact_overread, *state, "heap-buffer-overflow");
	child_is_reported(exact_underread, *state, "heap-buffer-overflow");
	child_is_reported(exact_read_of_nothing, *state, "use-after-poison");
	child_is_reported(exact_after_free, *state, "heap-use-after-free");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_records_are_guarded),
		cmocka_unit_test(areas_are_guarded),
		cmocka_unit_test(freed_mbufs_are_guarded),
		cmocka_unit_test(exact_mbufs_end_where_their_data_ends),
	};

	return cmocka_run_group_tests_name("poison", tests, poison_setup, poison_teardown);
}
