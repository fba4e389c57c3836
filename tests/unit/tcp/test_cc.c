/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the algorithms have in common, NewReno (RFC 5681, 3465, 8511), and what must hold for any
 * algorithm whatever the ACKs.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "config/limits.h"
#include "config/tcp_constants.h"
#include "tcp/cc.h"

#include "dice.h"

#define SMSS 1000U

static void initial_window_is_rfc_6928s(void **state)
{
	(void)state;
	assert_int_equal(cc_initial_window(536), 5360);
	assert_int_equal(cc_initial_window(1460), 14600);
	assert_int_equal(cc_initial_window(1461), 14600);
	assert_int_equal(cc_initial_window(7300), 14600);
	assert_int_equal(cc_initial_window(8960), 17920);
	for (uint32_t smss = 1; smss <= 16384; smss++) {
		struct cc cc = { .cwnd = cc_initial_window(smss) };

		assert_false(cc_exceeds_initial(&cc, smss));
		cc.cwnd++;
		assert_true(cc_exceeds_initial(&cc, smss));
	}
}

/* Written out: a test that took them from the header could not fail. */
static void constants_are_those_of_the_rfcs(void **state)
{
	(void)state;
	assert_int_equal(TCP_INITIAL_WINDOW_SEGMENTS, 10); /* RFC 6928 */
	assert_int_equal(TCP_ABC_SEGMENTS, 2);             /* RFC 3465 2.2 */
	assert_int_equal(TCP_NON_VALIDATED_MINUTES, 5);    /* RFC 7661 4.4.3 */
	assert_int_equal(RENO_BETA_PERCENT, 50);           /* RFC 5681 3.1 */
	assert_int_equal(RENO_BETA_ECN_PERCENT, 80);       /* RFC 8511 3.1 */
	assert_int_equal(CUBIC_BETA_PERCENT, 70);          /* RFC 9438 4.6 */
	assert_int_equal(CUBIC_BETA_ECN_PERCENT, 85);      /* RFC 8511 3.1 */
	assert_int_equal(CUBIC_C_TENTHS, 4);               /* RFC 9438 5.1 */
	/* RFC 9438 4.3 and 4.7: 3 (1 - beta) / (1 + beta), and (1 + beta) / 2. */
	assert_int_equal(CUBIC_ALPHA * (100 + CUBIC_BETA_PERCENT),
			 CUBIC_ALPHA_PER * 3 * (100 - CUBIC_BETA_PERCENT));
	assert_int_equal(CUBIC_FAST_CONVERGENCE_PERCENT * 2, 100 + CUBIC_BETA_PERCENT);
}

static void restart_only_shrinks_and_remembers_three_quarters(void **state)
{
	struct cc cc = { .cwnd = 100000, .ssthresh = 50000 };

	(void)state;
	cc_restart(&cc, 1460);
	assert_int_equal(cc.cwnd, 14600);
	assert_int_equal(cc.ssthresh, 75000);
	cc.cwnd = 3000;
	cc_restart(&cc, 1460);
	assert_int_equal(cc.cwnd, 3000);
	assert_int_equal(cc.ssthresh, 75000);
	cc = (struct cc){ .cwnd = 100000, .ssthresh = CC_SSTHRESH_NONE };
	cc_restart(&cc, 1460);
	assert_int_equal(cc.ssthresh, CC_SSTHRESH_NONE);
}

static void options_name_the_algorithm(void **state)
{
	(void)state;
	assert_string_equal(cc_named(LA_CUBIC)->name, "cubic");
	assert_string_equal(cc_named(LA_NEWRENO)->name, "newreno");
}

static void credit_is_spent_to_the_byte(void **state)
{
	struct dice dice = { 23 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t gain = dice_between(&dice, 1, 1000000);
		uint64_t per = dice_between(&dice, 1, CWND_MAX);
		uint64_t acked = 0, spent = 0;
		uint32_t credit = 0;

		for (int n = 0; n < 1000; n++) {
			uint32_t bytes = dice_between(&dice, 1, 3000);

			acked += bytes;
			credit += bytes;
			if (acked * gain / per > UINT32_MAX)
				break;
			spent += cc_spend(&credit, gain, per);
			/* Never more than is due. */
			assert_true(spent <= acked * gain / per);
		}
	}
}

/* -- NewReno -- */

static void avoidance_grows_a_segment_for_each_window_however_it_is_acknowledged(void **state)
{
	struct dice dice = { 7 };

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct cc cc = { .cwnd = 20 * SMSS, .ssthresh = 10 * SMSS };
		struct cc_epoch epoch = { 0 };
		uint32_t left = 20 * SMSS;

		while (left > 0) {
			uint32_t bytes = dice_between(&dice, 1, 3 * SMSS);
			struct cc_ack ack = { .flight = 20 * SMSS, .smss = SMSS };

			assert_int_equal(cc.cwnd, 20 * SMSS);
			ack.bytes = bytes < left ? bytes : left;
			cc_newreno.acked(&cc, &epoch, &ack);
			left -= ack.bytes;
		}
		assert_int_equal(cc.cwnd, 21 * SMSS);
	}
}

static void newreno_halves_for_loss_and_leaves_four_fifths_for_a_mark(void **state)
{
	struct cc cc = { .cwnd = 20 * SMSS, .ssthresh = CC_SSTHRESH_NONE };
	struct cc_epoch epoch = { 0 };

	(void)state;
	cc_newreno.marked(&cc, &epoch, 20 * SMSS, SMSS);
	assert_int_equal(cc.cwnd, 16 * SMSS);
	assert_int_equal(cc.ssthresh, 16 * SMSS);
	cc_newreno.lost(&cc, &epoch, 16 * SMSS, SMSS);
	assert_int_equal(cc.cwnd, 8 * SMSS);
	cc_newreno.marked(&cc, &epoch, SMSS, SMSS);
	assert_int_equal(cc.cwnd, 2 * SMSS);
}

static void newreno_undoes_a_loss_once(void **state)
{
	struct cc cc = { .cwnd = 20 * SMSS, .ssthresh = CC_SSTHRESH_NONE };
	struct cc_epoch epoch = { 0 };

	(void)state;
	cc_newreno.timed_out(&cc, &epoch, 20 * SMSS, SMSS);
	assert_int_equal(cc.cwnd, SMSS);
	cc_newreno.undo(&cc, &epoch);
	assert_int_equal(cc.cwnd, 20 * SMSS);
	assert_int_equal(cc.ssthresh, CC_SSTHRESH_NONE);
	cc.cwnd = 5 * SMSS;
	cc_newreno.undo(&cc, &epoch);
	assert_int_equal(cc.cwnd, 5 * SMSS);
}

/* RFC 7661 4.4.1: what was outstanding in this round trip counts, not what the last ACK left. */
static void reduction_starts_from_what_was_outstanding_at_most(void **state)
{
	struct cc cc = { .cwnd = 20 * SMSS, .ssthresh = 10 * SMSS };
	struct cc_epoch epoch = { 0 };
	struct cc_ack ack = { .bytes = SMSS, .flight = 20 * SMSS, .smss = SMSS };

	(void)state;
	ack.snd_nxt = 20 * SMSS;
	cc_newreno.acked(&cc, &epoch, &ack);
	cc_newreno.lost(&cc, &epoch, 4 * SMSS, SMSS);
	assert_int_equal(cc.cwnd, 10 * SMSS);
	/* That was known then; what comes later starts from what is known later. */
	cc_newreno.lost(&cc, &epoch, 6 * SMSS, SMSS);
	assert_int_equal(cc.cwnd, 3 * SMSS);
}

/* -- RFC 7661 -- */

/* ACKs of requests of one segment each, minute by minute. */
/* What is outstanding holds what the peer has SACKed: in one recovery after the other that may be
 * twice the window. No loss makes it grow. */
static void no_loss_makes_a_window_grow(void **state)
{
	static const struct cc_ops *const algorithms[] = { &cc_newreno, &cc_cubic };

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(algorithms); i++) {
		struct cc cc = { .cwnd = 40 * SMSS, .ssthresh = 40 * SMSS };
		struct cc_epoch epoch = { .peak = 100 * SMSS };
		uint32_t before = cc.cwnd;

		for (int losses = 0; losses < 3; losses++, before = cc.cwnd) {
			algorithms[i]->lost(&cc, &epoch, 2 * cc.cwnd, SMSS);
			assert_true(cc.cwnd <= before * 7 / 10);
		}
		algorithms[i]->marked(&cc, &epoch, 2 * cc.cwnd, SMSS);
		assert_true(cc.cwnd < before);
		before = cc.cwnd;
		algorithms[i]->timed_out(&cc, &epoch, 2 * cc.cwnd, SMSS);
		assert_true(cc.ssthresh <= before * 7 / 10);
	}
}

static void use_a_little(struct cc *cc, struct cc_epoch *epoch, uint32_t from, uint32_t minutes)
{
	for (uint32_t minute = from; minute < from + minutes; minute++) {
		struct cc_ack ack = {
			.now_us = minute * 60000000ULL,
			.bytes = SMSS,
			.flight = SMSS,
			.snd_una = minute * SMSS,
			.snd_nxt = minute * SMSS,
			.smss = SMSS,
		};

		cc_newreno.acked(cc, epoch, &ack);
	}
}

static void window_that_is_not_used_for_five_minutes_shrinks(void **state)
{
	struct cc cc = { .cwnd = 100 * SMSS, .ssthresh = 50 * SMSS };
	struct cc_epoch epoch = { 0 };

	(void)state;
	/* The counter of minutes has eight bits: it wraps meanwhile. */
	use_a_little(&cc, &epoch, 253, 1 + TCP_NON_VALIDATED_MINUTES);
	assert_int_equal(cc.cwnd, 100 * SMSS);
	use_a_little(&cc, &epoch, 254 + TCP_NON_VALIDATED_MINUTES, 1);
	assert_int_equal(cc.cwnd, 50 * SMSS);
	assert_int_equal(cc.ssthresh, 75 * SMSS);
	/* And again, down to the initial window. */
	use_a_little(&cc, &epoch, 255 + TCP_NON_VALIDATED_MINUTES, 40);
	assert_int_equal(cc.cwnd, 10 * SMSS);
}

static void window_half_of_which_is_used_grows(void **state)
{
	struct cc cc = { .cwnd = 20 * SMSS, .ssthresh = 40 * SMSS };
	struct cc_epoch epoch = { 0 };
	struct cc_ack ack = { .bytes = SMSS, .flight = 10 * SMSS - 1, .smss = SMSS };

	(void)state;
	ack.snd_nxt = 10 * SMSS;
	cc_newreno.acked(&cc, &epoch, &ack);
	assert_int_equal(cc.cwnd, 20 * SMSS);
	ack.flight = 11 * SMSS;
	cc_newreno.acked(&cc, &epoch, &ack);
	assert_int_equal(cc.cwnd, 21 * SMSS);
	/* The last of that round trip's ACKs find little outstanding, and count all the same. */
	ack.flight = SMSS;
	cc_newreno.acked(&cc, &epoch, &ack);
	assert_int_equal(cc.cwnd, 22 * SMSS);
	/* Those of the next one do not. */
	ack.snd_una = 10 * SMSS;
	ack.snd_nxt = 11 * SMSS;
	cc_newreno.acked(&cc, &epoch, &ack);
	assert_int_equal(cc.cwnd, 22 * SMSS);
}

/* -- any algorithm, any ACKs -- */

struct torture {
	const struct cc_ops *ops;
	struct dice dice;
	struct cc cc;
	struct cc_epoch epoch;
	uint64_t now_us;
	uint32_t una, nxt, smss;
};

static void torture_ack(struct torture *t)
{
	uint32_t flight = t->nxt - t->una;
	struct cc before = t->cc;
	struct cc_ack ack = {
		.now_us = t->now_us,
		.flight = flight,
		.bytes = dice_between(&t->dice, 1, flight),
		.smss = t->smss,
		.srtt_us = dice_between(&t->dice, 0, 60000000),
		.rtt_us = dice_between(&t->dice, 0, 1) * dice_between(&t->dice, 1, 60000000),
		.after_loss = dice_between(&t->dice, 0, 9) == 0,
		.paced = dice_between(&t->dice, 0, 1) == 1,
	};

	t->una += ack.bytes;
	ack.snd_una = t->una;
	ack.snd_nxt = t->nxt;
	t->ops->acked(&t->cc, &t->epoch, &ack);
	/* No ACK is worth more than a segment or what it acknowledges. */
	assert_true(t->cc.cwnd <= before.cwnd + (ack.bytes > t->smss ? ack.bytes : t->smss));
	/* Without use, no growth; the window may have shrunk by half first. */
	if (t->cc.cwnd > before.cwnd)
		assert_true(t->epoch.peak >= before.cwnd / 4);
}

static void torture_step(struct torture *t)
{
	uint32_t flight = t->nxt - t->una;

	t->now_us += dice_between(&t->dice, 0, 200000);
	switch (dice_between(&t->dice, 0, 60)) {
	case 0:
		t->ops->lost(&t->cc, &t->epoch, flight, t->smss);
		assert_true(t->cc.cwnd >= 2 * t->smss && t->cc.ssthresh >= 2 * t->smss);
		break;
	case 1:
		t->ops->timed_out(&t->cc, &t->epoch, flight, t->smss);
		assert_int_equal(t->cc.cwnd, t->smss);
		t->una = t->nxt;
		break;
	case 2:
		t->ops->marked(&t->cc, &t->epoch, flight, t->smss);
		break;
	case 3:
		t->ops->undo(&t->cc, &t->epoch);
		break;
	case 4:
		/* Days may pass. */
		t->una = t->nxt;
		t->now_us += dice_between(&t->dice, 0, INT32_MAX) * 1000ULL;
		t->ops->resumed(&t->cc, &t->epoch,
				&(struct cc_pause){ .now_us = t->now_us,
						    .idle_us = dice_between(&t->dice, 0, 2000000),
						    .rto_us = 1000000,
						    .smss = t->smss });
		break;
	case 5:
		/* The flight was handed back. */
		t->una = t->nxt;
		memset(&t->epoch, 0, sizeof(t->epoch));
		break;
	default:
		if (flight > 0)
			torture_ack(t);
		break;
	}
	/* What is sent, now within the window and now much less. */
	flight = t->nxt - t->una;
	if (flight < t->cc.cwnd)
		t->nxt += dice_between(&t->dice, 0, t->cc.cwnd - flight);
}

static void any_acks_leave_a_window_within_bounds(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 2000; seed++) {
		struct torture t = { .dice = { seed } };

		t.ops = cc_named(dice_between(&t.dice, 0, LA_CONGESTIONS - 1));
		t.smss = dice_between(&t.dice, 64, 9000);
		t.cc.cwnd = seed % 4 == 0 ? CWND_MAX : cc_initial_window(t.smss);
		t.cc.ssthresh = seed % 3 == 0 ? CWND_MAX : CC_SSTHRESH_NONE;
		t.una = t.nxt = dice_between(&t.dice, 0, INT32_MAX) * 2;
		/* Both the microseconds of 32 bits and the milliseconds wrap. */
		t.now_us = seed % 2 == 0 ? UINT32_MAX - 1000000ULL : UINT32_MAX * 1000ULL;
		for (int i = 0; i < 1000; i++) {
			torture_step(&t);
			assert_in_range(t.cc.cwnd, t.smss, CWND_MAX);
			assert_in_range(t.cc.ssthresh, 2 * t.smss, CC_SSTHRESH_NONE);
		}
	}
}

/* A request of so many bytes, and the ACK of all of it. Returns whether it was little. */
static bool both_ways(struct torture *quick, struct torture *whole, uint32_t bytes)
{
	struct cc_ack ack = {
		.now_us = whole->now_us,
		.bytes = bytes,
		.flight = bytes,
		.smss = whole->smss,
		.srtt_us = 1000,
		.rtt_us = dice_between(&whole->dice, 0, 3000),
	};
	bool little;

	whole->una += bytes;
	ack.snd_una = ack.snd_nxt = whole->una;
	little = cc_note_little(&quick->cc, &quick->epoch, bytes, ack.snd_nxt, ack.smss);
	if (little)
		cc_note_rtt(&quick->epoch, ack.rtt_us);
	else
		quick->ops->acked(&quick->cc, &quick->epoch, &ack);
	whole->ops->acked(&whole->cc, &whole->epoch, &ack);
	assert_memory_equal(&quick->cc, &whole->cc, sizeof(whole->cc));
	assert_memory_equal(&quick->epoch, &whole->epoch, sizeof(whole->epoch));
	return little;
}

static void little_is_noted_as_any_ack_would_be(void **state)
{
	unsigned int noted = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct torture whole = { .dice = { seed }, .smss = SMSS, .now_us = 1 };
		struct torture quick;

		whole.ops = cc_named(seed % LA_CONGESTIONS);
		whole.cc = (struct cc){ cc_initial_window(SMSS), CC_SSTHRESH_NONE };
		memcpy(&quick, &whole, sizeof(quick));
		for (int i = 0; i < 200; i++) {
			uint32_t most =
				dice_between(&whole.dice, 0, 19) == 0 ? whole.cc.cwnd : 6 * SMSS;

			/* Sometimes in the middle of a round trip, or out of the first slow start.
			 */
			if (dice_between(&whole.dice, 0, 49) == 0)
				quick.epoch.at_rest = whole.epoch.at_rest = false;
			if (dice_between(&whole.dice, 0, 149) == 0)
				quick.cc.ssthresh = whole.cc.ssthresh = whole.cc.cwnd;
			whole.now_us += dice_between(&whole.dice, 0, 100000000);
			noted += both_ways(&quick, &whole, dice_between(&whole.dice, 1, most));
		}
	}
	assert_in_range(noted, 2000, 38000);
}

/* The first ACK of all came after a time-out that was none: it belonged to no first slow start. */
static void little_is_noted_after_an_undo_as_well(void **state)
{
	(void)state;
	for (unsigned int algorithm = 0; algorithm < LA_CONGESTIONS; algorithm++) {
		struct torture whole = { .dice = { 1 }, .smss = SMSS, .now_us = 1 };
		struct torture quick;

		whole.ops = cc_named((enum la_congestion)algorithm);
		whole.cc = (struct cc){ cc_initial_window(SMSS), CC_SSTHRESH_NONE };
		whole.ops->timed_out(&whole.cc, &whole.epoch, SMSS, SMSS);
		memcpy(&quick, &whole, sizeof(quick));
		assert_false(both_ways(&quick, &whole, SMSS));
		whole.ops->undo(&whole.cc, &whole.epoch);
		quick.ops->undo(&quick.cc, &quick.epoch);
		for (int i = 0; i < 10; i++)
			assert_true(both_ways(&quick, &whole, 100));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial_window_is_rfc_6928s),
		cmocka_unit_test(constants_are_those_of_the_rfcs),
		cmocka_unit_test(restart_only_shrinks_and_remembers_three_quarters),
		cmocka_unit_test(options_name_the_algorithm),
		cmocka_unit_test(credit_is_spent_to_the_byte),
		cmocka_unit_test(
			avoidance_grows_a_segment_for_each_window_however_it_is_acknowledged),
		cmocka_unit_test(newreno_halves_for_loss_and_leaves_four_fifths_for_a_mark),
		cmocka_unit_test(newreno_undoes_a_loss_once),
		cmocka_unit_test(reduction_starts_from_what_was_outstanding_at_most),
		cmocka_unit_test(no_loss_makes_a_window_grow),
		cmocka_unit_test(window_that_is_not_used_for_five_minutes_shrinks),
		cmocka_unit_test(window_half_of_which_is_used_grows),
		cmocka_unit_test(any_acks_leave_a_window_within_bounds),
		cmocka_unit_test(little_is_noted_as_any_ack_would_be),
		cmocka_unit_test(little_is_noted_after_an_undo_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
