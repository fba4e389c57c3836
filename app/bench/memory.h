/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory.h: what this process occupies: resident memory and hugepages, as the kernel says.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stdint.h>

struct memory_use {
	uint64_t resident;  /**< bytes, hugepages not among them */
	uint64_t hugepages; /**< bytes */
};

/** All zero where /proc cannot be read. */
void memory_read(struct memory_use *out);

#endif
