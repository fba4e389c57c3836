/* SPDX-License-Identifier: BSD-3-Clause */
/* The histogram of durations: exact where it must be, within one percent everywhere. */
#include "../unit/check.h"

#include "latency.h"

#include <stdlib.h>

static struct latency *fresh(void)
{
	struct latency *latency = malloc(sizeof(*latency));

	assert_non_null(latency);
	latency_clear(latency);
	return latency;
}

static void nothing_recorded(void **state)
{
	struct latency *latency = fresh();

	assert_int_equal(latency_at(latency, 50000), 0);
	assert_int_equal(latency->most, 0);
	free(latency);
}

static void small_values_are_exact(void **state)
{
	struct latency *latency = fresh();

	for (uint64_t i = 1; i <= 200; i++)
		latency_record(latency, i);
	assert_int_equal(latency_at(latency, 0), 1);
	assert_int_equal(latency_at(latency, 500), 1);
	assert_int_equal(latency_at(latency, 501), 2);
	assert_int_equal(latency_at(latency, 50000), 100);
	assert_int_equal(latency_at(latency, 99000), 198);
	assert_int_equal(latency_at(latency, 100000), 200);
	assert_int_equal(latency->least, 1);
	assert_int_equal(latency->sum, 200 * 201 / 2);
	free(latency);
}

/* A percentile is never too small, and too large by less than one in 128. */
static void any_value_is_within_a_percent(void **state)
{
	for (unsigned int bit = 0; bit < LATENCY_VALUE_BITS; bit++) {
		for (int64_t off = -1; off <= 1; off++) {
			uint64_t value = (uint64_t)((int64_t)(UINT64_C(1) << bit) + off);
			struct latency *latency = fresh();
			uint64_t said;

			latency_record(latency, value);
			latency_record(latency, UINT64_C(1) << (LATENCY_VALUE_BITS - 1));
			said = latency_at(latency, 50000);
			assert_true(said >= value);
			assert_true(said - value <= value / 128);
			free(latency);
		}
	}
}

static void what_is_too_long_counts_as_longest(void **state)
{
	struct latency *latency = fresh();

	latency_record(latency, 5);
	latency_record(latency, UINT64_MAX);
	assert_int_equal(latency->count, 2);
	assert_true(latency->most == UINT64_MAX);
	assert_int_equal(latency_at(latency, 50000), 5);
	assert_true(latency_at(latency, 100000) >= (UINT64_C(1) << LATENCY_VALUE_BITS) - 1);
	free(latency);
}

static void one_slow_in_a_thousand_is_seen(void **state)
{
	struct latency *latency = fresh();

	for (int i = 0; i < 9990; i++)
		latency_record(latency, 100);
	for (int i = 0; i < 10; i++)
		latency_record(latency, 1000000);
	assert_int_equal(latency_at(latency, 99900), 100);
	assert_true(latency_at(latency, 99901) >= 1000000);
	assert_int_equal(latency_at(latency, 99990), 1000000);
	free(latency);
}

static void merged_is_as_recorded_together(void **state)
{
	struct latency *one = fresh(), *two = fresh(), *all = fresh();

	for (uint64_t i = 0; i < 5000; i++) {
		uint64_t value = i * i * 7919 % 1000003;

		latency_record(i % 3 == 0 ? one : two, value);
		latency_record(all, value);
	}
	latency_merge(one, two);
	assert_memory_equal(one, all, sizeof(*one));
	free(one);
	free(two);
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_recorded),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(any_value_is_within_a_percent),
		cmocka_unit_test(what_is_too_long_counts_as_longest),
		cmocka_unit_test(one_slow_in_a_thousand_is_seen),
		cmocka_unit_test(merged_is_as_recorded_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
