/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * units: numbers, durations and sizes as people write them: "80", "30s", "4MiB".
 *
 * Strict: digits and one unit, nothing before, between or behind. Knows nothing of YAML.
 */
#ifndef LASTACK_UNITS_H
#define LASTACK_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum units_verdict {
	UNITS_OK,
	UNITS_MALFORMED, /**< not of the form */
	UNITS_NO_UNIT,   /**< a number alone where a unit is needed */
	UNITS_TOO_LARGE, /**< does not fit into 64 bits */
};

#define UNITS_TEXT_SIZE 32 /**< bytes that a formatted value may need, terminator included */

enum units_verdict units_parse_number(const char *text, uint64_t *out);
/** "250us", "200ms", "30s", "2m", "1h"; in microseconds. The unit is needed. */
enum units_verdict units_parse_duration(const char *text, uint64_t *out_us);
/** "1000", "1000B", "64KiB", "4MiB", "1GiB", "64kB", "4MB", "1GB"; in bytes. */
enum units_verdict units_parse_size(const char *text, uint64_t *out);

/** The shortest exact form, in buf of UNITS_TEXT_SIZE; returns buf. */
char *units_format_duration(uint64_t us, char *buf);
char *units_format_size(uint64_t bytes, char *buf);

#endif
