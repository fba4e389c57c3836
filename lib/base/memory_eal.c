/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory_eal.c: hugepages through EAL where there are any, else pages of the given node through
 * libnuma, else pages. Whose an area is can be asked of EAL by its address, so nothing is
 * remembered.
 */
#include <assert.h>
#include <numa.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "base/memory.h"

/** EAL claims hugepages before it is up, too; it has no lcore then. */
static bool eal_has_hugepages(void)
{
	return rte_lcore_count() > 0 && rte_eal_has_hugepages() != 0;
}

void *memory_reserve(size_t bytes, int numa_node)
{
	void *area;

	assert(bytes > 0);
	if (eal_has_hugepages()) {
		area = rte_zmalloc_socket(NULL, bytes, RTE_CACHE_LINE_SIZE, numa_node);
	} else if (numa_available() >= 0) {
		/* Fresh pages are zero, and come only when they are touched. */
		area = numa_node >= 0 && numa_node <= numa_max_node()
			       ? numa_alloc_onnode(bytes, numa_node)
			       : numa_alloc_local(bytes);
	} else {
		area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
		area = area == MAP_FAILED ? NULL : area;
	}
	assert((uintptr_t)area % RTE_CACHE_LINE_SIZE == 0);
	return area;
}

void memory_release(void *area, size_t bytes)
{
	if (area == NULL)
		return;
	assert(bytes > 0);
	if (rte_mem_virt2memseg_list(area) != NULL)
		rte_free(area);
	else if (numa_available() >= 0)
		numa_free(area, bytes);
	else
		munmap(area, bytes);
}
