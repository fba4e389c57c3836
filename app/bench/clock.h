/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock.h: the TSC beside the kernel's clock, and how much of the processor this thread had.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

/** The clocks, read together. */
struct clock_reading {
	uint64_t tsc;
	uint64_t raw_ns;    /**< CLOCK_MONOTONIC_RAW */
	uint64_t thread_ns; /**< processor time of the calling thread */
};

void clock_read(struct clock_reading *out);

/** Cycles of the TSC in a second between two readings, by the kernel's clock. (EAL rounds what it
 *  says of it to 10 MHz.) */
double clock_hz(const struct clock_reading *from, const struct clock_reading *to);
/** The share of the time between them in which the thread ran, 0 to 1. */
double clock_share(const struct clock_reading *from, const struct clock_reading *to);
double clock_seconds(const struct clock_reading *from, const struct clock_reading *to);

#endif
