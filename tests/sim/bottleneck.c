/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>

#include "bottleneck.h"

#define US_PS 1000000ULL
#define BYTE_BITS_PS 8000000000000ULL /* the bits of a byte, times the picoseconds of a second */

void bottleneck_init(struct bottleneck *bottleneck, const struct bottleneck_params *params)
{
	memset(bottleneck, 0, sizeof(*bottleneck));
	bottleneck->params = *params;
	if (params->bits_per_second == 0)
		return;
	bottleneck->byte_ps = BYTE_BITS_PS / params->bits_per_second;
	assert(bottleneck->byte_ps >= 8);
}

/* Picoseconds until the transmitter is free. */
static uint64_t backlog_ps(const struct bottleneck *bottleneck, uint64_t now_us)
{
	if (bottleneck->free_us < now_us)
		return 0;
	return (bottleneck->free_us - now_us) * US_PS + bottleneck->free_rest_ps;
}

uint64_t bottleneck_waiting(const struct bottleneck *bottleneck, uint64_t now_us)
{
	if (bottleneck->byte_ps == 0)
		return 0;
	return backlog_ps(bottleneck, now_us) / bottleneck->byte_ps;
}

enum bottleneck_verdict bottleneck_pass(struct bottleneck *bottleneck, uint64_t now_us,
					uint32_t bytes, uint64_t *out_us)
{
	const struct bottleneck_params *params = &bottleneck->params;
	uint64_t backlog, waiting;

	*out_us = now_us;
	if (bottleneck->byte_ps == 0)
		return BOTTLENECK_PASSES;
	backlog = backlog_ps(bottleneck, now_us);
	waiting = backlog / bottleneck->byte_ps;
	if (waiting > params->queue_bytes) {
		bottleneck->dropped++;
		return BOTTLENECK_DROPS;
	}
	backlog += bytes * bottleneck->byte_ps;
	bottleneck->free_us = now_us + backlog / US_PS;
	bottleneck->free_rest_ps = backlog % US_PS;
	*out_us = bottleneck->free_us + (bottleneck->free_rest_ps > 0);
	if (params->mark_bytes == 0 || waiting <= params->mark_bytes)
		return BOTTLENECK_PASSES;
	bottleneck->marked++;
	return BOTTLENECK_MARKS;
}
