/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * handle.h: from a user's handle to the connection and back. A handle is the generation of the
 * record (odd while it is taken) and its index plus one.
 */
#ifndef STACK_HANDLE_H
#define STACK_HANDLE_H

#include "stack/worker.h"

/** The handle of a connection. */
static inline struct la_conn handle_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint32_t index = conn_index(tcp, conn);

	return (struct la_conn){ .id = (uint64_t)tcp->generations[index] << 32 | (index + 1) };
}

/** handle_find() by index and generation. */
struct tcp_conn *handle_look_up(const struct tcp *tcp, struct la_conn handle);

/** The connection of a handle, or NULL when it is dead: told closed(), or never one of ours. */
static inline struct tcp_conn *handle_find(const struct la_worker *worker, struct la_conn handle)
{
	if (likely(handle.id == worker->told.handle.id))
		return worker->told.conn;
	return handle_look_up(&worker->tcp, handle);
}

#endif
