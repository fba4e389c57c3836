/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timeout.h: what happens when a connection's timer expires (RFC 9293 section 3.10.8).
 */
#ifndef TCP_TIMEOUT_H
#define TCP_TIMEOUT_H

struct tcp;
struct tcp_conn;

/** The wheel entry of a connection fired and is no longer armed. */
void timeout_expire(struct tcp *tcp, struct tcp_conn *conn);

#endif
