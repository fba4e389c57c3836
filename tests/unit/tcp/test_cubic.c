/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CUBIC against the formulas of RFC 9438, computed here in floating point.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "config/limits.h"
#include "config/tcp_constants.h"
#include "tcp/cc.h"
#include "tcp/cubic_curve.h"

#include "dice.h"

#define SMSS 1000U
#define RTT_US 100000U

/* A sender whose window is always full, and whose ACKs come one a segment. */
struct sender {
	struct cc cc;
	struct cc_epoch epoch;
	uint64_t now_us;
	uint32_t una;
	uint32_t rtt_us;
};

static struct sender sender_with(uint32_t segments, uint32_t ssthresh)
{
	return (struct sender){
		.cc = { .cwnd = segments * SMSS, .ssthresh = ssthresh },
		.now_us = 1000000,
		.una = 0xfffff000,
		.rtt_us = RTT_US,
	};
}

static struct cc_ack ack_of(struct sender *s, uint32_t bytes)
{
	s->una += bytes;
	return (struct cc_ack){
		.now_us = s->now_us,
		.bytes = bytes,
		.flight = s->cc.cwnd,
		.snd_una = s->una,
		.snd_nxt = s->una + s->cc.cwnd - bytes,
		.smss = SMSS,
		.srtt_us = s->rtt_us,
		.rtt_us = s->rtt_us,
	};
}

/* One window is sent and acknowledged, spread over one round trip. */
static void round_trip(struct sender *s)
{
	uint32_t acks = s->cc.cwnd / SMSS;

	for (uint32_t i = 0; i < acks; i++) {
		struct cc_ack ack;

		s->now_us += s->rtt_us / acks;
		ack = ack_of(s, SMSS);
		cc_cubic.acked(&s->cc, &s->epoch, &ack);
	}
	s->now_us += s->rtt_us % acks;
}

static void one_ack(struct sender *s)
{
	struct cc_ack ack = ack_of(s, SMSS);

	cc_cubic.acked(&s->cc, &s->epoch, &ack);
}

/* -- the curve -- */

static void root_is_exact(void **state)
{
	struct dice dice = { 3 };

	(void)state;
	assert_int_equal(cubic_curve_root(0), 0);
	assert_int_equal(cubic_curve_root(7), 1);
	assert_int_equal(cubic_curve_root(8), 2);
	assert_int_equal(cubic_curve_root(UINT64_MAX), 2642245);
	for (int i = 0; i < 100000; i++) {
		uint64_t number = (uint64_t)dice_between(&dice, 0, INT32_MAX) << 33 |
				  dice_between(&dice, 0, INT32_MAX);
		uint64_t root;

		number >>= dice_between(&dice, 0, 63);
		root = cubic_curve_root(number);
		assert_true(root * root * root <= number);
		assert_true(root == 2642245 || (root + 1) * (root + 1) * (root + 1) > number);
	}
}

static void k_is_that_of_equation_2(void **state)
{
	static const uint32_t sizes[] = { 64, 536, 1448, 8960, 65535 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (uint32_t gap = 1; gap < CWND_MAX / 3; gap *= 3) {
			double k = cbrt((double)gap / sizes[i] / 0.4) * 1000;

			assert_true(fabs(k - cubic_curve_k_ms(gap, sizes[i])) < 1.001);
		}
		assert_true(cubic_curve_k_ms(CWND_MAX, sizes[i]) < CUBIC_REACH_MS);
	}
	/* 100 segments, 30 of them lost: cbrt(75) seconds. */
	assert_int_equal(cubic_curve_k_ms(30 * SMSS, SMSS), 4217);
}

static void window_is_that_of_equation_1(void **state)
{
	struct dice dice = { 5 };

	(void)state;
	assert_int_equal(cubic_curve_at(100000, 0, SMSS), 100000);
	assert_int_equal(cubic_curve_at(100000, 1000, SMSS), 100400);
	assert_int_equal(cubic_curve_at(100000, -1000, SMSS), 99600);
	assert_int_equal(cubic_curve_at(100000, 5000, SMSS), 150000);
	for (int i = 0; i < 100000; i++) {
		uint32_t smss = dice_between(&dice, 64, 65535);
		uint32_t w_max = dice_between(&dice, 0, CWND_MAX);
		int32_t after = (int32_t)dice_between(&dice, 0, 2 * CUBIC_REACH_MS) -
				(int32_t)CUBIC_REACH_MS;
		double exact = 0.4 * pow(after / 1000.0, 3) * smss + w_max;

		exact = exact < 0 ? 0 : exact > CWND_MAX ? CWND_MAX : exact;
		assert_true(fabs(exact - cubic_curve_at(w_max, after, smss)) < 2);
	}
	assert_int_equal(cubic_curve_at(CWND_MAX, INT32_MAX, 65535), CWND_MAX);
	assert_int_equal(cubic_curve_at(CWND_MAX, INT32_MIN, 65535), 0);
}

static void time_on_the_curve_has_an_end(void **state)
{
	(void)state;
	assert_int_equal(cubic_curve_advance(4217, 1000), 3217);
	assert_int_equal(cubic_curve_advance(4217, 5000), -783);
	assert_int_equal(cubic_curve_advance(4217, UINT32_MAX), -(int32_t)CUBIC_REACH_MS);
	assert_int_equal(cubic_curve_advance(-(int32_t)CUBIC_REACH_MS, 1),
			 -(int32_t)CUBIC_REACH_MS);
}

/* -- reductions -- */

static void loss_leaves_seven_tenths(void **state)
{
	struct sender s = sender_with(100, 50 * SMSS);

	(void)state;
	one_ack(&s);
	cc_cubic.lost(&s.cc, &s.epoch, 100 * SMSS, SMSS);
	assert_int_equal(s.cc.cwnd, 70 * SMSS);
	assert_int_equal(s.cc.ssthresh, 70 * SMSS);
	cc_cubic.lost(&s.cc, &s.epoch, 2 * SMSS, SMSS);
	assert_int_equal(s.cc.cwnd, 2 * SMSS);
	assert_int_equal(s.cc.ssthresh, 2 * SMSS);
}

static void second_lower_loss_gives_way_to_others(void **state)
{
	struct sender s = sender_with(100, 50 * SMSS);

	(void)state;
	one_ack(&s);
	cc_cubic.lost(&s.cc, &s.epoch, s.cc.cwnd, SMSS);
	assert_in_range(s.epoch.cubic.w_max, 100 * SMSS, 101 * SMSS);
	one_ack(&s);
	s.cc.cwnd = 80 * SMSS;
	cc_cubic.lost(&s.cc, &s.epoch, 80 * SMSS, SMSS);
	assert_int_equal(s.epoch.cubic.w_max, 68 * SMSS);
	/* Where more was reached there is nothing to give. */
	one_ack(&s);
	s.cc.cwnd = 90 * SMSS;
	s.epoch.peak = 90 * SMSS;
	cc_cubic.lost(&s.cc, &s.epoch, 90 * SMSS, SMSS);
	assert_int_equal(s.epoch.cubic.w_max, 90 * SMSS);
}

static void mark_leaves_seventeen_twentieths(void **state)
{
	struct sender s = sender_with(100, 50 * SMSS);

	(void)state;
	one_ack(&s);
	cc_cubic.marked(&s.cc, &s.epoch, 100 * SMSS, SMSS);
	assert_int_equal(s.cc.cwnd, 85 * SMSS);
	assert_int_equal(s.cc.ssthresh, 85 * SMSS);
	/* Down to one segment, where losses stop at two. */
	cc_cubic.marked(&s.cc, &s.epoch, SMSS, SMSS);
	assert_int_equal(s.cc.cwnd, SMSS);
	assert_int_equal(s.cc.ssthresh, 2 * SMSS);
	/* There is nothing in a mark to be undone. */
	cc_cubic.undo(&s.cc, &s.epoch);
	assert_int_equal(s.cc.cwnd, SMSS);
}

static void timeout_leaves_one_segment_and_the_next_curve_begins_at_its_plateau(void **state)
{
	struct sender s = sender_with(100, 50 * SMSS);

	(void)state;
	one_ack(&s);
	cc_cubic.timed_out(&s.cc, &s.epoch, 100 * SMSS, SMSS);
	assert_int_equal(s.cc.cwnd, SMSS);
	assert_int_equal(s.cc.ssthresh, 70 * SMSS);
	while (s.cc.cwnd < s.cc.ssthresh)
		one_ack(&s);
	assert_int_equal(s.cc.cwnd, 70 * SMSS);
	one_ack(&s);
	assert_true(s.epoch.on_curve);
	assert_int_equal(s.epoch.cubic.w_max, 70 * SMSS);
	assert_int_equal(s.epoch.cubic.to_plateau_ms, 0);
}

/* -- growth -- */

/* From the loss at 1,000 segments the window follows the curve, a round trip ahead. */
static void window_follows_the_curve(void **state)
{
	struct sender s = sender_with(1000, 500 * SMSS);
	double k = cbrt(300 / 0.4);
	uint64_t begun_us;

	(void)state;
	one_ack(&s);
	s.cc.cwnd = 1000 * SMSS;
	cc_cubic.lost(&s.cc, &s.epoch, 1000 * SMSS, SMSS);
	one_ack(&s);
	begun_us = s.now_us;
	assert_int_equal(s.epoch.cubic.to_plateau_ms, (int)(k * 1000));
	for (int i = 0; i < 150; i++) {
		double t, expected;

		round_trip(&s);
		t = (double)(s.now_us - begun_us) / 1e6;
		expected = 0.4 * pow(t - k, 3) + 1000;
		/* Each ACK goes a part of the way to the target: half a percent behind it. */
		assert_true(fabs(s.cc.cwnd / (double)SMSS - expected) < expected / 100 + 1);
	}
	assert_true(s.cc.cwnd > 1050 * SMSS);
}

/* At ten milliseconds and 20 segments Reno is faster than the curve: 9/17 of a segment for each
 * round trip up to the window of before, one beyond. */
static void small_paths_are_renos(void **state)
{
	struct sender s = sender_with(20, 10 * SMSS);
	double w_est = 14;

	(void)state;
	s.rtt_us = 10000;
	one_ack(&s);
	s.cc.cwnd = 20 * SMSS;
	cc_cubic.lost(&s.cc, &s.epoch, 20 * SMSS, SMSS);
	one_ack(&s);
	w_est += 9.0 / 17 / 14;
	for (int i = 0; i < 1000; i++) {
		w_est += (w_est >= 20 ? 1.0 : 9.0 / 17) * SMSS / s.cc.cwnd;
		s.now_us += s.rtt_us * (uint64_t)SMSS / s.cc.cwnd;
		one_ack(&s);
		assert_true(fabs(s.cc.cwnd / (double)SMSS - w_est) < 0.05);
	}
	assert_true(s.cc.cwnd > 40 * SMSS);
}

static void one_round_trip_adds_half_at_most(void **state)
{
	struct sender s = sender_with(100, 100 * SMSS);

	(void)state;
	one_ack(&s);
	/* As if the plateau had long been passed. */
	s.epoch.cubic.to_plateau_ms = -100000;
	round_trip(&s);
	/* Each ACK adds half of itself: e to the half, for the window grows meanwhile. */
	assert_in_range(s.cc.cwnd, 149 * SMSS, 151 * SMSS);
}

static void every_round_trip_grows_alike_however_it_is_acknowledged(void **state)
{
	struct dice dice = { 11 };
	struct sender whole = sender_with(100, 100 * SMSS);
	struct sender split = whole;

	(void)state;
	for (int i = 0; i < 50; i++) {
		uint32_t left = whole.cc.cwnd;
		struct cc_ack ack;

		whole.now_us += RTT_US;
		split.now_us += RTT_US;
		ack = ack_of(&whole, left);
		cc_cubic.acked(&whole.cc, &whole.epoch, &ack);
		while (left > 0) {
			uint32_t bytes = dice_between(&dice, 1, 100);

			bytes = bytes < left ? bytes : left;
			ack = ack_of(&split, bytes);
			cc_cubic.acked(&split.cc, &split.epoch, &ack);
			left -= bytes;
		}
		/* Split ACKs gain nothing. */
		assert_true(split.cc.cwnd <= whole.cc.cwnd + SMSS);
		assert_true(split.cc.cwnd + 2 * SMSS >= whole.cc.cwnd);
	}
}

/* -- the application, and idleness -- */

static void unused_window_does_not_grow_and_its_time_does_not_count(void **state)
{
	struct sender s = sender_with(100, 100 * SMSS);
	int32_t before;
	uint32_t cwnd;

	(void)state;
	round_trip(&s);
	before = s.epoch.cubic.to_plateau_ms;
	cwnd = s.cc.cwnd;
	/* A round trip must end before what was outstanding in it is forgotten. */
	for (int i = 0; i < 100; i++) {
		struct cc_ack ack;

		s.now_us += 100000;
		s.una += 200 * SMSS;
		ack = ack_of(&s, SMSS);
		ack.flight = 10 * SMSS;
		cc_cubic.acked(&s.cc, &s.epoch, &ack);
	}
	assert_int_equal(s.epoch.cubic.to_plateau_ms, before);
	assert_int_equal(s.cc.cwnd, cwnd);
}

static void pause_shifts_the_curve(void **state)
{
	struct sender s = sender_with(10, 8 * SMSS);
	int32_t before;

	(void)state;
	round_trip(&s);
	before = s.epoch.cubic.to_plateau_ms;
	s.now_us += 5000000;
	cc_cubic.resumed(
		&s.cc, &s.epoch,
		&(struct cc_pause){
			.now_us = s.now_us, .idle_us = 5000000, .rto_us = 6000000, .smss = SMSS });
	one_ack(&s);
	assert_int_equal(s.epoch.cubic.to_plateau_ms, before);
}

static void timeout_of_idleness_restarts_and_remembers_three_quarters(void **state)
{
	struct sender s = sender_with(100, 50 * SMSS);

	(void)state;
	one_ack(&s);
	s.cc.cwnd = 100 * SMSS;
	cc_cubic.resumed(
		&s.cc, &s.epoch,
		&(struct cc_pause){
			.now_us = s.now_us, .idle_us = 300001, .rto_us = 300000, .smss = SMSS });
	assert_int_equal(s.cc.cwnd, 10 * SMSS);
	assert_int_equal(s.cc.ssthresh, 75 * SMSS);
}

/* -- slow start -- */

static void first_slow_start_doubles_and_ends_when_the_round_trip_rises(void **state)
{
	struct sender s = sender_with(10, CC_SSTHRESH_NONE);

	(void)state;
	for (int i = 1; i <= 4; i++) {
		round_trip(&s);
		assert_int_equal(s.cc.cwnd, (10U << i) * SMSS);
	}
	s.rtt_us = 2 * RTT_US;
	/* The round trip that had begun before goes on as it was: the next one shows the rise. */
	round_trip(&s);
	assert_in_range(s.cc.cwnd, 295 * SMSS, 305 * SMSS);
	for (int i = 1; i <= 5; i++) {
		assert_int_equal(s.cc.ssthresh, CC_SSTHRESH_NONE);
		round_trip(&s);
	}
	/* Five of a quarter each. */
	assert_in_range(s.cc.ssthresh, 890 * SMSS, 910 * SMSS);
	assert_int_equal(s.epoch.cubic.prior_cwnd, s.cc.ssthresh);
	round_trip(&s);
	assert_true(s.epoch.on_curve);
	assert_in_range(s.cc.cwnd, s.cc.ssthresh, s.cc.ssthresh + 2 * SMSS);
}

/* A window whose ACKs are all processed before anything is sent again is a round trip like any. */
static void windows_acknowledged_at_once_are_rounds(void **state)
{
	struct sender s = sender_with(10, CC_SSTHRESH_NONE);

	(void)state;
	for (int i = 0; i < 4; i++) {
		uint32_t window = s.cc.cwnd, end = s.una + window;

		s.now_us += s.rtt_us;
		for (uint32_t n = 0; n < window / SMSS; n++) {
			struct cc_ack ack = ack_of(&s, SMSS);

			ack.snd_nxt = end;
			ack.flight = end - ack.snd_una + SMSS;
			cc_cubic.acked(&s.cc, &s.epoch, &ack);
		}
		if (i == 2)
			s.rtt_us += s.rtt_us / 8;
		assert_int_equal(s.epoch.hystart.rounds, i == 3 ? 2 : 0);
	}
}

static void an_ack_counts_eight_segments_but_all_when_paced(void **state)
{
	struct sender s = sender_with(100, CC_SSTHRESH_NONE);
	struct cc_ack ack = ack_of(&s, 40 * SMSS);

	(void)state;
	cc_cubic.acked(&s.cc, &s.epoch, &ack);
	assert_int_equal(s.cc.cwnd, 108 * SMSS);
	ack.paced = true;
	cc_cubic.acked(&s.cc, &s.epoch, &ack);
	assert_int_equal(s.cc.cwnd, 148 * SMSS);
	ack.after_loss = true;
	s.cc.ssthresh = 200 * SMSS;
	cc_cubic.acked(&s.cc, &s.epoch, &ack);
	assert_int_equal(s.cc.cwnd, 149 * SMSS);
}

/* -- what was for nothing -- */

static void undo_restores_curve_and_windows(void **state)
{
	struct sender s = sender_with(1000, 500 * SMSS);
	struct cc before;
	struct cubic curve;

	(void)state;
	one_ack(&s);
	cc_cubic.lost(&s.cc, &s.epoch, s.cc.cwnd, SMSS);
	for (int i = 0; i < 20; i++)
		round_trip(&s);
	before = s.cc;
	curve = s.epoch.cubic;
	cc_cubic.timed_out(&s.cc, &s.epoch, s.cc.cwnd, SMSS);
	one_ack(&s);
	cc_cubic.undo(&s.cc, &s.epoch);
	assert_memory_equal(&s.cc, &before, sizeof(before));
	assert_memory_equal(&s.epoch.cubic, &curve, sizeof(curve));
	/* Once is enough. */
	cc_cubic.lost(&s.cc, &s.epoch, s.cc.cwnd, SMSS);
	cc_cubic.undo(&s.cc, &s.epoch);
	s.cc.cwnd = 10 * SMSS;
	cc_cubic.undo(&s.cc, &s.epoch);
	assert_int_equal(s.cc.cwnd, 10 * SMSS);
}

static void undo_leads_back_to_the_first_slow_start(void **state)
{
	struct sender s = sender_with(10, CC_SSTHRESH_NONE);

	(void)state;
	round_trip(&s);
	cc_cubic.lost(&s.cc, &s.epoch, 20 * SMSS, SMSS);
	assert_int_equal(s.cc.ssthresh, 14 * SMSS);
	cc_cubic.undo(&s.cc, &s.epoch);
	assert_int_equal(s.cc.ssthresh, CC_SSTHRESH_NONE);
	round_trip(&s);
	assert_int_equal(s.cc.cwnd, 40 * SMSS);
}

static void undo_does_not_take_back_what_has_grown_since(void **state)
{
	struct sender s = sender_with(100, 50 * SMSS);

	(void)state;
	one_ack(&s);
	s.cc.cwnd = 100 * SMSS;
	cc_cubic.lost(&s.cc, &s.epoch, 100 * SMSS, SMSS);
	s.cc.cwnd = 120 * SMSS;
	cc_cubic.undo(&s.cc, &s.epoch);
	assert_int_equal(s.cc.cwnd, 120 * SMSS);
	assert_int_equal(s.cc.ssthresh, 70 * SMSS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_is_exact),
		cmocka_unit_test(k_is_that_of_equation_2),
		cmocka_unit_test(window_is_that_of_equation_1),
		cmocka_unit_test(time_on_the_curve_has_an_end),
		cmocka_unit_test(loss_leaves_seven_tenths),
		cmocka_unit_test(second_lower_loss_gives_way_to_others),
		cmocka_unit_test(mark_leaves_seventeen_twentieths),
		cmocka_unit_test(
			timeout_leaves_one_segment_and_the_next_curve_begins_at_its_plateau),
		cmocka_unit_test(window_follows_the_curve),
		cmocka_unit_test(small_paths_are_renos),
		cmocka_unit_test(one_round_trip_adds_half_at_most),
		cmocka_unit_test(every_round_trip_grows_alike_however_it_is_acknowledged),
		cmocka_unit_test(unused_window_does_not_grow_and_its_time_does_not_count),
		cmocka_unit_test(pause_shifts_the_curve),
		cmocka_unit_test(timeout_of_idleness_restarts_and_remembers_three_quarters),
		cmocka_unit_test(first_slow_start_doubles_and_ends_when_the_round_trip_rises),
		cmocka_unit_test(windows_acknowledged_at_once_are_rounds),
		cmocka_unit_test(an_ack_counts_eight_segments_but_all_when_paced),
		cmocka_unit_test(undo_restores_curve_and_windows),
		cmocka_unit_test(undo_leads_back_to_the_first_slow_start),
		cmocka_unit_test(undo_does_not_take_back_what_has_grown_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
