/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/sack.h"

#include <assert.h>

#include "base/seq.h"
#include "config/limits.h"
#include "tcp/sack_runs.h"

/* ---- the pool, the board ---- */

int sack_pool_create(struct sack_pool *pool, uint32_t boards, uint32_t more, int numa_node)
{
	assert(boards > 0);
	assert((uint64_t)boards * SACK_RUNS_RESERVED + more < POOL_NONE);
	*pool = (struct sack_pool){ .runs_max = SACK_RUNS_MAX,
				    .boards_left = boards,
				    .promised = boards * SACK_RUNS_RESERVED };
	return pool_create(&pool->runs, "sack runs", sizeof(struct sack_run),
			   boards * SACK_RUNS_RESERVED + more, numa_node);
}

void sack_pool_destroy(struct sack_pool *pool)
{
	pool_destroy(&pool->runs);
	*pool = (struct sack_pool){ 0 };
}

void sack_open(struct sack *board, struct sack_pool *pool, uint32_t seq)
{
	assert(pool->boards_left > 0);
	pool->boards_left--;
	*board = (struct sack){
		.pool = pool,
		.una = seq,
		.nxt = seq,
		.fack = seq,
		.head = POOL_NONE,
		.tail = POOL_NONE,
		.found = POOL_NONE,
		.first_lost = POOL_NONE,
	};
}

void sack_close(struct sack *board)
{
	if (!sack_is_open(board))
		return;
	run_free_all(board);
	board->pool->boards_left++;
	*board = (struct sack){ 0 };
}

/* ---- what we do ---- */

/* Something is to be said of a part of the board: it has runs from here on. */
static void want_runs(struct sack *board)
{
	if (sack_is_plain(board))
		run_make_only(board);
}

/* Nothing that is under way was sent after now. */
static bool is_in_order(const struct sack *board, uint64_t now_us)
{
	return board->newest == POOL_NONE || run_at(board, board->newest)->sent_us <= now_us;
}

void sack_sent_more(struct sack *board, uint32_t end, uint64_t now_us)
{
	assert(seq_lt(board->nxt, end) && board->una != board->nxt);
	if (sack_is_plain(board) && board->plain_us == now_us) {
		board->nxt = end;
		return;
	}
	want_runs(board);
	assert(is_in_order(board, now_us));
	run_append(board, end, now_us);
}

/*
 * Does something to the bytes of range that are not SACKed. Where runs are missing, others are
 * joined: what we do ourselves has to be written down. Returns how many bytes were under way
 * before.
 */
static uint32_t change_range(struct sack *board, const struct sack_range *range,
			     enum run_change change, uint64_t now_us)
{
	struct sack_range piece = *range;
	uint32_t bytes = 0;

	assert(seq_leq(board->una, range->seq) && seq_leq(range->end, board->nxt));
	while (seq_lt(piece.seq, range->end)) {
		uint32_t steps = UINT32_MAX;
		uint32_t index = run_find(board, piece.seq, &steps);
		const struct sack_run *run = run_at(board, index);

		piece.end = seq_min(run_end(board, run), range->end);
		if ((run->flags & RUN_SACKED) == 0) {
			if (!run_can_change(board, index, &piece, change, now_us)) {
				run_squeeze(board);
				continue;
			}
			if (run_under_way(run))
				bytes += piece.end - piece.seq;
			index = run_change(board, index, &piece, change, now_us);
		}
		/* The next one is found beside it. */
		board->found = index;
		piece.seq = piece.end;
	}
	return bytes;
}

void sack_resent(struct sack *board, struct sack_range range, uint64_t now_us)
{
	want_runs(board);
	assert(is_in_order(board, now_us));
	change_range(board, &range, RUN_RESEND, now_us);
}

/* ---- what is presumed ---- */

uint32_t sack_lose(struct sack *board, struct sack_range range)
{
	want_runs(board);
	return change_range(board, &range, RUN_LOSE, 0);
}

static struct sack_range range_of(const struct sack *board, const struct sack_run *run)
{
	return (struct sack_range){ .seq = run->seq, .end = run_end(board, run) };
}

uint32_t sack_lose_oldest(struct sack *board)
{
	struct sack_range range;

	want_runs(board);
	assert(board->runs > 0 && board->oldest != POOL_NONE);
	range = range_of(board, run_at(board, board->oldest));
	run_change(board, board->oldest, &range, RUN_LOSE, 0);
	return range.end - range.seq;
}

uint32_t sack_lose_all(struct sack *board)
{
	uint32_t bytes = 0;

	want_runs(board);
	while (board->runs > 0 && board->oldest != POOL_NONE)
		bytes += sack_lose_oldest(board);
	return bytes;
}

uint32_t sack_restore(struct sack *board)
{
	uint32_t index = board->first_lost;
	uint32_t cursor = POOL_NONE;
	uint64_t latest_us = 0;
	uint32_t bytes = 0;

	while (index != POOL_NONE) {
		const struct sack_run *run = run_at(board, index);

		if (run_to_resend(run)) {
			bytes += run_end(board, run) - run->seq;
			run_restore(board, index, &cursor, latest_us);
			index = cursor;
			latest_us = run_at(board, index)->sent_us;
		}
		index = run_at(board, index)->next;
	}
	board->first_lost = POOL_NONE;
	return bytes;
}

bool sack_is_reneged(const struct sack *board)
{
	return board->head != POOL_NONE && (run_at(board, board->head)->flags & RUN_SACKED) != 0;
}

uint32_t sack_forget(struct sack *board)
{
	uint32_t bytes = board->sacked_bytes;

	for (uint32_t index = board->head; index != POOL_NONE; index = run_at(board, index)->next)
		if ((run_at(board, index)->flags & RUN_SACKED) != 0)
			index = run_forget(board, index);
	board->fack = board->una;
	board->sack_news = 0;
	return bytes;
}

/* ---- what an ACK says ---- */

/** The earliest and the latest transmission; a clock may begin at zero, so bytes say if there is
 * one. */
struct span {
	uint64_t first_us, last_us;
	uint32_t bytes;
};

struct reading {
	const struct sack_ack *ack;
	struct sack_delivery *out;
	uint32_t fack;      /**< before this ACK */
	uint32_t steps;     /**< of search that are left */
	bool repaired;      /**< SEG.ACK newly covers something that was sent more than once */
	struct span acked;  /**< of bytes sent once: those that SEG.ACK newly covers */
	struct span sacked; /**< and those newly SACKed */
};

static void widen(struct span *span, uint64_t sent_us, uint32_t bytes)
{
	if (span->bytes == 0 || sent_us < span->first_us)
		span->first_us = sent_us;
	if (span->bytes == 0 || sent_us > span->last_us)
		span->last_us = sent_us;
	span->bytes += bytes;
}

static void take_newest(struct sack_delivery *out, const struct sack_run *run, uint32_t end)
{
	if (out->has_newest && !run_sent_after(run->sent_us, end, out->newest_us, out->newest_end))
		return;
	out->has_newest = true;
	out->newest_us = run->sent_us;
	out->newest_end = end;
	out->newest_resent = (run->flags & RUN_BLURRED) != 0;
}

/* Bytes of a run that was not SACKed are delivered. span: where their time belongs. */
static void deliver(struct reading *reading, const struct sack_run *run,
		    const struct sack_range *range, struct span *span)
{
	struct sack_delivery *out = reading->out;
	uint32_t bytes = range->end - range->seq;
	bool once = (run->flags & RUN_BLURRED) == 0;
	bool credible = once || run->sent_us <= reading->ack->credible_us;

	assert((run->flags & RUN_SACKED) == 0);
	if (credible)
		take_newest(out, run, range->end);
	if (run_to_resend(run) || ((run->flags & RUN_LOST) != 0 && !credible))
		out->revived += bytes;
	if (!once)
		return;
	out->original += bytes;
	out->reordered |= seq_lt(range->end, reading->fack);
	widen(span, run->sent_us, bytes);
}

static void take_ack(struct sack *board, struct reading *reading)
{
	struct sack_delivery *out = reading->out;
	uint32_t ack = reading->ack->ack;

	out->advanced = ack - board->una;
	while (board->head != POOL_NONE && seq_lt(run_at(board, board->head)->seq, ack)) {
		const struct sack_run *run = run_at(board, board->head);
		struct sack_range range = { run->seq, seq_min(run_end(board, run), ack) };

		if ((run->flags & RUN_SACKED) == 0) {
			deliver(reading, run, &range, &reading->acked);
			reading->repaired |= (run->flags & RUN_BLURRED) != 0;
			out->acked += range.end - range.seq;
		}
		run_drop_front(board, range.end);
	}
	board->una = ack;
	if (out->advanced > 0)
		board->sack_news = 0;
}

/* RFC 2883 section 4: the first block lies below SEG.ACK, or within the second. */
static bool is_duplicate(const struct sack *board, const struct sack_ack *ack)
{
	const struct tcp_sack_block *block = ack->blocks;

	if (ack->count == 0 || seq_geq(block->left, block->right) ||
	    seq_gt(block->right, board->nxt))
		return false;
	if (seq_leq(block->right, ack->ack))
		return ack->ack - block->left <= ack->window;
	return ack->count > 1 && seq_leq(ack->ack, block->left) &&
	       seq_leq(block[1].left, block->left) && seq_leq(block->right, block[1].right);
}

/* A block may say what nobody sent, or what was acknowledged long ago. */
static bool is_believable(const struct sack *board, const struct sack_ack *ack,
			  const struct tcp_sack_block *block)
{
	return seq_lt(block->left, block->right) && seq_leq(block->right, board->nxt) &&
	       seq_gt(block->right, board->una) &&
	       (seq_geq(block->left, board->una) || board->una - block->left <= ack->window);
}

static void take_block(struct sack *board, struct reading *reading,
		       const struct tcp_sack_block *block)
{
	struct sack_range piece = { .seq = seq_max(block->left, board->una) };
	uint32_t index = run_find(board, piece.seq, &reading->steps);

	while (index != POOL_NONE && seq_lt(piece.seq, block->right)) {
		const struct sack_run *run = run_at(board, index);

		piece.end = seq_min(run_end(board, run), block->right);
		if ((run->flags & RUN_SACKED) == 0 &&
		    run_can_change(board, index, &piece, RUN_SACK, 0)) {
			deliver(reading, run, &piece, &reading->sacked);
			reading->out->sacked += piece.end - piece.seq;
			if (seq_gt(piece.end, board->fack))
				board->fack = piece.end;
			index = run_change(board, index, &piece, RUN_SACK, 0);
		}
		board->found = index;
		piece.seq = run_end(board, run_at(board, index));
		index = run_at(board, index)->next;
	}
}

static uint32_t since(uint64_t sent_us, uint64_t now_us)
{
	uint64_t us = now_us - sent_us;

	assert(now_us >= sent_us);
	return us < SACK_NO_RTT ? (uint32_t)us : SACK_NO_RTT;
}

static void measure(struct reading *reading)
{
	struct sack_delivery *out = reading->out;
	uint64_t now_us = reading->ack->now_us;
	const struct span *acked = &reading->acked, *sacked = &reading->sacked;
	bool by_ack = acked->bytes > 0 && !reading->repaired;

	out->rtt_us = SACK_NO_RTT;
	out->rtt_last_us = SACK_NO_RTT;
	if (by_ack)
		out->rtt_us = since(acked->first_us, now_us);
	else if (sacked->bytes > 0)
		out->rtt_us = since(sacked->first_us, now_us);
	if (by_ack)
		out->rtt_last_us = since(acked->last_us, now_us);
	if (sacked->bytes > 0) {
		uint32_t us = since(sacked->last_us, now_us);

		if (us < out->rtt_last_us)
			out->rtt_last_us = us;
	}
}

/* A plain board has but one thing to tell. */
static void acknowledge_plain(struct sack *board, const struct sack_ack *ack,
			      struct sack_delivery *out)
{
	uint32_t bytes = ack->ack - board->una;
	uint64_t sent_us = board->plain_us;
	uint32_t rtt_us = sack_acknowledge_plain(board, ack->ack, ack->now_us);

	*out = (struct sack_delivery){
		.advanced = bytes,
		.acked = bytes,
		.original = bytes,
		.has_newest = true,
		.newest_end = ack->ack,
		.newest_us = sent_us,
		.rtt_us = rtt_us,
		.rtt_last_us = rtt_us,
	};
}

void sack_acknowledge(struct sack *board, const struct sack_ack *ack, struct sack_delivery *out)
{
	struct reading reading = {
		.ack = ack,
		.out = out,
		.fack = board->fack,
		.steps = SACK_STEPS_MAX,
	};

	assert(seq_leq(board->una, ack->ack) && seq_leq(ack->ack, board->nxt));
	if (sack_is_plain(board) && ack->count == 0 && ack->ack != board->una) {
		acknowledge_plain(board, ack, out);
		return;
	}
	want_runs(board);
	*out = (struct sack_delivery){ .dsack = is_duplicate(board, ack) };
	if (out->dsack)
		out->duplicate = (struct sack_range){ ack->blocks->left, ack->blocks->right };
	take_ack(board, &reading);
	for (unsigned int i = 0; i < ack->count; i++)
		if (is_believable(board, ack, &ack->blocks[i]))
			take_block(board, &reading, &ack->blocks[i]);
	board->fack = seq_max(board->fack, board->una);
	if (board->sacked_bytes == 0)
		board->sack_news = 0;
	else if (out->sacked > 0 && board->sack_news < UINT8_MAX)
		board->sack_news++;
	measure(&reading);
	if (board->runs == 1 && run_at(board, board->head)->flags == 0)
		run_drop_only(board);
}

void sack_prefetch(const struct sack *board)
{
	if (board->runs > 0)
		__builtin_prefetch(run_at(board, board->head));
}

/* ---- what the board knows ---- */

bool sack_next_lost(struct sack *board, uint32_t limit, struct sack_range *out)
{
	const struct sack_run *run;

	while (board->first_lost != POOL_NONE && !run_to_resend(run_at(board, board->first_lost)))
		board->first_lost = run_at(board, board->first_lost)->next;
	if (board->first_lost == POOL_NONE)
		return false;
	run = run_at(board, board->first_lost);
	*out = range_of(board, run);
	while (out->end - out->seq < limit && run->next != POOL_NONE &&
	       run_to_resend(run_at(board, run->next))) {
		run = run_at(board, run->next);
		out->end = run_end(board, run);
	}
	if (out->end - out->seq > limit)
		out->end = out->seq + limit;
	return true;
}

bool sack_oldest(const struct sack *board, struct sack_piece *out)
{
	const struct sack_run *run;

	if (sack_is_plain(board)) {
		*out = (struct sack_piece){
			.range = { board->una, board->nxt },
			.sent_us = board->plain_us,
		};
		return true;
	}
	if (board->runs == 0 || board->oldest == POOL_NONE)
		return false;
	run = run_at(board, board->oldest);
	*out = (struct sack_piece){
		.range = range_of(board, run),
		.sent_us = run->sent_us,
		.resent = (run->flags & RUN_BLURRED) != 0,
	};
	return true;
}

uint64_t sack_first_sent_us(const struct sack *board)
{
	if (sack_is_plain(board))
		return board->plain_us;
	assert(board->head != POOL_NONE);
	return run_at(board, board->head)->sent_us;
}

uint32_t sack_segments(const struct sack *board, uint32_t smss)
{
	uint32_t segments = board->sacked_bytes / smss + (board->sacked_bytes % smss != 0);

	if (segments < board->sacked_runs)
		segments = board->sacked_runs;
	return segments < board->sack_news ? board->sack_news : segments;
}

/* ---- what must hold ---- */

struct sums {
	uint32_t runs, sacked_runs, under_way, sacked, lost, resent;
};

static void sum_run(const struct sack *board, uint32_t index, struct sums *sums)
{
	const struct sack_run *run = run_at(board, index);
	uint32_t bytes = run_end(board, run) - run->seq;

	assert(bytes > 0 && bytes <= board->nxt - board->una);
	sums->runs++;
	sums->under_way += run_under_way(run);
	if ((run->flags & RUN_SACKED) != 0) {
		assert(run->flags == RUN_SACKED);
		sums->sacked_runs++;
		sums->sacked += bytes;
	}
	if ((run->flags & RUN_LOST) != 0)
		sums->lost += bytes;
	if ((run->flags & RUN_RESENT) != 0) {
		assert((run->flags & RUN_BLURRED) != 0);
		sums->resent += bytes;
	}
}

static void check_sequence(const struct sack *board, struct sums *sums)
{
	uint32_t prev = POOL_NONE;
	bool seen_first_lost = board->first_lost == POOL_NONE;
	bool seen_found = board->found == POOL_NONE;

	for (uint32_t index = board->head; index != POOL_NONE; index = run_at(board, index)->next) {
		const struct sack_run *run = run_at(board, index);

		assert(pool_taken(&board->pool->runs, index));
		assert(run->prev == prev);
		assert(prev != POOL_NONE || run->seq == board->una);
		if (prev != POOL_NONE) {
			const struct sack_run *before = run_at(board, prev);

			assert(before->flags != run->flags ||
			       (before->sent_us != run->sent_us && run->flags != RUN_SACKED));
		}
		seen_found |= board->found == index;
		seen_first_lost |= board->first_lost == index;
		assert(!run_to_resend(run) || (seen_first_lost && board->first_lost != POOL_NONE));
		sum_run(board, index, sums);
		prev = index;
	}
	assert(board->tail == prev && seen_found && seen_first_lost);
	if (board->runs == 0) {
		assert(prev == POOL_NONE && board->found == POOL_NONE);
		assert(board->sack_news == 0 && board->fack == board->una);
	}
}

static void check_time(const struct sack *board, struct sums *sums)
{
	uint32_t older = POOL_NONE;

	if (board->runs == 0)
		return;
	for (uint32_t index = board->oldest; index != POOL_NONE;
	     index = run_at(board, index)->younger) {
		const struct sack_run *run = run_at(board, index);

		assert(run_under_way(run) && run->older == older);
		if (older != POOL_NONE) {
			const struct sack_run *other = run_at(board, older);

			assert(run_sent_after(run->sent_us, run_end(board, run), other->sent_us,
					      run_end(board, other)));
		}
		assert(sums->under_way > 0);
		sums->under_way--;
		older = index;
	}
	assert(board->newest == older && sums->under_way == 0);
}

void sack_check(const struct sack *board)
{
	struct sums sums = { 0 };

	check_sequence(board, &sums);
	check_time(board, &sums);
	assert(sums.runs == board->runs && sums.runs <= board->pool->runs_max);
	assert(sums.sacked_runs == board->sacked_runs);
	assert(sums.sacked == board->sacked_bytes);
	assert(sums.lost == board->lost_bytes);
	assert(sums.resent == board->resent_bytes);
	assert(seq_leq(board->una, board->fack) && seq_leq(board->fack, board->nxt));
	assert(pool_left(&board->pool->runs) >= board->pool->promised);
}
