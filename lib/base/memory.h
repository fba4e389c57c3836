/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory.h: where records come from: large zeroed areas, reserved at start and freed at the end.
 *
 * DPDK's allocator where EAL has hugepages; libnuma on the given node without them. Sanitizer
 * builds take the heap instead (memory_heap.c), because ASan is blind inside DPDK's memory.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zeroed memory, aligned to a cache line, on a node that exists (-1: any). NULL when it has none.
 */
void *memory_reserve(size_t bytes, int numa_node);

/** What could be reserved. */
struct memory_left {
	uint64_t bytes; /**< at most: no single area needs to be as large; UINT64_MAX: unknown */
	bool hugepages; /**< of which this is */
};

/** Looks what is free on a node (-1: the first) and can be taken by memory_reserve(). */
struct memory_left memory_left(int numa_node);

/** Gives back what memory_reserve() gave; bytes as then. NULL is fine. */
void memory_release(void *area, size_t bytes);

#endif
