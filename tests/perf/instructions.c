/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instructions: a given number of connections and of requests, in virtual time, the same in every
 * run: for callgrind, which counts what they take (instructions.py). A server and a client of this
 * library, joined in memory. Who is polled for what has a function of its own, by which it is found
 * among the figures.
 *
 *   instructions [EAL OPTIONS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>

#include "lastack.h"
#include "wire.h"

#define SERVER_ADDRESS 0xc6120001U
#define CLIENT_ADDRESS 0xc6120002U
#define PORT 7U
#define WARM 200U         /* connections that are not counted */
#define OPENS 1000U       /* connections of which only the handshake is counted */
#define CONNECTIONS 1000U /* each with one request */
#define AT_ONCE 20U       /* of these */
#define STANDING 100U     /* connections that then stand */
#define REQUESTS 40U      /* on each of them */
#define TEXT 64U          /* bytes of a request, and of an answer */
#define STEP_US 100U
#define STEPS_MAX 100000U

struct end {
	struct la_stack *stack;
	struct la_worker *worker;
	struct la_random random;
	uint64_t seed;
};

struct run {
	uint64_t now_us;
	struct la_clock clock;
	struct wire wire;
	struct end server, client;
	unsigned int answers, closed;
	unsigned int opened;   /* handshakes that came to their end at the client */
	unsigned int requests; /* on each connection before it ends */
	bool keep;             /* connections stand when they have had them */
	struct la_conn conns[OPENS];
};

static uint64_t read_clock(void *ctx)
{
	return ((struct run *)ctx)->now_us;
}

static void fill(void *ctx, void *buf, size_t size)
{
	struct end *end = ctx;
	uint8_t *out = buf;

	for (size_t i = 0; i < size; i++) {
		end->seed = end->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		out[i] = (uint8_t)(end->seed >> 56);
	}
}

/* ---- services -------------------------------------------------------------------------------- */

static void server_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	static const uint8_t text[TEXT] = { 'a' };

	(void)data;
	for (size_t got = la_recv_skip(worker, conn, SIZE_MAX); got >= TEXT; got -= TEXT)
		la_send(worker, conn, text, TEXT, 0);
}

static void server_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	la_end(worker, conn);
}

static const struct la_service server = { .name = "server",
					  .data = server_data,
					  .peer_closed = server_peer_closed };

static void ask(struct la_worker *worker, struct la_conn conn)
{
	static const uint8_t text[TEXT] = { 'q' };

	la_send(worker, conn, text, TEXT, 0);
}

static void client_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct run *run = data;

	run->opened++;
	if (run->requests > 0)
		ask(worker, conn);
}

/* The context counts the answers of a connection. */
static void client_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct run *run = data;
	uint64_t answers = la_context(worker, conn) + 1;

	la_recv_skip(worker, conn, SIZE_MAX);
	la_set_context(worker, conn, answers);
	run->answers++;
	if (answers < run->requests)
		ask(worker, conn);
	else if (!run->keep)
		la_end(worker, conn);
}

static void client_closed(struct la_worker *worker, struct la_conn conn, void *data,
			  enum la_reason reason)
{
	struct run *run = data;

	(void)worker, (void)conn;
	if (reason != LA_REASON_DONE)
		abort();
	run->closed++;
}

static const struct la_service client = {
	.name = "client", .opened = client_opened, .data = client_data, .closed = client_closed
};

/* ---- what is counted ------------------------------------------------------------------------- */

typedef void poll_function(struct la_worker *worker);

/* The words of assembler differ, so that no two functions become one, nor the call a jump. */
#define COUNTED(name)                                                        \
	static __attribute__((noinline)) void name(struct la_worker *worker) \
	{                                                                    \
		la_worker_poll(worker);                                      \
		__asm__ volatile("# " #name ::: "memory");                   \
	}

COUNTED(warm_up)
COUNTED(server_connections)
COUNTED(client_connections)
COUNTED(server_requests)
COUNTED(client_requests)
COUNTED(passive_opens)
COUNTED(active_opens)

static void step(struct run *run, poll_function *serve, poll_function *use)
{
	run->now_us += STEP_US;
	use(run->client.worker);
	serve(run->server.worker);
}

static struct la_conn connect_one(struct run *run)
{
	const struct la_endpoint remote = { la_addr_from_ipv4(SERVER_ADDRESS), PORT };
	struct la_conn conn;

	if (la_connect(run->client.worker, NULL, &remote, &client, run, NULL, &conn) != 0)
		abort();
	return conn;
}

/* The call is part of what an active open takes. */
static __attribute__((noinline)) void active_calls(struct run *run, unsigned int from)
{
	for (unsigned int i = from; i < from + AT_ONCE; i++)
		run->conns[i] = connect_one(run);
}

/* So many connections from begin to end, AT_ONCE at a time. */
static void connections(struct run *run, unsigned int count, poll_function *serve,
			poll_function *use)
{
	unsigned int opened = 0;

	run->closed = 0;
	run->requests = 1;
	run->keep = false;
	for (unsigned int steps = 0; run->closed < count && steps < STEPS_MAX; steps++) {
		for (; opened < count && opened - run->closed < AT_ONCE; opened++)
			connect_one(run);
		step(run, serve, use);
	}
	if (run->closed != count)
		abort();
}

/* Handshakes, and nothing else: what follows them is not counted. */
static void opens(struct run *run)
{
	run->opened = run->closed = 0;
	run->requests = 0;
	run->keep = true;
	for (unsigned int count = 0; count < OPENS; count += AT_ONCE) {
		active_calls(run, count);
		for (unsigned int steps = 0; run->opened < count + AT_ONCE && steps < STEPS_MAX;
		     steps++)
			step(run, passive_opens, active_opens);
		step(run, passive_opens, active_opens);
	}
	for (unsigned int i = 0; i < OPENS; i++)
		la_end(run->client.worker, run->conns[i]);
	for (unsigned int steps = 0; run->closed < OPENS && steps < STEPS_MAX; steps++)
		step(run, warm_up, warm_up);
	if (run->opened != OPENS || run->closed != OPENS)
		abort();
}

static void requests(struct run *run)
{
	run->answers = 0;
	run->requests = 1 + REQUESTS;
	run->keep = true;
	for (unsigned int i = 0; i < STANDING; i++)
		connect_one(run);
	while (run->answers < STANDING)
		step(run, warm_up, warm_up);
	for (unsigned int steps = 0; run->answers < STANDING * (1 + REQUESTS) && steps < STEPS_MAX;
	     steps++)
		step(run, server_requests, client_requests);
	if (run->answers != STANDING * (1 + REQUESTS))
		abort();
}

/* ---- building -------------------------------------------------------------------------------- */

static void build(struct run *run, struct end *end, unsigned int which, uint32_t address)
{
	const struct la_addr addr = la_addr_from_ipv4(address);
	struct la_stack_config config;
	struct la_error err = { 0 };
	int port;

	end->seed = address;
	end->random = (struct la_random){ .fill = fill, .ctx = end };
	la_stack_config_init(&config);
	config.name = which == 0 ? "server" : "client";
	config.clock = &run->clock;
	config.random = &end->random;
	config.max_connections = config.max_embryos = config.max_time_waits = 4096;
	config.mbufs = 8192;
	if (la_stack_create(&config, &end->stack, &err) != 0 ||
	    (port = wire_attach(&run->wire, which, end->stack, 0, &err)) < 0 ||
	    la_address_add(end->stack, port, &addr, 24, &err) != 0) {
		fprintf(stderr, "instructions: %s\n", err.text);
		exit(1);
	}
	end->worker = la_stack_worker(end->stack, 0);
}

int main(int argc, char **argv)
{
	static struct run run;
	const struct la_endpoint local = { la_addr_from_ipv4(0), PORT };

	if (rte_eal_init(argc, argv) < 0 || !wire_create(&run.wire))
		return 1;
	run.now_us = 1000000;
	run.clock = (struct la_clock){ .now_us = read_clock, .ctx = &run };
	build(&run, &run.server, 0, SERVER_ADDRESS);
	build(&run, &run.client, 1, CLIENT_ADDRESS);
	if (la_listen(run.server.stack, &local, &server, NULL, NULL, NULL) < 0)
		return 1;
	connections(&run, WARM, warm_up, warm_up);
	connections(&run, CONNECTIONS, server_connections, client_connections);
	opens(&run);
	requests(&run);
	printf("connections %u\nopens %u\nrequests %u\n", CONNECTIONS, OPENS, STANDING * REQUESTS);
	wire_drain(&run.wire);
	la_stack_destroy(run.client.stack);
	la_stack_destroy(run.server.stack);
	wire_destroy(&run.wire);
	rte_eal_cleanup();
	return 0;
}
