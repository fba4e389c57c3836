/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bulk.h: many full segments at a time, for scripts about windows and congestion. A full segment
 * is 1,460 octets; our text begins at 1.
 */
#ifndef SCRIPT_BULK_H
#define SCRIPT_BULK_H

#include "reach.h"

#define SMSS 1460U
/** Our sequence number of full segment n; the first is 0. */
#define SEGMENT(n) (1U + (n)*SMSS)

/** Segments first to last, none of them full stop of what the app wrote, were just sent. */
#define out_segments(first, last)                                                           \
	do {                                                                                \
		for (uint32_t n_ = (first); n_ <= (last); n_++)                             \
			script_out(HERE, ACK, FIELDS(SEQ(SEGMENT(n_)), ACK(1), LEN(SMSS))); \
	} while (0)
/** The one segment n was just sent, and nothing else. */
#define out_segment_alone(n)            \
	do {                            \
		out_segments((n), (n)); \
		silence();              \
	} while (0)
/** The peer has everything before segment n. */
#define in_ack(n) in(ACK, SEQ(1), ACK(SEGMENT(n)))
/** So many ACKs, one after the other, that ask for segment n. */
#define in_acks(count, n)                                 \
	do {                                              \
		for (uint32_t i_ = 0; i_ < (count); i_++) \
			in_ack(n);                        \
	} while (0)

/** Comes to ESTABLISHED with an RTO of one second, and sends so many octets. */
#define send_bulk(octets)              \
	do {                           \
		reach(LA_ESTABLISHED); \
		app_send_n(octets);    \
	} while (0)

/** In congestion avoidance with cwnd of five segments, none outstanding, segment 10 next. */
void reach_avoidance(void);

#endif
