/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * embryo.h: half-open connections of listeners (SYN-RECEIVED), in at most 64 bytes each.
 *
 * An embryo answers its SYN with SYN-ACK, again after 1, 2, 4, ... seconds (RFC 6298), each
 * back-off a line of its own, until R2 for SYN. The usual ACK makes it a connection (quick.h); for
 * any other segment it is thawed into a scratch connection, which goes through the same state
 * machine, and becomes a connection when ESTABLISHED.
 */
#ifndef TCP_EMBRYO_H
#define TCP_EMBRYO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timer_node.h"
#include "base/verdict.h"
#include "tcp/challenge.h"
#include "tcp/conn.h"

struct listener;
struct profile;
struct tcp;
struct tcp_seg;

struct embryo {
	struct tcp_tuple tuple;
	uint8_t retransmits : 4;    /**< of the SYN-ACK: the line it stands in */
	uint8_t peer_shift : 4;     /**< of the peer's window scale option */
	uint8_t answered_again : 1; /**< the SYN came again, and our SYN-ACK went out again */
	uint8_t give_cookie : 1;    /**< RFC 7413: the SYN asked for one */
	uint8_t features : 4;       /**< enum conn_feature: what the SYN offered and we take */
	uint32_t iss, irs;
	struct timer_node node;
	uint32_t created_tick;
	uint32_t sent_us;   /**< low bits of the time of the SYN-ACK, for the first RTT sample */
	uint32_t ts_recent; /**< TS.Recent; meant with timestamps */
	uint16_t listener;  /**< its number; service and options are that one's */
	uint16_t mss; /**< what the SYN stands for; once that is answered, no more than we announced
		       */
	uint16_t peer_window;
	struct challenge challenge; /**< answers to what is unacceptable */
};

_Static_assert(sizeof(struct embryo) == 64, "an embryo is at most 64 bytes");

#define EMBRYO_FEATURES (CONN_WINDOW_SCALE | CONN_TIMESTAMPS | CONN_SACK | CONN_ECN)

_Static_assert(EMBRYO_FEATURES < 1U << 4, "an embryo has four bits for them");

/** What a SYN to this listener tells; the ISS is still to be chosen. In no line or table. */
void embryo_of_syn(const struct tcp *tcp, const struct tcp_seg *seg, uint16_t listener,
		   struct embryo *out);

/**
 * A SYN came to a listener: makes an embryo and answers. iss_floor: the ISS must lie beyond it (a
 * reopened TIME-WAIT, RFC 9293 MAY-2), or NULL. Done, or DROP_listen_full.
 */
enum verdict embryo_create(struct tcp *tcp, const struct tcp_seg *seg,
			   const struct listener *listener, const uint32_t *iss_floor);

/** Writes the connection that the embryo stands for, but for its MSS: whoever makes it sets that.
 */
void embryo_thaw(const struct tcp *tcp, const struct embryo *embryo, struct tcp_conn *out);

/** The SYN came again: what it offers now is in force, and the SYN-ACK goes out again. */
void embryo_answer(struct tcp *tcp, uint32_t index, const struct tcp_seg *seg);

/** TS.Recent moved on (RFC 7323 4.3). */
void embryo_take_timestamp(struct tcp *tcp, uint32_t index, uint32_t ts_value);

/** Turns the embryo into a connection, in SYN-RECEIVED still; NULL when there is no record left,
 * and the embryo stays. */
struct tcp_conn *embryo_promote(struct tcp *tcp, uint32_t index);

/** What its listener is set to. */
const struct la_tcp_options *embryo_settings(const struct tcp *tcp, const struct embryo *embryo);

/** The embryo is gone, back to LISTEN. */
void embryo_release(struct tcp *tcp, uint32_t index);

/** The stack stops: resets one embryo. False when there is none left. */
bool embryo_refuse_one(struct tcp *tcp);

/** Retransmits or gives up what is due; bounded. Returns how many. */
unsigned int embryo_expire(struct tcp *tcp);

#endif
