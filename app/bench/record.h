/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record.h: the figures of a run as a file for programs, by lastack-bench.schema.json.
 */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include <stdbool.h>

struct bench;

/** Writes the file that --json names. False: a message went to stderr. */
bool record_write(const struct bench *bench);

#endif
