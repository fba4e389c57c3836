/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * topology_stateless: the server alone, and behind a port of its stack's own kind a peer that
 * computes each answer from the segment that it answers. No ethdev, no table of connections and no
 * slots on the peer's side.
 *
 * Transactions on standing connections go round and round on each connection while these are few:
 * the next request acknowledges the response, and the peer remembers nothing. When there are more
 * than may be under way, requests walk over all of them in a scattered order, and a notebook of
 * four bytes a connection tells where each stands.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_lcore.h>

#include "bench.h"
#include "stateless.h"

/* The network of the run; nothing of it leaves the process. */
#define GATEWAY 0xc61300feU /* 198.19.0.254: the peers are behind it */
#define PEERS 0xc6140001U   /* 198.20.0.1 and on */
#define SERVER_PREFIX 24U
#define STRETCH 1000000U /* fresh connections of a walk */

struct seat {
	struct stateless *peer;
	struct bursts *bursts;
	uint32_t *notebook;
	bool standing;   /* transactions on connections that stay */
	bool walks;      /* over all of them, since not all may be under way at a time */
	bool begun;      /* transactions */
	uint64_t fresh;  /* the first connection that no walk has come to */
	uint32_t round;  /* walks with requests so far */
	uint64_t most;   /* under way at a time */
	uint64_t before; /* connections walked over before transactions began */
};

static uint16_t give_frames(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct seat *seat = ctx;
	uint16_t given = stateless_ops()->rx_burst(seat->peer, queue, mbufs, count);

	bursts_note(seat->bursts->rx, given);
	return given;
}

static uint16_t take_frames(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct seat *seat = ctx;

	bursts_note(seat->bursts->tx, count);
	return stateless_ops()->tx_burst(seat->peer, queue, mbufs, count);
}

static bool listen_on(struct bench *bench, struct la_error *err)
{
	const struct la_endpoint server = { .addr = la_addr_from_ipv4(END_SERVER_ADDRESS),
					    .port = END_SERVER_PORT };
	const struct la_addr gateway = la_addr_from_ipv4(GATEWAY), all = la_addr_from_ipv4(0);
	static const struct la_port_ops ops = { .rx_burst = give_frames, .tx_burst = take_frames };
	struct seat *seat = bench->topology_state;
	const struct la_port_config port = { .name = "stateless",
					     .ops = &ops,
					     .ctx = seat,
					     .mac = { 2, 0, 0, 0, 0, 2 },
					     .mtu = bench->options->mtu,
					     .flags = LA_PORT_TX_HANDOVER };
	struct la_stack *stack = bench->server.stack;
	int number = la_port_add(stack, &port, err);

	return number >= 0 &&
	       la_address_add(stack, number, &server.addr, SERVER_PREFIX, err) >= 0 &&
	       la_route_add(stack, number, &all, 0, &gateway, err) >= 0 &&
	       la_listen(stack, &server, bench->options->test->server, bench, NULL, err) >= 0;
}

static bool create_peer(struct bench *bench, struct seat *seat)
{
	const struct options *options = bench->options;
	struct stateless_config config = {
		.peer_mac = { 2, 0, 0, 0, 0, 1 },
		.stack_mac = { 2, 0, 0, 0, 0, 2 },
		.gateway = GATEWAY,
		.stack = END_SERVER_ADDRESS,
		.stack_port = END_SERVER_PORT,
		.first_peer = PEERS,
		.request = (uint16_t)options->request,
		.response = (uint16_t)options->response,
		.offer = options->offer,
		.mbufs = la_worker_mempool(bench->server.worker),
	};

	if (seat->standing && seat->walks) {
		seat->notebook = calloc(options->connections, sizeof(uint32_t));
		config.notebook = seat->notebook;
		config.noted = options->connections;
		if (seat->notebook == NULL)
			return false;
	}
	seat->peer = stateless_create(&config);
	return seat->peer != NULL;
}

static void plan(struct seat *seat, const struct options *options)
{
	seat->standing = options->test->standing;
	seat->walks = options->connections > LOAD_BUSY_MAX;
	/* A round ends when it came to all: what it began last is not over yet. */
	seat->most = seat->walks && seat->standing
			     ? RTE_MIN(LOAD_BUSY_MAX, options->connections / 2)
			     : options->connections;
}

static bool seat_create(struct bench *bench, struct la_error *err)
{
	const struct options *options = bench->options;
	struct seat *seat = calloc(1, sizeof(*seat));

	bench->topology_state = seat;
	if (seat != NULL && !end_create(&bench->server, "server", options, rte_lcore_id(), err))
		return false;
	if (seat != NULL)
		plan(seat, options);
	if (seat == NULL || !create_peer(bench, seat)) {
		snprintf(err->text, sizeof(err->text), "no memory for the peer");
		return false;
	}
	seat->bursts = &bench->server.bursts;
	bench->server.breather.foreign = &stateless_counts(seat->peer)->cycles;
	return listen_on(bench, err);
}

/* The first connection alone: it waits for ARP. */
static uint64_t held_back(const struct seat *seat, uint64_t most)
{
	return stateless_counts(seat->peer)->established == 0 ? 1 : most;
}

static void seat_fill(struct bench *bench)
{
	struct seat *seat = bench->topology_state;

	stateless_begin(seat->peer, STATELESS_OPEN, 0, bench->options->connections, false);
}

static void next_round(struct bench *bench)
{
	struct seat *seat = bench->topology_state;

	stateless_round(seat->peer, seat->round++);
	stateless_begin(seat->peer, STATELESS_REQUEST, 0, bench->options->connections,
			seat->notebook != NULL);
}

static void next_stretch(struct seat *seat)
{
	seat->fresh = seat->fresh + STRETCH <= stateless_most() ? seat->fresh : 0;
	stateless_begin(seat->peer, STATELESS_OPEN, seat->fresh, STRETCH, false);
	seat->fresh += STRETCH;
}

static void seat_start(struct bench *bench)
{
	const struct options *options = bench->options;
	struct seat *seat = bench->topology_state;

	seat->begun = true;
	seat->before = stateless_walked(seat->peer);
	if (seat->standing) {
		if (!seat->walks)
			stateless_live(seat->peer, STATELESS_ASK_AGAIN);
		next_round(bench);
	} else {
		if (options->test->exchange == EXCHANGE_ONE)
			stateless_live(seat->peer, options->closer == CLOSER_CLIENT
							   ? STATELESS_ASK_AND_CLOSE
							   : STATELESS_ASK);
		else if (options->closer == CLOSER_CLIENT)
			stateless_live(seat->peer, STATELESS_CONNECT);
		next_stretch(seat);
	}
}

/* What the peer does in this breath, and what is known of it. */
static void steer_peer(struct bench *bench, struct seat *seat)
{
	const struct stateless_counts *counts = stateless_counts(seat->peer);
	const uint32_t connections = bench->options->connections;

	bench->tally.opened = counts->established;
	bench->tally.done = seat->standing ? counts->responses : counts->fins_in;
	if (!bench->load.stopped)
		bench->tally.failed[LA_REASON_RESET] = counts->resets_in;
	if (!seat->begun) {
		bench->load.established = (uint32_t)counts->established;
		stateless_may_walk(seat->peer, held_back(seat, connections));
		return;
	}
	if (bench->load.stopped) {
		stateless_live(seat->peer, STATELESS_HOLD);
		stateless_may_walk(seat->peer, 0);
	} else if (!seat->standing) {
		stateless_may_walk(seat->peer,
				   held_back(seat, seat->before + bench->tally.done + seat->most));
		if (stateless_progress(seat->peer) == STRETCH)
			next_stretch(seat);
	} else {
		stateless_may_walk(seat->peer, seat->before + seat->most +
						       (seat->walks ? bench->tally.done : 0));
		if (seat->walks && stateless_progress(seat->peer) == connections)
			next_round(bench);
	}
}

static void seat_breathe(struct bench *bench)
{
	steer_peer(bench, bench->topology_state);
	end_breathe(&bench->server);
}

static uint64_t seat_lost(const struct bench *bench)
{
	const struct seat *seat = bench->topology_state;

	return stateless_counts(seat->peer)->lost + stateless_counts(seat->peer)->bad;
}

static void seat_destroy(struct bench *bench)
{
	struct seat *seat = bench->topology_state;

	if (seat == NULL)
		return;
	stateless_destroy(seat->peer);
	if (bench->server.here)
		end_destroy(&bench->server);
	free(seat->notebook);
	free(seat);
	bench->topology_state = NULL;
}

/* The peer begins by itself: there are no slots. */
static void begin_nothing(struct bench *bench, uint32_t slot)
{
}

const struct topology topology_stateless = {
	.name = "stateless",
	.summary = "the server alone; a peer without memory of its connections",
	.kind = TOPOLOGY_STATELESS,
	.create = seat_create,
	.breathe = seat_breathe,
	.begin = begin_nothing,
	.fill = seat_fill,
	.start = seat_start,
	.lost = seat_lost,
	.destroy = seat_destroy,
};
