/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_stream.c: TCP_STREAM: text to the server, without end, on standing connections; where there
 * are many, in turn (streams.h).
 */
#include "bench.h"
#include "client.h"

static void stream_room(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;

	if (bench->load.stopped)
		la_end(worker, conn);
	else if (streams_in_turn(bench->options->connections))
		streams_room(bench, conn);
	else
		end_stream(&bench->client, conn);
}

static void stream_fell(struct la_worker *worker, struct la_conn conn, void *data,
			enum la_reason reason)
{
	streams_forget(data, (uint32_t)la_context(worker, conn));
	client_fell(worker, conn, data, reason);
}

static const struct la_service stream_client = {
	.name = "stream",
	.opened = client_stands,
	.room = stream_room,
	.peer_closed = client_end,
	.closed = stream_fell,
};

/* The slot stays busy for as long as its connection stands, or its turn lasts. */
static void stream_begin(struct bench *bench, uint32_t slot)
{
	if (bench->load.slots[slot].conn.id == 0)
		client_connect(bench, slot);
	else if (streams_in_turn(bench->options->connections))
		streams_begin(bench, slot);
	else
		end_stream(&bench->client, bench->load.slots[slot].conn);
}

static void stream_server_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	la_recv_skip(worker, conn, SIZE_MAX);
}

static const struct la_service stream_server = {
	.name = "stream",
	.data = stream_server_data,
	.peer_closed = client_end,
};

const struct test test_tcp_stream = {
	.name = "TCP_STREAM",
	.summary = "text to the server, without end",
	.unit = "KiB",
	.unit_one = "KiB",
	.exchange = EXCHANGE_STREAM,
	.counts = COUNTS_KIB_SERVER,
	.topologies = ON(SELF) | ON(PAIR) | ON(NULL) | ON(PORT),
	.defaults = { .connections = 1 },
	.standing = true,
	.client = &stream_client,
	.server = &stream_server,
	.begin = stream_begin,
	.look = streams_look,
};
