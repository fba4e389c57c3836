/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 6298 section 2, as arithmetic. */
#include "check.h"

#include "tcp/rtt.h"

#define S 1000000U

static void without_a_sample_the_timeout_is_the_initial_one(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	assert_int_equal(rtt_timeout_us(&rtt, S, 200000, 60 * S, 0), S);
	assert_int_equal(rtt_timeout_us(&rtt, 100, 200000, 60 * S, 0), 200000);
	assert_int_equal(rtt_timeout_us(&rtt, 90 * S, 200000, 60 * S, 0), 60 * S);
}

static void first_sample_counts_whole(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	rtt_sample(&rtt, 100000);
	assert_int_equal(rtt.srtt_us, 100000);
	assert_int_equal(rtt.rttvar_us, 50000);
	assert_int_equal(rtt_timeout_us(&rtt, S, 1, 60 * S, 0), 300000);
}

static void later_samples_count_an_eighth_and_a_quarter(void **state)
{
	struct rtt rtt = { .srtt_us = 800, .rttvar_us = 400 };

	(void)state;
	rtt_sample(&rtt, 1600);
	assert_int_equal(rtt.rttvar_us, (3 * 400 + 800) / 4);
	assert_int_equal(rtt.srtt_us, (7 * 800 + 1600) / 8);
	rtt_sample(&rtt, 100);
	assert_int_equal(rtt.rttvar_us, (3 * 500 + 800) / 4);
	assert_int_equal(rtt.srtt_us, (7 * 900 + 100) / 8);
}

static void a_sample_of_nothing_is_one_microsecond(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	/* Zero says that there is no sample. */
	rtt_sample(&rtt, 0);
	assert_int_equal(rtt.srtt_us, 1);
	for (int i = 0; i < 100; i++)
		rtt_sample(&rtt, 0);
	assert_int_equal(rtt.srtt_us, 1);
}

static void greatest_samples_do_not_overflow(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		rtt_sample(&rtt, UINT32_MAX);
	assert_true(rtt.srtt_us > UINT32_MAX - 100);
	rtt_sample(&rtt, 1);
	assert_int_equal(rtt_timeout_us(&rtt, S, 200000, 60 * S, 0), 60 * S);
}

static void backoff_doubles_up_to_the_ceiling(void **state)
{
	struct rtt rtt = { .srtt_us = 100000, .rttvar_us = 50000 };
	uint32_t expected = 300000;

	(void)state;
	for (unsigned int backoff = 0; backoff < 256; backoff++) {
		assert_int_equal(rtt_timeout_us(&rtt, S, 200000, 60 * S, backoff), expected);
		expected = expected * 2 < 60 * S ? expected * 2 : 60 * S;
	}
}

static void floor_comes_before_the_doubling(void **state)
{
	struct rtt rtt = { .srtt_us = 10, .rttvar_us = 0 };

	(void)state;
	assert_int_equal(rtt_timeout_us(&rtt, S, 200000, 60 * S, 0), 200000);
	assert_int_equal(rtt_timeout_us(&rtt, S, 200000, 60 * S, 3), 1600000);
	/* One tick of the wheel is the granularity. */
	assert_int_equal(rtt_timeout_us(&rtt, S, 1, 60 * S, 0), 110);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_sample_the_timeout_is_the_initial_one),
		cmocka_unit_test(first_sample_counts_whole),
		cmocka_unit_test(later_samples_count_an_eighth_and_a_quarter),
		cmocka_unit_test(a_sample_of_nothing_is_one_microsecond),
		cmocka_unit_test(greatest_samples_do_not_overflow),
		cmocka_unit_test(backoff_doubles_up_to_the_ceiling),
		cmocka_unit_test(floor_comes_before_the_doubling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
