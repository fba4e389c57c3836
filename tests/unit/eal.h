/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eal.h: EAL for a unit test: without hugepages, devices or other processes; leaves nothing behind.
 */
#ifndef UNIT_EAL_H
#define UNIT_EAL_H

#include <stdio.h>
#include <unistd.h>

#include <rte_eal.h>

#include "check.h"

static inline int eal_setup(void **state)
{
	char words[][20] = { "test",
			     "--no-huge",
			     "-m",
			     "256",
			     "--no-pci",
			     "--no-shconf",
			     "-l",
			     "0",
			     "--iova-mode=va",
			     "--no-telemetry",
			     "--log-level=error" };
	char *arguments[COUNT_OF(words) + 1];
	char prefix[32];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		arguments[i] = words[i];
	snprintf(prefix, sizeof(prefix), "--file-prefix=unit-%d", (int)getpid());
	arguments[COUNT_OF(words)] = prefix;
	return rte_eal_init((int)COUNT_OF(arguments), arguments) < 0 ? -1 : 0;
}

static inline int eal_teardown(void **state)
{
	char directory[128];
	int error;

	(void)state;
	snprintf(directory, sizeof(directory), "%s", rte_eal_get_runtime_dir());
	error = rte_eal_cleanup();
	/* EAL empties its directory and leaves it. */
	return rmdir(directory) != 0 ? -1 : error;
}

#endif
