/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_cc.c: TCP_CC: connect and close, nothing in between; then the slot begins anew.
 *
 * The context word of a client's connection is its slot; of a server's, whether it has ended.
 */
#include "bench.h"
#include "client.h"

#define SERVER_ENDED 1U

static void cc_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;

	bench->tally.opened++;
	if (bench->options->closer == CLOSER_CLIENT)
		la_end(worker, conn);
}

static void cc_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct bench *bench = data;

	if (bench->options->closer == CLOSER_SERVER)
		la_end(worker, conn);
}

static void cc_closed(struct la_worker *worker, struct la_conn conn, void *data,
		      enum la_reason reason)
{
	struct bench *bench = data;
	uint32_t slot = (uint32_t)la_context(worker, conn);

	if (reason == LA_REASON_DONE)
		bench_done(bench, slot);
	else
		client_failed(bench, reason);
	load_idle(&bench->load, slot);
}

static const struct la_service cc_client = {
	.name = "cc",
	.opened = cc_opened,
	.peer_closed = cc_peer_closed,
	.closed = cc_closed,
};

static void cc_server_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct bench *bench = data;

	if (bench->options->closer != CLOSER_SERVER)
		return;
	la_set_context(worker, conn, SERVER_ENDED);
	la_end(worker, conn);
}

static void cc_server_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	if (la_context(worker, conn) != SERVER_ENDED)
		la_end(worker, conn);
}

static const struct la_service cc_server = {
	.name = "cc",
	.opened = cc_server_opened,
	.peer_closed = cc_server_peer_closed,
};

const struct test test_tcp_cc = {
	.name = "TCP_CC",
	.summary = "connect, close",
	.unit = "connections",
	.unit_one = "connection",
	.exchange = EXCHANGE_CONNECT,
	.takes = TAKES_RATE | TAKES_CLOSER,
	.topologies = ON(SELF) | ON(PAIR) | ON(NULL) | ON(STATELESS) | ON(PORT),
	.defaults = { .connections = 256 },
	.client = &cc_client,
	.server = &cc_server,
	.begin = client_connect,
};
