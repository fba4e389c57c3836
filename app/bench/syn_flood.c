/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * syn_flood.c: SYN_FLOOD: SYNs from addresses that answer nothing, in every buffer that the port
 * has to give, and among them connections that are meant: connect, request, response, close.
 *
 * A SYN of the flood is the transaction that is counted. How the others fared is told beside it.
 */
#include "bench.h"
#include "serve.h"

static void flood_tell(struct bench *bench)
{
	double seconds = clock_seconds(&bench->before.clock, &bench->after.clock);
	uint64_t meant = bench->latency.count;

	extras_add(&bench->extras, "connections_that_were_meant", (double)meant, "connections");
	if (seconds > 0)
		extras_add(&bench->extras, "connections_that_were_meant_per_second",
			   (double)meant / seconds, "connections/s");
}

const struct test test_syn_flood = {
	.name = "SYN_FLOOD",
	.summary = "SYNs that nobody follows up, and connections among them",
	.unit = "SYNs",
	.unit_one = "SYN",
	.exchange = EXCHANGE_FLOOD,
	.takes = TAKES_REQUEST | TAKES_RESPONSE | TAKES_RATE | TAKES_NONE,
	.topologies = ON(NULL),
	.defaults = { .connections = 16, .request = 64, .response = 64 },
	.server = &serve_requests,
	.tell = flood_tell,
};
