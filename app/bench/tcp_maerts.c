/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_maerts.c: TCP_MAERTS: text to the client, without end, on standing connections: TCP_STREAM
 * the other way round. The server begins as soon as a connection stands; where there are many, it
 * is asked for each turn (streams.h).
 */
#include "bench.h"
#include "client.h"

static void maerts_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;
	uint32_t slot = (uint32_t)la_context(worker, conn);
	struct load_slot *here = &bench->load.slots[slot];
	size_t got = la_recv_skip(worker, conn, SIZE_MAX);

	bench->tally.bytes_in += got;
	here->received += (uint32_t)got;
	if (streams_in_turn(bench->options->connections) && here->received >= STREAMS_TURN_BYTES) {
		here->received = 0;
		load_idle(&bench->load, slot);
	}
}

static const struct la_service maerts_client = {
	.name = "maerts",
	.opened = client_stands,
	.data = maerts_data,
	.peer_closed = client_end,
	.closed = client_fell,
};

static void maerts_begin(struct bench *bench, uint32_t slot)
{
	if (bench->load.slots[slot].conn.id == 0)
		client_connect(bench, slot);
	else if (streams_in_turn(bench->options->connections))
		streams_ask(bench, slot);
}

static void maerts_server_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct bench *bench = data;

	if (!streams_in_turn(bench->options->connections))
		end_stream(&bench->server, conn);
}

static void maerts_server_room(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct bench *bench = data;

	if (streams_in_turn(bench->options->connections))
		streams_answer(&bench->server, conn);
	else
		end_stream(&bench->server, conn);
}

static const struct la_service maerts_server = {
	.name = "maerts",
	.opened = maerts_server_opened,
	.data = maerts_server_room,
	.room = maerts_server_room,
	.peer_closed = client_end,
};

const struct test test_tcp_maerts = {
	.name = "TCP_MAERTS",
	.summary = "text to the client, without end",
	.unit = "KiB",
	.unit_one = "KiB",
	.exchange = EXCHANGE_MAERTS,
	.counts = COUNTS_KIB_CLIENT,
	.topologies = ON(SELF) | ON(PAIR) | ON(NULL) | ON(PORT),
	.defaults = { .connections = 1 },
	.standing = true,
	.client = &maerts_client,
	.server = &maerts_server,
	.begin = maerts_begin,
};
