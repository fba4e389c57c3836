/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_crr.c: TCP_CRR: connect, request, response, close; then the slot begins anew.
 *
 * A transaction is complete when the client's connection has ended in order: with its own FIN
 * acknowledged and the peer's received. The context word of a connection is its slot.
 */
#include "bench.h"
#include "client.h"
#include "serve.h"

static void crr_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;

	bench->tally.opened++;
	client_request(bench, (uint32_t)la_context(worker, conn));
}

static void crr_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;

	if (client_response(bench, (uint32_t)la_context(worker, conn)) &&
	    bench->options->closer == CLOSER_CLIENT)
		la_end(worker, conn);
}

static void crr_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct bench *bench = data;

	if (bench->options->closer == CLOSER_SERVER)
		la_end(worker, conn);
}

static void crr_closed(struct la_worker *worker, struct la_conn conn, void *data,
		       enum la_reason reason)
{
	struct bench *bench = data;
	uint32_t slot = (uint32_t)la_context(worker, conn);

	if (reason == LA_REASON_DONE &&
	    bench->load.slots[slot].received == bench->options->response)
		bench_done(bench, slot);
	else
		client_failed(bench, reason);
	load_idle(&bench->load, slot);
}

static const struct la_service crr_client = {
	.name = "crr",
	.opened = crr_opened,
	.data = crr_data,
	.room = client_room,
	.peer_closed = crr_peer_closed,
	.closed = crr_closed,
};

const struct test test_tcp_crr = {
	.name = "TCP_CRR",
	.summary = "connect, request, response, close",
	.unit = "connections",
	.unit_one = "connection",
	.exchange = EXCHANGE_ONE,
	.takes = TAKES_REQUEST | TAKES_RESPONSE | TAKES_RATE | TAKES_CLOSER,
	.topologies = ON(SELF) | ON(PAIR) | ON(NULL) | ON(STATELESS) | ON(PORT),
	.defaults = { .connections = 256, .request = 64, .response = 64 },
	.client = &crr_client,
	.server = &serve_requests,
	.begin = client_connect,
};
