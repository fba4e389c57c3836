/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * opens: opens connections from every worker to an echo server, and looks where they complete.
 *
 *   opens EAL ARGUMENTS -- --own A.B.C.D/N --to A.B.C.D:PORT [--ports N] [--queues N]
 *         [--opens N] [--at-once N] [--ring]
 *
 * Each worker (one for each lcore) opens so many connections, to the ports PORT and up in turn,
 * sends some text, gets it back, and closes. --ring: both ends are in this process; the other one
 * is a stack of as many workers behind ports made of rings, at the address of --to.
 *
 * Exit status: 0 when every connection was opened, echoed and closed on the worker that made it.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_ring.h>

#include <lastack.h>

#define TEXT 600U
#define RINGS 4096U
#define IDLE_BREATHS 64U
#define GIVE_UP_US 120000000U

struct request {
	struct la_addr own;
	unsigned int own_length;
	struct la_endpoint to;
	unsigned int ports, queues, opens, at_once;
	bool ring;
};

/* What one worker has done. Its own, until it is over. */
struct tally {
	unsigned int begun, opened, echoed, closed, astray, failed, refused, under_way;
} __attribute__((aligned(64)));

struct run {
	struct request request;
	struct la_stack *stack, *other; /* other NULL: the peer is outside */
	unsigned int workers;
	unsigned int lcores[LA_WORKERS_MAX];
	struct tally tallies[LA_WORKERS_MAX];
	unsigned int done; /* workers (atomic) */
	bool over;         /* (atomic) */
	uint64_t began_us;
};

/* ---- the client ------------------------------------------------------------------------------ */

/* The context word says which worker made the connection, so that another one would be seen. */
static struct tally *tally_of(struct run *run, struct la_worker *worker, struct la_conn conn)
{
	struct tally *tally = &run->tallies[la_worker_index(worker)];

	if (la_context(worker, conn) != la_worker_index(worker) + 1)
		tally->astray++;
	return tally;
}

static void client_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	char text[TEXT];

	tally_of(data, worker, conn)->opened++;
	for (unsigned int i = 0; i < TEXT; i++)
		text[i] = (char)(conn.id + i);
	la_send(worker, conn, text, TEXT, 0);
}

static void client_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct tally *tally = tally_of(data, worker, conn);
	char text[TEXT];

	if (la_recv_ready(worker, conn) < TEXT)
		return;
	la_recv(worker, conn, text, TEXT);
	for (unsigned int i = 0; i < TEXT; i++)
		if (text[i] != (char)(conn.id + i)) {
			la_abort(worker, conn);
			return;
		}
	tally->echoed++;
	la_end(worker, conn);
}

static void client_closed(struct la_worker *worker, struct la_conn conn, void *data,
			  enum la_reason reason)
{
	struct tally *tally = tally_of(data, worker, conn);

	tally->under_way--;
	if (reason == LA_REASON_DONE)
		tally->closed++;
	else
		tally->failed++;
}

static const struct la_service client = {
	.name = "opens",
	.opened = client_opened,
	.data = client_data,
	.closed = client_closed,
};

static void open_some(struct run *run, struct la_worker *worker, struct tally *tally)
{
	const struct request *request = &run->request;
	struct la_endpoint to = request->to;
	/* No more than can wait for ARP, until the peer is known. */
	unsigned int most = tally->opened > 0 ? request->at_once : 1;

	while (tally->begun < request->opens && tally->under_way < most) {
		struct la_conn conn;

		to.port = (uint16_t)(request->to.port + tally->begun % request->ports);
		if (la_connect(worker, NULL, &to, &client, run, NULL, &conn) != 0) {
			tally->refused++;
			return;
		}
		la_set_context(worker, conn, la_worker_index(worker) + 1);
		tally->begun++;
		tally->under_way++;
	}
}

/* ---- the server of --ring -------------------------------------------------------------------- */

static void server_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct rte_mbuf *chain;

	(void)data;
	while ((chain = la_recv_mbuf(worker, conn, TEXT)) != NULL) {
		if (la_send_mbuf(worker, conn, chain, 0) != 0) {
			rte_pktmbuf_free(chain);
			la_abort(worker, conn);
			return;
		}
	}
}

static void server_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	la_end(worker, conn);
}

static const struct la_service server = {
	.name = "echo",
	.data = server_data,
	.peer_closed = server_peer_closed,
};

/* ---- work ------------------------------------------------------------------------------------ */

static int work(void *arg)
{
	struct run *run = arg;
	struct la_worker *mine, *theirs = NULL;
	unsigned int index = 0, idle = 0;
	bool told = false;

	while (run->lcores[index] != rte_lcore_id())
		index++;
	mine = la_stack_worker(run->stack, index);
	if (run->other != NULL)
		theirs = la_stack_worker(run->other, index);
	while (!__atomic_load_n(&run->over, __ATOMIC_ACQUIRE)) {
		const struct timespec pause = { .tv_nsec = 50000 };
		struct tally *tally = &run->tallies[index];
		unsigned int did = la_worker_poll(mine);

		if (theirs != NULL)
			did += la_worker_poll(theirs);
		open_some(run, mine, tally);
		if (!told && tally->closed + tally->failed == run->request.opens) {
			__atomic_add_fetch(&run->done, 1, __ATOMIC_RELEASE);
			told = true;
		}
		idle = did == 0 ? idle + 1 : 0;
		if (idle > IDLE_BREATHS)
			nanosleep(&pause, NULL);
		/* The main lcore says when all are done. */
		if (index == 0 && (__atomic_load_n(&run->done, __ATOMIC_ACQUIRE) == run->workers ||
				   la_worker_now_us(mine) - run->began_us > GIVE_UP_US))
			__atomic_store_n(&run->over, true, __ATOMIC_RELEASE);
	}
	return 0;
}

/* ---- building -------------------------------------------------------------------------------- */

static bool build(struct run *run, const char *name, uint16_t ethdev, const struct la_addr *own,
		  struct la_stack **out)
{
	const struct la_port_config port_config = { .name = name,
						    .queues = (uint16_t)run->request.queues };
	struct la_stack_config config;
	struct la_port_info info;
	struct la_error err;
	int port;

	la_stack_config_init(&config);
	config.name = name;
	config.workers = run->workers;
	config.lcores = run->lcores;
	config.max_connections = config.max_embryos = 4096;
	config.max_time_waits = 32768;
	config.mbufs = 16384;
	config.msl_us = 100000;
	if (la_stack_create(&config, out, &err) == 0) {
		port = la_port_add_ethdev(*out, ethdev, &port_config, &err);
		if (port >= 0 &&
		    la_address_add(*out, port, own, run->request.own_length, &err) >= 0) {
			la_port_info(*out, port, &info);
			printf("%s: %u workers, %u queue pairs\n", name, run->workers, info.queues);
			return true;
		}
	}
	fprintf(stderr, "%s\n", err.text);
	return false;
}

/* Two ports, each with what the other one sends. Their numbers are a and a + 1. */
static int make_rings(const struct run *run)
{
	struct rte_ring *there[LA_WORKERS_MAX], *back[LA_WORKERS_MAX];
	unsigned int queues = run->request.queues != 0 ? run->request.queues : run->workers;
	char name[32];
	int first;

	for (unsigned int i = 0; i < queues; i++) {
		snprintf(name, sizeof(name), "there%u", i);
		there[i] = rte_ring_create(name, RINGS, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
		snprintf(name, sizeof(name), "back%u", i);
		back[i] = rte_ring_create(name, RINGS, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (there[i] == NULL || back[i] == NULL)
			return -1;
	}
	first = rte_eth_from_rings("one", back, queues, there, queues, 0);
	return rte_eth_from_rings("two", there, queues, back, queues, 0) < 0 ? -1 : first;
}

static bool build_all(struct run *run)
{
	int first = run->request.ring ? make_rings(run) : 0;
	struct la_error err;

	if (first < 0) {
		fprintf(stderr, "no ports of rings\n");
		return false;
	}
	if (!build(run, "opens", (uint16_t)first, &run->request.own, &run->stack))
		return false;
	if (!run->request.ring)
		return true;
	if (!build(run, "other", (uint16_t)(first + 1), &run->request.to.addr, &run->other))
		return false;
	for (unsigned int i = 0; i < run->request.ports; i++) {
		const struct la_endpoint local = { .port = (uint16_t)(run->request.to.port + i) };

		if (la_listen(run->other, &local, &server, NULL, NULL, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return false;
		}
	}
	return true;
}

/* ---- the command line ------------------------------------------------------------------------ */

static bool parse_addr(const char *text, char behind, struct la_addr *addr, unsigned int *number)
{
	const char *at = strchr(text, behind);
	char copy[LA_ADDR_TEXT_SIZE];

	if (at == NULL || (size_t)(at - text) >= sizeof(copy))
		return false;
	memcpy(copy, text, (size_t)(at - text));
	copy[at - text] = '\0';
	*number = (unsigned int)strtoul(at + 1, NULL, 10);
	return la_addr_parse(copy, addr) == 0;
}

static bool parse(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "own", required_argument, NULL, 'o' },
		{ "to", required_argument, NULL, 't' },
		{ "ports", required_argument, NULL, 'p' },
		{ "queues", required_argument, NULL, 'q' },
		{ "opens", required_argument, NULL, 'n' },
		{ "ring", no_argument, NULL, 'r' },
		{ "at-once", required_argument, NULL, 'a' },
		{ 0 },
	};
	unsigned int port = 0;
	int option;

	*request = (struct request){ .ports = 1, .opens = 1000, .at_once = 64 };
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned int number = optarg != NULL ? (unsigned int)strtoul(optarg, NULL, 10) : 0;

		if (option == 'o' && !parse_addr(optarg, '/', &request->own, &request->own_length))
			return false;
		if (option == 't' && !parse_addr(optarg, ':', &request->to.addr, &port))
			return false;
		request->ports = option == 'p' ? number : request->ports;
		request->queues = option == 'q' ? number : request->queues;
		request->opens = option == 'n' ? number : request->opens;
		request->at_once = option == 'a' ? number : request->at_once;
		request->ring = option == 'r' || request->ring;
		if (option == '?')
			return false;
	}
	request->to.port = (uint16_t)port;
	return request->own_length > 0 && port > 0 && request->ports > 0;
}

static uint64_t stat_of(struct la_stack *stack, unsigned int worker, const char *name)
{
	for (unsigned int i = 0; i < la_stat_count(); i++)
		if (strcmp(la_stat_name(i), name) == 0)
			return la_worker_stat(la_stack_worker(stack, worker), i);
	return 0;
}

/* A line for each worker; true if all is as it should be. */
static bool report(struct run *run)
{
	bool fine = true;

	for (unsigned int i = 0; i < run->workers; i++) {
		const struct tally *tally = &run->tallies[i];

		printf("worker=%u begun=%u opened=%u echoed=%u closed=%u astray=%u failed=%u "
		       "refused=%u "
		       "steer_out=%" PRIu64 " steer_in=%" PRIu64 " retransmits=%" PRIu64 "\n",
		       i, tally->begun, tally->opened, tally->echoed, tally->closed, tally->astray,
		       tally->failed, tally->refused, stat_of(run->stack, i, "steer_out"),
		       stat_of(run->stack, i, "steer_in"), stat_of(run->stack, i, "retransmits"));
		fine = fine && tally->opened == run->request.opens &&
		       tally->echoed == run->request.opens && tally->closed == run->request.opens &&
		       tally->astray == 0;
	}
	return fine;
}

int main(int argc, char **argv)
{
	static struct run run;
	int used = rte_eal_init(argc, argv);
	unsigned int lcore;
	bool fine;

	if (used < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0); /* so that a script can wait for a line */
	if (!parse(argc - used, argv + used, &run.request)) {
		fprintf(stderr, "opens: see the head of opens.c for its arguments\n");
		return 2;
	}
	run.lcores[run.workers++] = rte_get_main_lcore();
	RTE_LCORE_FOREACH_WORKER(lcore)
	run.lcores[run.workers++] = lcore;
	fine = build_all(&run);
	if (fine) {
		printf("ready\n");
		la_worker_poll(la_stack_worker(run.stack, 0)); /* reads the clock */
		run.began_us = la_worker_now_us(la_stack_worker(run.stack, 0));
		rte_eal_mp_remote_launch(work, &run, CALL_MAIN);
		rte_eal_mp_wait_lcore();
		fine = report(&run);
	}
	la_stack_destroy(run.stack);
	la_stack_destroy(run.other);
	rte_eal_cleanup();
	return fine ? 0 : 1;
}
