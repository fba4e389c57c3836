/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * calls.c: the public calls on connections: a handle resolved, then lib/tcp.
 */
#include <assert.h>
#include <errno.h>

#include "stack/handle.h"
#include "stack/stack.h"

/* The profile with these options, or with the defaults, and one user more. Or -errno. */
static int use_profile(struct profile_table *table, const struct la_service *service,
		       void *service_data, const struct la_tcp_options *options)
{
	struct profile profile;
	int result = profile_use_recent(table, service, service_data, options);

	if (result >= 0)
		return result;
	profile = (struct profile){ .service = service, .service_data = service_data };
	if (options != NULL)
		profile.options = *options;
	else
		la_tcp_options_init(&profile.options);
	result = profile_check(&profile.options, NULL);
	if (result != 0)
		return result;
	result = profile_use(table, &profile);
	return result < 0 ? -ENOBUFS : result;
}

/* DEVIATION: seven parameters, those that RFC 9293 3.10.1 gives OPEN. */
int la_connect(struct la_worker *worker, const struct la_endpoint *local,
	       const struct la_endpoint *remote, const struct la_service *service,
	       void *service_data, const struct la_tcp_options *options, struct la_conn *out)
{
	struct tcp_conn *conn;
	int result;

	if (service == NULL || worker->stop.asked)
		return -EINVAL;
	result = use_profile(&worker->tcp.profiles, service, service_data, options);
	if (result < 0)
		return result;
	worker_read_clock(worker);
	result = tcp_open(&worker->tcp, local, remote, (uint16_t)result, &conn);
	if (result == 0)
		*out = handle_of(&worker->tcp, conn);
	return result;
}

ssize_t la_send(struct la_worker *worker, struct la_conn handle, const void *bytes, size_t size,
		unsigned int flags)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? -ENOTCONN : tcp_send(&worker->tcp, conn, bytes, size, flags);
}

int la_send_mbuf(struct la_worker *worker, struct la_conn handle, struct rte_mbuf *chain,
		 unsigned int flags)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? -ENOTCONN : tcp_send_chain(&worker->tcp, conn, chain, flags);
}

size_t la_send_room(struct la_worker *worker, struct la_conn handle)
{
	const struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? 0 : tcp_send_room(&worker->tcp, conn);
}

int la_send_ask(struct la_worker *worker, struct la_conn handle)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	if (conn == NULL)
		return -ENOTCONN;
	if (conn_has(conn, CONN_ENDED | CONN_END_ASKED))
		return -EPIPE;
	tcp_send_ask(&worker->tcp, conn);
	return 0;
}

ssize_t la_recv(struct la_worker *worker, struct la_conn handle, void *bytes, size_t size)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? -ENOTCONN
			    : (ssize_t)tcp_receive_copy(&worker->tcp, conn, bytes, size);
}

struct rte_mbuf *la_recv_mbuf(struct la_worker *worker, struct la_conn handle, size_t max)
{
	struct tcp_conn *conn = handle_find(worker, handle);
	uint32_t most = max < UINT32_MAX ? (uint32_t)max : UINT32_MAX;

	return conn == NULL ? NULL : tcp_receive_chain(&worker->tcp, conn, most);
}

size_t la_recv_skip(struct la_worker *worker, struct la_conn handle, size_t max)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? 0 : tcp_receive_skip(&worker->tcp, conn, max);
}

size_t la_recv_ready(struct la_worker *worker, struct la_conn handle)
{
	const struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? 0 : tcp_receive_ready(&worker->tcp, conn);
}

int la_end(struct la_worker *worker, struct la_conn handle)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? -ENOTCONN : tcp_end(&worker->tcp, conn);
}

int la_close(struct la_worker *worker, struct la_conn handle)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? -ENOTCONN : tcp_close(&worker->tcp, conn);
}

int la_abort(struct la_worker *worker, struct la_conn handle)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	if (conn == NULL)
		return -ENOTCONN;
	tcp_abort(&worker->tcp, conn, LA_REASON_ABORTED);
	return 0;
}

int la_status(struct la_worker *worker, struct la_conn handle, struct la_status *out)
{
	const struct tcp_conn *conn = handle_find(worker, handle);

	if (conn == NULL)
		return -ENOTCONN;
	tcp_status(&worker->tcp, conn, out);
	return 0;
}

int la_options(struct la_worker *worker, struct la_conn handle, struct la_tcp_options *out)
{
	const struct tcp_conn *conn = handle_find(worker, handle);

	if (conn == NULL)
		return -ENOTCONN;
	*out = *tcp_options_of(&worker->tcp, conn);
	out->no_delay = conn_has(conn, CONN_NO_DELAY);
	return 0;
}

int la_set_options(struct la_worker *worker, struct la_conn handle,
		   const struct la_tcp_options *options, struct la_error *err)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	if (err != NULL)
		err->text[0] = '\0';
	return conn == NULL ? -ENOTCONN : tcp_set_options(&worker->tcp, conn, options, err);
}

int la_set_no_delay(struct la_worker *worker, struct la_conn handle, bool no_delay)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	if (conn == NULL)
		return -ENOTCONN;
	if (no_delay)
		conn->flags |= CONN_NO_DELAY;
	else
		conn->flags &= ~CONN_NO_DELAY;
	tcp_mark_due(&worker->tcp, conn);
	return 0;
}

void la_set_context(struct la_worker *worker, struct la_conn handle, uint64_t context)
{
	struct tcp_conn *conn = handle_find(worker, handle);

	if (conn != NULL)
		conn->context = context;
}

uint64_t la_context(struct la_worker *worker, struct la_conn handle)
{
	const struct tcp_conn *conn = handle_find(worker, handle);

	return conn == NULL ? 0 : conn->context;
}

uint32_t la_worker_each(struct la_worker *worker, uint32_t from, uint32_t count,
			void (*visit)(void *arg, struct la_worker *worker, struct la_conn conn),
			void *arg)
{
	struct tcp *tcp = &worker->tcp;
	uint32_t end = tcp->config.max_connections;

	if (from < end && count < end - from)
		end = from + count;
	for (uint32_t i = from; i < end; i++) {
		const struct tcp_conn *conn;

		if ((tcp->generations[i] & 1) == 0)
			continue;
		conn = conn_at(tcp, i);
		if (!conn_has(conn, CONN_DEAD))
			visit(arg, worker, handle_of(tcp, conn));
	}
	return end >= tcp->config.max_connections ? 0 : end;
}
