/* SPDX-License-Identifier: BSD-3-Clause */
/* Reassembly against a model: an array that says which octets arrived. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/mbufs.h"
#include "config/limits.h"
#include "tcp/reasm.h"

#include "dice.h"
#include "eal.h"

#define STREAM 60000U
#define REACH 8000U

static struct rte_mempool *pool;

static int group_setup(void **state)
{
	if (eal_setup(state) != 0)
		return -1;
	pool = mbufs_create("reasm", 1024, MBUF_SIZE_DEFAULT, -1);
	return pool == NULL ? -1 : 0;
}

static int group_teardown(void **state)
{
	mbufs_destroy(pool);
	return eal_teardown(state);
}

/** After every test all buffers must be back. */
static int all_is_back(void **state)
{
	(void)state;
	return rte_mempool_full(pool) ? 0 : -1;
}

static uint8_t octet_at(uint32_t place)
{
	return (uint8_t)(place * 31 + (place >> 8) * 7);
}

/** Octets [place, place + length) of the stream, in buffers of at most so many. */
static struct rte_mbuf *chain_of(uint32_t place, uint32_t length, uint32_t each)
{
	struct rte_mbuf *first = NULL, *last = NULL;

	while (length > 0) {
		uint32_t piece = length < each ? length : each;
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
		uint8_t *bytes;

		assert_non_null(mbuf);
		bytes = (uint8_t *)rte_pktmbuf_append(mbuf, (uint16_t)piece);
		for (uint32_t i = 0; i < piece; i++)
			bytes[i] = octet_at(place + i);
		if (first == NULL) {
			first = mbuf;
		} else {
			last->next = mbuf;
			first->nb_segs++;
			first->pkt_len += piece;
		}
		last = mbuf;
		place += piece;
		length -= piece;
	}
	return first;
}

static uint32_t count_between(const bool *arrived, uint32_t from, uint32_t to)
{
	uint32_t count = 0;

	for (uint32_t i = from; i < to; i++)
		count += arrived[i];
	return count;
}

static void check_and_drop(struct mbufq *queue, uint32_t place, uint32_t count)
{
	static uint8_t bytes[STREAM];

	assert_int_equal(queue->bytes, count);
	mbufq_peek(queue, bytes, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(bytes[i], octet_at(place + i));
	mbufq_trim(queue, count);
}

/* The ranges are what the model says, in order, and one of them holds the latest text. */
static void check_ranges(const struct reasm *reasm, const bool *arrived, uint32_t base,
			 uint32_t next, uint32_t latest)
{
	struct rte_mbuf *first = reasm->head;
	uint32_t ranges = 0, at = 0;
	struct reasm_range range;

	while (first != NULL) {
		if (first == reasm->latest) {
			reasm_read_range(first, &range);
			assert_true(latest >= range.from - base && latest < range.to - base);
		}
		if (reasm->last == first)
			assert_int_equal(ranges + 1, reasm->ranges);
		first = reasm_read_range(first, &range);
		assert_true(range.from - base > at || ranges == 0);
		for (at = range.from - base; at < range.to - base; at++)
			assert_true(arrived[at]);
		/* What was pulled the queue does not know any more. */
		assert_false(arrived[at] && at >= next && at < STREAM);
		ranges++;
	}
	assert_int_equal(ranges, reasm->ranges);
	assert_int_equal(reasm->last == NULL, ranges == 0);
}

/* One stream in random pieces, over the wrap; every length that the model knows is compared. */
static void play(uint64_t seed, uint32_t longest)
{
	static bool arrived[STREAM + REACH];
	struct dice dice = { seed };
	struct reasm reasm;
	struct mbufq queue;
	uint32_t base = 0xffffffff - STREAM / 2, next = 0;

	memset(arrived, 0, sizeof(arrived));
	reasm_init(&reasm);
	mbufq_init(&queue);
	while (next < STREAM) {
		uint32_t from = dice_between(&dice, next > 300 ? next - 300 : 0, next + REACH / 2);
		uint32_t length = dice_between(&dice, 1, longest), pulled, expected = 0;

		if (dice_next(&dice) % 4 == 0)
			from = next;
		if (from + length > STREAM)
			length = from < STREAM ? STREAM - from : 0;
		if (length == 0)
			continue;
		/* The reach is so short that no bound is met. */
		assert_true(reasm_insert(&reasm, base + from,
					 chain_of(from, length, dice_between(&dice, 50, 1400))));
		for (uint32_t i = 0; i < length; i++)
			arrived[from + i] = true;
		assert_non_null(reasm.latest);
		check_ranges(&reasm, arrived, base, next, from + length - 1);
		pulled = reasm_pull(&reasm, base + next, &queue);
		while (next + expected < STREAM && arrived[next + expected])
			expected++;
		assert_int_equal(pulled, expected);
		check_and_drop(&queue, next, pulled);
		next += pulled;
		assert_int_equal(reasm.bytes, count_between(arrived, next, STREAM));
		check_ranges(&reasm, arrived, base, next, from + length - 1);
	}
	assert_null(reasm.head);
	assert_int_equal(reasm.bytes, 0);
	assert_int_equal(reasm.buffers, 0);
	reasm_free(&reasm);
	mbufq_free(&queue);
}

static void pieces_in_any_order_and_overlap_give_the_stream(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		play(seed, 2500);
		play(seed, 100);
	}
}

/* Every second piece of so many bytes; returns how many were kept. */
static unsigned int keep_every_second(struct reasm *reasm, uint32_t size, uint32_t count)
{
	unsigned int kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t place = (2 * i + 1) * size;

		kept += reasm_insert(reasm, place, chain_of(place, size, size));
	}
	return kept;
}

static void the_way_to_a_range_is_bounded(void **state)
{
	const uint32_t ranges = 3 * REASSEMBLY_STEPS_MAX, size = 1000;
	struct reasm reasm;

	(void)state;
	reasm_init(&reasm);
	/* Behind the last there is always room ... */
	assert_int_equal(keep_every_second(&reasm, size, ranges), ranges);
	assert_int_equal(reasm.ranges, ranges);
	/* ... and in the first gaps, but not in the middle ... */
	assert_true(reasm_insert(&reasm, 2 * size, chain_of(2 * size, size, size)));
	assert_false(reasm_insert(&reasm, ranges * size, chain_of(ranges * size, size, size)));
	assert_int_equal(reasm.ranges, ranges - 1);
	/* ... unless one gets there step by step. */
	for (uint32_t i = 1; i < 3; i++) {
		uint32_t place = i * (REASSEMBLY_STEPS_MAX - 2) * 2 * size;

		assert_true(reasm_insert(&reasm, place, chain_of(place, size, size)));
	}
	reasm_free(&reasm);
	assert_null(reasm.head);
}

static void ranges_of_single_octets_are_bounded_soon(void **state)
{
	struct reasm reasm;

	(void)state;
	reasm_init(&reasm);
	assert_int_equal(keep_every_second(&reasm, 1, 500), REASSEMBLY_POOR_RANGES);
	assert_int_equal(reasm.buffers, REASSEMBLY_POOR_RANGES);
	reasm_free(&reasm);
}

static void a_window_of_full_segments_fits(void **state)
{
	struct reasm reasm;

	(void)state;
	reasm_init(&reasm);
	/* Too large to be copied together: one range of many buffers. */
	for (uint32_t i = 0; i < 4 * REASSEMBLY_POOR_MBUFS - 24; i++)
		assert_true(reasm_insert(&reasm, 1 + i * 1000, chain_of(1 + i * 1000, 1000, 1000)));
	assert_int_equal(reasm.ranges, 1);
	assert_int_equal(reasm.buffers, 4 * REASSEMBLY_POOR_MBUFS - 24);
	reasm_free(&reasm);
}

/* Octets from the end to the front: none can be copied behind its neighbour. */
static unsigned int keep_backwards(struct reasm *reasm, uint32_t last, uint32_t count)
{
	unsigned int kept = 0;

	for (uint32_t i = 0; i < count; i++)
		kept += reasm_insert(reasm, last - i, chain_of(last - i, 1, 1));
	return kept;
}

static void buffers_with_little_in_them_are_bounded(void **state)
{
	struct reasm reasm;

	(void)state;
	reasm_init(&reasm);
	assert_int_equal(keep_backwards(&reasm, 5000, 2 * REASSEMBLY_POOR_MBUFS),
			 REASSEMBLY_POOR_MBUFS);
	assert_int_equal(reasm.buffers, REASSEMBLY_POOR_MBUFS);
	reasm_free(&reasm);
}

/* What the peer may have been told of by SACK is not given up for a larger piece. */
static void nothing_kept_is_forgotten_when_room_is_short(void **state)
{
	struct reasm reasm;

	(void)state;
	reasm_init(&reasm);
	keep_backwards(&reasm, 5000, REASSEMBLY_POOR_MBUFS);
	assert_false(reasm_insert(&reasm, 4000, chain_of(4000, 1400, 1400)));
	assert_int_equal(reasm.bytes, REASSEMBLY_POOR_MBUFS);
	reasm_free(&reasm);
}

static void small_neighbours_share_a_buffer(void **state)
{
	struct reasm reasm;

	(void)state;
	reasm_init(&reasm);
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(reasm_insert(&reasm, 100 + i, chain_of(100 + i, 1, 1)));
	assert_int_equal(reasm.buffers, 1);
	assert_int_equal(reasm.bytes, 1000);
	reasm_free(&reasm);
}

static void what_was_pulled_past_is_freed(void **state)
{
	struct reasm reasm;
	struct mbufq queue;

	(void)state;
	reasm_init(&reasm);
	mbufq_init(&queue);
	assert_true(reasm_insert(&reasm, 100, chain_of(100, 50, 50)));
	assert_true(reasm_insert(&reasm, 200, chain_of(200, 50, 50)));
	/* The stream has gone on beyond the first, and into the second. */
	assert_int_equal(reasm_pull(&reasm, 220, &queue), 30);
	check_and_drop(&queue, 220, 30);
	assert_null(reasm.head);
	reasm_free(&reasm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(pieces_in_any_order_and_overlap_give_the_stream,
					  all_is_back),
		cmocka_unit_test_teardown(the_way_to_a_range_is_bounded, all_is_back),
		cmocka_unit_test_teardown(ranges_of_single_octets_are_bounded_soon, all_is_back),
		cmocka_unit_test_teardown(a_window_of_full_segments_fits, all_is_back),
		cmocka_unit_test_teardown(buffers_with_little_in_them_are_bounded, all_is_back),
		cmocka_unit_test_teardown(nothing_kept_is_forgotten_when_room_is_short,
					  all_is_back),
		cmocka_unit_test_teardown(small_neighbours_share_a_buffer, all_is_back),
		cmocka_unit_test_teardown(what_was_pulled_past_is_freed, all_is_back),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
