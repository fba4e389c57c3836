/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * turns.h: two that do the same, measured in turn (A B A B ...), and what one costs of the other.
 *
 * What disturbs a shared machine disturbs both, and the median of many short turns knows nothing of
 * the few in which somebody else had the processor.
 */
#ifndef BENCH_TURNS_H
#define BENCH_TURNS_H

struct bench;

/** Cycles of one operation: medians; and the ratio of the two within a turn, with its quartiles. */
struct turns {
	double ours, other;
	double ratio, ratio_low, ratio_high;
};

/** Each does its part of one turn and returns the cycles of one operation. */
void turns_take(double (*ours)(void *state), double (*other)(void *state), void *state,
		struct turns *out);

/**
 * Adds them to the figures of the run as WHAT_OURS, WHAT_OTHER and WHAT_ratio. Where the turns
 * differ too much to believe them, it says so.
 */
void turns_report(struct bench *bench, const char *what, const char *ours, const char *other,
		  const struct turns *turns);

#endif
