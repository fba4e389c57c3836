/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json.h: writes JSON (RFC 8259): objects and lists opened and closed, values with and without
 * name.
 *
 * Knows where commas belong and how strings are quoted; nothing of what is written.
 */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	unsigned int depth;
	bool follows; /**< something stands before on this level */
};

/** A name of NULL where the level above is a list, and for the outermost object. */
void json_object(struct json *json, const char *name);
void json_list(struct json *json, const char *name);
void json_end_object(struct json *json);
void json_end_list(struct json *json);
void json_text(struct json *json, const char *name, const char *value);
void json_count(struct json *json, const char *name, uint64_t value);
/** Not a number and infinities are written as null. */
void json_number(struct json *json, const char *name, double value);
void json_bool(struct json *json, const char *name, bool value);

#endif
