/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settings_text: see settings_text.h.
 */
#include "settings_text.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "units.h"

static void __attribute__((format(printf, 2, 3))) append(char *buf, const char *format, ...)
{
	size_t used = strlen(buf);
	va_list list;

	assert(used < SETTINGS_TEXT_SIZE);
	va_start(list, format);
	vsnprintf(buf + used, SETTINGS_TEXT_SIZE - used, format, list);
	va_end(list);
}

char *settings_text_name(const struct setting_section *section, const struct setting *setting,
			 char *buf)
{
	buf[0] = '\0';
	append(buf, "%s%s%s", section->name, section->name[0] != '\0' ? "." : "", setting->key);
	return buf;
}

/* ---- what is wanted -------------------------------------------------------------------------- */

static void append_choices(char *buf, const struct setting *setting)
{
	const char *separator = "";

	for (int i = 0; i == 0 || setting->choices[i] != NULL; i++) {
		if (setting->choices[i] == NULL)
			continue;
		append(buf, "%s%s", separator, setting->choices[i]);
		separator = setting->choices[i + 1] != NULL && setting->choices[i + 2] == NULL
				    ? " or "
				    : ", ";
	}
}

static void append_keys(char *buf, const struct setting_section *section)
{
	const char *separator = "";

	for (const struct setting *s = section->settings; s->key != NULL; s++) {
		append(buf, "%s%s", separator, s->key);
		separator = ", ";
	}
}

static void append_kind(char *buf, const struct setting *setting)
{
	char low[UNITS_TEXT_SIZE], high[UNITS_TEXT_SIZE];

	switch (setting->kind) {
	case SETTING_BOOL:
		append(buf, "true or false");
		return;
	case SETTING_NUMBER:
		append(buf, "a whole number from %llu to %llu", (unsigned long long)setting->min,
		       (unsigned long long)setting->max);
		return;
	case SETTING_SIZE:
		append(buf, "a size from %s to %s, for example 64KiB",
		       units_format_size(setting->min, low), units_format_size(setting->max, high));
		return;
	case SETTING_DURATION:
		append(buf, "a duration from %s to %s, for example 200ms or 30s",
		       units_format_duration(setting->min, low),
		       units_format_duration(setting->max, high));
		return;
	case SETTING_STRING:
	case SETTING_TEXT:
		append(buf, "a text");
		return;
	case SETTING_CHOICE:
		append_choices(buf, setting);
		return;
	case SETTING_ADDRESS:
		append(buf, "an IPv4 address, for example 198.18.0.1");
		return;
	case SETTING_PREFIX:
		append(buf, "an IPv4 address with its prefix length, for example 198.18.0.1/24");
		return;
	case SETTING_SECTION:
		append(buf, "a section of the keys ");
		append_keys(buf, setting->section);
		return;
	}
}

char *settings_text_wanted(const struct setting *setting, char *buf)
{
	buf[0] = '\0';
	if (setting->list)
		append(buf, "a list, each item being ");
	append_kind(buf, setting);
	return buf;
}

/* ---- near misses ----------------------------------------------------------------------------- */

#define WORD_MAX 40

/* How many letters have to be changed, put in, left out or swapped with their neighbour. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[WORD_MAX + 1][WORD_MAX + 1];
	size_t height = strlen(a), width = strlen(b);

	if (height > WORD_MAX || width > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= height; i++)
		rows[i][0] = i;
	for (size_t j = 0; j <= width; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= height; i++) {
		for (size_t j = 1; j <= width; j++) {
			size_t best = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (rows[i - 1][j] + 1 < best)
				best = rows[i - 1][j] + 1;
			if (rows[i][j - 1] + 1 < best)
				best = rows[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    rows[i - 2][j - 2] + 1 < best)
				best = rows[i - 2][j - 2] + 1;
			rows[i][j] = best;
		}
	}
	return rows[height][width];
}

/* The same letters in another order. */
static bool swapped(const char *a, const char *b)
{
	int count[UCHAR_MAX + 1] = { 0 };

	for (; *a != '\0'; a++)
		count[(unsigned char)*a]++;
	for (; *b != '\0'; b++)
		count[(unsigned char)*b]--;
	for (size_t i = 0; i <= UCHAR_MAX; i++) {
		if (count[i] != 0)
			return false;
	}
	return true;
}

char *settings_text_hint(const struct setting_section *section, const char *key, char *buf)
{
	size_t best = strlen(key) / 3 + 2;
	const char *nearest = NULL;

	for (const struct setting *s = section->settings; s->key != NULL; s++) {
		size_t d = distance(key, s->key);

		/* Among equals the one of the same letters: people swap them. */
		if (d < best || (d == best && nearest != NULL && swapped(key, s->key))) {
			best = d;
			nearest = s->key;
		}
	}
	buf[0] = '\0';
	if (nearest != NULL) {
		append(buf, "did you mean %s?", nearest);
		return buf;
	}
	append(buf, "there are ");
	append_keys(buf, section);
	return buf;
}

/* ---- documentation --------------------------------------------------------------------------- */

static uint64_t load_number(const void *place, uint8_t width)
{
	uint64_t value = 0;

	/* Little endian, as every machine that DPDK's drivers here run on. */
	assert(width <= sizeof(value));
	memcpy(&value, place, width);
	return value;
}

/* What holds when the key is absent. */
static void print_default(FILE *out, const struct setting *setting, const void *values)
{
	const void *place = (const char *)values + setting->offset;
	char text[UNITS_TEXT_SIZE];
	int choice;

	if (setting->required) {
		fprintf(out, "required");
	} else if (setting->absent != NULL) {
		fprintf(out, "%s", setting->absent);
	} else if (setting->kind == SETTING_BOOL) {
		fprintf(out, "`%s`", *(const bool *)place ? "true" : "false");
	} else if (setting->kind == SETTING_CHOICE) {
		memcpy(&choice, place, sizeof(choice));
		assert(setting->choices[choice] != NULL);
		fprintf(out, "`%s`", setting->choices[choice]);
	} else {
		uint64_t value = load_number(place, setting->width);

		if (setting->kind == SETTING_DURATION)
			units_format_duration(value, text);
		else if (setting->kind == SETTING_SIZE)
			units_format_size(value, text);
		else
			snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
		fprintf(out, "`%s`", text);
	}
}

/* What is wanted, without the example: the tables have a column that tells more. */
static char *wanted_briefly(const struct setting *setting, char *buf)
{
	char *example = strstr(settings_text_wanted(setting, buf), ", for example");

	if (example != NULL)
		*example = '\0';
	return buf;
}

static void print_table(FILE *out, const struct setting_section *section, const void *values)
{
	char wanted[SETTINGS_TEXT_SIZE];

	fprintf(out, "| key | value | default | meaning |\n|---|---|---|---|\n");
	for (const struct setting *s = section->settings; s->key != NULL; s++) {
		bool is_section = s->kind == SETTING_SECTION;

		fprintf(out, "| `%s` | %s | ", s->key,
			!is_section ? wanted_briefly(s, wanted)
			: s->list   ? "a list of sections, below"
				    : "a section, below");
		print_default(out, s, values);
		fprintf(out, " | %s |\n", s->help);
	}
}

/* The defaults of a section below: a list's items bring their own, others stand in the struct. */
static const void *defaults_below(const struct setting *setting, const void *values,
				  const void *root, void *item)
{
	if (!setting->list)
		return (const char *)values + setting->offset;
	assert(setting->section->init != NULL);
	setting->section->init(item, root);
	return item;
}

/* DEVIATION: recursion, as deep as the tables are: three sections. */
static void print_section(FILE *out, const struct setting_section *section, const void *values,
			  const void *root)
{
	if (section->name[0] != '\0')
		fprintf(out, "### `%s`\n\n", section->name);
	else
		fprintf(out, "### The file\n\n");
	print_table(out, section, values);
	for (const struct setting *s = section->settings; s->key != NULL; s++) {
		_Alignas(max_align_t) unsigned char item[SETTINGS_ITEM_MAX] = { 0 };

		if (s->kind != SETTING_SECTION)
			continue;
		assert(s->section->struct_size <= sizeof(item));
		fprintf(out, "\n");
		print_section(out, s->section, defaults_below(s, values, root, item), root);
	}
}

void settings_print(FILE *out, const struct setting_section *section, const void *values)
{
	print_section(out, section, values, values);
}
