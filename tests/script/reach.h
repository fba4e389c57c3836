/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reach.h: the short way into each state, for scripts that begin there, and scripts for each of the
 * eight states of "otherwise" (RFC 9293 section 3.10.7.4).
 */
#ifndef SCRIPT_REACH_H
#define SCRIPT_REACH_H

#include "script.h"

/** Where both sides stand, relative. */
struct place {
	uint32_t snd_una, snd_nxt, rcv_nxt;
};

/** Listens on port 80, connects as the peer does, and goes on to state. No timer runs on the way.
 */
struct place reach(enum la_state state);
/** From ESTABLISHED on. */
struct place reach_from_established(enum la_state state);
/** SYN-RECEIVED by simultaneous open: connects to port 80 and is met half way. */
struct place reach_simultaneous_open(void);
/** Listens on 80 and comes to ESTABLISHED. */
void establish(void);

/** Defines SCRIPT(event_in_STATE), which calls event(LA_STATE). */
#define IN_STATE(event, state)     \
	SCRIPT(event##_in_##state) \
	{                          \
		event(LA_##state); \
	}

#define IN_SEVEN_SYNCHRONIZED_STATES(event) \
	IN_STATE(event, ESTABLISHED)        \
	IN_STATE(event, FIN_WAIT_1)         \
	IN_STATE(event, FIN_WAIT_2)         \
	IN_STATE(event, CLOSE_WAIT)         \
	IN_STATE(event, CLOSING)            \
	IN_STATE(event, LAST_ACK)           \
	IN_STATE(event, TIME_WAIT)

#define IN_EIGHT_STATES(event)        \
	IN_STATE(event, SYN_RECEIVED) \
	IN_SEVEN_SYNCHRONIZED_STATES(event)

#endif
