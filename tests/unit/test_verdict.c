/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <ctype.h>
#include <string.h>

#include "base/counters.h"
#include "base/verdict.h"

/** A name can stand in JSON, in a shell and in a test's name. */
static void name_is_plain(const char *name)
{
	assert_non_null(name);
	assert_true(strlen(name) > 0 && strlen(name) < 32);
	for (const char *c = name; *c != '\0'; c++)
		assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_');
}

static void help_is_there(const char *help)
{
	assert_non_null(help);
	assert_true(strlen(help) > 5);
}

static void every_drop_has_a_name_of_its_own_and_help(void **state)
{
	(void)state;
	assert_true(VERDICTS > VERDICT_DONE + 1);
	for (unsigned int i = VERDICT_DONE + 1; i < VERDICTS; i++) {
		name_is_plain(verdict_drop_name(i));
		help_is_there(verdict_drop_help(i));
		for (unsigned int j = VERDICT_DONE + 1; j < i; j++) {
			assert_string_not_equal(verdict_drop_name(i), verdict_drop_name(j));
			assert_string_not_equal(verdict_drop_help(i), verdict_drop_help(j));
		}
	}
	assert_string_equal(verdict_drop_name(DROP_tcp_checksum), "tcp_checksum");
	assert_string_equal(verdict_drop_help(DROP_tcp_checksum), "TCP checksum wrong");
}

static void what_is_no_drop_has_no_name(void **state)
{
	static const unsigned int numbers[] = { VERDICT_CONTINUE, VERDICT_DONE, VERDICTS,
						UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		assert_null(verdict_drop_name(numbers[i]));
		assert_null(verdict_drop_help(numbers[i]));
	}
}

static void every_counter_has_a_name_of_its_own_and_help(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < STATS; i++) {
		name_is_plain(stat_name(i));
		help_is_there(stat_help(i));
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(stat_name(i), stat_name(j));
	}
	assert_string_equal(stat_name(STAT_segments_in), "segments_in");
	assert_null(stat_name(STATS));
	assert_null(stat_help(STATS));
	assert_null(stat_name(UINT32_MAX));
}

static void counting_touches_one_counter(void **state)
{
	struct counters counters = { 0 };
	uint64_t sum = 0;

	(void)state;
	stat_count(&counters, STAT_rx_frames);
	stat_add(&counters, STAT_rx_frames, 4);
	drop_count(&counters, DROP_ip_ttl);
	assert_int_equal(counters.stats[STAT_rx_frames], 5);
	assert_int_equal(counters.drops[DROP_ip_ttl], 1);
	for (unsigned int i = 0; i < STATS; i++)
		sum += counters.stats[i];
	for (unsigned int i = 0; i < VERDICTS; i++)
		sum += counters.drops[i];
	assert_int_equal(sum, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_drop_has_a_name_of_its_own_and_help),
		cmocka_unit_test(what_is_no_drop_has_no_name),
		cmocka_unit_test(every_counter_has_a_name_of_its_own_and_help),
		cmocka_unit_test(counting_touches_one_counter),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
