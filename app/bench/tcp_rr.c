/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_rr.c: TCP_RR: requests and responses on standing connections, one under way on each.
 *
 * The context word of a connection is its slot.
 */
#include "bench.h"
#include "client.h"
#include "serve.h"

static void rr_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;
	uint32_t slot = (uint32_t)la_context(worker, conn);

	if (!client_response(bench, slot))
		return;
	bench_done(bench, slot);
	load_idle(&bench->load, slot);
}

static const struct la_service rr_client = {
	.name = "rr",
	.opened = client_stands,
	.data = rr_data,
	.room = client_room,
	.peer_closed = client_end,
	.closed = client_fell,
};

static void rr_begin(struct bench *bench, uint32_t slot)
{
	if (bench->load.slots[slot].conn.id == 0)
		client_connect(bench, slot);
	else
		client_request(bench, slot);
}

const struct test test_tcp_rr = {
	.name = "TCP_RR",
	.summary = "request and response on standing connections",
	.unit = "requests",
	.unit_one = "request",
	.exchange = EXCHANGE_REQUESTS,
	.takes = TAKES_REQUEST | TAKES_RESPONSE | TAKES_RATE,
	.topologies = ON(SELF) | ON(PAIR) | ON(NULL) | ON(STATELESS) | ON(PORT),
	.defaults = { .connections = 1000, .request = 64, .response = 64 },
	.standing = true,
	.client = &rr_client,
	.server = &serve_requests,
	.begin = rr_begin,
};
