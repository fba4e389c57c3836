/* SPDX-License-Identifier: BSD-3-Clause */
#include "streams.h"

#include <assert.h>

#include "bench.h"

/* So many bytes, or as many as there is room for; returns how many are left. */
static uint32_t send_some(const struct end *end, struct la_conn conn, uint32_t bytes)
{
	ssize_t taken = la_send_blob(end->worker, conn, end->text, 0, bytes, 0);

	if (taken < 0)
		return bytes;
	if (taken < bytes)
		la_send_ask(end->worker, conn);
	return bytes - (uint32_t)taken;
}

static void send_rest(struct bench *bench, struct load_slot *slot)
{
	slot->unsent = send_some(&bench->client, slot->conn, slot->unsent);
}

void streams_begin(struct bench *bench, uint32_t slot)
{
	struct streams *streams = &bench->streams;

	assert(streams->count < STREAMS_MAX);
	streams->slots[streams->count++] = slot;
	bench->load.slots[slot].unsent = STREAMS_TURN_BYTES;
	send_rest(bench, &bench->load.slots[slot]);
}

void streams_room(struct bench *bench, struct la_conn conn)
{
	send_rest(bench, &bench->load.slots[la_context(bench->client.worker, conn)]);
}

static void take_out(struct streams *streams, uint32_t at)
{
	streams->slots[at] = streams->slots[--streams->count];
}

void streams_forget(struct bench *bench, uint32_t slot)
{
	struct streams *streams = &bench->streams;

	for (uint32_t i = 0; i < streams->count; i++) {
		if (streams->slots[i] == slot) {
			take_out(streams, i);
			return;
		}
	}
}

void streams_ask(struct bench *bench, uint32_t slot)
{
	bench->load.slots[slot].received = 0;
	la_send(bench->client.worker, bench->load.slots[slot].conn, "", 1, 0);
}

void streams_answer(const struct end *server, struct la_conn conn)
{
	uint64_t owed = la_context(server->worker, conn);

	owed += la_recv_skip(server->worker, conn, SIZE_MAX) * STREAMS_TURN_BYTES;
	if (owed > 0)
		la_set_context(server->worker, conn, send_some(server, conn, (uint32_t)owed));
}

void streams_look(struct bench *bench)
{
	struct streams *streams = &bench->streams;
	struct load_slot *slot;
	struct la_status status;

	if (streams->count == 0)
		return;
	if (streams->next >= streams->count)
		streams->next = 0;
	slot = &bench->load.slots[streams->slots[streams->next]];
	if (la_status(bench->client.worker, slot->conn, &status) == 0 && slot->unsent == 0 &&
	    status.send_queued == 0) {
		load_idle(&bench->load, streams->slots[streams->next]);
		take_out(streams, streams->next);
	} else {
		streams->next++;
	}
}
