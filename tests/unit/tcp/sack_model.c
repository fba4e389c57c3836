/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit/tcp/sack_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/seq.h"
#include "tcp/sack_runs.h"

#define MUST(what) must(what, #what, __LINE__)

static void must(bool holds, const char *what, int line)
{
	if (holds)
		return;
	fprintf(stderr, "sack_model.c:%d: %s\n", line, what);
	abort();
}

static uint32_t draw(const struct sack_model_source *source, uint32_t low, uint32_t high)
{
	return source->draw(source->context, low, high);
}

static struct sack_model_byte *byte_at(struct sack_model *model, uint32_t seq)
{
	return &model->bytes[seq % SACK_MODEL_BYTES];
}

static bool to_resend(const struct sack_model_byte *byte)
{
	return (byte->flags & (RUN_LOST | RUN_RESENT)) == RUN_LOST;
}

static bool under_way(const struct sack_model_byte *byte)
{
	return (byte->flags & RUN_SACKED) == 0 && !to_resend(byte);
}

void sack_model_open(struct sack_model *model, struct sack_pool *pool, uint32_t seq,
		     uint32_t window, bool exact)
{
	MUST(window <= SACK_MODEL_BYTES);
	*model = (struct sack_model){
		.una = seq,
		.nxt = seq,
		.fack = seq,
		.window = window,
		.piece = 30,
		.quiet = 48,
		.exact = exact,
		.now_us = 1000,
	};
	sack_open(&model->board, pool, seq);
}

/* ---- comparing ---- */

static void compare_byte(const struct sack_model *model, const struct sack_run *run,
			 const struct sack_model_byte *byte)
{
	MUST(run->sent_us <= model->now_us);
	if (model->exact) {
		MUST(run->flags == byte->flags);
		MUST((run->flags & RUN_SACKED) != 0 || run->sent_us == byte->sent_us);
		return;
	}
	if ((run->flags & RUN_SACKED) != 0)
		MUST((byte->flags & RUN_SACKED) != 0);
	else if (run_to_resend(run))
		MUST(to_resend(byte) || (byte->flags & RUN_SACKED) != 0);
	/* What was sent more than once never looks as if it had been sent once. */
	if ((byte->flags & (RUN_BLURRED | RUN_SACKED)) == RUN_BLURRED)
		MUST((run->flags & RUN_BLURRED) != 0);
}

static void compare(struct sack_model *model)
{
	const struct sack *board = &model->board;
	const struct sack_run alone = { .sent_us = board->plain_us };
	uint32_t pipe = 0;

	sack_check(board);
	MUST(board->una == model->una && board->nxt == model->nxt);
	for (uint32_t seq = board->una; sack_is_plain(board) && seq != board->nxt; seq++, pipe++)
		compare_byte(model, &alone, byte_at(model, seq));
	for (uint32_t index = board->head; index != POOL_NONE; index = run_at(board, index)->next) {
		const struct sack_run *run = run_at(board, index);

		for (uint32_t seq = run->seq; seq != run_end(board, run); seq++) {
			compare_byte(model, run, byte_at(model, seq));
			pipe += (run->flags & (RUN_SACKED | RUN_LOST)) == 0;
			pipe += (run->flags & RUN_RESENT) != 0;
		}
	}
	MUST(sack_pipe(board) == pipe);
	if (model->exact) {
		MUST(board->fack == model->fack);
		MUST(board->sack_news == model->news);
	}
}

/* ---- what we do ---- */

static struct sack_range draw_range(struct sack_model *model,
				    const struct sack_model_source *source)
{
	uint32_t length = model->nxt - model->una;
	uint32_t from = draw(source, 0, length - 1);
	uint32_t bytes = draw(source, 1, model->piece);

	if (bytes > length - from)
		bytes = length - from;
	return (struct sack_range){ model->una + from, model->una + from + bytes };
}

static void send_new(struct sack_model *model, const struct sack_model_source *source)
{
	uint32_t room = model->window - (model->nxt - model->una);
	uint32_t bytes = draw(source, 1, model->piece);

	if (bytes > room)
		bytes = room;
	if (bytes == 0)
		return;
	sack_sent(&model->board, model->nxt + bytes, model->now_us);
	for (; bytes > 0; bytes--, model->nxt++)
		*byte_at(model, model->nxt) = (struct sack_model_byte){ model->now_us, 0 };
}

static void resend(struct sack_model *model, struct sack_range range)
{
	sack_resent(&model->board, range, model->now_us);
	for (uint32_t seq = range.seq; seq != range.end; seq++) {
		struct sack_model_byte *byte = byte_at(model, seq);

		if ((byte->flags & RUN_SACKED) != 0)
			continue;
		byte->flags = (byte->flags & RUN_LOST) | RUN_RESENT | RUN_BLURRED;
		byte->sent_us = model->now_us;
	}
}

/* A segment of what is lost; afterwards it is no longer what is to be sent next. */
static void resend_lost(struct sack_model *model, const struct sack_model_source *source)
{
	uint32_t limit = draw(source, 1, 20);
	uint32_t seq = model->una;
	struct sack_range range, again;
	bool any = sack_next_lost(&model->board, limit, &range);

	while (seq != model->nxt && !to_resend(byte_at(model, seq)))
		seq++;
	if (model->exact)
		MUST(any == (seq != model->nxt));
	if (!any)
		return;
	MUST(seq_leq(model->una, range.seq) && seq_leq(range.end, model->nxt));
	MUST(range.end - range.seq >= 1 && range.end - range.seq <= limit);
	if (model->exact) {
		MUST(range.seq == seq);
		while (seq != range.end)
			MUST(to_resend(byte_at(model, seq++)));
		MUST(range.end - range.seq == limit || seq == model->nxt ||
		     !to_resend(byte_at(model, seq)));
	}
	resend(model, range);
	if (sack_next_lost(&model->board, limit, &again))
		MUST(seq_geq(again.seq, range.end) || seq_lt(again.seq, range.seq));
}

static uint32_t lose_bytes(struct sack_model *model, struct sack_range range)
{
	uint32_t bytes = 0;

	for (uint32_t seq = range.seq; seq != range.end; seq++) {
		struct sack_model_byte *byte = byte_at(model, seq);

		bytes += under_way(byte);
		if ((byte->flags & RUN_SACKED) == 0)
			byte->flags = RUN_LOST | (byte->flags & RUN_BLURRED);
	}
	return bytes;
}

static void lose_range(struct sack_model *model, struct sack_range range)
{
	uint32_t bytes = sack_lose(&model->board, range);

	MUST(lose_bytes(model, range) == bytes || !model->exact);
}

static void lose_all(struct sack_model *model)
{
	uint32_t bytes = sack_lose_all(&model->board);
	struct sack_range all = { model->una, model->nxt };

	MUST(lose_bytes(model, all) == bytes || !model->exact);
	MUST(model->board.runs == 0 || model->board.oldest == POOL_NONE);
}

static void lose_oldest(struct sack_model *model)
{
	struct sack_piece piece;
	uint32_t bytes = 0;
	bool any = sack_oldest(&model->board, &piece);

	if (model->exact) {
		uint32_t seq;

		for (seq = model->una; seq != model->nxt; seq++)
			if (under_way(byte_at(model, seq)))
				bytes++;
		MUST(any == (bytes > 0));
		for (seq = model->una; seq != model->nxt; seq++)
			if (under_way(byte_at(model, seq)))
				MUST(byte_at(model, seq)->sent_us >= piece.sent_us);
	}
	if (!any)
		return;
	bytes = sack_lose_oldest(&model->board);
	MUST(bytes == piece.range.end - piece.range.seq);
	MUST(lose_bytes(model, piece.range) == bytes || !model->exact);
}

static void restore(struct sack_model *model)
{
	uint32_t bytes = sack_restore(&model->board);
	uint64_t latest_us = 0;
	struct sack_range range;

	for (uint32_t seq = model->una; seq != model->nxt; seq++) {
		struct sack_model_byte *byte = byte_at(model, seq);

		if (!to_resend(byte))
			continue;
		bytes -= model->exact;
		byte->flags &= RUN_BLURRED;
		if (byte->sent_us < latest_us && model->exact)
			*byte = (struct sack_model_byte){ latest_us, RUN_BLURRED };
		latest_us = byte->sent_us;
	}
	MUST(!model->exact || bytes == 0);
	MUST(!sack_next_lost(&model->board, 1, &range));
}

static void forget(struct sack_model *model)
{
	struct sack *board = &model->board;
	uint32_t bytes = sack_forget(board);

	MUST(board->sacked_bytes == 0 && board->sacked_runs == 0);
	for (uint32_t index = board->head; index != POOL_NONE; index = run_at(board, index)->next) {
		const struct sack_run *run = run_at(board, index);

		for (uint32_t seq = run->seq; seq != run_end(board, run); seq++) {
			struct sack_model_byte *byte = byte_at(model, seq);

			if ((byte->flags & RUN_SACKED) == 0)
				continue;
			bytes -= model->exact;
			/* SACKed neighbours share a time that is not before any of theirs. */
			MUST(run->sent_us >= byte->sent_us || !model->exact);
			MUST(run->flags == (RUN_LOST | RUN_BLURRED) || !model->exact);
			*byte = (struct sack_model_byte){ run->sent_us, run->flags };
		}
	}
	MUST(!model->exact || bytes == 0);
	model->fack = model->una;
	model->news = 0;
}

/* ---- what the peer says ---- */

struct expected {
	struct sack_delivery delivery;
	uint64_t first_us[2], last_us[2]; /**< by SEG.ACK, by a block */
	bool any[2];
	bool repaired;
};

static void expect_byte(struct sack_model *model, const struct sack_ack *ack, uint32_t seq,
			uint32_t fack, bool by_block, struct expected *expected)
{
	struct sack_model_byte *byte = byte_at(model, seq);
	struct sack_delivery *out = &expected->delivery;
	bool once = (byte->flags & RUN_BLURRED) == 0;
	bool credible = once || byte->sent_us <= ack->credible_us;

	if ((byte->flags & RUN_SACKED) != 0)
		return;
	out->acked += !by_block;
	out->sacked += by_block;
	out->original += once;
	out->revived += to_resend(byte) || ((byte->flags & RUN_LOST) != 0 && !credible);
	out->reordered |= once && seq_lt(seq + 1, fack);
	expected->repaired |= !by_block && !once;
	if (credible && (!out->has_newest || byte->sent_us > out->newest_us ||
			 (byte->sent_us == out->newest_us && seq_geq(seq, out->newest_end)))) {
		out->has_newest = true;
		out->newest_us = byte->sent_us;
		out->newest_end = seq + 1;
		out->newest_resent = !once;
	}
	if (once) {
		if (!expected->any[by_block] || byte->sent_us < expected->first_us[by_block])
			expected->first_us[by_block] = byte->sent_us;
		if (!expected->any[by_block] || byte->sent_us > expected->last_us[by_block])
			expected->last_us[by_block] = byte->sent_us;
		expected->any[by_block] = true;
	}
	if (by_block) {
		byte->flags = RUN_SACKED;
		if (seq_gt(seq + 1, model->fack))
			model->fack = seq + 1;
	}
}

static void expect_measures(const struct sack_ack *ack, struct expected *expected)
{
	struct sack_delivery *out = &expected->delivery;
	bool by_ack = expected->any[0] && !expected->repaired;
	uint64_t last_us = 0;

	out->rtt_us = SACK_NO_RTT;
	out->rtt_last_us = SACK_NO_RTT;
	if (by_ack || expected->any[1])
		out->rtt_us = (uint32_t)(ack->now_us - expected->first_us[by_ack ? 0 : 1]);
	if (by_ack)
		last_us = expected->last_us[0];
	if (expected->any[1] && expected->last_us[1] > last_us)
		last_us = expected->last_us[1];
	if (by_ack || expected->any[1])
		out->rtt_last_us = (uint32_t)(ack->now_us - last_us);
}

static bool is_block(const struct sack_model *model, const struct sack_ack *ack,
		     const struct tcp_sack_block *block)
{
	uint32_t length = block->right - block->left;

	return length > 0 && length < 1U << 31 && seq_leq(block->right, model->nxt) &&
	       seq_gt(block->right, ack->ack) &&
	       (seq_geq(block->left, ack->ack) || ack->ack - block->left <= ack->window);
}

static bool is_dsack(const struct sack_model *model, const struct sack_ack *ack)
{
	const struct tcp_sack_block *b = ack->blocks;

	if (ack->count == 0 || !seq_lt(b[0].left, b[0].right) || seq_gt(b[0].right, model->nxt))
		return false;
	if (seq_leq(b[0].right, ack->ack))
		return ack->ack - b[0].left <= ack->window;
	return ack->count >= 2 && !seq_lt(b[0].left, ack->ack) && !seq_lt(b[0].left, b[1].left) &&
	       !seq_gt(b[0].right, b[1].right);
}

static void expect(struct sack_model *model, const struct sack_ack *ack, struct expected *expected)
{
	uint32_t fack = model->fack;

	*expected = (struct expected){ .delivery = { .advanced = ack->ack - model->una } };
	expected->delivery.dsack = is_dsack(model, ack);
	if (expected->delivery.dsack)
		expected->delivery.duplicate =
			(struct sack_range){ ack->blocks[0].left, ack->blocks[0].right };
	for (uint32_t seq = model->una; seq != ack->ack; seq++)
		expect_byte(model, ack, seq, fack, false, expected);
	if (ack->ack != model->una)
		model->news = 0;
	model->una = ack->ack;
	for (unsigned int i = 0; i < ack->count; i++) {
		if (!is_block(model, ack, &ack->blocks[i]))
			continue;
		for (uint32_t seq = seq_max(ack->blocks[i].left, ack->ack);
		     seq != ack->blocks[i].right; seq++)
			expect_byte(model, ack, seq, fack, true, expected);
	}
	if (seq_lt(model->fack, model->una))
		model->fack = model->una;
	expect_measures(ack, expected);
}

static void compare_delivery(const struct sack_delivery *got, const struct sack_delivery *want)
{
	MUST(got->acked == want->acked);
	MUST(got->sacked == want->sacked);
	MUST(got->original == want->original);
	MUST(got->revived == want->revived);
	MUST(got->has_newest == want->has_newest);
	MUST(got->newest_us == want->newest_us);
	MUST(got->newest_end == want->newest_end);
	MUST(got->newest_resent == want->newest_resent);
	MUST(got->reordered == want->reordered);
	MUST(got->rtt_us == want->rtt_us);
	MUST(got->rtt_last_us == want->rtt_last_us);
}

static struct tcp_sack_block draw_block(struct sack_model *model, uint32_t ack,
					const struct sack_model_source *source)
{
	uint32_t length = model->nxt - ack;
	uint32_t from = length == 0 ? 0 : draw(source, 0, length - 1);
	uint32_t left = ack + from;
	uint32_t right = left + draw(source, 1, model->piece);

	switch (draw(source, 0, 15)) {
	case 0: /* about what is acknowledged */
		left = ack - draw(source, 0, 60);
		right = left + draw(source, 0, 60);
		break;
	case 1: /* beyond what was sent, perhaps */
		right = model->nxt + draw(source, 0, 3);
		break;
	case 2: /* nonsense */
		left = ack + draw(source, 0, UINT32_MAX);
		right = left - draw(source, 0, 100);
		break;
	default:
		if (seq_gt(right, model->nxt))
			right = model->nxt;
		break;
	}
	return (struct tcp_sack_block){ left, right };
}

/* Both take it. */
static void acknowledge(struct sack_model *model, const struct sack_ack *ack)
{
	uint32_t sacked_before = model->board.sacked_bytes;
	struct sack_delivery got;
	struct expected expected;

	expect(model, ack, &expected);
	sack_acknowledge(&model->board, ack, &got);
	MUST(got.advanced == expected.delivery.advanced);
	MUST(got.dsack == expected.delivery.dsack);
	MUST(got.duplicate.seq == expected.delivery.duplicate.seq);
	MUST(got.duplicate.end == expected.delivery.duplicate.end);
	MUST(model->board.sacked_bytes == sacked_before + got.sacked - (got.advanced - got.acked));
	if (model->exact)
		compare_delivery(&got, &expected.delivery);
	if (model->board.sacked_bytes == 0)
		model->news = 0;
	else if (got.sacked > 0 && model->news < UINT8_MAX)
		model->news++;
}

static void draw_acknowledge(struct sack_model *model, const struct sack_model_source *source)
{
	struct tcp_sack_block blocks[TCP_SACK_BLOCKS_MAX];
	struct sack_ack ack = { .ack = model->una, .blocks = blocks, .now_us = model->now_us };
	uint32_t outstanding = model->nxt - model->una;

	if (draw(source, 0, 63) >= model->quiet)
		ack.ack += draw(source, 0, draw(source, 0, 7) == 0 ? outstanding : outstanding / 4);
	ack.count = draw(source, 0, TCP_SACK_BLOCKS_MAX);
	ack.window = draw(source, 0, 50);
	ack.credible_us = model->now_us - draw(source, 0, 200);
	for (unsigned int i = 0; i < ack.count; i++)
		blocks[i] = draw_block(model, ack.ack, source);
	if (ack.count > 1 && draw(source, 0, 7) == 0)
		blocks[1] = (struct tcp_sack_block){ blocks[0].left - draw(source, 0, 3),
						     blocks[0].right + draw(source, 0, 3) };
	acknowledge(model, &ack);
}

void sack_model_riddle(struct sack_model *model)
{
	uint32_t end = model->nxt + model->window;

	acknowledge(model, &(struct sack_ack){ .ack = model->nxt, .now_us = model->now_us });
	sack_sent(&model->board, end, model->now_us);
	for (; model->nxt != end; model->nxt++)
		*byte_at(model, model->nxt) = (struct sack_model_byte){ model->now_us, 0 };
	for (uint32_t seq = model->una + 1; seq != end && seq + 1 != end; seq += 2) {
		const struct tcp_sack_block block = { seq, seq + 1 };

		acknowledge(model, &(struct sack_ack){ .ack = model->una,
						       .blocks = &block,
						       .count = 1,
						       .now_us = model->now_us,
						       .credible_us = model->now_us });
	}
	model->piece = 3;
	model->quiet = 64;
	compare(model);
}

/* ---- a step ---- */

static void act(struct sack_model *model, const struct sack_model_source *source)
{
	uint32_t deed = draw(source, 0, 99);

	if (deed < 30 || model->una == model->nxt)
		send_new(model, source);
	else if (deed < 70)
		draw_acknowledge(model, source);
	else if (deed < 83)
		resend_lost(model, source);
	else if (deed < 86)
		resend(model, draw_range(model, source));
	else if (deed < 91)
		lose_range(model, draw_range(model, source));
	else if (deed < 96)
		lose_oldest(model);
	else if (deed == 96)
		restore(model);
	else if (deed == 97 && (sack_is_reneged(&model->board) || draw(source, 0, 9) == 0))
		forget(model);
	else if (deed == 98 && draw(source, 0, 9) == 0)
		lose_all(model);
}

void sack_model_step(struct sack_model *model, const struct sack_model_source *source)
{
	uint32_t pause = draw(source, 0, 9);

	/* Now and then other habits: long runs or short ones, a board that fills or one that
	 * empties. */
	if (draw(source, 0, 999) == 0) {
		model->piece = 1U << draw(source, 0, 5);
		model->quiet = draw(source, 30, 64);
	}
	/* Often many things happen in one breath. */
	if (pause < 5)
		model->now_us += draw(source, 0, pause == 0 ? 1000 : 20);
	act(model, source);
	compare(model);
}
