/* SPDX-License-Identifier: BSD-3-Clause */
#include "serve.h"

#include <assert.h>

#include <rte_common.h>

#include "bench.h"

#define ENDED UINT64_MAX /* our direction has ended: the context says nothing more */

static uint64_t context_of(uint32_t received, uint32_t owed)
{
	return (uint64_t)received << 32 | owed;
}

static const char text[SERVE_TEXT_SIZE];

/* More than one piece of text. */
static __rte_noinline ssize_t serve_pieces(struct la_worker *worker, struct la_conn conn,
					   size_t size)
{
	size_t sent = 0;

	while (sent < size) {
		size_t piece = size - sent < sizeof(text) ? size - sent : sizeof(text);
		ssize_t taken = la_send(worker, conn, text, piece, 0);

		if (taken < 0)
			return taken;
		sent += (size_t)taken;
		if ((size_t)taken < piece)
			break;
	}
	return (ssize_t)sent;
}

ssize_t serve_text(struct la_worker *worker, struct la_conn conn, size_t size)
{
	return size <= sizeof(text) ? la_send(worker, conn, text, size, 0)
				    : serve_pieces(worker, conn, size);
}

/* One response ends the connection where the server is the one who closes. */
static bool closes(const struct options *options)
{
	return (options->test->takes & TAKES_CLOSER) != 0 && options->closer == CLOSER_SERVER;
}

static void answer(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct options *options = ((const struct bench *)data)->options;
	uint64_t context = la_context(worker, conn);
	uint32_t received = (uint32_t)(context >> 32), owed = (uint32_t)context;
	ssize_t sent;

	if (context == ENDED)
		return;
	received += (uint32_t)la_recv_skip(worker, conn, SIZE_MAX);
	/* A client sends its next request when it has the response: one is owed at a time. */
	if (received >= options->request) {
		received -= options->request;
		owed += options->response;
	}
	if (owed > 0) {
		sent = serve_text(worker, conn, owed);
		if (sent < 0)
			return;
		owed -= (uint32_t)sent;
		if (owed > 0)
			la_send_ask(worker, conn);
		else if (closes(options)) {
			la_end(worker, conn);
			la_set_context(worker, conn, ENDED);
			return;
		}
	}
	if (context_of(received, owed) != context)
		la_set_context(worker, conn, context_of(received, owed));
}

static void end_too(struct la_worker *worker, struct la_conn conn, void *data)
{
	if (la_context(worker, conn) != ENDED)
		la_end(worker, conn);
}

const struct la_service serve_requests = {
	.name = "requests",
	.data = answer,
	.room = answer,
	.peer_closed = end_too,
};
