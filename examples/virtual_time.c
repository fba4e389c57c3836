/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtual_time: two stacks in one thread, joined by a link in memory, on a clock of our own.
 *
 * One connects, sends, reads the echo and closes; then TIME-WAIT runs out. A minute passes on the
 * virtual clock and no time at all on the wall: the clock jumps to the next event. The same program
 * gives the same output every time, since nothing else is asked for time or randomness.
 *
 * It uses nothing but the public header and DPDK. With lastack installed:
 *
 *   cc -o virtual_time virtual_time.c $(pkg-config --cflags --libs lastack)
 *   ./virtual_time
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_mbuf.h>

#include <lastack.h>

#define LINK_DELAY_US 10000U /* from one end to the other */
#define LINK_FRAMES 256U     /* on their way in one direction, at most */
#define EAL_WORDS_MAX 16
#define STEPS_MAX 100000U /* a program that is stuck should say so */

static const char greeting[] = "hello, in virtual time\n";

/* One direction of the link: frames in the order of their arrival. */
struct link {
	struct rte_mbuf *frames[LINK_FRAMES];
	uint64_t arrival_us[LINK_FRAMES];
	uint32_t head, tail; /* free running */
};

struct end;

/* All of the world. */
struct world {
	uint64_t now_us;
	struct end *ends;
	bool client_closed;
	size_t client_received;
	enum la_reason reason;
};

/* One stack with its end of the link. */
struct end {
	const char *name;
	struct world *world;
	struct link *in, *out;
	struct la_stack *stack;
	struct la_worker *worker;
	uint64_t ladder; /* cursor */
	uint64_t seed;
	struct la_random random; /* the stack keeps a pointer to it */
};

/* ---- the three doors ------------------------------------------------------------------------- */

static uint64_t world_now_us(void *ctx)
{
	return ((struct world *)ctx)->now_us;
}

/* Good enough to play with (splitmix64), and the same in every run; a real program passes NULL. */
static void end_random(void *ctx, void *buf, size_t size)
{
	struct end *end = ctx;
	unsigned char *out = buf;

	for (size_t i = 0; i < size; i++) {
		uint64_t z = end->seed += 0x9e3779b97f4a7c15U;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
		out[i] = (unsigned char)(z >> 56);
	}
}

static uint16_t end_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct end *end = ctx;
	struct link *link = end->in;
	uint16_t n = 0;

	(void)queue;
	while (n < count && link->head != link->tail &&
	       link->arrival_us[link->head % LINK_FRAMES] <= end->world->now_us)
		mbufs[n++] = link->frames[link->head++ % LINK_FRAMES];
	return n;
}

static uint16_t end_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct end *end = ctx;
	struct link *link = end->out;
	uint16_t n = 0;

	(void)queue;
	while (n < count && link->tail - link->head < LINK_FRAMES) {
		link->arrival_us[link->tail % LINK_FRAMES] = end->world->now_us + LINK_DELAY_US;
		link->frames[link->tail++ % LINK_FRAMES] = mbufs[n++];
	}
	return n;
}

static const struct la_port_ops end_ops = { .rx_burst = end_rx, .tx_burst = end_tx };

/* ---- what the two ends do with the bytes ----------------------------------------------------- */

static void say(const struct world *world, const char *who, const char *what)
{
	printf("%12.3f ms  %-6s  %s\n", (double)world->now_us / 1000, who, what);
}

static void server_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	char bytes[512];
	ssize_t got = la_recv(worker, conn, bytes, sizeof(bytes));

	say(data, "server", "data: sends it back");
	if (got > 0)
		la_send(worker, conn, bytes, (size_t)got, 0);
}

static void server_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	say(data, "server", "the client closed: closes too");
	la_end(worker, conn);
}

static void server_closed(struct la_worker *worker, struct la_conn conn, void *data,
			  enum la_reason reason)
{
	(void)worker;
	(void)conn;
	say(data, "server", la_reason_name(reason));
}

static const struct la_service server = {
	.name = "server",
	.data = server_data,
	.peer_closed = server_peer_closed,
	.closed = server_closed,
};

static void client_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	say(data, "client", "established: says hello");
	la_send(worker, conn, greeting, sizeof(greeting) - 1, 0);
}

static void client_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct world *world = data;

	world->client_received += la_recv_skip(worker, conn, SIZE_MAX);
	if (world->client_received < sizeof(greeting) - 1)
		return;
	say(world, "client", "the echo is complete: closes");
	la_end(worker, conn);
}

static void client_closed(struct la_worker *worker, struct la_conn conn, void *data,
			  enum la_reason reason)
{
	struct world *world = data;

	(void)worker;
	(void)conn;
	world->client_closed = true;
	world->reason = reason;
	say(world, "client", la_reason_name(reason));
}

static const struct la_service client = {
	.name = "client",
	.opened = client_opened,
	.data = client_data,
	.closed = client_closed,
};

/* ---- building -------------------------------------------------------------------------------- */

static int end_create(struct end *end, const struct la_clock *clock, uint8_t number,
		      struct la_error *err)
{
	/* LA_PORT_TX_HANDOVER: a frame sent is the other stack's from then on. */
	const struct la_port_config port = {
		.name = end->name,
		.ops = &end_ops,
		.ctx = end,
		.mac = { 2, 0, 0, 0, 0, number },
		.flags = LA_PORT_TX_CHAINS | LA_PORT_TX_HANDOVER,
	};
	const struct la_addr addr = la_addr_from_ipv4(0xc6120000U + number); /* 198.18.0.number */
	struct la_stack_config config;
	int index;

	end->seed = number;
	end->random = (struct la_random){ .fill = end_random, .ctx = end };
	la_stack_config_init(&config);
	config.name = end->name;
	config.clock = clock;
	config.random = &end->random;
	config.max_connections = 16;
	config.max_flights = 0;
	config.max_embryos = 16;
	config.max_time_waits = 16;
	config.mbufs = 1024;
	if (la_stack_create(&config, &end->stack, err) != 0)
		return -1;
	index = la_port_add(end->stack, &port, err);
	if (index < 0 || la_address_add(end->stack, index, &addr, 24, err) < 0)
		return -1;
	end->worker = la_stack_worker(end->stack, 0);
	la_ladder_arm(end->worker, &(const struct la_ladder_filter){ 0 });
	return 0;
}

/* ---- time ------------------------------------------------------------------------------------ */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When something happens next: a frame arrives, or a timer expires. */
static uint64_t next_event_us(const struct world *world)
{
	uint64_t next = UINT64_MAX;

	for (int i = 0; i < 2; i++) {
		const struct end *end = &world->ends[i];

		next = earlier(next, la_worker_next_event_us(end->worker));
		if (end->in->head != end->in->tail)
			next = earlier(next, end->in->arrival_us[end->in->head % LINK_FRAMES]);
	}
	return next;
}

/* The segments that the client's side has seen since, one line each. */
static void print_ladder(struct end *end)
{
	static const char letters[] = "FSRPAU";
	struct la_rung rungs[16];
	unsigned int count;

	while ((count = la_ladder_read(end->worker, &end->ladder, rungs, 16)) > 0) {
		for (unsigned int i = 0; i < count; i++) {
			char flags[sizeof(letters)] = "";
			size_t n = 0;

			if (rungs[i].event != LA_RUNG_SEGMENT)
				continue;
			for (size_t bit = 0; bit < sizeof(letters) - 1; bit++) {
				if (rungs[i].flags & (1U << bit))
					flags[n++] = letters[bit];
			}
			flags[n] = '\0';
			printf("%12.3f ms  %-6s  %s [%s] seq %" PRIu32 " ack %" PRIu32
			       " bytes %" PRIu32 "  %s\n",
			       (double)rungs[i].time_us / 1000, end->name,
			       rungs[i].sent ? "->" : "<-", flags, rungs[i].seq, rungs[i].ack,
			       rungs[i].payload, la_state_name((enum la_state)rungs[i].state));
		}
	}
}

/* Runs until nothing is left that could happen: TIME-WAIT included. */
static bool run(struct world *world)
{
	for (unsigned int step = 0; step < STEPS_MAX; step++) {
		struct la_usage usage;
		uint64_t next;

		la_worker_poll(world->ends[0].worker);
		la_worker_poll(world->ends[1].worker);
		print_ladder(&world->ends[0]);
		la_worker_usage(world->ends[0].worker, &usage);
		if (world->client_closed && usage.time_waits == 0)
			return true;
		next = next_event_us(world);
		if (next == UINT64_MAX)
			return false;
		if (next > world->now_us)
			world->now_us = next;
	}
	return false;
}

static bool play(struct world *world)
{
	const struct la_endpoint to = { .addr = la_addr_from_ipv4(0xc6120002U), .port = 7 };
	struct la_error err;
	struct la_conn conn;

	if (la_listen(world->ends[1].stack, &to, &server, world, NULL, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return false;
	}
	if (la_connect(world->ends[0].worker, NULL, &to, &client, world, NULL, &conn) != 0)
		return false;
	if (!run(world))
		return false;
	say(world, "client", "TIME-WAIT is over");
	return world->reason == LA_REASON_DONE && world->client_received == sizeof(greeting) - 1;
}

/* Gives back what is still on the link. */
static void link_drain(struct link *link)
{
	while (link->head != link->tail)
		rte_pktmbuf_free(link->frames[link->head++ % LINK_FRAMES]);
}

int main(void)
{
	/* EAL wants a command line that it may write to. */
	char command[] = "virtual_time --no-huge -m 256 --no-pci --no-shconf --no-telemetry "
			 "--iova-mode=va --log-level=4 --file-prefix=virtual_time";
	char *eal[EAL_WORDS_MAX + 1] = { NULL };
	int words = 0;
	struct link there = { 0 }, back = { 0 };
	struct world world = { .now_us = 1000000 };
	const struct la_clock clock = { .now_us = world_now_us, .ctx = &world };
	struct end ends[2] = {
		{ .name = "client", .world = &world, .in = &back, .out = &there },
		{ .name = "server", .world = &world, .in = &there, .out = &back },
	};
	struct la_error err;
	char directory[256];
	bool fine = false;

	world.ends = ends;
	for (char *word = strtok(command, " "); word != NULL && words < EAL_WORDS_MAX;
	     word = strtok(NULL, " "))
		eal[words++] = word;
	if (rte_eal_init(words, eal) < 0)
		return 1;
	if (end_create(&ends[0], &clock, 1, &err) != 0 ||
	    end_create(&ends[1], &clock, 2, &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	else
		fine = play(&world);
	link_drain(&there);
	link_drain(&back);
	la_stack_destroy(ends[0].stack);
	la_stack_destroy(ends[1].stack);
	snprintf(directory, sizeof(directory), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(directory); /* EAL empties its directory and leaves it. */
	printf("%s\n", fine ? "done" : "something went wrong");
	return fine ? 0 : 1;
}
