/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "base/ladder.h"

#define CAPACITY 8U

static int ladder_setup(void **state)
{
	static struct ladder ladder;

	*state = &ladder;
	return ladder_create(&ladder, CAPACITY, -1);
}

static int ladder_teardown(void **state)
{
	ladder_destroy(*state);
	return 0;
}

static void climb(struct ladder *ladder, uint32_t from, uint32_t to)
{
	for (uint32_t seq = from; seq < to; seq++)
		ladder_next(ladder)->seq = seq;
}

static struct la_endpoint endpoint(const char *text, uint16_t port)
{
	struct la_endpoint end = { .port = port };

	assert_int_equal(la_addr_parse(text, &end.addr), 0);
	return end;
}

static void ladder_is_off_until_armed(void **state)
{
	struct ladder *ladder = *state;
	struct la_ladder_filter all = { 0 };
	struct la_endpoint local = endpoint("192.0.2.1", 80), remote = endpoint("192.0.2.2", 4000);

	assert_false(ladder_on(ladder));
	assert_false(ladder_matches(ladder, &local, &remote));
	ladder_arm(ladder, &all);
	assert_true(ladder_on(ladder));
	assert_true(ladder_matches(ladder, &local, &remote));
	ladder_arm(ladder, NULL);
	assert_false(ladder_on(ladder));
	assert_false(ladder_matches(ladder, &local, &remote));
}

static void each_set_field_of_the_filter_must_match(void **state)
{
	struct ladder *ladder = *state;
	struct la_endpoint local = endpoint("192.0.2.1", 80), remote = endpoint("192.0.2.2", 4000);
	struct la_ladder_filter filter = { .remote_port = 4000 };

	ladder_arm(ladder, &filter);
	assert_true(ladder_matches(ladder, &local, &remote));
	filter.remote_port = 4001;
	ladder_arm(ladder, &filter);
	assert_false(ladder_matches(ladder, &local, &remote));

	filter = (struct la_ladder_filter){ .local_port = 80 };
	ladder_arm(ladder, &filter);
	assert_true(ladder_matches(ladder, &local, &remote));
	filter.local_port = 4000;
	ladder_arm(ladder, &filter);
	assert_false(ladder_matches(ladder, &local, &remote));

	filter = (struct la_ladder_filter){ .remote = remote.addr };
	ladder_arm(ladder, &filter);
	assert_true(ladder_matches(ladder, &local, &remote));
	filter.remote = local.addr;
	ladder_arm(ladder, &filter);
	assert_false(ladder_matches(ladder, &local, &remote));

	/* 0.0.0.0 mapped is "any" as well as sixteen zeros are. */
	filter.remote = la_addr_from_ipv4(0);
	ladder_arm(ladder, &filter);
	assert_true(ladder_matches(ladder, &local, &remote));
}

static void rungs_are_read_in_order_and_once(void **state)
{
	struct ladder *ladder = *state;
	struct la_rung out[CAPACITY];
	uint64_t cursor = 0;

	assert_int_equal(ladder_read(ladder, &cursor, out, CAPACITY), 0);
	climb(ladder, 0, 5);
	assert_int_equal(ladder_read(ladder, &cursor, out, 3), 3);
	assert_int_equal(out[0].seq, 0);
	assert_int_equal(out[2].seq, 2);
	assert_int_equal(ladder_read(ladder, &cursor, out, CAPACITY), 2);
	assert_int_equal(out[0].seq, 3);
	assert_int_equal(out[1].seq, 4);
	assert_int_equal(ladder_read(ladder, &cursor, out, CAPACITY), 0);
	climb(ladder, 5, 6);
	assert_int_equal(ladder_read(ladder, &cursor, out, CAPACITY), 1);
	assert_int_equal(out[0].seq, 5);
}

static void reader_that_was_overtaken_skips_to_the_oldest(void **state)
{
	struct ladder *ladder = *state;
	struct la_rung out[CAPACITY + 1];
	uint64_t cursor = 0;

	climb(ladder, 0, 2);
	assert_int_equal(ladder_read(ladder, &cursor, out, 1), 1);
	climb(ladder, 2, 21);
	assert_int_equal(ladder_read(ladder, &cursor, out, CAPACITY + 1), CAPACITY);
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_int_equal(out[i].seq, 13 + i);
	assert_int_equal(cursor, 21);
}

static void rung_used_again_is_zeroed(void **state)
{
	struct ladder *ladder = *state;
	struct la_rung *rung;

	for (uint32_t i = 0; i < CAPACITY; i++) {
		rung = ladder_next(ladder);
		rung->drop = 5;
		rung->retransmit = true;
		rung->time_us = 99;
	}
	rung = ladder_next(ladder);
	assert_int_equal(rung->drop, 0);
	assert_false(rung->retransmit);
	assert_int_equal(rung->time_us, 0);
}

static void rungs_stay_readable_when_disarmed(void **state)
{
	struct ladder *ladder = *state;
	struct la_ladder_filter all = { 0 };
	struct la_rung out[CAPACITY];
	uint64_t cursor = 0;

	ladder_arm(ladder, &all);
	climb(ladder, 0, 2);
	ladder_arm(ladder, NULL);
	assert_int_equal(ladder_read(ladder, &cursor, out, CAPACITY), 2);
}

#define LADDER_TEST(name) cmocka_unit_test_setup_teardown(name, ladder_setup, ladder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LADDER_TEST(ladder_is_off_until_armed),
		LADDER_TEST(each_set_field_of_the_filter_must_match),
		LADDER_TEST(rungs_are_read_in_order_and_once),
		LADDER_TEST(reader_that_was_overtaken_skips_to_the_oldest),
		LADDER_TEST(rung_used_again_is_zeroed),
		LADDER_TEST(rungs_stay_readable_when_disarmed),
	};

	return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
