/* SPDX-License-Identifier: BSD-3-Clause */
#include "bursts.h"

#include <assert.h>

void bursts_read(const struct bursts *bursts, struct bursts *out)
{
	for (unsigned int i = 0; i < BURST_SIZES; i++) {
		out->rx[i] = __atomic_load_n(&bursts->rx[i], __ATOMIC_RELAXED);
		out->tx[i] = __atomic_load_n(&bursts->tx[i], __ATOMIC_RELAXED);
	}
}

const char *bursts_size_name(unsigned int size)
{
	static const char *const names[BURST_SIZES] = { "0",    "1",     "2-3",   "4-7",
							"8-15", "16-31", "32-63", "64-" };

	assert(size < BURST_SIZES);
	return names[size];
}
