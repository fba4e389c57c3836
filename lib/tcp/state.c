/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/state.h"

#define TO(state) (1U << (state))

const unsigned int state_edges[LA_STATES] = {
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

bool state_takes_text(enum la_state state)
{
	return state == LA_ESTABLISHED || state == LA_FIN_WAIT_1 || state == LA_FIN_WAIT_2;
}
