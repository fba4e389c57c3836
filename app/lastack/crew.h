/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crew: the workers at work, each on an lcore of its own; the main lcore has the first one.
 *
 * Owns which lcores they are on, how they rest when there is nothing to do, and how they end
 * together. Knows nothing of ports or listeners.
 */
#ifndef LASTACK_CREW_H
#define LASTACK_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

struct crew {
	unsigned int count;
	unsigned int lcores[LA_WORKERS_MAX]; /**< by worker */
	struct la_stack *stack;
	uint64_t idle_sleep_us; /**< 0: no worker rests */
	bool over;              /**< every worker leaves its lcore (atomic) */
};

/**
 * Chooses so many lcores of EAL's; 0: all, as far as a stack can have workers. False if EAL has not
 * so many.
 */
bool crew_choose(struct crew *crew, unsigned int wanted);

/** Writes "lcore 0" or "lcores 0, 1, 2" and returns buf. */
char *crew_format_lcores(const struct crew *crew, char *buf, size_t size);

/**
 * Polls every worker on its lcore until stops() is above 0, then until no connection is left, the
 * grace period is over or stops() is above 1. Every worker has left its lcore then. stops() is
 * called between two breaths of the first worker. False if connections were left, or if an lcore
 * did not take its worker.
 */
bool crew_work(struct crew *crew, uint64_t grace_us, unsigned int (*stops)(void));

#endif
