/* SPDX-License-Identifier: BSD-3-Clause */
#include "stack/notify.h"

#include <stddef.h>

#include "stack/handle.h"
#include "tcp/lifetime.h"

typedef void (*service_callback)(struct la_worker *worker, struct la_conn conn, void *data);

static struct la_worker *worker_of(struct tcp *tcp)
{
	return (struct la_worker *)((char *)tcp - offsetof(struct la_worker, tcp));
}

static void call(struct tcp *tcp, struct tcp_conn *conn, service_callback callback)
{
	const struct profile *profile = &tcp->profiles.list[conn->profile];

	if (callback != NULL)
		callback(worker_of(tcp), handle_of(tcp, conn), profile->service_data);
}

/* True while the service wants to hear of text: it has not closed, and nothing was cut off. */
static bool still_listens(const struct tcp_conn *conn)
{
	return !conn_has(conn, CONN_READER_GONE | CONN_ABORTIVE);
}

static bool end_is_due(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return conn_has(conn, CONN_FIN_RECEIVED) && !conn_has(conn, CONN_TOLD_END) &&
	       still_listens(conn) && tcp_receive_ready(tcp, conn) == 0;
}

static bool room_is_due(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return conn_has(conn, CONN_ROOM_ASKED) && !conn_has(conn, CONN_ENDED) &&
	       tcp_room_ready(tcp, conn);
}

/* Trouble since the last call, once. A service that cannot reach the connection is not told. */
static bool take_trouble(const struct tcp *tcp, const struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL || !flight->tell_trouble)
		return false;
	flight->tell_trouble = false;
	return conn_has(conn, CONN_KNOWN) && !conn_has(conn, CONN_ENDED | CONN_READER_GONE);
}

static void tell_closed(struct tcp *tcp, struct tcp_conn *conn)
{
	const struct profile *profile = &tcp->profiles.list[conn->profile];

	if (conn_has(conn, CONN_KNOWN) && profile->service->closed != NULL)
		profile->service->closed(worker_of(tcp), handle_of(tcp, conn),
					 profile->service_data, (enum la_reason)conn->reason);
	conn->flags |= CONN_DEAD;
}

void notify_service(struct tcp *tcp, struct tcp_conn *conn)
{
	const struct la_service *service = tcp->profiles.list[conn->profile].service;

	if (conn_has(conn, CONN_DEAD))
		return;
	if (conn_has(conn, CONN_TELL_OPENED)) {
		conn->flags &= ~CONN_TELL_OPENED;
		conn->flags |= CONN_KNOWN;
		call(tcp, conn, service->opened);
	}
	if (conn_has(conn, CONN_TELL_DATA)) {
		conn->flags &= ~CONN_TELL_DATA;
		if (still_listens(conn) && tcp_receive_ready(tcp, conn) > 0)
			call(tcp, conn, service->data);
	}
	if (conn_has(conn, CONN_TELL_URGENT)) {
		conn->flags &= ~CONN_TELL_URGENT;
		if (still_listens(conn))
			call(tcp, conn, service->urgent);
	}
	if (take_trouble(tcp, conn))
		call(tcp, conn, service->trouble);
	if (room_is_due(tcp, conn)) {
		conn->flags &= ~CONN_ROOM_ASKED;
		call(tcp, conn, service->room);
	}
	if (end_is_due(tcp, conn)) {
		conn->flags |= CONN_TOLD_END;
		call(tcp, conn, service->peer_closed);
	}
	if (lifetime_may_tell_closed(tcp, conn))
		tell_closed(tcp, conn);
}
