/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acceptability.h: is this segment's number, ACK or RST to be believed? Pure functions (RFC 9293
 * section 3.10.7.4 first, RFC 5961).
 */
#ifndef TCP_ACCEPTABILITY_H
#define TCP_ACCEPTABILITY_H

#include <stdbool.h>
#include <stdint.h>

/** The four cases of the table in RFC 9293 3.10.7.4: length counts text, SYN and FIN. */
bool acceptable_sequence(uint32_t rcv_nxt, uint32_t rcv_wnd, uint32_t seq, uint32_t length);

enum ack_verdict {
	ACK_NEW,      /**< SND.UNA < SEG.ACK =< SND.NXT */
	ACK_REPEATED, /**< SEG.ACK = SND.UNA */
	ACK_PAST,     /**< old, but within the largest window: no harm */
	ACK_TOO_OLD,  /**< RFC 5961 5.2: before SND.UNA - MAX.SND.WND */
	ACK_UNSENT,   /**< beyond SND.NXT */
};

enum ack_verdict acceptable_ack(uint32_t snd_una, uint32_t snd_nxt, uint32_t max_snd_wnd,
				uint32_t ack);

enum reset_verdict {
	RESET_EXACT,     /**< SEG.SEQ = RCV.NXT: believed (RFC 5961 3.2) */
	RESET_CHALLENGE, /**< in the window: asked again */
	RESET_OUTSIDE,
};

enum reset_verdict acceptable_reset(uint32_t rcv_nxt, uint32_t rcv_wnd, uint32_t seq);

#endif
