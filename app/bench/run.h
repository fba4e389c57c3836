/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.h: one run from building the ends to taking them down: fill, warm up, measure, end.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stdbool.h>

struct bench;

/** True when it was measured, even if cut short; bench->doubts says what is to be doubted. False
 *  when it failed; a message went to stderr. */
bool run(struct bench *bench);

#endif
