/* SPDX-License-Identifier: BSD-3-Clause */
/* units: what people write is read exactly, or not at all. */
#include "check.h"

#include "units.h"

struct example {
	const char *text;
	enum units_verdict verdict;
	uint64_t value;
};

static void check(enum units_verdict (*parse)(const char *, uint64_t *),
		  const struct example *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 0;
		enum units_verdict verdict = parse(cases[i].text, &value);

		if (verdict != cases[i].verdict)
			fail_msg("'%s' gives verdict %d", cases[i].text, verdict);
		if (verdict == UNITS_OK)
			assert_int_equal(value, cases[i].value);
	}
}

static void numbers_are_digits_alone(void **state)
{
	static const struct example cases[] = {
		{ "0", UNITS_OK, 0 },
		{ "80", UNITS_OK, 80 },
		{ "18446744073709551615", UNITS_OK, UINT64_MAX },
		{ "18446744073709551616", UNITS_TOO_LARGE, 0 },
		{ "99999999999999999999999999", UNITS_TOO_LARGE, 0 },
		{ "", UNITS_MALFORMED, 0 },
		{ "-1", UNITS_MALFORMED, 0 },
		{ "+1", UNITS_MALFORMED, 0 },
		{ " 1", UNITS_MALFORMED, 0 },
		{ "1 ", UNITS_MALFORMED, 0 },
		{ "0x10", UNITS_MALFORMED, 0 },
		{ "1.5", UNITS_MALFORMED, 0 },
		{ "1e3", UNITS_MALFORMED, 0 },
		{ "1_000", UNITS_MALFORMED, 0 },
		{ "80s", UNITS_MALFORMED, 0 },
	};

	check(units_parse_number, cases, COUNT_OF(cases));
}

static void durations_have_one_unit(void **state)
{
	static const struct example cases[] = {
		{ "100us", UNITS_OK, 100 },
		{ "200ms", UNITS_OK, 200000 },
		{ "30s", UNITS_OK, 30000000 },
		{ "2m", UNITS_OK, 120000000 },
		{ "1h", UNITS_OK, 3600000000ULL },
		{ "0s", UNITS_OK, 0 },
		{ "5124095576h", UNITS_OK, 18446744073600000000ULL },
		{ "5124095577h", UNITS_TOO_LARGE, 0 },
		{ "18446744073709551616us", UNITS_TOO_LARGE, 0 },
		{ "30", UNITS_NO_UNIT, 0 },
		{ "30x9", UNITS_MALFORMED, 0 },
		{ "30 s", UNITS_MALFORMED, 0 },
		{ "30S", UNITS_MALFORMED, 0 },
		{ "30ss", UNITS_MALFORMED, 0 },
		{ "1m30s", UNITS_MALFORMED, 0 },
		{ "s", UNITS_MALFORMED, 0 },
		{ "1.5s", UNITS_MALFORMED, 0 },
		{ "-1s", UNITS_MALFORMED, 0 },
	};

	check(units_parse_duration, cases, COUNT_OF(cases));
}

static void sizes_are_binary_or_decimal(void **state)
{
	static const struct example cases[] = {
		{ "1000", UNITS_OK, 1000 },
		{ "1000B", UNITS_OK, 1000 },
		{ "1kB", UNITS_OK, 1000 },
		{ "3MB", UNITS_OK, 3000000 },
		{ "2GB", UNITS_OK, 2000000000 },
		{ "64KiB", UNITS_OK, 65536 },
		{ "4MiB", UNITS_OK, 4194304 },
		{ "1GiB", UNITS_OK, 1073741824 },
		{ "17179869183GiB", UNITS_OK, 18446744072635809792ULL },
		{ "17179869184GiB", UNITS_TOO_LARGE, 0 },
		{ "1k", UNITS_MALFORMED, 0 },
		{ "1K", UNITS_MALFORMED, 0 },
		{ "1KB", UNITS_MALFORMED, 0 },
		{ "1Kib", UNITS_MALFORMED, 0 },
		{ "1 MiB", UNITS_MALFORMED, 0 },
		{ "MiB", UNITS_MALFORMED, 0 },
	};

	check(units_parse_size, cases, COUNT_OF(cases));
}

static void formatting_is_exact_and_short(void **state)
{
	static const struct {
		uint64_t value;
		const char *duration;
		const char *size;
	} cases[] = {
		{ 0, "0s", "0" },
		{ 1, "1us", "1" },
		{ 1024, "1024us", "1KiB" },
		{ 1025, "1025us", "1025" },
		{ 200000, "200ms", "200000" },
		{ 30000000, "30s", "30000000" },
		{ 90000000, "90s", "90000000" },
		{ 924600000, "924600ms", "924600000" },
		{ 120000000, "2m", "120000000" },
		{ 3600000000ULL, "1h", "3515625KiB" },
		{ 4194304, "4194304us", "4MiB" },
		{ 1073741824, "1073741824us", "1GiB" },
	};
	char text[UNITS_TEXT_SIZE];
	uint64_t back;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_string_equal(units_format_duration(cases[i].value, text), cases[i].duration);
		assert_int_equal(units_parse_duration(text, &back), UNITS_OK);
		assert_int_equal(back, cases[i].value);
		assert_string_equal(units_format_size(cases[i].value, text), cases[i].size);
		assert_int_equal(units_parse_size(text, &back), UNITS_OK);
		assert_int_equal(back, cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_digits_alone),
		cmocka_unit_test(durations_have_one_unit),
		cmocka_unit_test(sizes_are_binary_or_decimal),
		cmocka_unit_test(formatting_is_exact_and_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
