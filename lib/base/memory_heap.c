/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory_heap.c: the heap, where a sanitizer sees both ends of every area and what is never freed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "base/memory.h"

void *memory_reserve(size_t bytes, int numa_node)
{
	void *area = NULL;

	(void)numa_node;
	assert(bytes > 0);
	/* The size is not rounded up: the byte after the last one is somebody else's. */
	if (posix_memalign(&area, RTE_CACHE_LINE_SIZE, bytes) != 0)
		return NULL;
	memset(area, 0, bytes);
	return area;
}

struct memory_left memory_left(int numa_node)
{
	(void)numa_node;
	return (struct memory_left){ .bytes = UINT64_MAX };
}

void memory_release(void *area, size_t bytes)
{
	assert(area == NULL || bytes > 0);
	free(area);
}
