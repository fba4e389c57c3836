/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * units: see units.h.
 */
#include "units.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* From small to large. */
static const struct unit durations[] = {
	{ "us", 1 },
	{ "ms", 1000 },
	{ "s", 1000000 },
	{ "m", 60ULL * 1000000 },
	{ "h", 3600ULL * 1000000 },
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "kB", 1000 },
	{ "MB", 1000 * 1000 },
	{ "GB", 1000 * 1000 * 1000 },
	{ "KiB", 1ULL << 10 },
	{ "MiB", 1ULL << 20 },
	{ "GiB", 1ULL << 30 },
};

static const struct unit numbers[] = { { "", 1 } };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The digits at the beginning; *rest is what follows. */
static enum units_verdict parse_digits(const char *text, uint64_t *out, const char **rest)
{
	uint64_t value = 0;
	bool overflow = false;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9'; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		overflow = overflow || __builtin_mul_overflow(value, 10, &value) ||
			   __builtin_add_overflow(value, digit, &value);
	}
	*rest = c;
	*out = value;
	if (c == text)
		return UNITS_MALFORMED;
	return overflow ? UNITS_TOO_LARGE : UNITS_OK;
}

static enum units_verdict parse(const char *text, const struct unit *units, size_t count,
				uint64_t *out)
{
	const char *rest;
	enum units_verdict verdict = parse_digits(text, out, &rest);

	assert(count > 0);
	if (verdict == UNITS_MALFORMED)
		return verdict;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rest, units[i].name) != 0)
			continue;
		if (verdict == UNITS_OK && __builtin_mul_overflow(*out, units[i].factor, out))
			verdict = UNITS_TOO_LARGE;
		return verdict;
	}
	return rest[0] == '\0' ? UNITS_NO_UNIT : UNITS_MALFORMED;
}

enum units_verdict units_parse_number(const char *text, uint64_t *out)
{
	return parse(text, numbers, COUNT_OF(numbers), out);
}

enum units_verdict units_parse_duration(const char *text, uint64_t *out_us)
{
	return parse(text, durations, COUNT_OF(durations), out_us);
}

enum units_verdict units_parse_size(const char *text, uint64_t *out)
{
	return parse(text, sizes, COUNT_OF(sizes), out);
}

/* With the largest of the units from `first` on that divides the value. */
static char *format(uint64_t value, const struct unit *units, size_t count, char *buf)
{
	const struct unit *best = &units[0];

	for (size_t i = 1; i < count; i++) {
		if (value != 0 && value % units[i].factor == 0)
			best = &units[i];
	}
	snprintf(buf, UNITS_TEXT_SIZE, "%llu%s", (unsigned long long)(value / best->factor),
		 best->name);
	return buf;
}

char *units_format_duration(uint64_t us, char *buf)
{
	if (us == 0)
		return strcpy(buf, "0s");
	return format(us, durations, COUNT_OF(durations), buf);
}

char *units_format_size(uint64_t bytes, char *buf)
{
	static const struct unit binary[] = {
		{ "", 1 },
		{ "KiB", 1ULL << 10 },
		{ "MiB", 1ULL << 20 },
		{ "GiB", 1ULL << 30 },
	};

	return format(bytes, binary, COUNT_OF(binary), buf);
}
