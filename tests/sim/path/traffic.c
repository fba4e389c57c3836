/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/limits.h"
#include "traffic.h"

#define BLOB_BYTES (16U * UINT16_MAX) /**< a multiple of what one buffer may refer to */
#define BUFFERS_PATHS 4U
#define BUFFER_BYTES_MIN (256U << 10)

/* ---- the sender ---- */

/*
 * Less than one whole buffer of room is left alone: a queue of small pieces would take as many
 * packet buffers as it has segments.
 */
static void sender_fill(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct flow *flow = data;
	uint64_t left = flow->limit - flow->queued;

	while (left > 0) {
		uint64_t piece = left < UINT16_MAX ? left : UINT16_MAX;
		ssize_t taken;

		if (la_send_room(worker, conn) < piece)
			break;
		taken = la_send_blob(worker, conn, flow->traffic->blob, 0, piece, 0);
		if (taken <= 0)
			break;
		flow->queued += (uint64_t)taken;
		left -= (uint64_t)taken;
	}
	if (left > 0)
		la_send_ask(worker, conn);
}

static void sender_closed(struct la_worker *worker, struct la_conn conn, void *data,
			  enum la_reason reason)
{
	struct flow *flow = data;

	(void)worker;
	(void)conn;
	(void)reason;
	flow->closed = true;
}

static const struct la_service sender_service = {
	.name = "bulk",
	.opened = sender_fill,
	.room = sender_fill,
	.closed = sender_closed,
};

/* ---- the sink ---- */

static void sink_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct la_status status;
	int rc = la_status(worker, conn, &status);

	(void)data;
	assert(rc == 0 && status.remote.port >= TRAFFIC_FIRST_PORT);
	la_set_context(worker, conn, status.remote.port - TRAFFIC_FIRST_PORT);
}

static void sink_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct traffic *traffic = data;
	uint64_t flow = la_context(worker, conn);

	assert(flow < CELL_FLOWS_MAX);
	traffic->flows[flow].received += la_recv_skip(worker, conn, SIZE_MAX);
}

static const struct la_service sink_service = {
	.name = "sink",
	.opened = sink_opened,
	.data = sink_data,
};

/* ---- both ---- */

uint32_t traffic_buffer_bytes(const struct cell *cell)
{
	uint64_t bytes = BUFFERS_PATHS * (cell_bdp_bytes(cell) + cell_queue_bytes(cell));

	if (bytes < BUFFER_BYTES_MIN)
		return BUFFER_BYTES_MIN;
	return bytes < BUFFER_MAX ? (uint32_t)bytes : BUFFER_MAX;
}

static void options_of(const struct traffic *traffic, unsigned int flow, struct la_tcp_options *out)
{
	bool cubic = traffic->cell->control == CELL_CUBIC ||
		     (traffic->cell->control == CELL_MIXED && flow % 2 == 1);

	la_tcp_options_init(out);
	out->congestion = cubic ? LA_CUBIC : LA_NEWRENO;
	out->send_buffer = traffic_buffer_bytes(traffic->cell);
	out->receive_buffer = traffic_buffer_bytes(traffic->cell);
	out->send_buffer_max = out->send_buffer;
	out->receive_buffer_max = out->receive_buffer;
}

int traffic_create(struct traffic *traffic, const struct cell *cell, struct la_stack *sender,
		   struct la_stack *sink, struct la_error *err)
{
	struct la_endpoint any = { .port = TRAFFIC_PORT };
	struct la_tcp_options options;
	void *zeros = calloc(1, BLOB_BYTES);
	unsigned int i;
	int rc;

	assert(zeros != NULL);
	memset(traffic, 0, sizeof(*traffic));
	traffic->cell = cell;
	for (i = 0; i < CELL_FLOWS_MAX; i++) {
		traffic->flows[i].traffic = traffic;
		traffic->flows[i].limit = UINT64_MAX;
	}
	traffic->blob = la_blob_create(sender, zeros, BLOB_BYTES);
	free(zeros);
	if (traffic->blob == NULL)
		return -1;
	options_of(traffic, 0, &options);
	rc = la_listen(sink, &any, &sink_service, traffic, &options, err);
	return rc < 0 ? rc : 0;
}

void traffic_destroy(struct traffic *traffic)
{
	la_blob_release(traffic->blob);
	traffic->blob = NULL;
}

int traffic_start(struct traffic *traffic, struct la_worker *sender, unsigned int flow,
		  const struct la_addr *sink)
{
	struct la_endpoint local = { .port = (uint16_t)(TRAFFIC_FIRST_PORT + flow) };
	struct la_endpoint remote = { .addr = *sink, .port = TRAFFIC_PORT };
	struct la_tcp_options options;

	assert(flow < CELL_FLOWS_MAX && !traffic->flows[flow].started);
	traffic->flows[flow].started = true;
	options_of(traffic, flow, &options);
	return la_connect(sender, &local, &remote, &sender_service, &traffic->flows[flow], &options,
			  &traffic->flows[flow].conn);
}

void traffic_extend(struct traffic *traffic, struct la_worker *sender, unsigned int flow,
		    uint64_t bytes)
{
	struct flow *extended = &traffic->flows[flow];

	assert(extended->queued == extended->limit);
	extended->limit += bytes;
	sender_fill(sender, extended->conn, extended);
}
