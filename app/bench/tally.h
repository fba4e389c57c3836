/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tally.h: what the client's side of a run has counted. One writer: the client's lcore.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stdint.h>

#include "lastack.h"

struct tally {
	uint64_t done;                /**< transactions, in the test's unit */
	uint64_t opened;              /**< connections established */
	uint64_t bytes_in, bytes_out; /**< of text, as the client sees it */
	uint64_t refused;             /**< la_connect() or la_send() could not */
	uint64_t failed[LA_REASONS];  /**< connections that ended otherwise than the test wants */
};

/** All of failed[]. */
static inline uint64_t tally_failed(const struct tally *tally)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < LA_REASONS; i++)
		sum += tally->failed[i];
	return sum;
}

#endif
