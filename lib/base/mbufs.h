/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mbufs.h: pools of packet buffers, with MBUF_PRIVATE_BYTES of private area each (config/limits.h).
 *
 * mbufs_eal.c makes them of DPDK's memory: what was freed last is taken first, unless EAL's
 * --mbuf-pool-ops-name asks for something else. Sanitizer builds take mbufs_checked.c: buffers of
 * the heap, first in first out and without caches, so that touching one that was freed, or the byte
 * behind its data room, is reported. EAL must be up.
 */
#ifndef BASE_MBUFS_H
#define BASE_MBUFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;

/**
 * A pool of count buffers on a NUMA node (-1: any), each with room for so many bytes, headroom
 * included. name is unique in the process and shorter than RTE_MEMPOOL_NAMESIZE. NULL, with the
 * reason in rte_errno (positive), when it cannot be made.
 */
struct rte_mempool *mbufs_create(const char *name, uint32_t count, uint16_t size, int numa_node);

/**
 * The same, and no buffer lies across two pages that need not be neighbours in physical memory:
 * for devices whose kernel reads the buffers for a card. Without hugepages each of more than half a
 * page takes a whole one then.
 */
struct rte_mempool *mbufs_create_within_pages(const char *name, uint32_t count, uint16_t size,
					      int numa_node);

/** False if buffers of the pool may lie across such pages. */
bool mbufs_are_within_pages(const struct rte_mempool *pool);

/** Frees the pool; every buffer must be back (sanitizer builds assert it). NULL is fine. */
void mbufs_destroy(struct rte_mempool *pool);

/**
 * A buffer from the pool whose data is a copy of the size bytes (at most 65,535) in a heap block of
 * exactly that size, attached as external buffer: no headroom, no tailroom, and reading one byte
 * beyond it is reported by ASan. The block goes when the buffer is freed. NULL when the pool or the
 * heap is exhausted.
 */
struct rte_mbuf *mbufs_exact(struct rte_mempool *pool, const void *bytes, size_t size);

#endif
