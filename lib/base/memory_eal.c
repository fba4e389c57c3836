/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory_eal.c: hugepages through EAL where there are any, else pages of the given node through
 * libnuma, else pages. Whose an area is can be asked of EAL by its address, so nothing is
 * remembered.
 */
#include <assert.h>
#include <numa.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
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

/* The number behind key in a small file of the kernel (key: a scanf format); 0: there is none. */
static uint64_t read_number(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	uint64_t number = 0;
	char line[128];

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, key, &number) == 1)
			break;
	fclose(file);
	return number;
}

/* Free pages of one size on a node, in bytes. */
static uint64_t free_pages(uint64_t page_bytes, int numa_node)
{
	char path[128];
	uint64_t free;

	snprintf(path, sizeof(path),
		 "/sys/devices/system/node/node%d/hugepages/hugepages-%" PRIu64 "kB/free_hugepages",
		 numa_node, page_bytes >> 10);
	free = read_number(path, "%" SCNu64);
	return free * page_bytes;
}

struct page_sizes {
	int numa_node;
	unsigned int count;
	uint64_t bytes[4];
};

/* EAL has lists for the sizes of pages that it can take. */
static int note_page_size(const struct rte_memseg_list *list, void *arg)
{
	struct page_sizes *sizes = arg;

	if (list->external || list->socket_id != sizes->numa_node)
		return 0;
	for (unsigned int i = 0; i < sizes->count; i++)
		if (sizes->bytes[i] == list->page_sz)
			return 0;
	if (sizes->count < RTE_DIM(sizes->bytes))
		sizes->bytes[sizes->count++] = list->page_sz;
	return 0;
}

struct memory_left memory_left(int numa_node)
{
	struct memory_left left = { .hugepages = eal_has_hugepages() };
	struct page_sizes sizes = { .numa_node = numa_node < 0 ? 0 : numa_node };
	struct rte_malloc_socket_stats stats;

	if (!left.hugepages) {
		left.bytes = read_number("/proc/meminfo", "MemAvailable: %" SCNu64) << 10;
		if (left.bytes == 0)
			left.bytes = UINT64_MAX;
		return left;
	}
	if (rte_malloc_get_socket_stats(sizes.numa_node, &stats) == 0)
		left.bytes = stats.heap_freesz_bytes;
	rte_memseg_list_walk(note_page_size, &sizes);
	for (unsigned int i = 0; i < sizes.count; i++)
		left.bytes += free_pages(sizes.bytes[i], sizes.numa_node);
	return left;
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
