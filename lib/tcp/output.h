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

/** Sends what the connection owes. False when a packet buffer was missing: call again next breath.
 */
bool output_connection(struct tcp *tcp, struct tcp_conn *conn);

/** True while something is in the network that only the retransmission timer can save. */
bool output_outstanding(const struct tcp *tcp, const struct tcp_conn *conn);

/** True while text or a FIN waits that has not been sent, or was sent and is presumed lost. */
bool output_waiting(const struct tcp *tcp, const struct tcp_conn *conn);

/** Bytes presumed in the network. */
uint32_t output_flight_size(const struct tcp *tcp, const struct tcp_conn *conn);

#endif
