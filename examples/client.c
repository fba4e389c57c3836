/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client: connects out to an echo server, sends bytes, reads them back, closes.
 *
 * It uses nothing but the public header and DPDK. With lastack installed:
 *
 *   cc -o client client.c $(pkg-config --cflags --libs lastack)
 *
 * Arguments of EAL come first. --close us ends our direction when the echo is complete, and we stay
 * in TIME-WAIT; --close peer waits for the server to end first, and it does.
 *
 *   ./client --no-huge -m 512 --no-pci --vdev=net_tap0,iface=tap0 -- \
 *       --own 198.18.0.1/24 --to 198.18.0.2:7 --bytes 100000 --close us
 *
 * A tap's two ends come with one MAC address. Once "connecting" is printed, give the kernel's end
 * another, or its frames are dropped as our own:
 *
 *   ip link set tap0 address 02:00:00:00:00:02 up
 *   ip address add 198.18.0.2/24 dev tap0
 *
 * Exit status: 0 when every byte came back and the connection ended in order; 1 otherwise.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_ethdev.h>

#include <lastack.h>

#define GIVE_UP_US 60000000U /* for all of it */

/* What the command line asks for. */
struct request {
	struct la_addr own;
	unsigned int own_length;
	struct la_addr gateway; /* all zero: none */
	struct la_endpoint to;
	uint64_t bytes;
	bool peer_closes;
};

/* One run: how much went out and came back. It is the service_data of the connection. */
struct run {
	const struct request *request;
	uint64_t sent;
	uint64_t received;
	bool wrong; /* a byte came back that was not sent */
	bool ended; /* our direction */
	bool closed;
	enum la_reason reason;
	uint64_t began_us;
};

static void say(const struct run *run, struct la_worker *worker, const char *what)
{
	printf("%9.3f ms  %s\n", (double)(la_worker_now_us(worker) - run->began_us) / 1000, what);
}

/* The bytes are lines of digits: what stands where follows from the position alone. */
static char byte_at(uint64_t position)
{
	return position % 64 == 63 ? '\n' : (char)('0' + (position / 64 + position % 64) % 10);
}

/* Sends what there is room for, and asks to be told of more. */
static void send_some(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct run *run = data;
	char piece[4096];

	while (run->sent < run->request->bytes) {
		size_t size = sizeof(piece);
		ssize_t taken;

		if (run->request->bytes - run->sent < size)
			size = (size_t)(run->request->bytes - run->sent);
		for (size_t i = 0; i < size; i++)
			piece[i] = byte_at(run->sent + i);
		taken = la_send(worker, conn, piece, size, 0);
		if (taken < 0)
			return;
		run->sent += (uint64_t)taken;
		if ((size_t)taken < size) {
			la_send_ask(worker, conn);
			return;
		}
	}
}

static void opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	say(data, worker, "ESTABLISHED");
	send_some(worker, conn, data);
}

static void receive(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct run *run = data;
	char piece[4096];
	ssize_t got;

	while ((got = la_recv(worker, conn, piece, sizeof(piece))) > 0) {
		for (ssize_t i = 0; i < got; i++)
			run->wrong |= piece[i] != byte_at(run->received + (uint64_t)i);
		run->received += (uint64_t)got;
	}
	if (run->received < run->request->bytes || run->ended || run->request->peer_closes)
		return;
	say(run, worker, "all is back; we close first");
	run->ended = true;
	la_end(worker, conn);
}

static void peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct run *run = data;

	say(run, worker, run->ended ? "the peer closed too" : "the peer closed first");
	if (!run->ended)
		la_end(worker, conn);
	run->ended = true;
}

static void closed(struct la_worker *worker, struct la_conn conn, void *data, enum la_reason reason)
{
	struct run *run = data;

	(void)conn;
	run->closed = true;
	run->reason = reason;
	say(run, worker, la_reason_name(reason));
}

static const struct la_service client_service = {
	.name = "client",
	.opened = opened,
	.data = receive,
	.room = send_some,
	.peer_closed = peer_closed,
	.closed = closed,
};

/* ---- the command line ------------------------------------------------------------------------ */

static bool parse_own(const char *text, struct request *request)
{
	char address[LA_ADDR_TEXT_SIZE];

	return sscanf(text, "%45[^/]/%u", address, &request->own_length) == 2 &&
	       la_addr_parse(address, &request->own) == 0;
}

static bool parse_to(const char *text, struct la_endpoint *to)
{
	char address[LA_ADDR_TEXT_SIZE];

	return sscanf(text, "%45[^:]:%" SCNu16, address, &to->port) == 2 &&
	       la_addr_parse(address, &to->addr) == 0;
}

static bool parse_request(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "own", required_argument, NULL, 'o' },
		{ "to", required_argument, NULL, 't' },
		{ "bytes", required_argument, NULL, 'b' },
		{ "close", required_argument, NULL, 'c' },
		{ "gateway", required_argument, NULL, 'g' },
		{ 0 },
	};
	bool own = false, to = false, fine = true;
	int option;

	memset(request, 0, sizeof(*request));
	request->bytes = 64;
	optind = 1;
	while (fine && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			fine = own = parse_own(optarg, request);
			break;
		case 't':
			fine = to = parse_to(optarg, &request->to);
			break;
		case 'b':
			request->bytes = strtoull(optarg, NULL, 10);
			fine = request->bytes > 0;
			break;
		case 'g':
			fine = la_addr_parse(optarg, &request->gateway) == 0;
			break;
		case 'c':
			request->peer_closes = strcmp(optarg, "peer") == 0;
			fine = request->peer_closes || strcmp(optarg, "us") == 0;
			break;
		default:
			fine = false;
		}
	}
	return fine && own && to && optind == argc;
}

/* ---- the stack ------------------------------------------------------------------------------- */

static struct la_stack *build(const struct request *request, struct la_error *err)
{
	const struct la_port_config port_config = { .name = "port" };
	const struct la_addr all = la_addr_from_ipv4(0);
	struct la_stack_config config;
	struct la_stack *stack;
	int port;

	la_stack_config_init(&config);
	config.name = "client";
	config.max_connections = 16;
	config.max_embryos = 16;
	config.max_time_waits = 16;
	config.mbufs = 4096;
	if (la_stack_create(&config, &stack, err) != 0)
		return NULL;
	port = la_port_add_ethdev(stack, 0, &port_config, err);
	if (port >= 0 &&
	    la_address_add(stack, port, &request->own, request->own_length, err) >= 0 &&
	    (la_addr_is_any(&request->gateway) ||
	     la_route_add(stack, port, &all, 0, &request->gateway, err) >= 0))
		return stack;
	la_stack_destroy(stack);
	return NULL;
}

/* Connects and polls until the connection has ended. True: every byte came back, in order. */
static bool run_once(struct la_stack *stack, const struct request *request)
{
	struct la_worker *worker = la_stack_worker(stack, 0);
	struct run run = { .request = request };
	struct la_conn conn;
	int code;

	la_worker_poll(worker); /* reads the clock */
	run.began_us = la_worker_now_us(worker);
	code = la_connect(worker, NULL, &request->to, &client_service, &run, NULL, &conn);
	if (code != 0) {
		fprintf(stderr, "cannot connect: %s\n", strerror(-code));
		return false;
	}
	say(&run, worker, "connecting");
	while (!run.closed && la_worker_now_us(worker) - run.began_us < GIVE_UP_US)
		la_worker_poll(worker);
	printf("%" PRIu64 " bytes sent, %" PRIu64 " received%s\n", run.sent, run.received,
	       run.wrong ? ", and they differ" : "");
	/* What closed() decided, and the last ACK, leave with the breaths after it. */
	la_stack_stop(stack, 1000000);
	do
		la_worker_poll(worker);
	while (!la_stack_stopped(stack));
	return run.closed && run.reason == LA_REASON_DONE && !run.wrong &&
	       run.received == request->bytes;
}

int main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	struct request request;
	struct la_stack *stack;
	struct la_error err;
	bool fine;

	if (used < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0); /* so that a script can wait for a line */
	if (!parse_request(argc - used, argv + used, &request) || rte_eth_dev_count_avail() == 0) {
		fprintf(stderr, "usage: client EAL ARGUMENTS WITH A PORT -- --own ADDRESS/PREFIX "
				"--to ADDRESS:PORT [--bytes N]\n"
				"              [--close us|peer] [--gateway ADDRESS]\n");
		return 2;
	}
	stack = build(&request, &err);
	if (stack == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	fine = run_once(stack, &request);
	la_stack_destroy(stack);
	rte_eal_cleanup();
	return fine ? 0 : 1;
}
