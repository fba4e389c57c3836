/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * appliance: a stack built from a configuration, and its life until it is told to stop.
 *
 * Owns the order of things: workers, ports, addresses, services, listeners; work; the end. EAL is
 * up before and cleaned up after. Knows nothing of files or command lines.
 */
#ifndef LASTACK_APPLIANCE_H
#define LASTACK_APPLIANCE_H

#include <stdbool.h>

#include "config.h"

struct appliance;

/**
 * Builds everything and says on standard output what there is; the last line is "ready". Returns
 * NULL after a message on standard error; then nothing is left behind. The configuration outlives
 * the appliance.
 */
struct appliance *appliance_start(const struct config *config, const char *file);

/**
 * Works until asked to stop, then until every connection has ended or the grace period is over;
 * asked a second time, it ends at once. stops() tells between two breaths how often it was asked.
 * Returns false when connections were left that would not end.
 */
bool appliance_run(struct appliance *appliance, unsigned int (*stops)(void));

/** Frees everything. NULL is fine. */
void appliance_free(struct appliance *appliance);

#endif
