/* SPDX-License-Identifier: BSD-3-Clause */
#include "stack/notify.h"

#include <stddef.h>

#include "stack/handle.h"
#include "tcp/lifetime.h"

/* What the service may have to hear after text. */
#define NEWS_BEHIND_TEXT (CONN_TELL_URGENT | CONN_ROOM_ASKED | CONN_FIN_RECEIVED | CONN_ENDED)
#define NEWS (CONN_TELL_OPENED | CONN_TELL_DATA | NEWS_BEHIND_TEXT)
/* The service wants to hear of no text: it has closed, or something was cut off. */
#define DEAF (CONN_READER_GONE | CONN_ABORTIVE)

typedef void (*service_callback)(struct la_worker *worker, struct la_conn conn, void *data);

/* Who is told, and of which connection: the same for all its callbacks of a breath. */
struct telling {
	struct la_worker *worker;
	struct la_conn handle;
	const struct la_service *service;
	void *data;
};

static struct la_worker *worker_of(struct tcp *tcp)
{
	return (struct la_worker *)((char *)tcp - offsetof(struct la_worker, tcp));
}

static inline void call(const struct telling *telling, service_callback callback)
{
	if (callback != NULL)
		callback(telling->worker, telling->handle, telling->data);
}

static bool still_listens(const struct tcp_conn *conn)
{
	return !conn_has(conn, DEAF);
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

static inline bool has_trouble(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	return flight != NULL && flight->tell_trouble;
}

/* Trouble since the last call, once. A service that cannot reach the connection is not told. */
static bool take_trouble(const struct tcp *tcp, const struct tcp_conn *conn)
{
	if (!has_trouble(tcp, conn))
		return false;
	flight_of(tcp, conn)->tell_trouble = false;
	return conn_has(conn, CONN_KNOWN) && !conn_has(conn, CONN_ENDED | CONN_READER_GONE);
}

static void tell_closed(const struct telling *telling, struct tcp_conn *conn)
{
	if (conn_has(conn, CONN_KNOWN) && telling->service->closed != NULL)
		telling->service->closed(telling->worker, telling->handle, telling->data,
					 (enum la_reason)conn->reason);
	conn->flags |= CONN_DEAD;
}

static void tell_behind_text(const struct telling *telling, struct tcp_conn *conn)
{
	struct tcp *tcp = &telling->worker->tcp;

	if (conn_has(conn, CONN_TELL_URGENT)) {
		conn->flags &= ~CONN_TELL_URGENT;
		if (still_listens(conn))
			call(telling, telling->service->urgent);
	}
	if (take_trouble(tcp, conn))
		call(telling, telling->service->trouble);
	if (room_is_due(tcp, conn)) {
		conn->flags &= ~CONN_ROOM_ASKED;
		call(telling, telling->service->room);
	}
	if (end_is_due(tcp, conn)) {
		conn->flags |= CONN_TOLD_END;
		call(telling, telling->service->peer_closed);
	}
	if (lifetime_may_tell_closed(tcp, conn))
		tell_closed(telling, conn);
}

static void tell(struct la_worker *worker, struct tcp_conn *conn)
{
	struct tcp *tcp = &worker->tcp;
	const struct profile *profile = tcp_profile_of(tcp, conn);
	const struct telling *telling = &(struct telling){
		worker,
		worker->told.handle,
		profile->service,
		profile->service_data,
	};

	if (conn_has(conn, CONN_TELL_OPENED)) {
		conn->flags &= ~CONN_TELL_OPENED;
		conn->flags |= CONN_KNOWN;
		call(telling, telling->service->opened);
	}
	if (conn_has(conn, CONN_TELL_DATA)) {
		conn->flags &= ~CONN_TELL_DATA;
		if (still_listens(conn) && tcp_receive_ready(tcp, conn) > 0)
			call(telling, telling->service->data);
	}
	/* What the callbacks did may be news, too. */
	if (conn_has(conn, NEWS_BEHIND_TEXT) || has_trouble(tcp, conn))
		tell_behind_text(telling, conn);
}

/* Text, and nothing else: as it mostly is. */
static inline bool is_text_alone(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight;

	if ((conn->flags & (NEWS | DEAF)) != CONN_TELL_DATA)
		return false;
	flight = flight_of(tcp, conn);
	return flight != NULL && flight->receive.bytes > 0 && !flight->tell_trouble;
}

/* tell() of text alone. */
static inline void tell_text(struct la_worker *worker, struct tcp_conn *conn)
{
	const struct profile *profile = tcp_profile_of(&worker->tcp, conn);

	conn->flags &= ~CONN_TELL_DATA;
	if (profile->service->data != NULL)
		profile->service->data(worker, worker->told.handle, profile->service_data);
}

/* What there is to tell, one after the other. */
static __rte_noinline void notify_of_all(struct tcp *tcp, struct tcp_conn *conn)
{
	struct la_worker *worker = worker_of(tcp);

	if (conn_has(conn, CONN_DEAD) || (!conn_has(conn, NEWS) && !has_trouble(tcp, conn)))
		return;
	worker->told = (struct worker_told){ handle_of(tcp, conn), conn };
	tell(worker, conn);
	worker->told = (struct worker_told){ .conn = NULL };
}

void notify_service(struct tcp *tcp, struct tcp_conn *conn)
{
	struct la_worker *worker = worker_of(tcp);

	if (is_text_alone(tcp, conn)) {
		worker->told = (struct worker_told){ handle_of(tcp, conn), conn };
		tell_text(worker, conn);
		worker->told = (struct worker_told){ .conn = NULL };
		/* What the callback did may be news, too. */
		if (likely(!conn_has(conn, NEWS_BEHIND_TEXT)))
			return;
	}
	notify_of_all(tcp, conn);
}
