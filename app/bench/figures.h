/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * figures.h: what follows from two samples: rates, and cycles for each of what was done.
 */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stdint.h>

#include "breaths.h"

struct bench;
struct sample;
struct end;
struct end_sample;

/** Of one end. */
struct end_figures {
	uint64_t rx_frames, tx_frames, rx_bytes, tx_bytes;
	uint64_t segments_in, segments_out;
	uint64_t retransmits, drops;
	uint64_t busy_cycles, idle_cycles, interrupted_cycles;
	uint64_t foreign_cycles; /**< of a generator within busy breaths, taken off them */
	double stages_per_unit[BREATH_STAGES]; /**< cycles for each transaction */
	double cycles_per_unit;                /**< busy cycles for each transaction */
	double cycles_per_packet;              /**< for each frame, received or sent */
	double segments_per_unit;              /**< both directions */
};

struct figures {
	double seconds;
	double share; /**< of its processor that the main thread had; of two, the lesser */
	uint64_t done, failed, refused, lost, bytes_in, bytes_out;
	double rate;         /**< transactions per second */
	double rate_of_core; /**< the same for each second that the thread really ran */
	struct end_figures client, server;
};

void figures_between(const struct bench *bench, const struct sample *from, const struct sample *to,
		     struct figures *out);

/** The number of a statistic of the library by its name; it must exist. */
unsigned int figures_stat(const char *name);

#endif
