/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * notify.h: tells a service what happened to a connection, once per breath, in the order of
 * lastack.h.
 */
#ifndef STACK_NOTIFY_H
#define STACK_NOTIFY_H

struct tcp;
struct tcp_conn;

/** Calls back what is due. A callback may change the connection in any way; its record stays until
 *  the end of the breath. For struct tcp's tell. */
void notify_service(struct tcp *tcp, struct tcp_conn *conn);

#endif
