/* SPDX-License-Identifier: BSD-3-Clause */
/* Listeners by port and address (RFC 9293 MUST-41 to 45). */
#include "check.h"

#include <errno.h>
#include <stdlib.h>

#include "tcp/listener.h"

static int table_setup(void **state)
{
	struct listener_table *table = malloc(sizeof(*table));

	if (table == NULL)
		return -1;
	listener_table_init(table);
	*state = table;
	return 0;
}

static int table_teardown(void **state)
{
	free(*state);
	return 0;
}

static void the_most_specific_listener_is_found(void **state)
{
	struct listener_table *table = *state;
	int any = listener_open(table, 80, LISTENER_ANY_ADDRESS, 1);
	int first = listener_open(table, 80, 1, 2);
	int second = listener_open(table, 80, 2, 3);

	assert_true(any >= 0 && first >= 0 && second >= 0);
	assert_int_equal(listener_find(table, 80, 1)->profile, 2);
	assert_int_equal(listener_find(table, 80, 2)->profile, 3);
	assert_int_equal(listener_find(table, 80, 3)->profile, 1);
	assert_null(listener_find(table, 81, 1));
	assert_int_equal(listener_close(table, (uint16_t)first), 0);
	assert_int_equal(listener_find(table, 80, 1)->profile, 1);
	assert_int_equal(listener_close(table, (uint16_t)any), 0);
	assert_null(listener_find(table, 80, 1));
	assert_int_equal(listener_find(table, 80, 2)->profile, 3);
}

static void a_place_is_taken_once(void **state)
{
	struct listener_table *table = *state;
	int number = listener_open(table, 80, 1, 0);

	assert_true(number >= 0);
	assert_int_equal(listener_open(table, 80, 1, 0), -EADDRINUSE);
	assert_true(listener_open(table, 80, LISTENER_ANY_ADDRESS, 0) >= 0);
	assert_int_equal(listener_open(table, 80, LISTENER_ANY_ADDRESS, 0), -EADDRINUSE);
	assert_int_equal(listener_close(table, (uint16_t)number), 0);
	assert_int_equal(listener_close(table, (uint16_t)number), -ENOENT);
	assert_int_equal(listener_close(table, LISTENERS_MAX), -ENOENT);
	assert_true(listener_open(table, 80, 1, 0) >= 0);
}

static void all_places_can_be_taken_and_no_more(void **state)
{
	struct listener_table *table = *state;

	for (uint16_t i = 0; i < LISTENERS_MAX; i++)
		assert_true(listener_open(table, (uint16_t)(1 + i / 4), i % 4, i) >= 0);
	assert_int_equal(table->count, LISTENERS_MAX);
	assert_int_equal(listener_open(table, 60000, 0, 0), -ENOSPC);
	for (uint16_t i = 0; i < LISTENERS_MAX; i++)
		assert_int_equal(listener_find(table, (uint16_t)(1 + i / 4), i % 4)->profile, i);
	assert_int_equal(listener_close(table, 700), 0);
	assert_int_equal(listener_open(table, 60000, 0, 9), 700);
	for (uint16_t i = 0; i < LISTENERS_MAX; i++)
		assert_int_equal(listener_close(table, i), 0);
	assert_int_equal(table->count, 0);
}

/* Its embryos go on and know it by its number. */
static void a_place_is_free_when_the_last_embryo_is_gone(void **state)
{
	struct listener_table *table = *state;
	int first = listener_open(table, 80, 1, 7);

	table->list[first].half_open = 1;
	assert_int_equal(listener_close(table, (uint16_t)first), 0);
	assert_null(listener_find(table, 80, 1));
	assert_true(listener_open(table, 80, 1, 8) != first);
	assert_int_equal(table->list[first].profile, 7);
	table->list[first].half_open = 0;
	assert_int_equal(listener_open(table, 81, 1, 9), first);
}

/* Of those that share a place each is found by its port, whichever of them goes. */
static void ports_that_share_a_place_are_told_apart(void **state)
{
	struct listener_table *table = *state;
	uint16_t ports[3] = { 80, 80 + LISTENER_PLACES, 80 + 5 * LISTENER_PLACES };
	int numbers[3];

	assert_true(listener_none(table, 80));
	for (uint16_t i = 0; i < 3; i++) {
		numbers[i] = listener_open(table, ports[i], LISTENER_ANY_ADDRESS, i);
		assert_true(numbers[i] >= 0);
		assert_false(listener_none(table, ports[i]));
	}
	assert_null(listener_find(table, 80 + 2 * LISTENER_PLACES, 0));
	assert_int_equal(listener_open(table, ports[0], LISTENER_ANY_ADDRESS, 0), -EADDRINUSE);
	assert_int_equal(listener_close(table, (uint16_t)numbers[1]), 0);
	assert_null(listener_find(table, ports[1], 0));
	assert_int_equal(listener_find(table, ports[0], 0)->profile, 0);
	assert_int_equal(listener_find(table, ports[2], 0)->profile, 2);
	assert_int_equal(listener_close(table, (uint16_t)numbers[0]), 0);
	assert_false(listener_none(table, 80));
	assert_int_equal(listener_close(table, (uint16_t)numbers[2]), 0);
	assert_true(listener_none(table, 80));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_most_specific_listener_is_found, table_setup,
						table_teardown),
		cmocka_unit_test_setup_teardown(a_place_is_taken_once, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(ports_that_share_a_place_are_told_apart,
						table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(a_place_is_free_when_the_last_embryo_is_gone,
						table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(all_places_can_be_taken_and_no_more, table_setup,
						table_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
