/* SPDX-License-Identifier: BSD-3-Clause */
/* pace as arithmetic. */
#include "check.h"

#include "config/limits.h"
#include "lastack.h"
#include "tcp/pace.h"

#define SMSS 1000U
#define NOW_US 5000000U

static const struct pace_rate avoidance = { .cwnd = 80 * SMSS, .srtt_us = 100000, .smss = SMSS };
static const struct pace_rate slow_start = {
	.cwnd = 50 * SMSS, .srtt_us = 100000, .smss = SMSS, .slow_start = true
};

/* Sends for as long as it is let, at one instant. */
static unsigned int burst(struct pace *pace, const struct pace_rate *rate, uint64_t now_us)
{
	unsigned int segments = 0;

	while (pace_wait_us(pace, now_us) == 0) {
		pace_sent(pace, rate, SMSS);
		segments++;
		assert_true(segments < 1000);
	}
	return segments;
}

static void rate_is_a_quarter_more_than_the_window_in_avoidance(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	pace_limit(&pace, &avoidance, NOW_US);
	burst(&pace, &avoidance, NOW_US);
	/* 100 segments in 100 ms */
	assert_int_equal(pace_wait_us(&pace, NOW_US), 1000);
	assert_int_equal(burst(&pace, &avoidance, NOW_US + 10000), 10);
}

static void rate_is_twice_the_window_in_slow_start(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	pace_limit(&pace, &slow_start, NOW_US);
	burst(&pace, &slow_start, NOW_US);
	assert_int_equal(pace_wait_us(&pace, NOW_US), 1000);
	assert_int_equal(burst(&pace, &slow_start, NOW_US + 10000), 10);
}

static void two_segments_may_always_leave_together(void **state)
{
	struct pace_rate slow = { .cwnd = 10 * SMSS, .srtt_us = 1000000, .smss = SMSS };
	struct pace pace = { 0 };

	(void)state;
	pace_limit(&pace, &slow, NOW_US);
	/* Those two, and the one whose time has just come. */
	assert_int_equal(burst(&pace, &slow, NOW_US), 3);
	assert_int_equal(pace_wait_us(&pace, NOW_US), 80000);
}

static void a_quantum_of_unused_time_counts_and_no_more(void **state)
{
	struct pace_rate fast = { .cwnd = 8000 * SMSS, .srtt_us = 100000, .smss = SMSS };
	struct pace pace = { 0 };

	(void)state;
	pace_limit(&pace, &fast, NOW_US);
	/* 100 segments in each millisecond */
	assert_int_equal(burst(&pace, &fast, NOW_US), 100 * PACE_QUANTUM_US / 1000 + 1);
}

static void what_is_allowed_at_first_leaves_at_once(void **state)
{
	struct pace_rate rate = slow_start;
	struct pace pace = { 0 };

	(void)state;
	rate.at_once = 10 * SMSS;
	pace_allow(&pace, 0, NOW_US);
	assert_int_equal(burst(&pace, &rate, NOW_US), 11);
	assert_int_equal(pace_wait_us(&pace, NOW_US), 1000);
}

static void what_leaves_while_nothing_is_outstanding_is_spent(void **state)
{
	struct pace_rate rate = slow_start;
	struct pace pace = { 0 };

	(void)state;
	rate.at_once = 10 * SMSS;
	pace_allow(&pace, 4 * SMSS, NOW_US);
	assert_int_equal(burst(&pace, &rate, NOW_US), 7);
	/* Segments may have become smaller since, and what may leave at once with them. */
	pace_allow(&pace, 11 * SMSS, NOW_US);
	assert_int_equal(burst(&pace, &rate, NOW_US), 1);
}

/* Of what was allowed then, as of any time that was not used, no more than a quantum counts. */
static void what_is_left_of_it_becomes_time(void **state)
{
	struct pace_rate fast = {
		.cwnd = 8000 * SMSS, .srtt_us = 100000, .smss = SMSS, .at_once = 60 * SMSS
	};
	struct pace pace = { 0 };

	(void)state;
	pace_allow(&pace, 0, NOW_US);
	pace_sent(&pace, &fast, 10 * SMSS);
	pace_limit(&pace, &fast, NOW_US);
	/* 100 segments in each millisecond: 50 are worth half of one. */
	assert_int_equal(burst(&pace, &fast, NOW_US), 50 + 1);

	pace_allow(&pace, 0, NOW_US);
	pace_sent(&pace, &fast, 10 * SMSS);
	pace_limit(&pace, &fast, NOW_US + 400);
	assert_int_equal(burst(&pace, &fast, NOW_US + 400), 90 + 1);

	pace_allow(&pace, 0, NOW_US);
	pace_limit(&pace, &fast, NOW_US + 900);
	assert_int_equal(burst(&pace, &fast, NOW_US + 900), 100 * PACE_QUANTUM_US / 1000 + 1);
}

static void nothing_overflows_at_the_largest_window(void **state)
{
	struct pace_rate large = {
		.cwnd = 1U << 30, .srtt_us = UINT32_MAX, .smss = 65000, .at_once = 1U << 30
	};
	struct pace pace = { 0 };

	(void)state;
	pace_allow(&pace, 0, UINT32_MAX * 2ULL);
	assert_int_equal(pace_wait_us(&pace, UINT32_MAX * 2ULL), 0);
	pace_sent(&pace, &large, 1U << 30);
	pace_sent(&pace, &large, 1U << 29);
	/* 1.5 GiB at 1.25 GiB for each SRTT, less the first GiB that was allowed. */
	assert_in_range(pace_wait_us(&pace, UINT32_MAX * 2ULL), UINT32_MAX / 5 * 2 - 2,
			UINT32_MAX / 5 * 2 + 2);
}

static void short_paths_are_not_paced(void **state)
{
	struct la_tcp_options options = { .pacing = true };

	(void)state;
	assert_false(pace_is_wanted(&options, PACE_QUANTUM_US));
	assert_true(pace_is_wanted(&options, PACE_QUANTUM_US + 1));
	options.pacing = false;
	assert_false(pace_is_wanted(&options, PACE_QUANTUM_US + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_is_a_quarter_more_than_the_window_in_avoidance),
		cmocka_unit_test(rate_is_twice_the_window_in_slow_start),
		cmocka_unit_test(two_segments_may_always_leave_together),
		cmocka_unit_test(a_quantum_of_unused_time_counts_and_no_more),
		cmocka_unit_test(what_is_allowed_at_first_leaves_at_once),
		cmocka_unit_test(what_leaves_while_nothing_is_outstanding_is_spent),
		cmocka_unit_test(what_is_left_of_it_becomes_time),
		cmocka_unit_test(nothing_overflows_at_the_largest_window),
		cmocka_unit_test(short_paths_are_not_paced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
