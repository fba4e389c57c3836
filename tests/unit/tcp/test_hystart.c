/* SPDX-License-Identifier: BSD-3-Clause */
/* HyStart++ as arithmetic (RFC 9406 section 4). */
#include "check.h"

#include "config/tcp_constants.h"
#include "tcp/hystart.h"

#define SMSS 1000U

static void constants_are_those_of_section_4_3(void **state)
{
	(void)state;
	assert_int_equal(HYSTART_MIN_RTT_THRESH_US, 4000);
	assert_int_equal(HYSTART_MAX_RTT_THRESH_US, 16000);
	assert_int_equal(HYSTART_MIN_RTT_DIVISOR, 8);
	assert_int_equal(HYSTART_N_RTT_SAMPLE, 8);
	assert_int_equal(HYSTART_CSS_GROWTH_DIVISOR, 4);
	assert_int_equal(HYSTART_CSS_ROUNDS, 5);
	assert_int_equal(HYSTART_L_SEGMENTS, 8);
}

/* A round trip of so many samples, all alike; true when slow start is over at its end. */
static bool round_trip(struct hystart *hystart, unsigned int samples, uint32_t rtt_us)
{
	bool over = false;

	for (unsigned int i = 0; i < samples; i++)
		over = hystart_acked(hystart, rtt_us, i + 1 == samples);
	return over;
}

static bool conservative(const struct hystart *hystart)
{
	return hystart_growth(hystart, SMSS, SMSS) == SMSS / HYSTART_CSS_GROWTH_DIVISOR;
}

/* By so much more than before, from a first round trip of base_us. */
static bool rise_is_seen(uint32_t base_us, uint32_t more_us)
{
	struct hystart hystart = { 0 };

	round_trip(&hystart, 10, base_us);
	round_trip(&hystart, 10, base_us + more_us);
	return conservative(&hystart);
}

static void an_eighth_more_is_a_rise(void **state)
{
	(void)state;
	assert_false(rise_is_seen(80000, 9999));
	assert_true(rise_is_seen(80000, 10000));
}

static void four_milliseconds_at_least_and_sixteen_at_most(void **state)
{
	(void)state;
	assert_false(rise_is_seen(1000, HYSTART_MIN_RTT_THRESH_US - 1));
	assert_true(rise_is_seen(1000, HYSTART_MIN_RTT_THRESH_US));
	assert_false(rise_is_seen(800000, HYSTART_MAX_RTT_THRESH_US - 1));
	assert_true(rise_is_seen(800000, HYSTART_MAX_RTT_THRESH_US));
	/* No sum or difference of theirs wraps. */
	assert_false(rise_is_seen(UINT32_MAX - 1, 1));
	assert_false(rise_is_seen(100, 200));
}

static void eight_samples_are_needed(void **state)
{
	struct hystart hystart = { 0 };

	(void)state;
	round_trip(&hystart, HYSTART_N_RTT_SAMPLE, 50000);
	for (unsigned int i = 1; i < HYSTART_N_RTT_SAMPLE; i++)
		hystart_acked(&hystart, 90000, false);
	assert_false(conservative(&hystart));
	hystart_acked(&hystart, 90000, false);
	assert_true(conservative(&hystart));
}

static void an_ack_without_a_sample_is_none(void **state)
{
	struct hystart hystart = { 0 };

	(void)state;
	round_trip(&hystart, 10, 50000);
	for (unsigned int i = 0; i < 20; i++)
		hystart_acked(&hystart, 0, false);
	for (unsigned int i = 0; i < HYSTART_N_RTT_SAMPLE - 1; i++)
		hystart_acked(&hystart, 90000, false);
	assert_false(conservative(&hystart));
}

static void the_smallest_sample_counts(void **state)
{
	struct hystart hystart = { 0 };

	(void)state;
	round_trip(&hystart, 10, 50000);
	hystart_acked(&hystart, 50100, false);
	round_trip(&hystart, 20, 200000);
	assert_false(conservative(&hystart));
}

static void a_round_trip_without_samples_does_not_forget_the_last(void **state)
{
	struct hystart hystart = { 0 };

	(void)state;
	round_trip(&hystart, 10, 50000);
	hystart_acked(&hystart, 0, true);
	round_trip(&hystart, 10, 90000);
	assert_true(conservative(&hystart));
}

static void five_rounds_of_css_end_slow_start_the_first_one_counts(void **state)
{
	struct hystart hystart = { 0 };

	(void)state;
	round_trip(&hystart, 10, 50000);
	/* The rise is seen within the first of them. */
	for (unsigned int i = 1; i < HYSTART_CSS_ROUNDS; i++) {
		assert_false(round_trip(&hystart, 10, 90000));
		assert_true(conservative(&hystart));
	}
	assert_true(round_trip(&hystart, 10, 90000));
}

static void a_shorter_round_trip_resumes_slow_start(void **state)
{
	struct hystart hystart = { 0 };

	(void)state;
	round_trip(&hystart, 10, 50000);
	round_trip(&hystart, 10, 90000);
	round_trip(&hystart, 10, 90000);
	assert_true(conservative(&hystart));
	round_trip(&hystart, HYSTART_N_RTT_SAMPLE - 1, 89999);
	assert_true(conservative(&hystart));
	round_trip(&hystart, HYSTART_N_RTT_SAMPLE, 89999);
	assert_false(conservative(&hystart));
	/* And the rounds are counted anew when it rises again. */
	round_trip(&hystart, 10, 120000);
	for (unsigned int i = 2; i < HYSTART_CSS_ROUNDS; i++)
		assert_false(round_trip(&hystart, 10, 120000));
	assert_true(round_trip(&hystart, 10, 120000));
}

static void an_ack_counts_as_much_as_it_may(void **state)
{
	struct hystart hystart = { 0 };
	struct hystart css = { .rounds = 1 };

	(void)state;
	assert_int_equal(hystart_growth(&hystart, 20 * SMSS, HYSTART_L_SEGMENTS * SMSS), 8 * SMSS);
	assert_int_equal(hystart_growth(&hystart, 20 * SMSS, UINT32_MAX), 20 * SMSS);
	assert_int_equal(hystart_growth(&css, 20 * SMSS, HYSTART_L_SEGMENTS * SMSS), 2 * SMSS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_are_those_of_section_4_3),
		cmocka_unit_test(an_eighth_more_is_a_rise),
		cmocka_unit_test(four_milliseconds_at_least_and_sixteen_at_most),
		cmocka_unit_test(eight_samples_are_needed),
		cmocka_unit_test(an_ack_without_a_sample_is_none),
		cmocka_unit_test(the_smallest_sample_counts),
		cmocka_unit_test(a_round_trip_without_samples_does_not_forget_the_last),
		cmocka_unit_test(five_rounds_of_css_end_slow_start_the_first_one_counts),
		cmocka_unit_test(a_shorter_round_trip_resumes_slow_start),
		cmocka_unit_test(an_ack_counts_as_much_as_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
