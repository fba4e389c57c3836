/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * road.h: one direction of the path: a bottleneck, then a distance; and the frames on their way.
 *
 * Frames stay in order. All text is zero, so that of a frame only its headers travel: a path of
 * 10 Gbit/s holds hundreds of thousands. What is lost the caller decides; the road only knows the
 * drops of its own queue.
 */
#ifndef PATH_ROAD_H
#define PATH_ROAD_H

#include <stdbool.h>
#include <stdint.h>

#include "bottleneck.h"

#define ROAD_HEADER_MAX 112U

struct road_frame {
	uint64_t due_us;
	uint16_t size;   /**< of the frame, text included */
	uint16_t header; /**< bytes of it that are here; the rest is zero */
	uint8_t bytes[ROAD_HEADER_MAX];
};

_Static_assert(sizeof(struct road_frame) <= 128, "two cache lines for a frame on its way");

struct road {
	struct bottleneck bottleneck;
	uint32_t delay_us;
	uint32_t quantum_us; /**< arrivals are rounded up to a multiple: a poll loop's breath */
	struct road_frame *ring;
	uint32_t head, count, capacity; /**< capacity is a power of two */
};

void road_init(struct road *road, const struct bottleneck_params *params, uint32_t delay_us,
	       uint32_t quantum_us);
void road_free(struct road *road);

/**
 * The frame passes the bottleneck at now_us; false when the queue was full. With `lost` it takes
 * its time there and never arrives. The frame is copied; due_us is filled in.
 */
bool road_send(struct road *road, uint64_t now_us, const struct road_frame *frame, bool lost);

/** When the next frame arrives; UINT64_MAX when none is on its way. */
uint64_t road_next_us(const struct road *road);

/** Takes the next frame off the road. Valid until the next road_send(). */
const struct road_frame *road_take(struct road *road);

#endif
