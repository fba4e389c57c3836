/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cell.h: one cell of the goodput table: what path, what load, what fault; its name; which there
 * are.
 *
 * Knows nothing of how a cell is run. A name says all of it:
 *   cubic/100M/20ms/1bdp/1%          one flow, random loss of segments
 *   mixed*8/100M/20ms/0.5bdp/0%      flows that share the path; mixed: every second one is CUBIC
 *   newreno/100M/200ms/1bdp/burst50  half of a window is lost at once
 *   newreno/100M/200ms/1bdp/tail3    the last three segments of a transfer are lost
 */
#ifndef PATH_CELL_H
#define PATH_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CELL_NAME_SIZE 48U
#define CELL_FLOWS_MAX 16U
#define CELLS_MAX 600U     /**< cells of the table, at most */
#define CELLS_PART_MAX 60U /**< of them in the part that every run of the tests compares */

/** What a frame takes of the wire besides itself: preamble, FCS and gap of IEEE 802.3. */
#define CELL_WIRE_OVERHEAD 24U
#define CELL_FULL_FRAME 1514U /**< Ethernet header and a packet of 1,500 bytes */

enum cell_kind {
	CELL_STEADY, /**< goodput over a long time, under random loss */
	CELL_SHARED, /**< several flows: who gets how much */
	CELL_BURST,  /**< recovery from the loss of a part of a window */
	CELL_TAIL,   /**< recovery from the loss of the end of a transfer */
};

enum cell_control {
	CELL_NEWRENO,
	CELL_CUBIC,
	CELL_MIXED,
};

struct cell {
	enum cell_kind kind;
	enum cell_control control;
	unsigned int flows;
	uint64_t rate_bps;      /**< of the bottleneck */
	uint32_t rtt_us;        /**< propagation, both ways together */
	uint32_t queue_percent; /**< of the bandwidth-delay product */
	uint32_t loss_ppm;      /**< random, of segments with text */
	uint32_t fault;         /**< CELL_BURST: percent of a window; CELL_TAIL: segments */
};

/** Writes the name into buf (CELL_NAME_SIZE) and returns buf. */
char *cell_name(const struct cell *cell, char *buf);

/** Reads a name. False if it is none. */
bool cell_parse(const char *name, struct cell *out);

/** Bytes that the path holds: rate times round-trip time. */
uint64_t cell_bdp_bytes(const struct cell *cell);

/** The queue in front of the bottleneck; never less than eight full frames. */
uint64_t cell_queue_bytes(const struct cell *cell);

/** How long the cell runs in virtual time, and how much of it at the start is not measured. */
uint64_t cell_duration_us(const struct cell *cell);
uint64_t cell_warmup_us(const struct cell *cell);

/** All cells of the table, in its order. Returns how many (at most CELLS_MAX). */
unsigned int cell_list(struct cell *out);

/** True for a cell of the part. */
bool cell_in_part(const struct cell *cell);

#endif
