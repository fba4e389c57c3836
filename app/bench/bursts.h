/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bursts.h: how many frames a port gave and took at a time.
 *
 * A port that is asked and has nothing counts as a burst of 0. One writer, the lcore that polls the
 * port; any readers.
 */
#ifndef BENCH_BURSTS_H
#define BENCH_BURSTS_H

#include <stdint.h>

#define BURST_SIZES 8U /**< 0, 1, 2 to 3, 4 to 7, 8 to 15, 16 to 31, 32 to 63, 64 and more */

struct bursts {
	uint64_t rx[BURST_SIZES], tx[BURST_SIZES];
};

/** A burst of so many frames. */
static inline void bursts_note(uint64_t counters[BURST_SIZES], unsigned int frames)
{
	unsigned int size = frames == 0 ? 0 : 32U - (unsigned int)__builtin_clz(frames);
	uint64_t *counter = &counters[size < BURST_SIZES ? size : BURST_SIZES - 1];

	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/** A copy, while the writer may be at work. */
void bursts_read(const struct bursts *bursts, struct bursts *out);

/** "0", "1", "2-3" ... */
const char *bursts_size_name(unsigned int size);

#endif
