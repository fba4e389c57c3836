/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * echo_server: the smallest useful program: a port, an address, a listener, a service.
 *
 * It uses nothing but the public header and DPDK. With lastack installed:
 *
 *   cc -o echo_server echo_server.c $(pkg-config --cflags --libs lastack)
 *
 * Arguments of EAL come first, then -- and the address of our own with its prefix length:
 *
 *   ./echo_server --no-huge -m 512 --no-pci --vdev=net_tap0,iface=tap0 -- 198.18.0.1/24 7
 *   ip link set tap0 address 02:00:00:00:00:02 up   (a tap's two ends come with one MAC address)
 *   ip address add 198.18.0.2/24 dev tap0
 *   nc 198.18.0.1 7
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <lastack.h>

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

/* Hands back what came, as the buffers it came in. What the send buffer cannot take stays unread,
 * and so closes the peer's window until there is room again. */
static void echo(struct la_worker *worker, struct la_conn conn, void *data)
{
	size_t ready, room;

	(void)data;
	while ((ready = la_recv_ready(worker, conn)) > 0 &&
	       (room = la_send_room(worker, conn)) > 0) {
		struct rte_mbuf *chain = la_recv_mbuf(worker, conn, ready < room ? ready : room);

		if (chain == NULL)
			break;
		if (la_send_mbuf(worker, conn, chain, 0) != 0) {
			rte_pktmbuf_free(chain); /* It is still ours. */
			la_abort(worker, conn);
			return;
		}
	}
	if (ready > 0)
		la_send_ask(worker, conn);
}

/* The peer sends no more and all of it was echoed: end our direction as well. */
static void peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	la_end(worker, conn);
}

static void closed(struct la_worker *worker, struct la_conn conn, void *data, enum la_reason reason)
{
	(void)worker;
	(void)data;
	printf("connection %llx: %s\n", (unsigned long long)conn.id, la_reason_name(reason));
}

static const struct la_service echo_service = {
	.name = "echo",
	.data = echo,
	.room = echo,
	.peer_closed = peer_closed,
	.closed = closed,
};

/* "198.18.0.1/24" in its two parts. */
static int parse_prefix(const char *text, struct la_addr *addr, unsigned int *length)
{
	char address[LA_ADDR_TEXT_SIZE];

	if (sscanf(text, "%45[^/]/%u", address, length) != 2)
		return -1;
	return la_addr_parse(address, addr);
}

static struct la_stack *build(const char *own, uint16_t tcp_port, struct la_error *err)
{
	struct la_port_config port_config = { .name = "port" };
	struct la_endpoint local = { .port = tcp_port };
	struct la_stack_config config;
	struct la_stack *stack;
	unsigned int length;
	int port;

	if (parse_prefix(own, &local.addr, &length) != 0) {
		snprintf(err->text, sizeof(err->text), "%s is not like 198.18.0.1/24", own);
		return NULL;
	}
	la_stack_config_init(&config);
	config.name = "echo";
	if (la_stack_create(&config, &stack, err) != 0)
		return NULL;
	port = la_port_add_ethdev(stack, 0, &port_config, err);
	if (port >= 0 && la_address_add(stack, port, &local.addr, length, err) >= 0 &&
	    la_listen(stack, &local, &echo_service, NULL, NULL, err) >= 0)
		return stack;
	la_stack_destroy(stack);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int used = rte_eal_init(argc, argv);
	struct la_worker *worker;
	struct la_stack *stack;
	struct la_error err;

	if (used < 0)
		return 1;
	argc -= used;
	argv += used;
	if (argc != 3 || rte_eth_dev_count_avail() == 0) {
		fprintf(stderr,
			"usage: echo_server EAL ARGUMENTS WITH A PORT -- ADDRESS/PREFIX PORT\n");
		return 2;
	}
	stack = build(argv[1], (uint16_t)atoi(argv[2]), &err);
	if (stack == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	printf("echo on %s, TCP port %s\n", argv[1], argv[2]);
	fflush(stdout);

	worker = la_stack_worker(stack, 0);
	while (!stopping)
		la_worker_poll(worker);

	/* Connections get two seconds to end in order; the rest is reset. */
	la_stack_stop(stack, 2000000);
	while (!la_stack_stopped(stack))
		la_worker_poll(worker);
	la_stack_destroy(stack);
	rte_eal_cleanup();
	return 0;
}
