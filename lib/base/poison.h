/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poison.h: tells AddressSanitizer which bytes of our own pools nobody may touch.
 *
 * The only place that knows whether ASan is there; without it both calls are nothing.
 */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define POISON_ASAN 1
#endif

#ifdef POISON_ASAN
#include <sanitizer/asan_interface.h>

/** From now on every access to these bytes is reported. */
static inline void poison_region(const void *area, size_t bytes)
{
	__asan_poison_memory_region(area, bytes);
}

/** These bytes may be used again. */
static inline void unpoison_region(const void *area, size_t bytes)
{
	__asan_unpoison_memory_region(area, bytes);
}
#else
static inline void poison_region(const void *area, size_t bytes)
{
	(void)area;
	(void)bytes;
}

static inline void unpoison_region(const void *area, size_t bytes)
{
	(void)area;
	(void)bytes;
}
#endif

#endif
