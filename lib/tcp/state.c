/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/state.h"

#include <assert.h>

#include "tcp/ladder_note.h"
#include "tcp/tcp.h"

#define TO(state) (1U << (state))

/* From each state (row) to those that one event can lead to. Any state may fall to CLOSED. */
static const unsigned int edges[LA_STATES] = {
	[LA_CLOSED] = TO(LA_LISTEN) | TO(LA_SYN_SENT),
	[LA_LISTEN] = TO(LA_CLOSED) | TO(LA_SYN_RECEIVED) | TO(LA_SYN_SENT),
	[LA_SYN_SENT] = TO(LA_CLOSED) | TO(LA_SYN_RECEIVED) | TO(LA_ESTABLISHED),
	[LA_SYN_RECEIVED] = TO(LA_CLOSED) | TO(LA_LISTEN) | TO(LA_ESTABLISHED) | TO(LA_FIN_WAIT_1) |
			    TO(LA_CLOSE_WAIT),
	[LA_ESTABLISHED] = TO(LA_CLOSED) | TO(LA_FIN_WAIT_1) | TO(LA_CLOSE_WAIT),
	[LA_FIN_WAIT_1] = TO(LA_CLOSED) | TO(LA_FIN_WAIT_2) | TO(LA_CLOSING) | TO(LA_TIME_WAIT),
	[LA_FIN_WAIT_2] = TO(LA_CLOSED) | TO(LA_TIME_WAIT),
	[LA_CLOSE_WAIT] = TO(LA_CLOSED) | TO(LA_LAST_ACK),
	[LA_CLOSING] = TO(LA_CLOSED) | TO(LA_TIME_WAIT),
	[LA_LAST_ACK] = TO(LA_CLOSED),
	[LA_TIME_WAIT] = TO(LA_CLOSED),
};

bool state_edge_is_legal(enum la_state from, enum la_state to)
{
	return from < LA_STATES && to < LA_STATES && (edges[from] & TO(to)) != 0;
}

bool state_takes_text(enum la_state state)
{
	return state == LA_ESTABLISHED || state == LA_FIN_WAIT_1 || state == LA_FIN_WAIT_2;
}

void tcp_conn_enter(struct tcp *tcp, struct tcp_conn *conn, enum la_state state)
{
	struct counters *counters = &tcp->env->counters;

	assert(state_edge_is_legal((enum la_state)conn->state, state));
	/* Who asks whether text may be sent looks at the flag, and at CONN_ENDED. */
	assert(state_may_send(state) || conn_has(conn, CONN_END_ASKED) || state == LA_CLOSED);
	switch (state) {
	case LA_SYN_SENT:
		stat_count(counters, STAT_active_opens);
		break;
	case LA_SYN_RECEIVED:
		stat_count(counters, conn->state == LA_SYN_SENT ? STAT_simultaneous_opens
								: STAT_passive_opens);
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
	conn->state = (uint8_t)state;
	ladder_note_state(tcp, conn);
}
