/* SPDX-License-Identifier: BSD-3-Clause */
#include "stack/handle.h"

struct tcp_conn *handle_look_up(const struct tcp *tcp, struct la_conn handle)
{
	uint32_t index = (uint32_t)handle.id - 1;
	struct tcp_conn *conn;

	if ((uint32_t)handle.id == 0 || index >= tcp->config.max_connections ||
	    tcp->generations[index] != (uint32_t)(handle.id >> 32) ||
	    (tcp->generations[index] & 1) == 0)
		return NULL;
	conn = conn_at(tcp, index);
	return conn_has(conn, CONN_DEAD) ? NULL : conn;
}
