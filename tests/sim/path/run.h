/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.h: runs one cell: two ends, two roads, one thread, virtual time.
 *
 * Owns the clock, the order of events and the faults. A pure function of its configuration: the
 * same cell and seed give the same numbers on any machine.
 */
#ifndef PATH_RUN_H
#define PATH_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"

struct run_config {
	struct cell cell;
	uint64_t seed;
	bool verbose;          /**< prints each frame */
	bool counters;         /**< prints what both stacks counted */
	uint64_t sample_us;    /**< prints where flow 0 stands, so often; 0: never */
	uint64_t from_us;      /**< frames and samples are shown from this virtual time on ... */
	uint64_t until_us;     /**< ... and until this one; 0: to the end */
	const char *pcap_path; /**< the frames as they enter the path; NULL: not wanted */
};

struct run_result {
	bool failed;            /**< the stacks could not be created; why was printed */
	uint32_t segment_bytes; /**< the longest text of a segment */
	uint64_t measured_us;
	uint64_t goodput_bps[CELL_FLOWS_MAX];
	uint64_t segments, again, lost; /**< with text: sent, sent again, not arrived; whole run */
	uint64_t timeouts;              /**< retransmission timeouts; whole run */
	uint64_t starved;               /**< frames lost at the ends for want of a packet buffer */
	uint64_t events;                /**< moments, a measure of what the cell costs */
	/* CELL_BURST and CELL_TAIL, counted from the fault on */
	uint64_t fault_lost;  /**< segments that the fault took */
	uint64_t recovery_us; /**< from the first of them sent until the sink had all; 0: never */
};

/** EAL must be up. */
void run_cell(const struct run_config *config, struct run_result *out);

#endif
