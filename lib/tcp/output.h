/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * output.h: the one sender: every segment of a connection is built here, once per breath, from what
 * the connection owes. Input, timers and the user's calls only change state and mark it due.
 */
#ifndef TCP_OUTPUT_H
#define TCP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct tcp;
struct tcp_conn;

/** Sends what the connection owes and quick_output() has left. False when a packet buffer was
 *  missing: call again next breath. */
bool output_connection(struct tcp *tcp, struct tcp_conn *conn);

#endif
