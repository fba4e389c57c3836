/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meter.h: watches the segments with text that enter the path: how many are sent, sent again, lost.
 *
 * Judges by sequence numbers on the wire, not by what the stack says of itself. Flows are told
 * apart by the sender's port.
 */
#ifndef PATH_METER_H
#define PATH_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"
#include "road.h"

struct meter_flow {
	bool begun;        /**< a segment with text was seen */
	uint32_t next_seq; /**< the number behind the highest sent */
	uint64_t sent;     /**< bytes of text sent, each counted once */
	uint64_t segments; /**< with text, all */
	uint64_t again;    /**< of them those that hold nothing new */
	uint64_t lost;     /**< of all those that did not arrive */
	uint32_t text_max; /**< the longest text of a segment: the effective MSS */
};

struct meter {
	uint16_t first_port;
	struct meter_flow flows[CELL_FLOWS_MAX];
};

/** A segment with text as the meter saw it. */
struct meter_sight {
	struct meter_flow *flow; /**< NULL: no segment with text of a known flow */
	uint64_t from, to;       /**< place of the text in the flow's stream, from 0 on */
	bool again;
};

void meter_init(struct meter *meter, uint16_t first_port);

/** Notes a frame that the sender hands to the path. */
struct meter_sight meter_note(struct meter *meter, const struct road_frame *frame);

/** Bytes of the headers of a TCP segment over IPv4 in Ethernet; 0 when it is none. */
uint16_t meter_header_bytes(const uint8_t *bytes, uint32_t size);

#endif
