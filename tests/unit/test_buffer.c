/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <rte_mbuf.h>

#include "base/buffer.h"
#include "base/mbufs.h"
#include "config/limits.h"

#include "eal.h"

#define COUNT 1024U

static int buffer_setup(void **state)
{
	*state = mbufs_create("buffer", COUNT, MBUF_SIZE_DEFAULT, -1);
	return *state == NULL ? -1 : 0;
}

/** After every test all buffers must be back. */
static int buffer_teardown(void **state)
{
	struct rte_mempool *pool = *state;
	int full = rte_mempool_full(pool);

	mbufs_destroy(pool);
	return full ? 0 : -1;
}

static struct rte_mbuf *take_ahead(struct rte_mempool *pool)
{
	return buffer_take_ahead(pool, buffers_at_hand(pool));
}

static struct rte_mbuf *take_ahead_with_none_at_hand(struct rte_mempool *pool)
{
	return buffer_take_ahead(pool, buffers_none());
}

/* Takes all there are, more than any cache holds, and gives them back. */
static void take_all_and_give_back(struct rte_mempool *pool,
				   struct rte_mbuf *(*take)(struct rte_mempool *))
{
	static struct rte_mbuf *taken[COUNT];

	for (unsigned int i = 0; i < COUNT; i++) {
		const char *reason = NULL;

		taken[i] = take(pool);
		assert_non_null(taken[i]);
		assert_int_equal(rte_mbuf_check(taken[i], 1, &reason), 0);
		assert_int_equal(taken[i]->data_off, RTE_PKTMBUF_HEADROOM);
		assert_int_equal(taken[i]->data_len, 0);
		assert_int_equal(taken[i]->pkt_len, 0);
		assert_int_equal(taken[i]->ol_flags, 0);
		/* What the next one who takes it must not see. */
		rte_pktmbuf_append(taken[i], 10);
		taken[i]->packet_type = taken[i]->vlan_tci = 1;
		taken[i]->ol_flags = RTE_MBUF_F_TX_TCP_CKSUM;
		taken[i]->next = i > 0 ? taken[i - 1] : NULL;
		taken[i]->nb_segs = 2;
	}
	assert_null(take(pool));
	assert_null(buffer_take_at_hand(buffers_at_hand(pool)));
	assert_int_equal(rte_mempool_avail_count(pool), 0);
	for (unsigned int i = 0; i < COUNT; i++)
		buffer_give(taken[i]);
	assert_int_equal(rte_mempool_avail_count(pool), COUNT);
}

static void buffers_go_in_and_out_fresh(void **state)
{
	for (unsigned int rounds = 0; rounds < 3; rounds++) {
		take_all_and_give_back(*state, buffer_take);
		take_all_and_give_back(*state, take_ahead);
		take_all_and_give_back(*state, take_ahead_with_none_at_hand);
	}
}

static void buffer_at_hand_is_fresh(void **state)
{
	struct rte_mempool_cache *at_hand = buffers_at_hand(*state);
	struct rte_mbuf *mbuf = buffer_take(*state);

	assert_null(buffer_take_at_hand(buffers_none()));
	rte_pktmbuf_append(mbuf, 10);
	mbuf->vlan_tci_outer = 1;
	mbuf->tx_offload = 1;
	mbuf->port = 7;
	buffer_give(mbuf);
	if (at_hand == buffers_none()) /* a pool of the sanitized builds */
		return;
	assert_ptr_equal(buffer_take_at_hand(at_hand), mbuf);
	assert_int_equal(mbuf->data_off, RTE_PKTMBUF_HEADROOM);
	assert_int_equal(mbuf->pkt_len, 0);
	assert_int_equal(mbuf->data_len, 0);
	assert_int_equal(mbuf->port, RTE_MBUF_PORT_INVALID);
	assert_int_equal(mbuf->vlan_tci_outer, 0);
	assert_int_equal(mbuf->tx_offload, 0);
	buffer_give(mbuf);
}

static void buffer_stays_until_the_last_holder_gives_it(void **state)
{
	struct rte_mempool *pool = *state;
	struct rte_mbuf *mbuf = buffer_take(pool), *clone = buffer_take(pool);

	assert_true(buffer_is_writable(mbuf));
	rte_pktmbuf_attach(clone, mbuf);
	assert_false(buffer_is_writable(mbuf));
	assert_false(buffer_is_writable(clone));
	buffer_give(mbuf);
	assert_int_equal(rte_mempool_avail_count(pool), COUNT - 2);
	buffer_give(clone);
	assert_int_equal(rte_mempool_avail_count(pool), COUNT);
}

static void buffers_linked_to_one_that_goes_stay(void **state)
{
	struct rte_mbuf *first = buffer_take(*state), *second = buffer_take(*state);

	first->next = second;
	first->nb_segs = 2;
	buffer_give(first);
	assert_int_equal(rte_mempool_avail_count(*state), COUNT - 1);
	buffer_give(second);
}

static void chain_goes_with_all_its_buffers(void **state)
{
	struct rte_mbuf *first = buffer_take(*state), *second = buffer_take(*state);

	assert_int_equal(rte_pktmbuf_chain(first, second), 0);
	buffer_give_chain(first);
	assert_int_equal(rte_mempool_avail_count(*state), COUNT);
	buffer_give_chain(buffer_take(*state));
	assert_int_equal(rte_mempool_avail_count(*state), COUNT);
}

static void what_is_given_at_hand_is_taken_next(void **state)
{
	struct rte_mempool_cache *at_hand = buffers_at_hand(*state);
	struct rte_mbuf *first = buffer_take(*state), *second = buffer_take(*state);

	buffer_give_at_hand(first, *state, at_hand);
	buffer_give_at_hand(second, *state, buffers_none());
	assert_int_equal(rte_mempool_avail_count(*state), COUNT);
	if (at_hand == buffers_none()) /* a pool of the sanitized builds */
		return;
	assert_ptr_equal(buffer_take_at_hand(at_hand), second);
	assert_ptr_equal(buffer_take_at_hand(at_hand), first);
	buffer_give_at_hand(first, *state, at_hand);
	buffer_give_at_hand(second, *state, at_hand);
}

static void what_is_not_theirs_goes_where_it_came_from(void **state)
{
	struct rte_mempool *pool = *state, *other = mbufs_create("other", 8, MBUF_SIZE_DEFAULT, -1);
	struct rte_mempool_cache *at_hand = buffers_at_hand(pool);

	assert_non_null(other);
	buffer_give_at_hand(buffer_take(other), pool, at_hand);
	assert_int_equal(rte_mempool_avail_count(other), 8);
	assert_int_equal(rte_mempool_avail_count(pool), COUNT);
	mbufs_destroy(other);
}

static void what_others_hold_is_not_at_hand(void **state)
{
	struct rte_mempool *pool = *state;
	struct rte_mempool_cache *at_hand = buffers_at_hand(pool);
	struct rte_mbuf *mbuf = buffer_take(pool), *clone = buffer_take(pool);

	rte_pktmbuf_attach(clone, mbuf);
	buffer_give_at_hand(mbuf, pool, at_hand);
	assert_int_equal(rte_mempool_avail_count(pool), COUNT - 2);
	buffer_give_at_hand(clone, pool, at_hand);
	assert_int_equal(rte_mempool_avail_count(pool), COUNT);
}

static void no_more_are_at_hand_than_the_cache_holds(void **state)
{
	static struct rte_mbuf *taken[COUNT];
	struct rte_mempool_cache *at_hand = buffers_at_hand(*state);

	for (unsigned int i = 0; i < COUNT; i++)
		taken[i] = buffer_take(*state);
	for (unsigned int i = 0; i < COUNT; i++) {
		buffer_give_at_hand(taken[i], *state, at_hand);
		assert_true(at_hand->len <= at_hand->flushthresh);
	}
	assert_int_equal(rte_mempool_avail_count(*state), COUNT);
}

#define BUFFER_TEST(name) cmocka_unit_test_setup_teardown(name, buffer_setup, buffer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUFFER_TEST(buffers_go_in_and_out_fresh),
		BUFFER_TEST(buffer_at_hand_is_fresh),
		BUFFER_TEST(buffer_stays_until_the_last_holder_gives_it),
		BUFFER_TEST(buffers_linked_to_one_that_goes_stay),
		BUFFER_TEST(chain_goes_with_all_its_buffers),
		BUFFER_TEST(what_is_given_at_hand_is_taken_next),
		BUFFER_TEST(what_is_not_theirs_goes_where_it_came_from),
		BUFFER_TEST(what_others_hold_is_not_at_hand),
		BUFFER_TEST(no_more_are_at_hand_than_the_cache_holds),
	};

	return cmocka_run_group_tests_name("buffer", tests, eal_setup, eal_teardown);
}
