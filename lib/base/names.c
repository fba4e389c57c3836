/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * names.c: states and reasons as words, for people.
 */
#include <stddef.h>

#include "lastack.h"

/* As RFC 9293 section 3.3.2 spells them. */
static const char *const state_names[LA_STATES] = {
	[LA_CLOSED] = "CLOSED",           [LA_LISTEN] = "LISTEN",
	[LA_SYN_SENT] = "SYN-SENT",       [LA_SYN_RECEIVED] = "SYN-RECEIVED",
	[LA_ESTABLISHED] = "ESTABLISHED", [LA_FIN_WAIT_1] = "FIN-WAIT-1",
	[LA_FIN_WAIT_2] = "FIN-WAIT-2",   [LA_CLOSE_WAIT] = "CLOSE-WAIT",
	[LA_CLOSING] = "CLOSING",         [LA_LAST_ACK] = "LAST-ACK",
	[LA_TIME_WAIT] = "TIME-WAIT",
};

static const char *const reason_names[LA_REASONS] = {
	[LA_REASON_DONE] = "done",       [LA_REASON_RESET] = "reset by peer",
	[LA_REASON_REFUSED] = "refused", [LA_REASON_TIMEOUT] = "timed out",
	[LA_REASON_ABORTED] = "aborted", [LA_REASON_UNREACHABLE] = "unreachable",
	[LA_REASON_STOPPED] = "stopped", [LA_REASON_IDLE] = "idle",
	[LA_REASON_STALLED] = "stalled",
};

const char *la_state_name(enum la_state state)
{
	unsigned int number = state;

	return number < LA_STATES ? state_names[number] : "UNKNOWN";
}

const char *la_reason_name(enum la_reason reason)
{
	unsigned int number = reason;

	return number < LA_REASONS ? reason_names[number] : "unknown";
}
