/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sacked.h: a bulk connection with SACK, for scripts about finding and mending losses. The round
 * trip is 50 ms; the pieces of bulk.h serve here as well.
 */
#ifndef SCRIPT_SACKED_H
#define SCRIPT_SACKED_H

#include "bulk.h"

/** Comes to ESTABLISHED with SACK and, by the handshake, an SRTT of 50 ms (RTO: 200 ms). */
void reach_sacked(void);

/** The same with timestamps; the peer's clock shows 100. */
void reach_sacked_stamped(void);

/** Segments 0 to 9 of a long text are sent, and 50 ms have passed. */
void reach_ten_out(void);

/** An ACK that asks for segment n and reports segments from first to before behind. */
#define in_sack(n, first, behind) \
	in(ACK, SEQ(1), ACK(SEGMENT(n)), SACK(SEGMENT(first), SEGMENT(behind)))
/** The same for two islands, the newest first. */
#define in_sack_two(n, first, behind, second, behind_it) \
	in(ACK, SEQ(1), ACK(SEGMENT(n)),                 \
	   SACK(SEGMENT(first), SEGMENT(behind), SEGMENT(second), SEGMENT(behind_it)))

#endif
