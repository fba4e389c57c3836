/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_sack.c: the scoreboard, RACK-TLP and PRR under any sequence of deeds and ACKs.
 *
 * Input: one byte that chooses what runs (enum below), then numbers from which everything is drawn;
 * a number takes as many bytes as its range needs, and the input's end is the end. Boards run
 * beside a model that keeps a record for each byte (tests/unit/tcp/sack_model.h). In the fourth way
 * a sender uses all three organs as the stack does, and what must hold for each is demanded.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/seq.h"
#include "config/limits.h"
#include "tcp/prr.h"
#include "tcp/rack.h"
#include "unit/tcp/sack_model.h"

#define BOARDS 2U
#define EXACT_WINDOW (SACK_RUNS_FINE - 8U)
#define SMSS 100U
#define SENDER_WINDOW (200U * SMSS)

#define DEMAND(condition)                                                                       \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

enum {
	RUN_EXACT,  /**< as many runs as anybody wants: board and model are equal */
	RUN_DRY,    /**< nothing but what is reserved */
	RUN_SHARED, /**< two boards want more than there is */
	RUN_FULL,   /**< at the bound of one board */
	RUN_SENDER, /**< a sender in its recoveries */
	RUN_WAYS,
};

struct program {
	const uint8_t *at, *end;
};

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static uint32_t draw_input(void *context, uint32_t low, uint32_t high)
{
	struct program *program = context;
	uint64_t width = (uint64_t)high - low + 1;
	uint32_t number = 0;

	for (uint64_t reach = 1; reach < width && program->at < program->end; reach <<= 8)
		number = number << 8 | *program->at++;
	return low + (uint32_t)(number % width);
}

/* ---- boards beside models ---- */

static void run_models(struct program *program, unsigned int way)
{
	static const struct {
		uint32_t more, window;
	} table[] = {
		[RUN_EXACT] = { 1000, EXACT_WINDOW },
		[RUN_DRY] = { 0, 300 },
		[RUN_SHARED] = { 40, 500 },
		[RUN_FULL] = { 8000, SACK_MODEL_BYTES },
	};
	static struct sack_model models[BOARDS];
	const struct sack_model_source source = { draw_input, program };
	struct sack_pool pool;

	DEMAND(sack_pool_create(&pool, BOARDS, table[way].more, -1) == 0);
	/* Small enough for the model to reach. */
	pool.runs_max = SACK_MODEL_BYTES / 4;
	for (uint32_t i = 0; i < BOARDS; i++) {
		sack_model_open(&models[i], &pool, 0U - draw_input(program, 0, 255),
				table[way].window, way == RUN_EXACT);
		if (way == RUN_FULL && i == 0)
			sack_model_riddle(&models[i]);
	}
	while (program->at < program->end)
		sack_model_step(&models[draw_input(program, 0, BOARDS - 1)], &source);
	for (uint32_t i = 0; i < BOARDS; i++)
		sack_close(&models[i].board);
	DEMAND(pool.runs.in_use == 0 && pool.boards_left == BOARDS);
	sack_pool_destroy(&pool);
}

/* ---- a sender ---- */

struct sender {
	struct sack board;
	struct rack rack;
	struct rack_memory memory;
	struct rack_view view;
	struct prr prr;
	uint32_t cwnd, ssthresh;
	uint32_t recover; /**< recovery ends when it is acknowledged */
};

static void begin_recovery(struct sender *s, const struct sack_delivery *got)
{
	s->view.recovering = true;
	s->recover = s->board.nxt;
	s->ssthresh = s->cwnd / 2 < 2 * SMSS ? 2 * SMSS : s->cwnd / 2;
	prr_enter(&s->prr, &(struct prr_start){
				   .outstanding = s->board.nxt - s->board.una,
				   .sacked = s->board.sacked_bytes,
				   .newly_sacked = got->sacked,
				   .newly_acked = got->acked,
			   });
}

/* Presumes losses, and lets recovery begin, go on and end. */
static void take_losses(struct sender *s, const struct sack_delivery *got)
{
	struct rack_losses losses = rack_detect(&s->rack, &s->memory, &s->board, &s->view);
	uint32_t before = s->cwnd;
	uint64_t share;

	DEMAND(losses.timeout_us == 0 || s->board.oldest != POOL_NONE);
	if (s->view.recovering && seq_geq(s->board.una, s->recover)) {
		s->view.recovering = false;
		s->cwnd = s->ssthresh;
		prr_leave(&s->prr);
		rack_recovered(&s->memory);
	} else if (!s->view.recovering && losses.bytes > 0) {
		begin_recovery(s, got);
	}
	if (!s->view.recovering)
		return;
	s->cwnd = prr_acknowledged(&s->prr, &(struct prr_ack){
						    .delivered = got->acked + got->sacked,
						    .pipe = sack_pipe(&s->board),
						    .cwnd = s->cwnd,
						    .ssthresh = s->ssthresh,
						    .smss = SMSS,
						    .safe = got->advanced > 0 && losses.bytes == 0,
					    });
	/* Below ssthresh never beyond it; above, what has left and what may leave now is the share
	 * of what arrived, whatever was held back before. */
	share = (uint64_t)s->prr.delivered * s->ssthresh / s->prr.recover_fs + SMSS;
	DEMAND(s->cwnd <= s->ssthresh + SMSS || s->cwnd <= sack_pipe(&s->board) + SMSS ||
	       s->cwnd <= before || s->cwnd - sack_pipe(&s->board) + s->prr.out <= share);
}

/* It may not get the two runs that dividing one takes: sack_runs.c shares them out. */
static bool lacks_runs(const struct sack *board)
{
	uint32_t free = pool_left(&board->pool->runs) - board->pool->promised;

	return board->runs + 4U > SACK_RUNS_RESERVED + free;
}

static void send_some(struct sender *s)
{
	struct sack_range next;

	for (uint32_t i = 0; i < 8 && sack_pipe(&s->board) + SMSS <= s->cwnd; i++) {
		uint32_t pipe = sack_pipe(&s->board);
		uint32_t bytes = SMSS;

		if (sack_next_lost(&s->board, SMSS, &next)) {
			bytes = next.end - next.seq;
			sack_resent(&s->board, next, s->view.now_us);
		} else if (s->board.nxt - s->board.una + SMSS <= SENDER_WINDOW) {
			sack_sent(&s->board, s->board.nxt + SMSS, s->view.now_us);
		} else {
			break;
		}
		/* What is sent is in the network: nothing can be sent for ever. A board without
		 * runs may forget meanwhile that something else was sent twice. */
		DEMAND(sack_pipe(&s->board) >= pipe + bytes || lacks_runs(&s->board));
		if (s->view.recovering)
			prr_sent(&s->prr, bytes);
	}
	s->view.snd_nxt = s->board.nxt;
}

static void hear(struct sender *s, struct program *program)
{
	struct tcp_sack_block blocks[TCP_SACK_BLOCKS_MAX];
	uint32_t segments = (s->board.nxt - s->board.una) / SMSS;
	uint32_t echo = draw_input(program, 0, 3);
	struct sack_ack ack = {
		.ack = s->board.una,
		.window = SENDER_WINDOW,
		.blocks = blocks,
		.count = draw_input(program, 0, TCP_SACK_BLOCKS_MAX),
		.now_us = s->view.now_us,
		.credible_us = rack_credible_us(&s->rack, s->view.now_us,
						echo > 0 ? UINT64_MAX : s->view.now_us - 500),
	};
	struct sack_delivery got;

	DEMAND(ack.credible_us <= s->view.now_us);
	if (draw_input(program, 0, 1) == 1)
		ack.ack += draw_input(program, 0, segments) * SMSS;
	for (unsigned int i = 0; i < ack.count; i++) {
		blocks[i].left = s->board.una + draw_input(program, 0, 255) * SMSS;
		blocks[i].right = blocks[i].left + draw_input(program, 0, 15) * SMSS;
	}
	sack_acknowledge(&s->board, &ack, &got);
	s->view.snd_una = s->board.una;
	rack_update(&s->rack, &s->memory, &got, &s->view);
	DEMAND(!got.has_newest || (s->rack.runs && s->rack.xmit_us <= s->view.now_us));
	rack_probe_acked(&s->rack, ack.ack, got.advanced == 0 && ack.count == 0, &got);
	if (!s->view.recovering && got.acked > 0 && s->cwnd < SENDER_WINDOW)
		s->cwnd += SMSS;
	take_losses(s, &got);
}

static void time_out(struct sender *s)
{
	if (s->board.una == s->board.nxt)
		return;
	if (sack_is_reneged(&s->board))
		sack_forget(&s->board);
	rack_timed_out(&s->rack, &s->memory, &s->board, &s->view);
	if (s->view.recovering)
		prr_leave(&s->prr);
	s->view.recovering = false;
	s->cwnd = sack_pipe(&s->board) + SMSS;
}

static void probe(struct sender *s)
{
	struct sack_range last = { s->board.nxt - SMSS, s->board.nxt };

	if (!rack_may_probe(&s->rack, &s->board, s->view.recovering))
		return;
	if (s->board.nxt - s->board.una < SMSS)
		last.seq = s->board.una;
	sack_resent(&s->board, last, s->view.now_us);
	rack_probe_sent(&s->rack, s->board.nxt, true);
}

static void run_sender(struct program *program)
{
	struct sender s = { .cwnd = 10 * SMSS, .view = { .now_us = 1000, .smss = SMSS } };
	const struct sack_delivery nothing = { 0 };
	struct sack_pool pool;

	DEMAND(sack_pool_create(&pool, 1, draw_input(program, 0, 255), -1) == 0);
	sack_open(&s.board, &pool, 0U - draw_input(program, 0, 255) * SMSS);
	s.view.snd_una = s.view.snd_nxt = s.board.una;
	rack_init(&s.rack);
	while (program->at < program->end) {
		s.view.now_us += draw_input(program, 0, 255) * 4;
		s.view.srtt_us = s.rack.rtt_us;
		switch (draw_input(program, 0, 15)) {
		case 0:
			time_out(&s);
			break;
		case 1:
			probe(&s);
			break;
		case 2:
			sack_restore(&s.board);
			break;
		case 3:
		case 4:
			take_losses(&s, &nothing);
			break;
		default:
			hear(&s, program);
			break;
		}
		send_some(&s);
		sack_check(&s.board);
	}
	sack_close(&s.board);
	DEMAND(pool.runs.in_use == 0);
	sack_pool_destroy(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct program program = { input, input + size };
	unsigned int way = draw_input(&program, 0, RUN_WAYS - 1);

	if (way == RUN_SENDER)
		run_sender(&program);
	else
		run_models(&program, way);
	return 0;
}
