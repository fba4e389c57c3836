/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bottleneck.h: the slowest hop of a path: a transmitter of so many bits a second, and the queue in
 * front of it.
 *
 * First in, first out; what finds the queue full is dropped (drop-tail). Owns the time at which the
 * transmitter will be free, and nothing of the frames: the caller asks when a frame that arrives
 * now will have left, and keeps it until then. Knows no protocol and no chance.
 */
#ifndef SIM_BOTTLENECK_H
#define SIM_BOTTLENECK_H

#include <stdint.h>

struct bottleneck_params {
	uint64_t bits_per_second; /**< 0: no bottleneck, all passes at once; at most 10^12 */
	uint64_t queue_bytes;     /**< a frame that finds more waiting is dropped */
	uint64_t mark_bytes; /**< a frame that finds more waiting is marked (ECN); 0: none is */
};

enum bottleneck_verdict {
	BOTTLENECK_PASSES,
	BOTTLENECK_MARKS, /**< passes, and has met congestion */
	BOTTLENECK_DROPS,
};

struct bottleneck {
	struct bottleneck_params params;
	uint64_t byte_ps;      /**< picoseconds for each byte */
	uint64_t free_us;      /**< when all that waits will have been sent ... */
	uint64_t free_rest_ps; /**< ... and so much later, less than a microsecond */
	uint64_t marked, dropped;
};

void bottleneck_init(struct bottleneck *bottleneck, const struct bottleneck_params *params);

/**
 * A frame that takes so many bytes of the wire arrives. Unless it is dropped, *out_us is when its
 * last bit has been sent, rounded up. Calls come in the order of time.
 */
enum bottleneck_verdict bottleneck_pass(struct bottleneck *bottleneck, uint64_t now_us,
					uint32_t bytes, uint64_t *out_us);

/** Bytes that have not been sent yet. */
uint64_t bottleneck_waiting(const struct bottleneck *bottleneck, uint64_t now_us);

#endif
