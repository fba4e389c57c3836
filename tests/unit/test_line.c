/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "base/line.h"

#include "child.h"

#define RECORDS 8U

struct fixture {
	struct timer_node nodes[RECORDS];
	struct line line;
};

static void fixture_begin(struct fixture *f)
{
	struct timer_node_array nodes = {
		.base = (uint8_t *)&f->nodes[0],
		.stride = sizeof(struct timer_node),
	};

	memset(f, 0xa5, sizeof(*f));
	line_init(&f->line, nodes);
}

/** Four records, due at 10, 20, 20 and 30. */
static void fixture_four(struct fixture *f)
{
	fixture_begin(f);
	line_append(&f->line, 3, 10);
	line_append(&f->line, 1, 20);
	line_append(&f->line, 0, 20);
	line_append(&f->line, 5, 30);
}

static void who_came_first_leaves_first(void **state)
{
	struct fixture f;

	(void)state;
	fixture_four(&f);
	assert_int_equal(f.line.length, 4);
	assert_int_equal(line_expire(&f.line, 9), TIMER_NODE_NONE);
	assert_int_equal(line_expire(&f.line, 10), 3);
	assert_int_equal(line_expire(&f.line, 10), TIMER_NODE_NONE);
	assert_int_equal(line_expire(&f.line, 25), 1);
	assert_int_equal(line_expire(&f.line, 25), 0);
	assert_int_equal(line_expire(&f.line, 25), TIMER_NODE_NONE);
	assert_int_equal(line_expire(&f.line, 1000), 5);
	assert_int_equal(line_expire(&f.line, 1000), TIMER_NODE_NONE);
	assert_int_equal(f.line.length, 0);
}

static void next_is_the_first_deadline(void **state)
{
	struct fixture f;
	uint32_t tick;

	(void)state;
	fixture_begin(&f);
	assert_false(line_next(&f.line, &tick));
	fixture_four(&f);
	assert_true(line_next(&f.line, &tick));
	assert_int_equal(tick, 10);
	line_remove(&f.line, 3);
	assert_true(line_next(&f.line, &tick));
	assert_int_equal(tick, 20);
}

static void anyone_may_leave(void **state)
{
	static const uint32_t order[] = { 3, 1, 0, 5 };
	struct fixture f;

	(void)state;
	for (size_t gone = 0; gone < COUNT_OF(order); gone++) {
		fixture_four(&f);
		line_remove(&f.line, order[gone]);
		assert_int_equal(f.line.length, 3);
		for (size_t i = 0; i < COUNT_OF(order); i++) {
			if (i != gone)
				assert_int_equal(line_expire(&f.line, 30), order[i]);
		}
		assert_int_equal(line_expire(&f.line, 30), TIMER_NODE_NONE);
	}
}

static void who_left_may_come_back(void **state)
{
	struct fixture f;

	(void)state;
	fixture_four(&f);
	line_remove(&f.line, 3);
	line_append(&f.line, 3, 40);
	assert_int_equal(line_expire(&f.line, 30), 1);
	assert_int_equal(line_expire(&f.line, 30), 0);
	assert_int_equal(line_expire(&f.line, 30), 5);
	assert_int_equal(line_expire(&f.line, 39), TIMER_NODE_NONE);
	assert_int_equal(line_expire(&f.line, 40), 3);
	line_append(&f.line, 2, 50);
	assert_int_equal(line_expire(&f.line, 50), 2);
}

static void deadlines_wrap(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	line_append(&f.line, 0, 0xfffffff0U);
	line_append(&f.line, 1, 0x10);
	assert_int_equal(line_expire(&f.line, 0xffffffefU), TIMER_NODE_NONE);
	assert_int_equal(line_expire(&f.line, 5), 0);
	assert_int_equal(line_expire(&f.line, 5), TIMER_NODE_NONE);
	assert_int_equal(line_expire(&f.line, 0x10), 1);
}

static void jump_the_queue(void *arg)
{
	struct fixture *f = arg;

	line_append(&f->line, 2, 29);
}

static void leave_twice(void *arg)
{
	struct fixture *f = arg;

	line_remove(&f->line, 1);
	line_remove(&f->line, 1);
}

static void misuse_is_asserted(void **state)
{
	struct fixture f;

	(void)state;
	fixture_four(&f);
	child_asserts(jump_the_queue, &f, "deadline");
	child_asserts(leave_twice, &f, "line->head == index");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_came_first_leaves_first),
		cmocka_unit_test(next_is_the_first_deadline),
		cmocka_unit_test(anyone_may_leave),
		cmocka_unit_test(who_left_may_come_back),
		cmocka_unit_test(deadlines_wrap),
		cmocka_unit_test(misuse_is_asserted),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
