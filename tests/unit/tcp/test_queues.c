/* SPDX-License-Identifier: BSD-3-Clause */
/* mbufq and sendq against a model: places in one endless pattern. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/mbufs.h"
#include "base/seq.h"
#include "config/limits.h"
#include "tcp/sendq.h"

#include "dice.h"
#include "eal.h"

static struct rte_mempool *pool;
static uint8_t scratch[1U << 17];

static int group_setup(void **state)
{
	if (eal_setup(state) != 0)
		return -1;
	pool = mbufs_create("queues", 1024, MBUF_SIZE_DEFAULT, -1);
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

static void write_octets(uint8_t *to, uint32_t place, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		to[i] = octet_at(place + i);
}

static void assert_octets(const uint8_t *bytes, uint32_t place, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(bytes[i], octet_at(place + i));
}

static struct rte_mbuf *chain_of(struct dice *dice, uint32_t place, uint32_t length)
{
	struct rte_mbuf *first = NULL, *last = NULL;

	while (length > 0) {
		uint32_t piece = dice_between(dice, 0, 1500);
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

		assert_non_null(mbuf);
		piece = piece < length ? piece : length;
		write_octets((uint8_t *)rte_pktmbuf_append(mbuf, (uint16_t)piece), place, piece);
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

static void assert_chain(const struct rte_mbuf *chain, uint32_t place, uint32_t length)
{
	const char *why = "";

	assert_int_equal(chain->pkt_len, length);
	assert_int_equal(rte_mbuf_check(chain, 1, &why), 0);
	for (; chain != NULL; chain = chain->next) {
		assert_octets(rte_pktmbuf_mtod(chain, const uint8_t *), place, chain->data_len);
		place += chain->data_len;
	}
}

static void take_some(struct dice *dice, struct mbufq *queue, uint32_t *begin)
{
	uint32_t max = dice_between(dice, 1, 4000), before = queue->bytes;
	struct rte_mbuf *chain = mbufq_take(queue, pool, max);
	uint32_t taken;

	if (before == 0) {
		assert_null(chain);
		return;
	}
	assert_non_null(chain);
	taken = chain->pkt_len;
	assert_int_equal(taken, before < max ? before : max);
	assert_int_equal(queue->bytes, before - taken);
	assert_chain(chain, *begin, taken);
	if (dice_next(dice) % 2 == 0) {
		uint32_t cut = dice_between(dice, 1, taken);

		mbufq_chain_cut(chain, cut);
		assert_chain(chain, *begin, cut);
	} else {
		uint32_t front = dice_between(dice, 0, taken);

		chain = mbufq_chain_trim_front(chain, front);
		if (front < taken)
			assert_chain(chain, *begin + front, taken - front);
		else
			assert_null(chain);
	}
	rte_pktmbuf_free(chain);
	*begin += taken;
}

static void queue_of_buffers_is_a_stream_of_bytes(void **state)
{
	struct dice dice = { 3 };
	struct mbufq queue;
	uint32_t begin = 0, end = 0;

	(void)state;
	mbufq_init(&queue);
	for (int step = 0; step < 40000; step++) {
		uint32_t count = dice_between(&dice, 1, 3000);

		switch (dice_next(&dice) % 5) {
		case 0:
			if (end - begin > 60000)
				break;
			write_octets(scratch, end, count);
			assert_int_equal(mbufq_append_copy(&queue, pool, scratch, count), count);
			end += count;
			break;
		case 1:
			if (end - begin > 60000)
				break;
			count = dice_next(&dice) % 2 == 0 ? count : count % 300 + 1;
			mbufq_append_take(&queue, chain_of(&dice, end, count));
			end += count;
			break;
		case 2:
			count = count < end - begin ? count : end - begin;
			mbufq_trim(&queue, count);
			begin += count;
			break;
		case 3:
			count = count < end - begin ? count : end - begin;
			mbufq_peek(&queue, scratch, count);
			assert_octets(scratch, begin, count);
			break;
		default:
			take_some(&dice, &queue, &begin);
			break;
		}
		assert_int_equal(queue.bytes, end - begin);
		assert_int_equal(queue.buffers == 0, queue.bytes == 0);
	}
	mbufq_free(&queue);
}

static void a_dry_pool_gives_what_fits(void **state)
{
	struct mbufq queue, rest;
	uint32_t taken;

	(void)state;
	mbufq_init(&queue);
	mbufq_init(&rest);
	while (mbufq_append_copy(&rest, pool, scratch, sizeof(scratch)) == sizeof(scratch))
		continue;
	/* Nothing is left. */
	assert_int_equal(mbufq_append_copy(&queue, pool, scratch, 100), 0);
	assert_null(queue.head);
	assert_null(mbufq_take(&rest, pool, 1));
	taken = rest.bytes;
	mbufq_trim(&rest, 5000);
	assert_int_equal(rest.bytes, taken - 5000);
	assert_true(mbufq_append_copy(&queue, pool, scratch, 5000) >= 2048);
	mbufq_free(&queue);
	mbufq_free(&rest);
}

/* A segment of [from, from + length), filled by copy or by clones. */
static void fill_and_compare(struct sendq *queue, uint32_t base, uint32_t from, uint32_t length,
			     bool copy)
{
	struct rte_mbuf *segment = rte_pktmbuf_alloc(pool);

	assert_non_null(segment);
	assert_true(sendq_fill(queue, base + from, length, segment, pool, copy));
	assert_chain(segment, from, length);
	rte_pktmbuf_free(segment);
}

static void send_queue_gives_any_piece_again_and_again(void **state)
{
	struct dice dice = { 5 };
	struct sendq queue;
	uint32_t base = 0xffffffff - 200000, begin = 0, end = 0, pushed = 0;

	(void)state;
	sendq_init(&queue, base);
	for (int step = 0; step < 40000; step++) {
		uint32_t count = dice_between(&dice, 1, 3000);
		uint32_t from;

		switch (dice_next(&dice) % 6) {
		case 0:
			if (end - begin > 60000)
				break;
			write_octets(scratch, end, count);
			assert_int_equal(mbufq_append_copy(&queue.bytes, pool, scratch, count),
					 count);
			end += count;
			break;
		case 1:
			if (end - begin > 60000)
				break;
			mbufq_append_take(&queue.bytes, chain_of(&dice, end, count));
			end += count;
			break;
		case 2:
			sendq_push(&queue);
			pushed = end;
			break;
		case 3:
			/* Also what was acknowledged before. */
			count = count < end - begin ? count : end - begin;
			assert_int_equal(sendq_acknowledge(&queue, base + begin), 0);
			assert_int_equal(sendq_acknowledge(&queue, base + begin + count), count);
			begin += count;
			pushed = pushed < begin ? begin : pushed;
			break;
		default:
			if (begin == end)
				break;
			from = dice_between(&dice, begin, end - 1);
			count = count < end - from ? count : end - from;
			count = count < 1460 ? count : 1460;
			fill_and_compare(&queue, base, from, count, dice_next(&dice) % 2 == 0);
			break;
		}
		assert_int_equal(queue.seq, base + begin);
		assert_int_equal(sendq_end(&queue), base + end);
		assert_int_equal(queue.push_seq, base + pushed);
	}
	/* The sequence numbers went over the wrap. */
	assert_true(base + end < base);
	sendq_free(&queue);
}

static void the_only_buffer_is_handed_back_when_all_of_it_has_arrived(void **state)
{
	struct sendq queue;
	struct rte_mbuf *only;

	(void)state;
	sendq_init(&queue, 100);
	assert_null(sendq_acknowledge_only(&queue, 100));
	assert_int_equal(mbufq_append_copy(&queue.bytes, pool, scratch, 500), 500);
	sendq_push(&queue);
	assert_null(sendq_acknowledge_only(&queue, 100));
	assert_null(sendq_acknowledge_only(&queue, 599));
	assert_int_equal(queue.bytes.bytes, 500);
	only = sendq_acknowledge_only(&queue, 600);
	assert_non_null(only);
	assert_int_equal(only->data_len, 500);
	assert_null(queue.bytes.head);
	assert_int_equal(queue.seq, 600);
	assert_int_equal(sendq_end(&queue), 600);
	assert_int_equal(queue.push_seq, 600);
	rte_pktmbuf_free(only);
	/* Two are not one. */
	assert_int_equal(mbufq_append_copy(&queue.bytes, pool, scratch, 3000), 3000);
	assert_null(sendq_acknowledge_only(&queue, 3600));
	assert_int_equal(queue.bytes.bytes, 3000);
	sendq_free(&queue);
}

static void a_segment_that_cannot_be_filled_is_as_before(void **state)
{
	struct sendq queue;
	struct mbufq rest;
	struct rte_mbuf *segment;

	(void)state;
	sendq_init(&queue, 100);
	mbufq_init(&rest);
	assert_int_equal(mbufq_append_copy(&queue.bytes, pool, scratch, 5000), 5000);
	segment = rte_pktmbuf_alloc(pool);
	assert_non_null(segment);
	/* More than the tailroom. */
	assert_false(sendq_fill(&queue, 100, 4000, segment, pool, true));
	assert_int_equal(segment->pkt_len, 0);
	while (mbufq_append_copy(&rest, pool, scratch, sizeof(scratch)) == sizeof(scratch))
		continue;
	assert_false(sendq_fill(&queue, 100, 4000, segment, pool, false));
	assert_int_equal(segment->pkt_len, 0);
	assert_int_equal(segment->nb_segs, 1);
	assert_null(segment->next);
	/* One buffer is not enough for a piece that lies in two. */
	mbufq_trim(&rest, 2048);
	assert_false(sendq_fill(&queue, 100, 4000, segment, pool, false));
	assert_null(segment->next);
	assert_int_equal(segment->nb_segs, 1);
	rte_pktmbuf_free(segment);
	mbufq_free(&rest);
	sendq_free(&queue);
}

static void a_shared_buffer_is_not_written_to(void **state)
{
	struct mbufq queue;
	struct rte_mbuf *clone;

	(void)state;
	mbufq_init(&queue);
	assert_int_equal(mbufq_append_copy(&queue, pool, scratch, 100), 100);
	clone = rte_pktmbuf_alloc(pool);
	assert_non_null(clone);
	rte_pktmbuf_attach(clone, queue.head);
	assert_false(buffer_is_writable(queue.head));
	assert_false(buffer_is_writable(clone));
	assert_int_equal(mbufq_append_copy(&queue, pool, scratch, 100), 100);
	assert_int_equal(queue.buffers, 2);
	assert_int_equal(queue.head->data_len, 100);
	rte_pktmbuf_free(clone);
	assert_true(buffer_is_writable(queue.head));
	mbufq_free(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(queue_of_buffers_is_a_stream_of_bytes, all_is_back),
		cmocka_unit_test_teardown(a_dry_pool_gives_what_fits, all_is_back),
		cmocka_unit_test_teardown(send_queue_gives_any_piece_again_and_again, all_is_back),
		cmocka_unit_test_teardown(the_only_buffer_is_handed_back_when_all_of_it_has_arrived,
					  all_is_back),
		cmocka_unit_test_teardown(a_segment_that_cannot_be_filled_is_as_before,
					  all_is_back),
		cmocka_unit_test_teardown(a_shared_buffer_is_not_written_to, all_is_back),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
