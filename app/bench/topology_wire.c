/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * topology_wire: a client and a server, two stacks, joined by a wire in memory. `self`: one lcore
 * polls them in turn, and what each costs is told apart, since each breath is one or the other's.
 * `pair`: the server has an lcore of its own, the first one behind the main one.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "bench.h"
#include "wire.h"

#define BURST 32U       /* frames that a worker takes in a breath */
#define BREATHS_MAX 64U /* of one end, before it is the other's turn */

struct joined {
	struct wire wire;
	unsigned int lcore; /* of the server; LCORE_ID_ANY: the client's */
	bool halt;          /* asks the server's lcore to end (atomic) */
};

static bool wire_up(struct bench *bench, unsigned int server_lcore, struct la_error *err)
{
	const struct options *options = bench->options;
	struct joined *joined = aligned_alloc(64, sizeof(*joined));
	int port;

	bench->topology_state = joined;
	if (joined != NULL)
		*joined = (struct joined){ .lcore = server_lcore };
	if (joined == NULL || !wire_create(&joined->wire)) {
		snprintf(err->text, sizeof(err->text), "no memory for the wire");
		return false;
	}
	if (!end_create(&bench->client, "client", options, rte_lcore_id(), err) ||
	    !end_create(&bench->server, "server", options,
			server_lcore == LCORE_ID_ANY ? rte_lcore_id() : server_lcore, err))
		return false;
	joined->wire.ports[0].bursts = &bench->client.bursts;
	joined->wire.ports[1].bursts = &bench->server.bursts;
	port = wire_attach(&joined->wire, 0, bench->client.stack, options->mtu, err);
	if (port < 0 || !end_add_client_addresses(&bench->client, port, options, err))
		return false;
	port = wire_attach(&joined->wire, 1, bench->server.stack, options->mtu, err);
	return port >= 0 && end_serve(&bench->server, port, options, bench, err);
}

static uint64_t lost(const struct bench *bench)
{
	return wire_refused(&((const struct joined *)bench->topology_state)->wire);
}

static void take_down(struct bench *bench)
{
	struct joined *joined = bench->topology_state;

	if (joined == NULL)
		return;
	__atomic_store_n(&joined->halt, true, __ATOMIC_RELAXED);
	if (joined->lcore != LCORE_ID_ANY)
		rte_eal_wait_lcore(joined->lcore);
	if (bench->abandoned)
		return;
	wire_drain(&joined->wire);
	end_destroy(&bench->client);
	end_destroy(&bench->server);
	wire_destroy(&joined->wire);
	free(joined);
	bench->topology_state = NULL;
}

/* ---- one lcore ------------------------------------------------------------------------------- */

static bool self_create(struct bench *bench, struct la_error *err)
{
	return wire_up(bench, LCORE_ID_ANY, err);
}

/* An end takes one burst a breath, and timers may send more than that: it goes on until it has. */
static void breathe_off(struct end *end, const struct wire *wire, unsigned int which)
{
	for (unsigned int i = 0; i < BREATHS_MAX; i++) {
		end_breathe(end);
		if (wire_waiting(wire, which) < BURST)
			break;
	}
}

static void self_breathe(struct bench *bench)
{
	const struct joined *joined = bench->topology_state;

	breathe_off(&bench->client, &joined->wire, 0);
	breathe_off(&bench->server, &joined->wire, 1);
}

const struct topology topology_self = {
	.name = "self",
	.summary = "client and server on one lcore, joined in memory",
	.kind = TOPOLOGY_SELF,
	.create = self_create,
	.breathe = self_breathe,
	.lost = lost,
	.destroy = take_down,
};

/* ---- two lcores ------------------------------------------------------------------------------ */

static int serve(void *arg)
{
	struct bench *bench = arg;
	const struct joined *joined = bench->topology_state;

	end_moves_in(&bench->server);
	while (!__atomic_load_n(&joined->halt, __ATOMIC_RELAXED))
		end_breathe(&bench->server);
	return 0;
}

static bool pair_create(struct bench *bench, struct la_error *err)
{
	unsigned int lcore = rte_get_next_lcore(rte_lcore_id(), 1, 0);

	if (lcore == RTE_MAX_LCORE) {
		snprintf(err->text, sizeof(err->text),
			 "the topology pair needs two lcores: give EAL two of them, as by -l 0,1");
		return false;
	}
	if (!wire_up(bench, lcore, err))
		return false;
	if (rte_eal_remote_launch(serve, bench, lcore) == 0)
		return true;
	snprintf(err->text, sizeof(err->text), "lcore %u cannot be started", lcore);
	return false;
}

static void pair_breathe(struct bench *bench)
{
	end_breathe(&bench->client);
}

const struct topology topology_pair = {
	.name = "pair",
	.summary = "client and server on an lcore each, joined by rings",
	.kind = TOPOLOGY_PAIR,
	.create = pair_create,
	.breathe = pair_breathe,
	.lost = lost,
	.destroy = take_down,
};
