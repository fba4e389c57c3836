/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/sack_runs.h"

#include <assert.h>

#include "base/seq.h"
#include "config/limits.h"

/* ---- from the pool and back ---- */

/* A board may hold SACK_RUNS_RESERVED, and beyond no more than what is left that nobody was
 * promised: so the first who asks for much cannot leave the others without any. */
static bool may_take(const struct sack *board, uint32_t count)
{
	uint32_t free = pool_left(&board->pool->runs) - board->pool->promised;
	uint32_t runs = board->runs + count;

	if (runs <= SACK_RUNS_RESERVED)
		return true;
	/* Each that is taken leaves one less. */
	return runs <= board->pool->runs_max && runs + count - 1 <= SACK_RUNS_RESERVED + free;
}

static uint32_t take(struct sack *board, uint32_t seq)
{
	uint32_t index;

	assert(may_take(board, 1));
	index = pool_take(&board->pool->runs);
	assert(index != POOL_NONE);
	if (board->runs < SACK_RUNS_RESERVED)
		board->pool->promised--;
	board->runs++;
	*run_at(board, index) = (struct sack_run){
		.seq = seq,
		.next = POOL_NONE,
		.prev = POOL_NONE,
		.younger = POOL_NONE,
		.older = POOL_NONE,
	};
	return index;
}

static void give(struct sack *board, uint32_t index)
{
	assert(board->runs > 0);
	board->runs--;
	if (board->runs < SACK_RUNS_RESERVED)
		board->pool->promised++;
	pool_give(&board->pool->runs, index);
}

/* ---- sums ---- */

static void count(struct sack *board, unsigned int flags, uint32_t bytes)
{
	if ((flags & RUN_SACKED) != 0)
		board->sacked_bytes += bytes;
	if ((flags & RUN_LOST) != 0)
		board->lost_bytes += bytes;
	if ((flags & RUN_RESENT) != 0)
		board->resent_bytes += bytes;
}

static void recount(struct sack *board, unsigned int before, unsigned int after, uint32_t bytes)
{
	count(board, before, 0 - bytes);
	count(board, after, bytes);
}

/* ---- order of time ---- */

static void link_younger(struct sack *board, uint32_t index, uint32_t older)
{
	struct sack_run *run = run_at(board, index);

	run->older = older;
	if (older == POOL_NONE) {
		run->younger = board->oldest;
		board->oldest = index;
	} else {
		run->younger = run_at(board, older)->younger;
		run_at(board, older)->younger = index;
	}
	if (run->younger == POOL_NONE)
		board->newest = index;
	else
		run_at(board, run->younger)->older = index;
}

static void unlink_time(struct sack *board, uint32_t index)
{
	struct sack_run *run = run_at(board, index);

	if (run->older == POOL_NONE)
		board->oldest = run->younger;
	else
		run_at(board, run->older)->younger = run->younger;
	if (run->younger == POOL_NONE)
		board->newest = run->older;
	else
		run_at(board, run->younger)->older = run->older;
	run->older = POOL_NONE;
	run->younger = POOL_NONE;
}

/* What was just sent is the newest, but for what was sent in the same microsecond. */
static void link_time(struct sack *board, uint32_t index)
{
	const struct sack_run *run = run_at(board, index);
	uint32_t older = board->newest;

	while (older != POOL_NONE) {
		const struct sack_run *other = run_at(board, older);

		if (!run_sent_after(other->sent_us, run_end(board, other), run->sent_us,
				    run_end(board, run)))
			break;
		older = other->older;
	}
	link_younger(board, index, older);
}

/* ---- order of sequence numbers ---- */

static void link_next(struct sack *board, uint32_t index, uint32_t prev)
{
	struct sack_run *run = run_at(board, index);

	run->prev = prev;
	if (prev == POOL_NONE) {
		run->next = board->head;
		board->head = index;
	} else {
		run->next = run_at(board, prev)->next;
		run_at(board, prev)->next = index;
	}
	if (run->next == POOL_NONE)
		board->tail = index;
	else
		run_at(board, run->next)->prev = index;
}

static void note_lost(struct sack *board, uint32_t index)
{
	const struct sack_run *run = run_at(board, index);

	if (run_to_resend(run) && (board->first_lost == POOL_NONE ||
				   seq_lt(run->seq, run_at(board, board->first_lost)->seq)))
		board->first_lost = index;
}

/* The run before takes its bytes, or what is before seq has been acknowledged. */
static void remove_run(struct sack *board, uint32_t index)
{
	struct sack_run *run = run_at(board, index);
	uint32_t beside = run->prev != POOL_NONE ? run->prev : run->next;

	if (run_under_way(run))
		unlink_time(board, index);
	if ((run->flags & RUN_SACKED) != 0)
		board->sacked_runs--;
	if (run->prev == POOL_NONE)
		board->head = run->next;
	else
		run_at(board, run->prev)->next = run->next;
	if (run->next == POOL_NONE)
		board->tail = run->prev;
	else
		run_at(board, run->next)->prev = run->prev;
	if (board->found == index)
		board->found = beside;
	if (board->first_lost == index)
		board->first_lost = beside;
	give(board, index);
}

/* ---- what a run looks like ---- */

struct look {
	uint64_t sent_us;
	unsigned int flags;
};

static bool alike(const struct sack_run *run, const struct look *look)
{
	if ((run->flags & look->flags & RUN_SACKED) != 0)
		return true;
	return run->flags == look->flags && run->sent_us == look->sent_us;
}

/* SACKed bytes are alike whenever they were sent; the latest time is kept, should the peer renege.
 */
static void take_time(struct sack_run *run, const struct look *look)
{
	if (run->sent_us < look->sent_us)
		run->sent_us = look->sent_us;
}

static struct look look_of(const struct sack_run *run)
{
	return (struct look){ .sent_us = run->sent_us, .flags = run->flags };
}

static struct look look_after(const struct sack_run *run, enum run_change change, uint64_t now_us)
{
	struct look look = { .sent_us = run->sent_us };

	assert((run->flags & RUN_SACKED) == 0);
	switch (change) {
	case RUN_SACK:
		look.flags = RUN_SACKED;
		break;
	case RUN_RESEND:
		look.flags = (run->flags & RUN_LOST) | RUN_RESENT | RUN_BLURRED;
		look.sent_us = now_us;
		break;
	default:
		look.flags = RUN_LOST | (run->flags & RUN_BLURRED);
		break;
	}
	return look;
}

/* A run that is linked by sequence number and by no time, and not counted, gets its look. */
static void dress(struct sack *board, uint32_t index, const struct look *look)
{
	struct sack_run *run = run_at(board, index);

	run->flags = (uint8_t)look->flags;
	run->sent_us = look->sent_us;
	if ((run->flags & RUN_SACKED) != 0)
		board->sacked_runs++;
	note_lost(board, index);
}

static void undress(struct sack *board, uint32_t index)
{
	struct sack_run *run = run_at(board, index);

	if (run_under_way(run))
		unlink_time(board, index);
	if ((run->flags & RUN_SACKED) != 0)
		board->sacked_runs--;
}

/* The run takes the one behind it if they are alike. */
static void join_next(struct sack *board, uint32_t index)
{
	struct sack_run *run = run_at(board, index);
	struct look look;

	if (index == POOL_NONE || run->next == POOL_NONE)
		return;
	look = look_of(run_at(board, run->next));
	if (!alike(run, &look))
		return;
	take_time(run, &look);
	remove_run(board, run->next);
}

/* Joins the run with both neighbours. Returns the run that holds its bytes. */
static uint32_t join(struct sack *board, uint32_t index)
{
	uint32_t prev = run_at(board, index)->prev;
	const struct sack_run *before;

	join_next(board, index);
	if (prev == POOL_NONE)
		return index;
	join_next(board, prev);
	before = run_at(board, prev);
	return before->next == index ? index : prev;
}

/* ---- changes ---- */

static uint32_t new_run(struct sack *board, uint32_t seq, uint32_t prev, const struct look *look)
{
	uint32_t index = take(board, seq);

	link_next(board, index, prev);
	dress(board, index, look);
	return index;
}

static bool begins(const struct sack_run *run, const struct sack_range *range)
{
	return range->seq == run->seq;
}

static bool prev_takes(const struct sack *board, const struct sack_run *run,
		       const struct look *look)
{
	return run->prev != POOL_NONE && alike(run_at(board, run->prev), look);
}

static bool next_takes(const struct sack *board, const struct sack_run *run,
		       const struct look *look)
{
	return run->next != POOL_NONE && alike(run_at(board, run->next), look);
}

bool run_can_change(const struct sack *board, uint32_t index, const struct sack_range *range,
		    enum run_change change, uint64_t now_us)
{
	const struct sack_run *run = run_at(board, index);
	struct look look = look_after(run, change, now_us);
	bool at_begin = begins(run, range);
	bool at_end = range->end == run_end(board, run);

	if ((at_begin && at_end) || alike(run, &look))
		return true;
	if (at_begin && prev_takes(board, run, &look))
		return true;
	if (at_end && next_takes(board, run, &look))
		return true;
	return may_take(board, at_begin || at_end ? 1 : 2);
}

static uint32_t change_whole(struct sack *board, uint32_t index, const struct look *look)
{
	undress(board, index);
	dress(board, index, look);
	if (run_under_way(run_at(board, index)))
		link_time(board, index);
	return join(board, index);
}

static uint32_t change_begin(struct sack *board, uint32_t index, uint32_t end,
			     const struct look *look)
{
	struct sack_run *run = run_at(board, index);
	uint32_t seq = run->seq;
	uint32_t piece = run->prev;

	if (prev_takes(board, run, look)) {
		run->seq = end;
		take_time(run_at(board, piece), look);
		return piece;
	}
	run->seq = end;
	piece = new_run(board, seq, run->prev, look);
	if (run_under_way(run_at(board, piece)))
		link_time(board, piece);
	return piece;
}

static uint32_t change_end(struct sack *board, uint32_t index, uint32_t seq,
			   const struct look *look)
{
	struct sack_run *run = run_at(board, index);
	uint32_t piece = run->next;

	if (next_takes(board, run, look)) {
		run_at(board, piece)->seq = seq;
		take_time(run_at(board, piece), look);
		return piece;
	}
	piece = new_run(board, seq, index, look);
	if (run_under_way(run_at(board, piece)))
		link_time(board, piece);
	return piece;
}

static uint32_t change_middle(struct sack *board, uint32_t index, const struct sack_range *range,
			      const struct look *look)
{
	struct look same = look_of(run_at(board, index));
	uint32_t rest = new_run(board, range->end, index, &same);

	/* What is behind the piece ends where the run ended: it follows at once in order of time.
	 */
	if (run_under_way(run_at(board, index)))
		link_younger(board, rest, index);
	return change_end(board, index, range->seq, look);
}

uint32_t run_change(struct sack *board, uint32_t index, const struct sack_range *range,
		    enum run_change change, uint64_t now_us)
{
	const struct sack_run *run = run_at(board, index);
	struct look look = look_after(run, change, now_us);
	uint32_t end = run_end(board, run);

	assert(seq_leq(run->seq, range->seq) && seq_lt(range->seq, range->end));
	assert(seq_leq(range->end, end));
	if (alike(run, &look))
		return index;
	recount(board, run->flags, look.flags, range->end - range->seq);
	if (begins(run, range) && range->end == end)
		return change_whole(board, index, &look);
	if (begins(run, range))
		return change_begin(board, index, range->end, &look);
	if (range->end == end)
		return change_end(board, index, range->seq, &look);
	return change_middle(board, index, range, &look);
}

void run_restore(struct sack *board, uint32_t index, uint32_t *cursor, uint64_t not_before_us)
{
	struct sack_run *run = run_at(board, index);
	struct look look = { .sent_us = run->sent_us, .flags = run->flags & RUN_BLURRED };
	uint32_t younger = *cursor == POOL_NONE ? board->oldest : run_at(board, *cursor)->younger;

	assert(run_to_resend(run));
	if (look.sent_us < not_before_us) {
		look.sent_us = not_before_us;
		look.flags = RUN_BLURRED;
	}
	recount(board, run->flags, look.flags, run_end(board, run) - run->seq);
	undress(board, index);
	dress(board, index, &look);
	while (younger != POOL_NONE) {
		const struct sack_run *other = run_at(board, younger);

		if (run_sent_after(other->sent_us, run_end(board, other), run->sent_us,
				   run_end(board, run)))
			break;
		*cursor = younger;
		younger = other->younger;
	}
	link_younger(board, index, *cursor);
	*cursor = join(board, index);
}

uint32_t run_forget(struct sack *board, uint32_t index)
{
	struct sack_run *run = run_at(board, index);
	struct look look = { .sent_us = run->sent_us, .flags = RUN_LOST | RUN_BLURRED };

	assert((run->flags & RUN_SACKED) != 0);
	recount(board, run->flags, look.flags, run_end(board, run) - run->seq);
	return change_whole(board, index, &look);
}

/* ---- ends of the board ---- */

/* Above SACK_RUNS_FINE runs: a part of about a round trip, as the oldest run shows it. */
static uint64_t grain_us(const struct sack *board, uint64_t now_us)
{
	if (board->runs <= SACK_RUNS_FINE || board->oldest == POOL_NONE)
		return 0;
	return (now_us - run_at(board, board->oldest)->sent_us) / SACK_GRAIN_SHARE;
}

void run_make_only(struct sack *board)
{
	uint64_t sent_us = board->plain_us;
	uint32_t index;

	assert(sack_is_plain(board));
	index = take(board, board->una);
	run_at(board, index)->sent_us = sent_us;
	board->head = board->tail = index;
	board->oldest = board->newest = index;
}

void run_drop_only(struct sack *board)
{
	const struct sack_run *run = run_at(board, board->head);
	uint64_t sent_us = run->sent_us;

	assert(board->runs == 1 && run->flags == 0 && seq_leq(board->fack, board->una));
	give(board, board->head);
	board->head = board->tail = POOL_NONE;
	board->found = board->first_lost = POOL_NONE;
	board->plain_us = sent_us;
}

void run_append(struct sack *board, uint32_t end, uint64_t now_us)
{
	struct look look = { .sent_us = now_us, .flags = 0 };
	const struct sack_run *last;
	uint32_t seq = board->nxt;

	last = run_at(board, board->tail);
	if (last->flags == 0 && now_us - last->sent_us <= grain_us(board, now_us)) {
		board->nxt = end;
		return;
	}
	while (!may_take(board, 1))
		run_squeeze(board);
	new_run(board, seq, board->tail, &look);
	board->nxt = end;
	link_time(board, board->tail);
}

void run_drop_front(struct sack *board, uint32_t seq)
{
	struct sack_run *run = run_at(board, board->head);
	uint32_t end = run_end(board, run);

	assert(seq_lt(run->seq, seq) && seq_leq(seq, end));
	count(board, run->flags, 0 - (seq - run->seq));
	if (seq == end)
		remove_run(board, board->head);
	else
		run->seq = seq;
}

void run_free_all(struct sack *board)
{
	uint32_t index = board->head;

	while (index != POOL_NONE) {
		uint32_t next = run_at(board, index)->next;

		give(board, index);
		index = next;
	}
}

/* ---- search ---- */

static uint32_t nearer(const struct sack *board, uint32_t seq, uint32_t best, uint32_t other)
{
	int32_t to_best, to_other;

	if (other == POOL_NONE)
		return best;
	to_best = (int32_t)(seq - run_at(board, best)->seq);
	to_other = (int32_t)(seq - run_at(board, other)->seq);
	to_best = to_best < 0 ? -to_best : to_best;
	to_other = to_other < 0 ? -to_other : to_other;
	return to_other < to_best ? other : best;
}

uint32_t run_find(const struct sack *board, uint32_t seq, uint32_t *steps)
{
	uint32_t index = board->head;

	assert(seq_leq(board->una, seq) && seq_lt(seq, board->nxt));
	index = nearer(board, seq, index, board->tail);
	index = nearer(board, seq, index, board->found);
	index = nearer(board, seq, index, board->first_lost);
	for (;;) {
		const struct sack_run *run = run_at(board, index);

		if (seq_leq(run->seq, seq) && seq_lt(seq, run_end(board, run)))
			return index;
		if (*steps == 0)
			return POOL_NONE;
		(*steps)--;
		index = seq_lt(seq, run->seq) ? run->prev : run->next;
	}
}

/* ---- when there are no more runs ---- */

#define UNLIKE_COST (UINT64_C(1) << 62) /**< more than any difference of time */

/* Bytes whose fate differs are worth more than time: those of the shorter are what is forgotten. */
static uint64_t cost_of_joining(const struct sack *board, const struct sack_run *run)
{
	const struct sack_run *next = run_at(board, run->next);
	uint32_t own = next->seq - run->seq;
	uint32_t other = run_end(board, next) - next->seq;

	if (((run->flags ^ next->flags) & ~(unsigned int)RUN_BLURRED) != 0)
		return UNLIKE_COST + (own < other ? own : other);
	return run->sent_us > next->sent_us ? run->sent_us - next->sent_us
					    : next->sent_us - run->sent_us;
}

void run_squeeze(struct sack *board)
{
	uint64_t best_cost = UINT64_MAX;
	uint32_t best = board->head;
	struct look look = { .flags = RUN_BLURRED };
	struct sack_run *run, *next;

	assert(board->runs >= 2);
	for (uint32_t index = board->head; index != board->tail;
	     index = run_at(board, index)->next) {
		uint64_t cost = cost_of_joining(board, run_at(board, index));

		if (cost < best_cost) {
			best_cost = cost;
			best = index;
		}
	}
	run = run_at(board, best);
	next = run_at(board, run->next);
	look.sent_us = run->sent_us > next->sent_us ? run->sent_us : next->sent_us;
	if (best_cost < UNLIKE_COST)
		look.flags |= run->flags;
	recount(board, run->flags, look.flags, next->seq - run->seq);
	recount(board, next->flags, look.flags, run_end(board, next) - next->seq);
	undress(board, best);
	remove_run(board, run->next);
	dress(board, best, &look);
	if (run_under_way(run))
		link_time(board, best);
	join(board, best);
}
