/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * interactive.h: commands typed while nothing is measured and while something is: start, stop, show
 * port stats, show worker stats, set, quit. By DPDK's cmdline library, as in dpdk-testpmd.
 */
#ifndef BENCH_INTERACTIVE_H
#define BENCH_INTERACTIVE_H

#include <stdbool.h>

struct bench;
struct options;

/**
 * Prompts until quit, the end of stdin or a signal. The words are those behind `--`, the first of
 * them that; measure makes one run, which asks interactive_stops() now and then. False: there is no
 * prompt to be had.
 */
bool interactive(int count, char **words, bool (*signalled)(void),
		 void (*measure)(const struct options *options));

/** While a run is under way: looks what was typed. True: stop. Always false without a prompt. */
bool interactive_stops(const struct bench *bench);

#endif
