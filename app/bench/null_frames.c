/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * null_frames.c: NULL: the frames that DPDK's null driver makes, as fast as the worker takes them.
 * They are for nobody: what is measured is what a frame costs that is judged and dropped.
 */
#include "bench.h"

/* There are no transactions. */
static void begin_nothing(struct bench *bench, uint32_t slot)
{
}

const struct test test_null = {
	.name = "NULL",
	.summary = "frames that are for nobody, judged and dropped",
	.unit = "frames",
	.unit_one = "frame",
	.exchange = EXCHANGE_FRAMES,
	.counts = COUNTS_FRAMES,
	.takes = TAKES_FRAME,
	.topologies = ON(NULL),
	.defaults = { .connections = 1 },
	.begin = begin_nothing,
};
