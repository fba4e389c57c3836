/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gauge.h: how many of something there are: one thread counts up and down, any thread may look.
 * Plain relaxed stores and loads; the thread that counts may read it like any number.
 */
#ifndef BASE_GAUGE_H
#define BASE_GAUGE_H

#include <stdint.h>

static inline void gauge_add(uint32_t *gauge, int32_t by)
{
	__atomic_store_n(gauge, *gauge + (uint32_t)by, __ATOMIC_RELAXED);
}

/** For threads that do not count. */
static inline uint32_t gauge_read(const uint32_t *gauge)
{
	return __atomic_load_n(gauge, __ATOMIC_RELAXED);
}

#endif
