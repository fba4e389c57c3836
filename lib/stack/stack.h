/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack.h: what is configured once, and the workers.
 */
#ifndef STACK_STACK_H
#define STACK_STACK_H

#include "lastack.h"
#include "stack/worker.h"

#define STACK_NAME_SIZE 16

struct la_stack {
	struct la_stack_config config;
	struct la_clock clock; /**< now_us NULL: the TSC */
	uint64_t tsc_hz;
	char name[STACK_NAME_SIZE];
	struct la_worker *worker;
};

#endif
