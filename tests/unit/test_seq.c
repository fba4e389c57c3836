/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "base/seq.h"
#include "base/env.h"

/* RFC 9293 3.4: numbers wrap, and are compared by how far apart they are. */
static void order_holds_across_the_wrap(void **state)
{
	(void)state;
	assert_true(seq_lt(0xfffffff0U, 0x10));
	assert_false(seq_lt(0x10, 0xfffffff0U));
	assert_true(seq_gt(0, UINT32_MAX));
	assert_false(seq_gt(UINT32_MAX, 0));
	assert_true(seq_leq(UINT32_MAX, 0));
	assert_true(seq_geq(0, UINT32_MAX));
	assert_false(seq_leq(0, UINT32_MAX));
	assert_false(seq_geq(UINT32_MAX, 0));
}

static void equal_numbers_are_neither_before_nor_after(void **state)
{
	static const uint32_t numbers[] = { 0, 1, 0x7fffffffU, 0x80000000U, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		assert_false(seq_lt(numbers[i], numbers[i]));
		assert_false(seq_gt(numbers[i], numbers[i]));
		assert_true(seq_leq(numbers[i], numbers[i]));
		assert_true(seq_geq(numbers[i], numbers[i]));
	}
}

static void order_reaches_just_below_half_of_the_space(void **state)
{
	(void)state;
	assert_true(seq_lt(5, 5 + 0x7fffffffU));
	assert_false(seq_lt(5, 5 + 0x80000001U));
	assert_true(seq_gt(5, 5 + 0x80000001U));
}

static void window_takes_its_start_and_not_its_end(void **state)
{
	(void)state;
	assert_true(seq_in(100, 100, 10));
	assert_true(seq_in(109, 100, 10));
	assert_false(seq_in(110, 100, 10));
	assert_false(seq_in(99, 100, 10));
	assert_false(seq_in(100, 100, 0));
	assert_true(seq_in(2, 0xfffffffeU, 5));
	assert_false(seq_in(3, 0xfffffffeU, 5));
}

static void extremes_follow_the_order(void **state)
{
	(void)state;
	assert_int_equal(seq_max(0xfffffff0U, 0x10), 0x10);
	assert_int_equal(seq_min(0xfffffff0U, 0x10), 0xfffffff0U);
	assert_int_equal(seq_max(7, 7), 7);
	assert_int_equal(seq_min(7, 7), 7);
}

static void ticks_are_rounded_up_and_bounded(void **state)
{
	(void)state;
	assert_int_equal(ticks_from_us(0), 1);
	assert_int_equal(ticks_from_us(1), 1);
	assert_int_equal(ticks_from_us(WHEEL_TICK_US), 1);
	assert_int_equal(ticks_from_us(WHEEL_TICK_US + 1), 2);
	assert_int_equal(ticks_from_us(30 * WHEEL_TICK_US), 30);
	assert_int_equal(ticks_from_us((uint64_t)WHEEL_REACH_TICKS * WHEEL_TICK_US),
			 WHEEL_REACH_TICKS);
	assert_int_equal(ticks_from_us((uint64_t)WHEEL_REACH_TICKS * WHEEL_TICK_US * 8),
			 WHEEL_REACH_TICKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_holds_across_the_wrap),
		cmocka_unit_test(equal_numbers_are_neither_before_nor_after),
		cmocka_unit_test(order_reaches_just_below_half_of_the_space),
		cmocka_unit_test(window_takes_its_start_and_not_its_end),
		cmocka_unit_test(extremes_follow_the_order),
		cmocka_unit_test(ticks_are_rounded_up_and_bounded),
	};

	return cmocka_run_group_tests_name("seq", tests, NULL, NULL);
}
