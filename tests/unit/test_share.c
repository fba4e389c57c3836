/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "base/share.h"
#include "config/limits.h"

#define POOL 32768U

static struct share with_free(uint32_t free)
{
	struct share share;

	share_count(&share, POOL, free);
	return share;
}

static uint32_t limit(uint32_t free)
{
	struct share share = with_free(free);

	return share_limit(&share);
}

static void a_queue_may_hold_a_part_of_what_is_free_above_a_quarter(void **state)
{
	struct share share = with_free(POOL);

	(void)state;
	assert_int_equal(share_limit(&share), (POOL - POOL / 4) / SHARE_PART);
	assert_int_equal(share_spare(&share), POOL - POOL / 4);
	assert_int_equal(limit(POOL / 4 + 1000), 1000 / SHARE_PART);
	assert_int_equal(limit(POOL / 4 + (SHARE_BUFFERS + 1) * SHARE_PART), SHARE_BUFFERS + 1);
}

static void a_queue_may_hold_sixteen_down_to_a_quarter(void **state)
{
	(void)state;
	assert_int_equal(limit(POOL / 4 + SHARE_BUFFERS * SHARE_PART), SHARE_BUFFERS);
	assert_int_equal(limit(POOL / 4 + 1), SHARE_BUFFERS);
	assert_int_equal(limit(POOL / 4), SHARE_BUFFERS);
}

static void it_becomes_one_from_a_quarter_to_an_eighth(void **state)
{
	uint32_t before = SHARE_BUFFERS;

	(void)state;
	assert_int_equal(limit(POOL / 8 + POOL / 16), SHARE_BUFFERS / 2);
	for (uint32_t free = POOL / 4; free >= POOL / 8; free--) {
		assert_in_range(limit(free), 1, before);
		before = limit(free);
	}
	assert_int_equal(before, 1);
}

static void it_is_one_down_to_a_sixty_fourth_and_then_nothing(void **state)
{
	(void)state;
	assert_int_equal(limit(POOL / 8 - 1), 1);
	assert_int_equal(limit(POOL / 64), 1);
	assert_int_equal(limit(POOL / 64 - 1), 0);
	assert_int_equal(limit(0), 0);
}

static void marks_stand_where_they_are_said_to(void **state)
{
	struct share share;

	(void)state;
	share = with_free(POOL / 8);
	assert_false(share_is_short(&share));
	share_take(&share, 1);
	assert_true(share_is_short(&share));
	share = with_free(POOL / 16);
	assert_false(share_is_scarce(&share));
	share_take(&share, 1);
	assert_true(share_is_scarce(&share));
	share = with_free(POOL / 32);
	assert_false(share_is_low(&share));
	share_take(&share, 1);
	assert_true(share_is_low(&share));
}

static void what_is_left_is_what_is_not_held(void **state)
{
	struct share share = with_free(POOL / 4 + 100 * SHARE_PART);

	(void)state;
	assert_int_equal(share_left(&share, 0), 100);
	assert_int_equal(share_left(&share, 99), 1);
	assert_int_equal(share_left(&share, 100), 0);
	assert_int_equal(share_left(&share, UINT32_MAX), 0);
	share_take(&share, 10 * SHARE_PART);
	assert_int_equal(share_left(&share, 10), 80);
	share_take(&share, UINT32_MAX);
	assert_int_equal(share_left(&share, 0), 0);
}

/* Greedy queues, in turns until none may take more: another may still have as much as they. */
static void greedy_queues_leave_as_much_as_each_of_them_holds(void **state)
{
	static const uint32_t counts[] = { 1, 2, 10, 100, 1000, 10000 };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct share share = with_free(POOL);
		uint32_t held[10000] = { 0 };
		bool took = true;

		while (took) {
			took = false;
			for (uint32_t n = 0; n < counts[i]; n++) {
				if (share_left(&share, held[n]) == 0)
					continue;
				share_take(&share, 1);
				held[n]++;
				took = true;
			}
		}
		assert_in_range(share_left(&share, 0), held[counts[i] - 1], held[0]);
		assert_true(share_left(&share, 0) > 0);
		assert_true(share.free >= POOL / 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_may_hold_a_part_of_what_is_free_above_a_quarter),
		cmocka_unit_test(a_queue_may_hold_sixteen_down_to_a_quarter),
		cmocka_unit_test(it_becomes_one_from_a_quarter_to_an_eighth),
		cmocka_unit_test(it_is_one_down_to_a_sixty_fourth_and_then_nothing),
		cmocka_unit_test(marks_stand_where_they_are_said_to),
		cmocka_unit_test(what_is_left_is_what_is_not_held),
		cmocka_unit_test(greedy_queues_leave_as_much_as_each_of_them_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
