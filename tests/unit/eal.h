/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eal.h: EAL for a unit test: in memory, without hugepages or devices, leaving nothing behind.
 */
#ifndef UNIT_EAL_H
#define UNIT_EAL_H

#include <rte_eal.h>

#include "check.h"

static inline int eal_setup(void **state)
{
	char words[][20] = { "test",
			     "--no-huge",
			     "-m",
			     "64",
			     "--no-pci",
			     "--no-shconf",
			     "-l",
			     "0",
			     "--iova-mode=va",
			     "--no-telemetry",
			     "--log-level=error" };
	char *arguments[COUNT_OF(words) + 1] = { NULL };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		arguments[i] = words[i];
	return rte_eal_init((int)COUNT_OF(words), arguments) < 0 ? -1 : 0;
}

static inline int eal_teardown(void **state)
{
	(void)state;
	return rte_eal_cleanup();
}

#endif
