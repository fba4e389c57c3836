/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state.h: the eleven states and their legal edges (RFC 9293 section 3.3.2).
 */
#ifndef TCP_STATE_H
#define TCP_STATE_H

#include <stdbool.h>

#include "lastack.h"

struct tcp;
struct tcp_conn;

/** True if RFC 9293 knows a way from one state to the other in one step. */
bool state_edge_is_legal(enum la_state from, enum la_state to);

/** The only writer of a connection's state. Asserts the edge, counts, notes it in the ladder. */
void tcp_conn_enter(struct tcp *tcp, struct tcp_conn *conn, enum la_state state);

/** True while the peer may still send text that counts. */
bool state_takes_text(enum la_state state);

/** True while our own FIN has not been asked for. */
static inline bool state_may_send(enum la_state state)
{
	return state == LA_SYN_SENT || state == LA_SYN_RECEIVED || state == LA_ESTABLISHED ||
	       state == LA_CLOSE_WAIT;
}

#endif
