/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * echo: sends back what comes (RFC 862), without a copy: the chain that was received is the chain
 * that is sent. What the send buffer cannot take stays unread, which closes the peer's window: a
 * peer that does not read its echo stops being read itself.
 */
#include <assert.h>
#include <rte_mbuf.h>

#include "svc/svc.h"

/* The context word: our direction has ended; what still comes is thrown away. */
#define ECHO_ENDED 1U

/* Moves what fits from the receive to the send side; true when at least one byte went back. */
static bool echo_move(struct la_worker *worker, struct la_conn conn)
{
	bool moved = false;
	size_t ready;

	/* Bounded: each round takes a chain off what is ready, and nothing arrives meanwhile. */
	while ((ready = la_recv_ready(worker, conn)) > 0) {
		size_t room = la_send_room(worker, conn);
		struct rte_mbuf *chain;

		if (room == 0)
			break;
		chain = la_recv_mbuf(worker, conn, ready < room ? ready : room);
		if (chain == NULL)
			break;
		if (la_send_mbuf(worker, conn, chain, 0) != 0) {
			/* The bytes are read and cannot be sent: an echo with a hole would be a
			 * lie. */
			rte_pktmbuf_free(chain);
			la_abort(worker, conn);
			return false;
		}
		moved = true;
	}
	if (ready > 0)
		la_send_ask(worker, conn);
	return moved;
}

static void echo_pump(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct svc_echo_config *config = data;

	assert(conn.id != 0);
	if (la_context(worker, conn) == ECHO_ENDED) {
		la_recv_skip(worker, conn, SIZE_MAX);
		return;
	}
	if (!echo_move(worker, conn))
		return;
	if (config != NULL && config->close == SVC_CLOSE_SERVER &&
	    la_recv_ready(worker, conn) == 0) {
		la_set_context(worker, conn, ECHO_ENDED);
		la_end(worker, conn);
	}
}

/* The last byte before the FIN has been read, and in echo_move() reading is queueing. */
static void echo_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	assert(la_recv_ready(worker, conn) == 0);
	if (la_context(worker, conn) != ECHO_ENDED)
		la_end(worker, conn);
}

const struct la_service *svc_echo(void)
{
	static const struct la_service echo = {
		.name = "echo",
		.data = echo_pump,
		.room = echo_pump,
		.peer_closed = echo_peer_closed,
	};

	return &echo;
}
