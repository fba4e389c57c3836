/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judge.h: looks at a run that is over for reasons to doubt its figures.
 */
#ifndef BENCH_JUDGE_H
#define BENCH_JUDGE_H

struct bench;

/** Adds to bench->doubts. The ends are still there, and everything on them has ended. */
void judge(struct bench *bench);

#endif
