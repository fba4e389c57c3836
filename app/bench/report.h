/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report.h: the statistics at the end of a run, for people.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

struct bench;

/** Prints all of the measurement to stdout, and its doubts. */
void report_print(const struct bench *bench);

#endif
