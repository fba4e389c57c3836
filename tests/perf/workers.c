/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * workers: what each worker of a stack gets done, each on an lcore of its own and with a peer of
 * its own: the benchmark's stateless one, behind the worker's queue. Every connection is opened by
 * the worker, so that its segments come home by themselves. workers.py sets two workers of one
 * process beside two processes of one.
 *
 *   workers [EAL OPTIONS] -- connections|requests|bytes SECONDS
 *
 * Prints for each worker: how many, seconds of its processor, packets handed over.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "lastack.h"
#include "stateless.h"

#define OWN_ADDRESS 0xc6120001U /* 198.18.0.1; nothing leaves the process */
#define GATEWAY 0xc6120002U
#define PEERS 0xc6130001U
#define PEERS_SPREAD 4096U /* addresses of peers that are connected to */
#define PORT 5001U
#define AT_ONCE 256U /* connections of a worker */
#define SMALL 64U    /* bytes of a request or an answer */
#define LARGE 1400U
#define WARM_UP_S 1

struct run;

struct lane {
	struct run *run;
	struct la_worker *worker;
	struct stateless *peer;
	uint32_t open, next_peer;
	uint64_t done;   /* what is counted */
	double cpu_s;    /* of the processor, while it was */
	uint64_t failed; /* connections that did not end well */
	int result;
} __attribute__((aligned(128)));

enum what {
	CONNECTIONS,
	REQUESTS,
	BYTES,
};

struct run {
	enum what what;
	unsigned int seconds, workers;
	struct la_stack *stack;
	struct lane lanes[RTE_MAX_LCORE];
};

/* ---- the port: queue i is the peer of worker i ----------------------------------------------- */

static uint16_t port_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct run *run = ctx;

	return stateless_ops()->rx_burst(run->lanes[queue].peer, 0, mbufs, count);
}

static uint16_t port_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct run *run = ctx;

	return stateless_ops()->tx_burst(run->lanes[queue].peer, 0, mbufs, count);
}

/* ---- the service ----------------------------------------------------------------------------- */

static struct lane *lane_of(struct run *run, struct la_worker *worker)
{
	return &run->lanes[la_worker_index(worker)];
}

static uint16_t request_bytes(const struct run *run)
{
	return run->what == BYTES ? LARGE : SMALL;
}

static void ask(struct run *run, struct la_worker *worker, struct la_conn conn)
{
	static const uint8_t text[LARGE];

	la_send(worker, conn, text, request_bytes(run), 0);
}

static void opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct run *run = data;

	if (run->what == CONNECTIONS)
		la_end(worker, conn);
	else
		ask(run, worker, conn);
}

static void answered(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct run *run = data;

	la_recv_skip(worker, conn, SIZE_MAX);
	lane_of(run, worker)->done++;
	ask(run, worker, conn);
}

static void closed(struct la_worker *worker, struct la_conn conn, void *data, enum la_reason reason)
{
	struct lane *lane = lane_of(data, worker);

	(void)conn;
	lane->open--;
	lane->done += reason == LA_REASON_DONE;
	lane->failed += reason != LA_REASON_DONE;
}

static const struct la_service service = {
	.name = "workers", .opened = opened, .data = answered, .closed = closed
};

/* ---- a worker -------------------------------------------------------------------------------- */

static double cpu_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void keep_open(struct lane *lane)
{
	while (lane->open < AT_ONCE) {
		const struct la_endpoint remote = {
			la_addr_from_ipv4(PEERS + lane->next_peer++ % PEERS_SPREAD), PORT
		};
		struct la_conn conn;

		if (la_connect(lane->worker, NULL, &remote, &service, lane->run, NULL, &conn) != 0)
			return;
		lane->open++;
	}
}

static void poll_until(struct lane *lane, uint64_t tsc)
{
	while (rte_rdtsc() < tsc) {
		keep_open(lane);
		for (unsigned int i = 0; i < 16; i++)
			la_worker_poll(lane->worker);
	}
}

static int work(void *arg)
{
	struct lane *lane = arg;
	uint64_t hz = rte_get_tsc_hz(), start = rte_rdtsc() + WARM_UP_S * hz;
	uint64_t before;
	double cpu_s;

	poll_until(lane, start);
	before = lane->done;
	cpu_s = cpu_now_s();
	poll_until(lane, start + lane->run->seconds * hz);
	lane->cpu_s = cpu_now_s() - cpu_s;
	lane->done -= before;
	return 0;
}

/* ---- building -------------------------------------------------------------------------------- */

static bool build(struct run *run, struct la_error *err)
{
	const struct la_port_config port = { .name = "peers",
					     .ops = &(const struct la_port_ops){ port_rx, port_tx },
					     .ctx = run,
					     .queues = (uint16_t)run->workers,
					     .mac = { 2, 0, 0, 0, 0, 1 },
					     .flags = LA_PORT_TX_HANDOVER };
	const struct la_addr own = la_addr_from_ipv4(OWN_ADDRESS), all = la_addr_from_ipv4(0);
	const struct la_addr gateway = la_addr_from_ipv4(GATEWAY);
	struct la_stack_config config;
	unsigned int lcores[RTE_MAX_LCORE], lcore, count = 0;

	RTE_LCORE_FOREACH(lcore)
	lcores[count++] = lcore;
	la_stack_config_init(&config);
	config.workers = run->workers;
	config.lcores = lcores;
	config.max_connections = 4096;
	config.max_time_waits = 262144;
	config.mbufs = 16384;
	if (la_stack_create(&config, &run->stack, err) != 0)
		return false;
	for (unsigned int i = 0; i < run->workers; i++) {
		struct lane *lane = &run->lanes[i];
		struct stateless_config peer = { .peer_mac = { 2, 0, 0, 0, 0, 2 },
						 .stack_mac = { 2, 0, 0, 0, 0, 1 },
						 .gateway = GATEWAY,
						 .stack = OWN_ADDRESS,
						 .stack_port = PORT,
						 .first_peer = PEERS,
						 .request = request_bytes(run),
						 .response = SMALL,
						 .offer = { .scale = true, .sack = true } };

		if (run->what == CONNECTIONS)
			peer.request = peer.response = 0;
		lane->run = run;
		lane->worker = la_stack_worker(run->stack, i);
		peer.mbufs = la_worker_mempool(lane->worker);
		lane->peer = stateless_create(&peer);
		if (lane->peer == NULL)
			return false;
	}
	return la_port_add(run->stack, &port, err) >= 0 &&
	       la_address_add(run->stack, 0, &own, 24, err) == 0 &&
	       la_route_add(run->stack, 0, &all, 0, &gateway, err) == 0;
}

static uint64_t stat_of(const struct la_worker *worker, const char *name)
{
	for (unsigned int i = 0; i < la_stat_count(); i++)
		if (strcmp(la_stat_name(i), name) == 0)
			return la_worker_stat(worker, i);
	abort();
}

static int report(const struct run *run)
{
	bool fine = true;

	for (unsigned int i = 0; i < run->workers; i++) {
		const struct lane *lane = &run->lanes[i];
		uint64_t handed = stat_of(lane->worker, "steer_out");

		printf("worker %u done %" PRIu64 " cpu %.3f handed %" PRIu64 "\n", i, lane->done,
		       lane->cpu_s, handed);
		fine = fine && lane->done > 0 && lane->failed == 0 && handed == 0;
	}
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "connections", "requests", "bytes" };
	static struct run run;
	struct la_error err = { .text = "no memory for the peers" };
	int taken = rte_eal_init(argc, argv), result;
	unsigned int lcore, i = 0;

	if (taken < 0 || argc - taken != 3)
		return EXIT_FAILURE;
	for (unsigned int what = 0; what < 3; what++)
		if (strcmp(argv[taken + 1], names[what]) == 0)
			run.what = (enum what)what;
	run.seconds = (unsigned int)atoi(argv[taken + 2]);
	run.workers = rte_lcore_count();
	if (!build(&run, &err)) {
		fprintf(stderr, "workers: %s\n", err.text);
		return EXIT_FAILURE;
	}
	/* The main lcore is the first worker's. */
	RTE_LCORE_FOREACH_WORKER(lcore)
	rte_eal_remote_launch(work, &run.lanes[++i], lcore);
	work(&run.lanes[0]);
	rte_eal_mp_wait_lcore();
	result = report(&run);
	for (i = 0; i < run.workers; i++)
		stateless_destroy(run.lanes[i].peer);
	la_stack_destroy(run.stack);
	rte_eal_cleanup();
	return result;
}
