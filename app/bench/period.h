/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * period.h: the line that a run prints each period.
 */
#ifndef BENCH_PERIOD_H
#define BENCH_PERIOD_H

struct bench;
struct sample;

/** What happened between two samples, on one line of stdout. */
void period_print(const struct bench *bench, const struct sample *from, const struct sample *to);

#endif
