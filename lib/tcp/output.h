/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * output.h: the one sender: every segment of a connection is built here, once per breath, from what
 * the connection owes. Input, timers and the user's calls only change state and mark it due.
 */
#ifndef TCP_OUTPUT_H
#define TCP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/quick.h"

/** output_connection() of what is no matter for the short cut of an answer. */
bool output_otherwise(struct tcp *tcp, struct tcp_conn *conn);

/** Sends what the connection owes. False when a packet buffer was missing: call again next breath.
 */
static inline bool output_connection(struct tcp *tcp, struct tcp_conn *conn)
{
	return quick_output(tcp, conn) || output_otherwise(tcp, conn);
}

#endif
