/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack.h: what is configured once, and the workers.
 */
#ifndef STACK_STACK_H
#define STACK_STACK_H

#include "lastack.h"
#include "stack/worker.h"

#define STACK_NAME_SIZE 16

/** What la_stack_stop() asked for. */
struct la_stop {
	uint64_t grace_us;
	bool asked; /**< atomic; grace_us is set before */
};

struct la_stack {
	struct la_stack_config config;
	struct la_clock clock; /**< now_us NULL: the TSC */
	uint64_t us_per_cycle; /**< of the TSC, times 2^64 */
	char name[STACK_NAME_SIZE];
	/** What the workers' Fast Open cookies are made of. */
	struct siphash_key fast_open_secret;
	struct rss rss; /**< which worker owns what; written by nobody once the stack is made */
	struct la_stop stop;
	unsigned int worker_count;
	struct la_worker *workers[WORKERS_MAX];
};

#endif
