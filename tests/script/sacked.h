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

/** The same with timestamps; the peer's clock shows 150 then. */
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

/** With timestamps a segment carries less, and our segment n begins there. */
#define STAMPED_SMSS 1448U
#define STAMPED(n) (1U + (n)*STAMPED_SMSS)
/** Segments first to last were just sent, in answer to the peer's time 150. */
#define out_stamped_segments(first, last)                                              \
	do {                                                                           \
		for (uint32_t n_ = (first); n_ <= (last); n_++)                        \
			script_out(HERE, ACK,                                          \
				   FIELDS(SEQ(STAMPED(n_)), ACK(1), LEN(STAMPED_SMSS), \
					  TS(NOW, 150)));                              \
	} while (0)

#endif
