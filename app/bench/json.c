/* SPDX-License-Identifier: BSD-3-Clause */
#include "json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

static void write_string(struct json *json, const char *text)
{
	fputc('"', json->out);
	for (; *text != '\0'; text++) {
		unsigned char letter = (unsigned char)*text;

		if (letter == '"' || letter == '\\')
			fprintf(json->out, "\\%c", letter);
		else if (letter < 0x20)
			fprintf(json->out, "\\u%04x", letter);
		else
			fputc(letter, json->out);
	}
	fputc('"', json->out);
}

/* What stands before each value: the comma, the line, the name. */
static void begin_value(struct json *json, const char *name)
{
	if (json->follows)
		fputc(',', json->out);
	if (json->depth > 0)
		fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
	json->follows = true;
	if (name == NULL)
		return;
	write_string(json, name);
	fputs(": ", json->out);
}

static void open_level(struct json *json, const char *name, char bracket)
{
	begin_value(json, name);
	fputc(bracket, json->out);
	json->depth++;
	json->follows = false;
}

static void close_level(struct json *json, char bracket)
{
	assert(json->depth > 0);
	json->depth--;
	if (json->follows)
		fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
	fputc(bracket, json->out);
	json->follows = true;
	if (json->depth == 0)
		fputc('\n', json->out);
}

void json_object(struct json *json, const char *name)
{
	open_level(json, name, '{');
}

void json_list(struct json *json, const char *name)
{
	open_level(json, name, '[');
}

void json_end_object(struct json *json)
{
	close_level(json, '}');
}

void json_end_list(struct json *json)
{
	close_level(json, ']');
}

void json_text(struct json *json, const char *name, const char *value)
{
	begin_value(json, name);
	write_string(json, value);
}

void json_count(struct json *json, const char *name, uint64_t value)
{
	begin_value(json, name);
	fprintf(json->out, "%" PRIu64, value);
}

void json_number(struct json *json, const char *name, double value)
{
	begin_value(json, name);
	if (isfinite(value))
		fprintf(json->out, "%.10g", value);
	else
		fputs("null", json->out);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin_value(json, name);
	fputs(value ? "true" : "false", json->out);
}
