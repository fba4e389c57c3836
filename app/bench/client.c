/* SPDX-License-Identifier: BSD-3-Clause */
#include "client.h"

#include "bench.h"
#include "serve.h"

void client_connect(struct bench *bench, uint32_t slot)
{
	struct load_slot *here = &bench->load.slots[slot];
	struct la_endpoint local = end_client_endpoint(&bench->tuples, slot);
	struct la_endpoint remote = end_server_endpoint(&bench->tuples, slot);

	here->received = 0;
	if (la_connect(bench->client.worker, &local, &remote, bench->options->test->client, bench,
		       NULL, &here->conn) == 0) {
		la_set_context(bench->client.worker, here->conn, slot);
		return;
	}
	here->conn.id = 0;
	bench->tally.refused++;
	load_retry(&bench->load, slot);
}

static void send_rest(struct bench *bench, struct load_slot *slot)
{
	ssize_t taken = serve_text(bench->client.worker, slot->conn, slot->unsent);

	if (taken < 0) {
		bench->tally.refused++;
		return;
	}
	bench->tally.bytes_out += (uint64_t)taken;
	slot->unsent -= (uint32_t)taken;
	if (slot->unsent > 0)
		la_send_ask(bench->client.worker, slot->conn);
}

void client_request(struct bench *bench, uint32_t slot)
{
	struct load_slot *here = &bench->load.slots[slot];

	here->received = 0;
	here->unsent = bench->options->request;
	send_rest(bench, here);
}

void client_room(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;

	send_rest(bench, &bench->load.slots[la_context(worker, conn)]);
}

bool client_response(struct bench *bench, uint32_t slot)
{
	struct load_slot *here = &bench->load.slots[slot];
	size_t got = la_recv_skip(bench->client.worker, here->conn, SIZE_MAX);

	here->received += (uint32_t)got;
	bench->tally.bytes_in += got;
	return here->received >= bench->options->response;
}

void client_failed(struct bench *bench, enum la_reason reason)
{
	/* In the end the stacks are stopped, and what is open ends unfinished. */
	if (!bench->load.stopped)
		bench->tally.failed[reason]++;
}

void client_stands(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct bench *bench = data;

	bench->tally.opened++;
	bench->load.established++;
	load_idle(&bench->load, (uint32_t)la_context(worker, conn));
}

void client_end(struct la_worker *worker, struct la_conn conn, void *data)
{
	la_end(worker, conn);
}

void client_fell(struct la_worker *worker, struct la_conn conn, void *data, enum la_reason reason)
{
	struct bench *bench = data;
	uint32_t slot = (uint32_t)la_context(worker, conn);
	struct load_slot *here = &bench->load.slots[slot];

	client_failed(bench, reason);
	here->conn.id = 0;
	if (bench->load.stopped)
		return;
	if (here->busy)
		load_retry(&bench->load, slot);
}
