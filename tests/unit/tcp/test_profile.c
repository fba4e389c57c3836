/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of service and options: bounds, defaults, sharing. */
#include "check.h"

#include <errno.h>
#include <string.h>

#include "config/limits.h"
#include "config/tcp_constants.h"
#include "tcp/profile.h"

static void defaults_are_within_bounds(void **state)
{
	struct la_tcp_options options;
	struct la_error error = { "" };

	(void)state;
	memset(&options, 0xff, sizeof(options));
	la_tcp_options_init(&options);
	assert_int_equal(profile_check(&options, &error), 0);
	assert_string_equal(error.text, "");
	assert_false(options.no_delay);
	assert_int_equal(options.ttl, 64);
	assert_int_equal(options.mss, 0);
}

#define REFUSED(change, word)                                               \
	do {                                                                \
		struct la_tcp_options options;                              \
		struct la_error error = { "" };                             \
                                                                            \
		la_tcp_options_init(&options);                              \
		change;                                                     \
		assert_int_equal(profile_check(&options, &error), -EINVAL); \
		assert_non_null(strstr(error.text, word));                  \
		assert_int_equal(profile_check(&options, NULL), -EINVAL);   \
	} while (0)

#define TAKEN(change)                                               \
	do {                                                        \
		struct la_tcp_options options;                      \
                                                                    \
		la_tcp_options_init(&options);                      \
		change;                                             \
		assert_int_equal(profile_check(&options, NULL), 0); \
	} while (0)

static void each_option_has_its_bounds_and_is_named(void **state)
{
	(void)state;
	REFUSED(options.send_buffer = BUFFER_MIN - 1, "send_buffer");
	REFUSED(options.send_buffer = BUFFER_MAX + 1, "send_buffer");
	TAKEN(options.send_buffer = BUFFER_MIN);
	TAKEN(options.send_buffer = BUFFER_MAX);
	REFUSED(options.receive_buffer = BUFFER_MIN - 1, "receive_buffer");
	REFUSED(options.receive_buffer = BUFFER_MAX + 1, "receive_buffer");
	TAKEN(options.receive_buffer = BUFFER_MIN);
	REFUSED(options.mss = 63, "mss");
	TAKEN(options.mss = 64);
	REFUSED(options.ttl = 0, "ttl");
	TAKEN(options.ttl = 255);
	REFUSED(options.send_buffer_max = BUFFER_MAX + 1, "send_buffer_max");
	REFUSED(options.receive_buffer_max = BUFFER_MAX + 1, "receive_buffer_max");
	TAKEN(options.receive_buffer_max = 0);
	REFUSED(options.congestion = LA_CONGESTIONS, "congestion");
	REFUSED(options.ecn = LA_ECNS, "ecn");
	REFUSED(options.syn_cookies = LA_SYN_COOKIES, "syn_cookies");
	REFUSED(options.keepalive_idle_us = 0, "keepalive_idle");
	REFUSED(options.keepalive_idle_us = QUIET_MAX_US + 1, "keepalive_idle");
	TAKEN(options.keepalive_idle_us = QUIET_MAX_US);
	REFUSED(options.keepalive_interval_us = 0, "keepalive_interval");
	REFUSED(options.keepalive_probes = 0, "keepalive_probes");
	REFUSED(options.keepalive_probes = 15, "keepalive_probes");
	TAKEN(options.keepalive_probes = 14);
	REFUSED(options.idle_timeout_us = QUIET_MAX_US + 1, "idle_timeout");
	TAKEN(options.idle_timeout_us = QUIET_MAX_US);
	REFUSED(options.fin_wait_2_us = 0, "fin_wait_2");
	REFUSED(options.user_timeout_us = 999999, "user_timeout");
	TAKEN(options.user_timeout_us = 1000000);
	REFUSED(options.user_timeout_max_us = 99999999, "user_timeout_max");
	REFUSED(options.stall_bytes_per_second = 0, "stall_bytes_per_second");
	TAKEN(options.stall_bytes_per_second = options.stall_timeout_us = 0);
	REFUSED(options.dscp = 64, "dscp");
	TAKEN(options.dscp = 63);
	REFUSED(options.delayed_ack_us = 500001, "delayed_ack");
	TAKEN(options.delayed_ack_us = 500000);
	TAKEN(options.delayed_ack_us = 0);
	REFUSED(options.rto_min_us = 0, "rto_min");
	REFUSED(options.rto_min_us = options.rto_max_us + 1, "rto_min");
	REFUSED(options.rto_initial_us = 0, "rto_initial");
	REFUSED(options.rto_initial_us = options.rto_max_us + 1, "rto_initial");
	REFUSED(options.r2_us = 0, "r2");
	REFUSED(options.r2_syn_us = 0, "r2_syn");
}

static struct profile profile_of(uint32_t n)
{
	struct profile profile = { .service_data = NULL };

	la_tcp_options_init(&profile.options);
	profile.options.send_buffer = BUFFER_MIN + n;
	return profile;
}

static void equal_sets_share_a_place(void **state)
{
	struct profile_table table;
	struct profile one = profile_of(1), two = profile_of(2);
	int a, b, c;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	a = profile_use(&table, &one);
	b = profile_use(&table, &two);
	c = profile_use(&table, &one);
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(a, c);
	assert_true(a != b);
	assert_int_equal(table.list[a].users, 2);
	profile_leave(&table, (uint16_t)a);
	assert_int_equal(profile_use(&table, &one), a);
	profile_leave(&table, (uint16_t)a);
	profile_leave(&table, (uint16_t)a);
	/* Its place is free for another. */
	two.options.send_buffer++;
	assert_int_equal(profile_use(&table, &two), a);
	profile_table_destroy(&table);
}

static void what_follows_from_options_is_worked_out(void **state)
{
	struct profile_table table;
	struct profile profile = profile_of(0);
	const struct profile *held = NULL;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	profile.options.ttl = 9;
	profile.options.dscp = 46;
	profile.options.rto_min_us = 2 * TCP_PEER_ACK_DELAY_US;
	held = &table.list[profile_use(&table, &profile)];
	assert_int_equal(way_ttl(held->marks), 9);
	assert_int_equal(way_tos(held->marks), 46 << 2);
	assert_int_equal(held->first_timer_ticks, TCP_PEER_ACK_DELAY_US / WHEEL_TICK_US);
	assert_false(held->times_quiet);
	/* A place that was somebody's, or that is changed, says what is true now. */
	profile.options.rto_min_us = 3 * WHEEL_TICK_US;
	profile.options.idle_timeout_us = 1;
	held = &table.list[profile_change(&table, 0, &profile.options)];
	assert_int_equal(held->first_timer_ticks, 3);
	assert_true(held->times_quiet);
	profile.options.idle_timeout_us = 0;
	profile.options.keepalive = true;
	held = &table.list[profile_own(&table, &profile, 3)];
	assert_true(held->times_quiet);
	profile_table_destroy(&table);
}

static void any_difference_makes_another_set(void **state)
{
	struct profile_table table;
	struct profile base = profile_of(0);
	uint32_t places = 0;
	uint8_t *bytes = (uint8_t *)&base.options;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	assert_int_equal(profile_use(&table, &base), 0);
#define DIFFERENT(change)                                                     \
	do {                                                                  \
		struct profile other = base;                                  \
                                                                              \
		change;                                                       \
		assert_int_equal(profile_use(&table, &other), (int)++places); \
	} while (0)
	DIFFERENT(other.service_data = bytes);
	DIFFERENT(other.service = (const struct la_service *)bytes);
	DIFFERENT(other.options.send_buffer++);
	DIFFERENT(other.options.receive_buffer--);
	DIFFERENT(other.options.mss = 500);
	DIFFERENT(other.options.ttl--);
	DIFFERENT(other.options.dscp++);
	DIFFERENT(other.options.no_delay = true);
	DIFFERENT(other.options.r1_retransmits++);
	DIFFERENT(other.options.r2_us++);
	DIFFERENT(other.options.r2_syn_us++);
	DIFFERENT(other.options.delayed_ack_us++);
	DIFFERENT(other.options.rto_initial_us++);
	DIFFERENT(other.options.rto_min_us++);
	DIFFERENT(other.options.rto_max_us--);
	profile_table_destroy(&table);
}

static void all_places_can_be_taken_and_no_more(void **state)
{
	struct profile_table table;
	struct profile profile;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	for (uint32_t i = 0; i < PROFILES_MAX; i++) {
		profile = profile_of(i);
		assert_int_equal(profile_use(&table, &profile), (int)i);
	}
	profile = profile_of(PROFILES_MAX);
	assert_int_equal(profile_use(&table, &profile), -ENOSPC);
	profile = profile_of(17);
	assert_int_equal(profile_use(&table, &profile), 17);
	profile_leave(&table, 17);
	profile_leave(&table, 17);
	profile = profile_of(PROFILES_MAX);
	assert_int_equal(profile_use(&table, &profile), 17);
	profile_table_destroy(&table);
}

/* Found without a search, and only while it is used and the same. */
static void recent_set_is_used_again(void **state)
{
	struct profile_table table;
	struct profile one = profile_of(0), plain = { .service_data = NULL };
	int number, defaults;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	assert_int_equal(profile_use_recent(&table, NULL, NULL, &one.options), -ENOENT);
	number = profile_use(&table, &one);
	assert_int_equal(profile_use_recent(&table, NULL, NULL, &one.options), number);
	assert_int_equal(table.list[number].users, 2);
	assert_int_equal(profile_use_recent(&table, NULL, NULL, NULL), -ENOENT);
	assert_int_equal(profile_use_recent(&table, NULL, &one, &one.options), -ENOENT);
	la_tcp_options_init(&plain.options);
	defaults = profile_use(&table, &plain);
	assert_int_equal(profile_use_recent(&table, NULL, NULL, NULL), defaults);
	assert_int_equal(profile_use_recent(&table, NULL, NULL, &one.options), -ENOENT);
	profile_leave(&table, (uint16_t)defaults);
	profile_leave(&table, (uint16_t)defaults);
	assert_int_equal(profile_use_recent(&table, NULL, NULL, NULL), -ENOENT);
	profile_table_destroy(&table);
}

static void a_listeners_own_is_shared_with_nobody(void **state)
{
	struct profile_table table;
	struct profile one = profile_of(1);
	int shared, own, other;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	shared = profile_use(&table, &one);
	own = profile_own(&table, &one, 5);
	other = profile_own(&table, &one, 6);
	assert_true(shared != own && own != other && shared != other);
	assert_int_equal(table.list[own].listener, 5);
	assert_int_equal(table.list[shared].listener, LISTENER_NONE);
	profile_leave(&table, (uint16_t)shared);
	assert_int_equal(profile_use(&table, &one), shared);
	assert_int_equal(table.list[own].users, 1);
	/* Nor where it has taken the place of the one used last. */
	profile_leave(&table, (uint16_t)shared);
	assert_int_equal(profile_own(&table, &one, 7), shared);
	assert_int_equal(profile_use_recent(&table, NULL, NULL, &one.options), -ENOENT);
	profile_table_destroy(&table);
}

static void who_changes_options_stays_a_user_of_the_listeners_own(void **state)
{
	struct profile_table table;
	struct profile one = profile_of(1), two = profile_of(2), three = profile_of(3);
	uint16_t own, a, b;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	own = (uint16_t)profile_own(&table, &one, 5);
	table.list[own].users += 2; /* two connections */
	a = (uint16_t)profile_change(&table, own, &two.options);
	b = (uint16_t)profile_change(&table, own, &two.options);
	assert_true(a == b && a != own);
	assert_int_equal(table.list[a].users, 2);
	assert_int_equal(table.list[own].users, 3);
	/* Not for others, even where all is the same. */
	assert_true(profile_use(&table, &two) != a);
	b = (uint16_t)profile_change(&table, b, &three.options);
	assert_true(b != a && b != own);
	assert_int_equal(table.list[a].users, 1);
	assert_int_equal(table.list[own].users, 3);
	assert_int_equal(profile_change(&table, b, &three.options), b);
	assert_int_equal(table.list[b].users, 1);
	/* Back to where it came from. */
	assert_int_equal(profile_change(&table, b, &one.options), own);
	assert_int_equal(table.list[b].users, 0);
	assert_int_equal(table.list[own].users, 3);
	profile_leave(&table, own);
	profile_leave(&table, own); /* the listener: only the changed one is left */
	assert_int_equal(table.list[own].users, 1);
	profile_leave(&table, a);
	assert_int_equal(table.list[a].users, 0);
	assert_int_equal(table.list[own].users, 0);
	profile_table_destroy(&table);
}

static void a_change_that_finds_no_place_changes_nothing(void **state)
{
	struct profile_table table;
	struct profile profile = profile_of(0), more = profile_of(PROFILES_MAX);
	uint16_t own;

	(void)state;
	assert_int_equal(profile_table_create(&table, -1), 0);
	own = (uint16_t)profile_own(&table, &profile, 5);
	for (uint32_t i = 1; i < PROFILES_MAX; i++) {
		profile = profile_of(i);
		assert_int_equal(profile_use(&table, &profile), (int)i);
	}
	assert_int_equal(profile_change(&table, own, &more.options), -ENOSPC);
	assert_int_equal(profile_change(&table, 7, &more.options), -ENOSPC);
	assert_int_equal(profile_own(&table, &more, 6), -ENOSPC);
	assert_int_equal(table.list[own].users, 1);
	assert_int_equal(table.list[7].users, 1);
	profile = profile_of(8);
	assert_int_equal(profile_change(&table, 7, &profile.options), 8);
	assert_int_equal(table.list[7].users, 0);
	assert_int_equal(table.list[8].users, 2);
	profile_table_destroy(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_within_bounds),
		cmocka_unit_test(recent_set_is_used_again),
		cmocka_unit_test(each_option_has_its_bounds_and_is_named),
		cmocka_unit_test(equal_sets_share_a_place),
		cmocka_unit_test(what_follows_from_options_is_worked_out),
		cmocka_unit_test(any_difference_makes_another_set),
		cmocka_unit_test(all_places_can_be_taken_and_no_more),
		cmocka_unit_test(a_listeners_own_is_shared_with_nobody),
		cmocka_unit_test(who_changes_options_stays_a_user_of_the_listeners_own),
		cmocka_unit_test(a_change_that_finds_no_place_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
