/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * discard: throws away what comes (RFC 863) and ends its own direction when the peer has ended its.
 */
#include <assert.h>

#include "svc/svc.h"

static void discard_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	la_recv_skip(worker, conn, SIZE_MAX);
	assert(la_recv_ready(worker, conn) == 0);
}

static void discard_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	assert(conn.id != 0);
	la_end(worker, conn);
}

const struct la_service *svc_discard(void)
{
	static const struct la_service discard = {
		.name = "discard",
		.data = discard_data,
		.peer_closed = discard_peer_closed,
	};

	return &discard;
}
