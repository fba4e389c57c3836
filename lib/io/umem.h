/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * umem.h: packet buffers as memory that a socket of AF_XDP shares with the kernel (its UMEM).
 *
 * net_af_xdp shares the pool of a receive queue. As of DPDK 22.11 it takes the number of buffers,
 * times the size of one, for the size of the pool. But DPDK lays no buffer across two pages, so
 * that each page ends with a gap, and without hugepages a pool is two thirds larger. The kernel
 * refuses buffers behind the end of what was shared, and the frames in them are lost.
 *
 * So the driver is told of more buffers than there are: of as many as would reach to the end of the
 * pool without a gap. Versions that measure the memory itself do not care.
 */
#ifndef IO_UMEM_H
#define IO_UMEM_H

#include <stdbool.h>
#include <stdint.h>

struct rte_mempool;

/** True if the driver of this name shares the pools of its receive queues with the kernel. */
bool umem_is_shared(const char *driver_name);

/** True if EAL has a device with such a driver. */
bool umem_is_wanted(void);

/**
 * How many buffers would reach from the beginning of the pool's first chunk of memory, which is
 * where the driver begins, to the end of its last buffer: as many as there are or more. One less
 * where that would touch a page in which the pool has nothing, as it may not be there. 0 if a
 * buffer lies before the first chunk: then the driver cannot share the pool at all.
 */
uint32_t umem_reach(struct rte_mempool *pool);

/** Makes the pool look like one of so many buffers. Returns how many it had, for putting back. */
uint32_t umem_pretend(struct rte_mempool *pool, uint32_t buffers);

#endif
