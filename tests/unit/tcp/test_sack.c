/* SPDX-License-Identifier: BSD-3-Clause */
/* The scoreboard: what RFC 2018, 2883, 6675 and 8985 want of it by example, then against a model.
 */
#include "check.h"

#include <string.h>

#include "base/seq.h"
#include "config/limits.h"
#include "tcp/sack.h"
#include "tcp/sack_runs.h"

#include "tcp/dice.h"
#include "tcp/sack_model.h"

/* ---- a patient ---- */

#define START                                                                               \
	0xfffff000U /**< the numbers of the examples begin here: sequence space ends within \
		     */
#define SEGMENT 1000U

/* So many runs serve as the bound here, where all of them are looked at again and again. */
#define BOUND 1024U

struct patient {
	struct sack_pool pool;
	struct sack board;
	struct sack_delivery got;
	uint64_t now_us;
};

static void begin(struct patient *p)
{
	*p = (struct patient){ .now_us = 5000000 };
	assert_int_equal(sack_pool_create(&p->pool, 2, 8192, -1), 0);
	sack_open(&p->board, &p->pool, START);
}

static void end(struct patient *p)
{
	sack_check(&p->board);
	sack_close(&p->board);
	assert_int_equal(p->pool.runs.in_use, 0);
	sack_pool_destroy(&p->pool);
}

/* Segments are numbered from 0; those from first to before last. */
static struct sack_range segments(uint32_t first, uint32_t last)
{
	return (struct sack_range){ START + first * SEGMENT, START + last * SEGMENT };
}

static void send_to(struct patient *p, uint32_t last)
{
	sack_sent(&p->board, START + last * SEGMENT, p->now_us);
}

static void resend(struct patient *p, uint32_t first, uint32_t last)
{
	sack_resent(&p->board, segments(first, last), p->now_us);
}

struct said {
	uint32_t ack;
	uint32_t blocks[4][2];
	uint64_t credible_us;
};

/* Segments from ack on are awaited; a block of no segments ends the list. */
static void hear(struct patient *p, struct said said)
{
	struct tcp_sack_block blocks[4];
	struct sack_ack ack = { .ack = START + said.ack * SEGMENT,
				.window = 100 * SEGMENT,
				.blocks = blocks,
				.now_us = p->now_us,
				.credible_us = said.credible_us ? said.credible_us : p->now_us };

	while (ack.count < 4 && said.blocks[ack.count][0] != said.blocks[ack.count][1]) {
		struct sack_range range =
			segments(said.blocks[ack.count][0], said.blocks[ack.count][1]);

		blocks[ack.count++] = (struct tcp_sack_block){ range.seq, range.end };
	}
	sack_acknowledge(&p->board, &ack, &p->got);
	sack_check(&p->board);
}

static void next_is(struct patient *p, uint32_t first, uint32_t last)
{
	struct sack_range next;

	assert_true(sack_next_lost(&p->board, UINT32_MAX / 2, &next));
	assert_int_equal(next.seq, segments(first, last).seq);
	assert_int_equal(next.end, segments(first, last).end);
}

static void nothing_is_next(struct patient *p)
{
	struct sack_range next;

	assert_false(sack_next_lost(&p->board, UINT32_MAX / 2, &next));
}

/* ---- runs ---- */

/* The same board with and without a run, acknowledged in part or as a whole. */
static void plain_board_tells_what_a_run_tells(void **state)
{
	for (uint32_t acked = 1; acked <= 3; acked++) {
		struct patient run, plain;

		(void)state;
		begin(&run);
		begin(&plain);
		send_to(&run, 3);
		send_to(&plain, 3);
		run_make_only(&run.board);
		run.now_us = plain.now_us += 1234 * acked;
		assert_true(sack_is_plain(&plain.board) && !sack_is_plain(&run.board));
		assert_int_equal(sack_first_sent_us(&plain.board), sack_first_sent_us(&run.board));
		hear(&run, (struct said){ .ack = acked });
		hear(&plain, (struct said){ .ack = acked });
		assert_memory_equal(&plain.got, &run.got, sizeof(plain.got));
		assert_int_equal(plain.got.rtt_us, 1234 * acked);
		/* What is left is plain again. */
		assert_int_equal(run.board.runs, 0);
		assert_int_equal(run.board.una, plain.board.una);
		assert_int_equal(run.board.fack, plain.board.fack);
		assert_int_equal(sack_is_plain(&run.board), acked < 3);
		if (acked < 3)
			assert_int_equal(run.board.plain_us, plain.board.plain_us);
		end(&run);
		end(&plain);
	}
}

static void board_that_was_spoken_of_is_not_plain(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	assert_false(sack_is_plain(&p.board));
	send_to(&p, 2);
	assert_true(sack_is_plain(&p.board));
	resend(&p, 0, 2);
	assert_false(sack_is_plain(&p.board));
	hear(&p, (struct said){ .ack = 2 });
	send_to(&p, 4);
	hear(&p, (struct said){ .ack = 2, .blocks = { { 3, 4 } } });
	assert_false(sack_is_plain(&p.board));
	end(&p);
}

static void what_is_sent_at_once_is_one_run(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	for (uint32_t i = 1; i <= 32; i++)
		send_to(&p, i);
	assert_true(sack_is_plain(&p.board));
	p.now_us++;
	send_to(&p, 33);
	assert_int_equal(p.board.runs, 2);
	hear(&p, (struct said){ .blocks = { { 4, 5 } } });
	assert_int_equal(p.board.runs, 4);
	/* A block that grows takes from its neighbour: no more runs. */
	for (uint32_t i = 6; i <= 32; i++)
		hear(&p, (struct said){ .blocks = { { 4, i } } });
	assert_int_equal(p.board.runs, 3);
	hear(&p, (struct said){ .blocks = { { 4, 33 } } });
	assert_int_equal(p.board.runs, 2);
	hear(&p, (struct said){ .ack = 33 });
	assert_int_equal(p.board.runs, 0);
	end(&p);
}

static void many_runs_are_kept_coarsely(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	/* A segment each 100 us, five times as many as are kept finely. */
	for (uint32_t i = 1; i <= 5 * SACK_RUNS_FINE; i++) {
		send_to(&p, i);
		p.now_us += 100;
	}
	/* From then on a 64th of the age of the oldest makes one run. */
	assert_in_range(p.board.runs, SACK_RUNS_FINE, 2 * SACK_RUNS_FINE);
	/* What joined counts as sent with the first of its run: never later than it was. */
	hear(&p, (struct said){ .ack = 5 * SACK_RUNS_FINE - 1 });
	assert_in_range(p.got.rtt_last_us, 200, 200 + 5 * SACK_RUNS_FINE * 100 / SACK_GRAIN_SHARE);
	end(&p);
}

/* ---- RFC 6675 ---- */

static void pipe_counts_as_rfc_6675_section_4_says(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 10);
	assert_int_equal(sack_pipe(&p.board), 10 * SEGMENT);
	/* SACKed: not in the network. */
	hear(&p, (struct said){ .blocks = { { 2, 6 } } });
	assert_int_equal(sack_pipe(&p.board), 6 * SEGMENT);
	/* Lost: neither. */
	assert_int_equal(sack_lose(&p.board, segments(0, 4)), 2 * SEGMENT);
	assert_int_equal(sack_pipe(&p.board), 4 * SEGMENT);
	/* Lost and sent again: once. */
	p.now_us += 10;
	resend(&p, 0, 1);
	assert_int_equal(sack_pipe(&p.board), 5 * SEGMENT);
	/* Not lost and sent again: twice. */
	resend(&p, 9, 10);
	assert_int_equal(sack_pipe(&p.board), 6 * SEGMENT);
	/* The retransmission is lost too. */
	assert_int_equal(sack_lose(&p.board, segments(0, 1)), SEGMENT);
	assert_int_equal(sack_lose(&p.board, segments(0, 1)), 0);
	assert_int_equal(sack_pipe(&p.board), 5 * SEGMENT);
	hear(&p, (struct said){ .ack = 10 });
	assert_int_equal(sack_pipe(&p.board), 0);
	end(&p);
}

static void next_seg_is_the_lowest_that_is_lost(void **state)
{
	struct sack_range next;
	struct patient p;

	(void)state;
	begin(&p);
	for (uint32_t i = 1; i <= 10; i++, p.now_us += 100)
		send_to(&p, i);
	nothing_is_next(&p);
	hear(&p, (struct said){ .blocks = { { 2, 3 }, { 8, 9 } } });
	sack_lose(&p.board, segments(0, 6));
	/* Across runs of different times, but not across what the peer has. */
	next_is(&p, 0, 2);
	assert_true(sack_next_lost(&p.board, 1460, &next));
	assert_int_equal(next.end - next.seq, 1460);
	resend(&p, 0, 1);
	next_is(&p, 1, 2);
	resend(&p, 1, 2);
	next_is(&p, 3, 6);
	/* A retransmission that is lost comes first again. */
	sack_lose(&p.board, segments(1, 2));
	next_is(&p, 1, 2);
	resend(&p, 1, 2);
	resend(&p, 3, 6);
	nothing_is_next(&p);
	sack_lose_all(&p.board);
	next_is(&p, 0, 2);
	end(&p);
}

static void segments_are_counted_by_bytes_ranges_or_news(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 20);
	hear(&p, (struct said){ .blocks = { { 4, 7 } } });
	assert_int_equal(sack_segments(&p.board, SEGMENT), 3);
	assert_int_equal(sack_segments(&p.board, 1460), 3);
	assert_int_equal(sack_segments(&p.board, 100000), 1);
	hear(&p, (struct said){ .blocks = { { 10, 11 }, { 15, 16 } } });
	assert_int_equal(sack_segments(&p.board, 100000), 3);
	hear(&p, (struct said){ .blocks = { { 4, 8 } } });
	hear(&p, (struct said){ .blocks = { { 4, 9 } } });
	assert_int_equal(sack_segments(&p.board, 100000), 4);
	/* The same again is no news. */
	hear(&p, (struct said){ .blocks = { { 4, 9 } } });
	assert_int_equal(sack_segments(&p.board, 100000), 4);
	hear(&p, (struct said){ .ack = 1 });
	assert_int_equal(sack_segments(&p.board, 100000), 3);
	hear(&p, (struct said){ .ack = 20 });
	assert_int_equal(sack_segments(&p.board, SEGMENT), 0);
	end(&p);
}

/* ---- RFC 2018 ---- */

static void reneging_is_seen_and_forgotten(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 10);
	hear(&p, (struct said){ .blocks = { { 3, 5 }, { 7, 8 } } });
	assert_false(sack_is_reneged(&p.board));
	hear(&p, (struct said){ .ack = 3 });
	assert_true(sack_is_reneged(&p.board));
	assert_int_equal(p.board.sacked_bytes, 3 * SEGMENT);
	sack_lose_all(&p.board);
	assert_int_equal(sack_forget(&p.board), 3 * SEGMENT);
	assert_false(sack_is_reneged(&p.board));
	assert_int_equal(p.board.sacked_bytes, 0);
	assert_int_equal(sack_pipe(&p.board), 0);
	next_is(&p, 3, 10);
	/* What was forgotten may be delivered again, but proves no time and no order. */
	p.now_us += 1000;
	hear(&p, (struct said){ .ack = 4, .blocks = { { 7, 8 } } });
	assert_int_equal(p.got.acked + p.got.sacked, 2 * SEGMENT);
	assert_int_equal(p.got.original, 0);
	assert_false(p.got.reordered);
	assert_int_equal(p.got.rtt_us, SACK_NO_RTT);
	end(&p);
}

static void blocks_that_cannot_be_are_ignored(void **state)
{
	static const uint32_t wrong[][2] = {
		{ START + 5000, START + 5000 },   /* empty */
		{ START + 6000, START + 5000 },   /* the wrong way round */
		{ START + 9000, START + 10001 },  /* beyond SND.NXT */
		{ START + 20000, START + 21000 }, /* far beyond */
		{ START + 5000, START - 5000 },   /* half of the sequence space */
		{ START + 1000, START + 2000 },   /* below SND.UNA: an old one, or a D-SACK */
		{ START - 4001, START + 3000 },   /* from before any window */
		{ START + 4000, START + 4000 + (1U << 31) },
	};
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 10);
	hear(&p, (struct said){ .ack = 2 });
	for (uint32_t i = 0; i < COUNT_OF(wrong); i++) {
		const struct tcp_sack_block block = { wrong[i][0], wrong[i][1] };

		sack_acknowledge(&p.board,
				 &(struct sack_ack){ .ack = START + 2000,
						     .window = 6000,
						     .blocks = &block,
						     .count = 1,
						     .now_us = p.now_us },
				 &p.got);
		assert_int_equal(p.got.sacked, 0);
		assert_int_equal(p.board.sacked_bytes, 0);
		assert_int_equal(p.board.fack, START + 2000);
		assert_int_equal(p.got.dsack, i == 5);
	}
	end(&p);
}

/* ---- RFC 2883 ---- */

static void dsack_is_the_first_block_below_or_within(void **state)
{
	static const struct {
		struct said said;
		bool dsack;
	} table[] = {
		/* 4.1.1: a duplicate of what was acknowledged. */
		{ { .ack = 4, .blocks = { { 3, 4 } } }, true },
		/* 4.1.2: below, and something beyond a gap. */
		{ { .ack = 4, .blocks = { { 2, 3 }, { 6, 7 } } }, true },
		/* 4.1.3: a duplicate of what is beyond a gap. */
		{ { .ack = 4, .blocks = { { 6, 7 }, { 6, 9 } } }, true },
		{ { .ack = 4, .blocks = { { 6, 7 }, { 6, 7 } } }, true },
		/* Only the first block can be one, and only the second contain it. */
		{ { .ack = 4, .blocks = { { 6, 7 }, { 2, 3 } } }, false },
		{ { .ack = 4, .blocks = { { 6, 7 }, { 8, 9 }, { 6, 9 } } }, false },
		{ { .ack = 4, .blocks = { { 5, 7 }, { 6, 9 } } }, false },
		{ { .ack = 4, .blocks = { { 6, 9 } } }, false },
		{ { .ack = 4, .blocks = { { 3, 6 } } }, false },
		{ { .ack = 4 }, false },
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT_OF(table); i++) {
		struct patient p;

		begin(&p);
		send_to(&p, 10);
		hear(&p, table[i].said);
		assert_int_equal(p.got.dsack, table[i].dsack);
		if (p.got.dsack) {
			const uint32_t *block = table[i].said.blocks[0];

			assert_int_equal(p.got.duplicate.seq, segments(block[0], 0).seq);
			assert_int_equal(p.got.duplicate.end, segments(0, block[1]).end);
		}
		end(&p);
	}
}

/* ---- times ---- */

static void rtt_is_that_of_the_oldest_sent_once(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	for (uint32_t i = 1; i <= 6; i++, p.now_us += 1000)
		send_to(&p, i);
	/* Sent 6, 5 and 4 ms ago. */
	hear(&p, (struct said){ .ack = 3 });
	assert_int_equal(p.got.rtt_us, 6000);
	assert_int_equal(p.got.rtt_last_us, 4000);
	/* By a block. */
	hear(&p, (struct said){ .ack = 3, .blocks = { { 4, 6 } } });
	assert_int_equal(p.got.rtt_us, 2000);
	assert_int_equal(p.got.rtt_last_us, 1000);
	/* What was SACKed before gives none, and the hole was repaired: none at all. */
	sack_lose(&p.board, segments(3, 4));
	resend(&p, 3, 4);
	p.now_us += 3000;
	hear(&p, (struct said){ .ack = 6 });
	assert_int_equal(p.got.acked, 1000);
	assert_int_equal(p.got.rtt_us, SACK_NO_RTT);
	assert_int_equal(p.got.rtt_last_us, SACK_NO_RTT);
	end(&p);
}

static void karn_a_repaired_hole_taints_what_seg_ack_covers(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 4);
	sack_lose(&p.board, segments(0, 1));
	p.now_us += 1000;
	resend(&p, 0, 1);
	p.now_us += 5000;
	/* Segments 1 to 3 may have waited at the peer for as long as it liked. */
	hear(&p, (struct said){ .ack = 4 });
	assert_int_equal(p.got.original, 3 * SEGMENT);
	assert_int_equal(p.got.rtt_us, SACK_NO_RTT);
	assert_int_equal(p.got.rtt_last_us, SACK_NO_RTT);
	end(&p);
}

static void newest_delivered_is_the_last_sent(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 3);
	p.now_us += 100;
	send_to(&p, 6);
	sack_lose(&p.board, segments(0, 1));
	p.now_us += 100;
	resend(&p, 0, 1);
	p.now_us += 500;
	/* At the same time: the higher. */
	hear(&p, (struct said){ .blocks = { { 3, 5 } } });
	assert_true(p.got.has_newest);
	assert_int_equal(p.got.newest_us, 5000100);
	assert_int_equal(p.got.newest_end, START + 5000);
	assert_false(p.got.newest_resent);
	/* A retransmission counts by its own time. */
	hear(&p, (struct said){ .ack = 3 });
	assert_int_equal(p.got.newest_us, 5000200);
	assert_int_equal(p.got.newest_end, START + 1000);
	assert_true(p.got.newest_resent);
	hear(&p, (struct said){ .ack = 5 });
	assert_false(p.got.has_newest);
	end(&p);
}

static void retransmission_that_left_too_late_proves_an_error(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 6);
	sack_lose(&p.board, segments(0, 3));
	p.now_us += 1000;
	resend(&p, 0, 2);
	p.now_us += 100;
	/* The minimum round trip is longer than 100 us: what arrived is the original. */
	hear(&p, (struct said){ .ack = 1, .credible_us = p.now_us - 101 });
	assert_int_equal(p.got.revived, SEGMENT);
	assert_false(p.got.has_newest);
	p.now_us += 1000;
	hear(&p, (struct said){ .ack = 2, .credible_us = p.now_us - 101 });
	assert_int_equal(p.got.revived, 0);
	assert_true(p.got.has_newest);
	/* Lost, they thought, and never sent again. */
	hear(&p, (struct said){ .ack = 3 });
	assert_int_equal(p.got.revived, SEGMENT);
	assert_int_equal(p.got.original, SEGMENT);
	end(&p);
}

static void reordering_is_an_original_below_fack(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 10);
	/* Both are news, one ACK having been lost: no proof of any order. */
	hear(&p, (struct said){ .blocks = { { 6, 7 }, { 3, 4 } } });
	assert_false(p.got.reordered);
	assert_int_equal(p.board.fack, START + 7000);
	hear(&p, (struct said){ .blocks = { { 4, 5 } } });
	assert_true(p.got.reordered);
	/* A retransmission is late by nature. */
	sack_lose(&p.board, segments(0, 1));
	resend(&p, 0, 1);
	hear(&p, (struct said){ .ack = 1 });
	assert_false(p.got.reordered);
	hear(&p, (struct said){ .ack = 2 });
	assert_true(p.got.reordered);
	hear(&p, (struct said){ .ack = 2, .blocks = { { 7, 8 } } });
	assert_false(p.got.reordered);
	end(&p);
}

static void oldest_goes_by_time_of_last_transmission(void **state)
{
	struct sack_piece piece;
	struct patient p;

	(void)state;
	begin(&p);
	assert_false(sack_oldest(&p.board, &piece));
	send_to(&p, 2);
	p.now_us += 10;
	send_to(&p, 4);
	assert_int_equal(sack_first_sent_us(&p.board), 5000000);
	sack_lose(&p.board, segments(0, 2));
	assert_true(sack_oldest(&p.board, &piece));
	assert_int_equal(piece.range.seq, segments(2, 4).seq);
	p.now_us += 10;
	resend(&p, 0, 1);
	assert_int_equal(sack_first_sent_us(&p.board), 5000020);
	assert_int_equal(sack_lose_oldest(&p.board), 2 * SEGMENT);
	assert_true(sack_oldest(&p.board, &piece));
	assert_int_equal(piece.range.end, segments(0, 1).end);
	assert_int_equal(piece.sent_us, 5000020);
	assert_true(piece.resent);
	hear(&p, (struct said){ .blocks = { { 0, 1 } } });
	assert_false(sack_oldest(&p.board, &piece));
	end(&p);
}

static void restored_is_as_if_it_had_not_been_lost(void **state)
{
	struct sack_piece piece;
	struct patient p;

	(void)state;
	begin(&p);
	for (uint32_t i = 1; i <= 5; i++, p.now_us += 100)
		send_to(&p, i);
	sack_lose_all(&p.board);
	resend(&p, 0, 1);
	assert_int_equal(sack_pipe(&p.board), SEGMENT);
	assert_int_equal(sack_restore(&p.board), 4 * SEGMENT);
	assert_int_equal(sack_pipe(&p.board), 5 * SEGMENT);
	nothing_is_next(&p);
	assert_true(sack_oldest(&p.board, &piece));
	assert_int_equal(piece.range.seq, segments(1, 2).seq);
	assert_int_equal(piece.sent_us, 5000100);
	hear(&p, (struct said){ .ack = 0, .blocks = { { 4, 5 } } });
	assert_int_equal(p.got.rtt_us, 100);
	end(&p);
}

/* ---- bounds ---- */

static void search_takes_the_steps_that_it_has(void **state)
{
	uint32_t steps = 10;
	struct patient p;

	(void)state;
	begin(&p);
	for (uint32_t i = 1; i <= 100; i++, p.now_us += 10)
		send_to(&p, i);
	assert_int_equal(run_find(&p.board, START + 50500, &steps), POOL_NONE);
	assert_int_equal(steps, 0);
	/* From the head, the tail, and where the last was found. */
	steps = 10;
	assert_int_equal(run_at(&p.board, run_find(&p.board, START + 5500, &steps))->seq,
			 START + 5000);
	assert_int_equal(steps, 5);
	steps = 10;
	assert_int_equal(run_at(&p.board, run_find(&p.board, START + 95500, &steps))->seq,
			 START + 95000);
	assert_int_equal(steps, 6);
	hear(&p, (struct said){ .blocks = { { 50, 51 } } });
	steps = 10;
	assert_int_equal(run_at(&p.board, run_find(&p.board, START + 54500, &steps))->seq,
			 START + 54000);
	assert_int_equal(steps, 6);
	end(&p);
}

static void SACK_RUNS_MAX_is_where_sacks_are_forgotten(void **state)
{
	struct patient p;
	uint32_t sacked = 0;

	(void)state;
	begin(&p);
	p.pool.runs_max = BOUND;
	send_to(&p, 4 * BOUND);
	for (uint32_t i = 1; i < 4 * BOUND - 1; i += 2) {
		hear(&p, (struct said){ .blocks = { { i, i + 1 } } });
		assert_in_range(p.board.runs, 1, BOUND);
		sacked += p.got.sacked;
	}
	assert_in_range(p.board.runs, BOUND - 1, BOUND);
	assert_int_equal(p.board.sacked_bytes, sacked);
	assert_int_equal(sacked, (BOUND / 2 - 1) * SEGMENT);
	/* What needs no run is still taken: one that fills a hole frees two. */
	hear(&p, (struct said){ .blocks = { { 2, 3 } } });
	assert_int_equal(p.got.sacked, SEGMENT);
	/* And what we do is written down whatever it takes. */
	sack_lose(&p.board, segments(4 * BOUND - 500, 4 * BOUND - 499));
	resend(&p, 4 * BOUND - 400, 4 * BOUND - 399);
	sack_check(&p.board);
	p.now_us += 10;
	send_to(&p, 4 * BOUND + 1);
	send_to(&p, 4 * BOUND + 2);
	hear(&p, (struct said){ .ack = 4 * BOUND + 2 });
	assert_int_equal(p.board.runs, 0);
	end(&p);
}

static void SACK_RUNS_RESERVED_are_there_for_each_board(void **state)
{
	struct sack_pool pool;
	struct sack hog, other;
	struct sack_delivery got;

	(void)state;
	assert_int_equal(sack_pool_create(&pool, 2, 100, -1), 0);
	sack_open(&hog, &pool, 0);
	sack_sent(&hog, 100000, 1);
	for (uint32_t i = 1; i < 99999; i += 2) {
		const struct tcp_sack_block block = { i, i + 1 };

		sack_acknowledge(&hog,
				 &(struct sack_ack){ .blocks = &block, .count = 1, .now_us = 1 },
				 &got);
	}
	/* It has half of what there is, and leaves the other half. */
	assert_in_range(hog.runs, 50, 55);
	sack_open(&other, &pool, 0);
	sack_sent(&other, 10, 1);
	sack_lose(&other, (struct sack_range){ 3, 4 });
	assert_int_equal(other.runs, SACK_RUNS_RESERVED);
	sack_check(&hog);
	sack_check(&other);
	sack_close(&other);
	sack_close(&hog);
	sack_close(&hog);
	assert_int_equal(pool.runs.in_use, 0);
	/* With nothing but the reserve a board still goes through its bytes from left to right. */
	sack_pool_destroy(&pool);
	assert_int_equal(sack_pool_create(&pool, 1, 0, -1), 0);
	sack_open(&other, &pool, 0);
	for (uint32_t i = 1; i <= 100; i++)
		sack_sent(&other, i * 10, i);
	sack_lose_all(&other);
	for (uint32_t i = 0; i < 100; i++) {
		struct sack_range next;

		assert_true(sack_next_lost(&other, 10, &next));
		assert_int_equal(next.seq, i * 10);
		sack_resent(&other, next, 1000 + i);
		assert_int_equal(sack_pipe(&other), (i + 1) * 10);
	}
	sack_check(&other);
	sack_close(&other);
	sack_pool_destroy(&pool);
}

/* ---- against the model ---- */

static uint32_t draw_dice(void *context, uint32_t low, uint32_t high)
{
	uint32_t width = high - low + 1;
	uint32_t number = dice_next(context);

	return low + (width == 0 ? number : number % width);
}

#define BOARDS 4U

/* Boards that share a pool, each beside a model, across the end of sequence space. */
static void run_models(uint64_t seed, uint32_t more, uint32_t window, bool exact, uint32_t steps)
{
	static struct sack_model models[BOARDS];
	struct dice dice = { .state = seed };
	const struct sack_model_source source = { draw_dice, &dice };
	struct sack_pool pool;

	assert_int_equal(sack_pool_create(&pool, BOARDS, more, -1), 0);
	for (uint32_t i = 0; i < BOARDS; i++)
		sack_model_open(&models[i], &pool, 0 - 100 * i - 1, window, exact);
	for (uint32_t step = 0; step < steps; step++) {
		uint32_t i = dice_next(&dice) % BOARDS;

		sack_model_step(&models[i], &source);
		if (step % 50000 == 49999) {
			sack_close(&models[i].board);
			sack_model_open(&models[i], &pool, 0 - dice_next(&dice) % 5000, window,
					exact);
		}
	}
	for (uint32_t i = 0; i < BOARDS; i++)
		sack_close(&models[i].board);
	assert_int_equal(pool.runs.in_use, 0);
	assert_int_equal(pool.promised, BOARDS * SACK_RUNS_RESERVED);
	assert_int_equal(pool.boards_left, BOARDS);
	sack_pool_destroy(&pool);
}

static void board_equals_a_record_for_each_byte(void **state)
{
	(void)state;
	run_models(1, 4096, SACK_RUNS_FINE - 8, true, 1500000);
}

static void board_without_runs_makes_nothing_up(void **state)
{
	(void)state;
	run_models(2, 0, 200, false, 500000);
	run_models(3, 40, 500, false, 300000);
}

static void board_at_its_bound_makes_nothing_up(void **state)
{
	static struct sack_model model;
	struct dice dice = { .state = 4 };
	const struct sack_model_source source = { draw_dice, &dice };
	struct sack_pool pool;

	(void)state;
	assert_int_equal(sack_pool_create(&pool, 1, 100000, -1), 0);
	pool.runs_max = BOUND;
	sack_model_open(&model, &pool, 0xfffff000, SACK_MODEL_BYTES, false);
	for (uint32_t round = 0; round < 20; round++) {
		sack_model_riddle(&model);
		assert_in_range(model.board.runs, BOUND - 1, BOUND);
		for (uint32_t step = 0; step < 2000; step++)
			sack_model_step(&model, &source);
	}
	sack_close(&model.board);
	sack_pool_destroy(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_at_once_is_one_run),
		cmocka_unit_test(many_runs_are_kept_coarsely),
		cmocka_unit_test(plain_board_tells_what_a_run_tells),
		cmocka_unit_test(board_that_was_spoken_of_is_not_plain),
		cmocka_unit_test(pipe_counts_as_rfc_6675_section_4_says),
		cmocka_unit_test(next_seg_is_the_lowest_that_is_lost),
		cmocka_unit_test(segments_are_counted_by_bytes_ranges_or_news),
		cmocka_unit_test(reneging_is_seen_and_forgotten),
		cmocka_unit_test(blocks_that_cannot_be_are_ignored),
		cmocka_unit_test(dsack_is_the_first_block_below_or_within),
		cmocka_unit_test(rtt_is_that_of_the_oldest_sent_once),
		cmocka_unit_test(karn_a_repaired_hole_taints_what_seg_ack_covers),
		cmocka_unit_test(newest_delivered_is_the_last_sent),
		cmocka_unit_test(retransmission_that_left_too_late_proves_an_error),
		cmocka_unit_test(reordering_is_an_original_below_fack),
		cmocka_unit_test(oldest_goes_by_time_of_last_transmission),
		cmocka_unit_test(restored_is_as_if_it_had_not_been_lost),
		cmocka_unit_test(search_takes_the_steps_that_it_has),
		cmocka_unit_test(SACK_RUNS_MAX_is_where_sacks_are_forgotten),
		cmocka_unit_test(SACK_RUNS_RESERVED_are_there_for_each_board),
		cmocka_unit_test(board_equals_a_record_for_each_byte),
		cmocka_unit_test(board_without_runs_makes_nothing_up),
		cmocka_unit_test(board_at_its_bound_makes_nothing_up),
	};

	return cmocka_run_group_tests_name("sack", tests, NULL, NULL);
}
