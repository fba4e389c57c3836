/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "road.h"

#define ROAD_CAPACITY_FIRST 1024U

void road_init(struct road *road, const struct bottleneck_params *params, uint32_t delay_us,
	       uint32_t quantum_us)
{
	assert(quantum_us > 0);
	memset(road, 0, sizeof(*road));
	bottleneck_init(&road->bottleneck, params);
	road->delay_us = delay_us;
	road->quantum_us = quantum_us;
}

void road_free(struct road *road)
{
	free(road->ring);
	road->ring = NULL;
	road->head = road->count = road->capacity = 0;
}

/* Twice the places; what stands before the head moves behind what stood last. */
static void grow(struct road *road)
{
	uint32_t before = road->capacity;

	road->capacity = before == 0 ? ROAD_CAPACITY_FIRST : 2 * before;
	road->ring = realloc(road->ring, road->capacity * sizeof(*road->ring));
	assert(road->ring != NULL);
	memcpy(road->ring + before, road->ring, road->head * sizeof(*road->ring));
}

bool road_send(struct road *road, uint64_t now_us, const struct road_frame *frame, bool lost)
{
	uint64_t out_us;
	struct road_frame *place;

	if (bottleneck_pass(&road->bottleneck, now_us, frame->size + CELL_WIRE_OVERHEAD, &out_us) ==
	    BOTTLENECK_DROPS)
		return false;
	if (lost)
		return true;
	if (road->count == road->capacity)
		grow(road);
	place = &road->ring[(road->head + road->count++) & (road->capacity - 1)];
	memcpy(place, frame, offsetof(struct road_frame, bytes) + frame->header);
	place->due_us = (out_us + road->delay_us + road->quantum_us - 1) / road->quantum_us *
			road->quantum_us;
	return true;
}

uint64_t road_next_us(const struct road *road)
{
	return road->count == 0 ? UINT64_MAX : road->ring[road->head].due_us;
}

const struct road_frame *road_take(struct road *road)
{
	const struct road_frame *frame = &road->ring[road->head];

	assert(road->count > 0);
	road->head = (road->head + 1) & (road->capacity - 1);
	road->count--;
	return frame;
}
