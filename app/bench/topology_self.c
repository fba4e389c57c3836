/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * topology_self: a client and a server, two stacks, polled in turn by one lcore and joined by a
 * wire in memory. What each costs is told apart, since each breath is one or the other's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "wire.h"

static bool self_create(struct bench *bench, struct la_error *err)
{
	const struct options *options = bench->options;
	struct wire *wire = calloc(1, sizeof(*wire));
	int port;

	bench->topology_state = wire;
	if (wire == NULL || !wire_create(wire)) {
		snprintf(err->text, sizeof(err->text), "no memory for the wire");
		return false;
	}
	if (!end_create(&bench->client, "client", options, err) ||
	    !end_create(&bench->server, "server", options, err))
		return false;
	port = wire_attach(wire, 0, bench->client.stack, err);
	if (port < 0 || !end_add_client_addresses(&bench->client, port, options, err))
		return false;
	port = wire_attach(wire, 1, bench->server.stack, err);
	return port >= 0 && end_serve(&bench->server, port, options, bench, err);
}

static void self_breathe(struct bench *bench)
{
	end_breathe(&bench->client);
	end_breathe(&bench->server);
}

static uint64_t self_lost(const struct bench *bench)
{
	return wire_refused(bench->topology_state);
}

static void self_destroy(struct bench *bench)
{
	struct wire *wire = bench->topology_state;

	if (wire == NULL)
		return;
	wire_drain(wire);
	end_destroy(&bench->client);
	end_destroy(&bench->server);
	wire_destroy(wire);
	free(wire);
	bench->topology_state = NULL;
}

const struct topology topology_self = {
	.name = "self",
	.summary = "client and server on one lcore, joined in memory",
	.kind = TOPOLOGY_SELF,
	.create = self_create,
	.breathe = self_breathe,
	.lost = self_lost,
	.destroy = self_destroy,
};
