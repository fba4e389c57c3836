/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state.h: the eleven states and their legal edges (RFC 9293 section 3.3.2).
 */
#ifndef TCP_STATE_H
#define TCP_STATE_H

#include <assert.h>
#include <stdbool.h>

#include "lastack.h"
#include "tcp/ladder_note.h"
#include "tcp/tcp.h"

/** From each state to those that one event can lead to: a bit each. Any state may fall to CLOSED.
 */
extern const unsigned int state_edges[LA_STATES];

/** True if RFC 9293 knows a way from one state to the other in one step. */
static inline bool state_edge_is_legal(enum la_state from, enum la_state to)
{
	return from < LA_STATES && to < LA_STATES && (state_edges[from] >> to & 1) != 0;
}

/** True while the peer may still send text that counts. */
bool state_takes_text(enum la_state state);

/** True while our own FIN has not been asked for. */
static inline bool state_may_send(enum la_state state)
{
	return state == LA_SYN_SENT || state == LA_SYN_RECEIVED || state == LA_ESTABLISHED ||
	       state == LA_CLOSE_WAIT;
}

/* What is counted when a state is entered. */
static inline void state_count(struct counters *counters, enum la_state from, enum la_state to)
{
	switch (to) {
	case LA_SYN_SENT:
		stat_count(counters, STAT_active_opens);
		break;
	case LA_SYN_RECEIVED:
		stat_count(counters,
			   from == LA_SYN_SENT ? STAT_simultaneous_opens : STAT_passive_opens);
		break;
	case LA_ESTABLISHED:
		stat_count(counters, STAT_established);
		break;
	case LA_TIME_WAIT:
		stat_count(counters, STAT_time_wait_entered);
		break;
	default:
		break;
	}
}

/** The only writer of a connection's state. Asserts the edge, counts, notes it in the ladder. Who
 *  calls it names the state, so that little of it is left. */
static inline void tcp_conn_enter(struct tcp *tcp, struct tcp_conn *conn, enum la_state state)
{
	enum la_state from = (enum la_state)conn->state;

	assert(state_edge_is_legal(from, state));
	/* Who asks whether text may be sent looks at the flag, and at CONN_ENDED. */
	assert(state_may_send(state) || conn_has(conn, CONN_END_ASKED) || state == LA_CLOSED);
	state_count(&tcp->env->counters, from, state);
	conn->state = (uint8_t)state;
	if (ladder_on(&tcp->env->ladder))
		ladder_note_state(tcp, conn);
}

#endif
