/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers on threads of their own, as in earnest: two of a server and two of a client, over ports
 * with fewer queues than workers, while other threads open and close listeners, read counters and
 * look at connections. Built for ThreadSanitizer; without it the same test shows that it works.
 */
#include "../check.h"
#include "../eal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_telemetry.h>

#include "stack/stack.h"
#include "telemetry/answer.h"

#define SERVER 0xc6120001U
#define CLIENT 0xc6120002U
#define WORKERS 2U
#define VISITS 400U /* of each worker of the client */
#define AT_ONCE 16U /* of these */
#define TEXT 3000U  /* bytes, more than a segment */
#define WIRE 4096U  /* frames on their way to a queue */
#define PATIENCE_US 60000000U

struct house {
	struct house *other;
	struct la_stack *stack;
	uint16_t queues;
	struct rte_ring *in[WORKERS];
	struct rte_mempool *pools[WORKERS];
	uint32_t dice; /* of the link; atomic */
};

/* What one thread polls; what it counts others may read. */
struct runner {
	struct house *house;
	struct la_worker *worker;
	pthread_t thread;
	unsigned int opened, wanted, active;
	uint32_t done; /* atomic */
	bool connects;
	uint32_t *over; /* atomic: everybody may go home */
};

/* ---- the link -------------------------------------------------------------------------------- */

static uint16_t house_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct house *house = ctx;
	void *frames[BURST_FRAMES];
	unsigned int taken = rte_ring_sc_dequeue_burst(house->in[queue], frames, count, NULL);
	uint16_t n = 0;

	for (unsigned int i = 0; i < taken; i++) {
		struct rte_mbuf *frame = frames[i];

		mbufs[n] = rte_pktmbuf_copy(frame, house->pools[queue], 0, UINT32_MAX);
		rte_pktmbuf_free(frame);
		n += mbufs[n] != NULL;
	}
	return n;
}

static uint16_t house_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct house *house = ctx;
	struct house *to = house->other;
	uint16_t n;

	(void)queue;
	for (n = 0; n < count; n++) {
		uint32_t dice = __atomic_add_fetch(&to->dice, 0x9e3779b9U, __ATOMIC_RELAXED);

		if (rte_ring_mp_enqueue(to->in[(dice >> 16) % to->queues], mbufs[n]) != 0)
			break;
	}
	return n;
}

static const struct la_port_ops ops = { .rx_burst = house_rx, .tx_burst = house_tx };

/* ---- services -------------------------------------------------------------------------------- */

static void server_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	size_t ready;

	(void)data;
	while ((ready = la_recv_ready(worker, conn)) > 0)
		assert_int_equal(la_send_mbuf(worker, conn, la_recv_mbuf(worker, conn, ready), 0),
				 0);
}

static void end(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	la_end(worker, conn);
}

static const struct la_service server = { .name = "server",
					  .data = server_data,
					  .peer_closed = end };

static void client_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	uint8_t text[TEXT];

	(void)data;
	memset(text, (int)conn.id, sizeof(text));
	assert_int_equal(la_send(worker, conn, text, TEXT, 0), TEXT);
}

static void client_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	uint8_t text[TEXT];

	(void)data;
	if (la_recv_ready(worker, conn) < TEXT)
		return;
	assert_int_equal(la_recv(worker, conn, text, TEXT), TEXT);
	for (unsigned int i = 0; i < TEXT; i++)
		assert_int_equal(text[i], (uint8_t)conn.id);
	la_end(worker, conn);
}

static void client_closed(struct la_worker *worker, struct la_conn conn, void *data,
			  enum la_reason reason)
{
	struct runner *runner = data;

	(void)worker, (void)conn;
	assert_int_equal(reason, LA_REASON_DONE);
	runner->active--;
	__atomic_add_fetch(&runner->done, 1, __ATOMIC_RELAXED);
}

static const struct la_service client = {
	.name = "client", .opened = client_opened, .data = client_data, .closed = client_closed
};

/* ---- threads --------------------------------------------------------------------------------- */

static void *run(void *arg)
{
	struct runner *runner = arg;
	const struct la_endpoint echo = { .addr = la_addr_from_ipv4(SERVER), .port = 7 };

	while (!__atomic_load_n(runner->over, __ATOMIC_RELAXED)) {
		struct la_conn conn;

		while (runner->connects && runner->opened < runner->wanted &&
		       runner->active < AT_ONCE) {
			assert_int_equal(la_connect(runner->worker, NULL, &echo, &client, runner,
						    NULL, &conn),
					 0);
			runner->opened++;
			runner->active++;
		}
		la_worker_poll(runner->worker);
	}
	return NULL;
}

static void build(struct house *house, struct house *other, const char *name, uint32_t address,
		  uint16_t queues)
{
	const struct la_port_config port = {
		.name = name,
		.ops = &ops,
		.ctx = house,
		.queues = queues,
		.mac = { 2, 0, 0, 0, 0, (uint8_t)address },
		.flags = LA_PORT_TX_CHAINS | LA_PORT_TX_HANDOVER,
	};
	const struct la_addr addr = la_addr_from_ipv4(address);
	struct la_stack_config config;
	struct la_error err;

	house->other = other;
	house->queues = queues;
	la_stack_config_init(&config);
	config.name = name;
	config.workers = WORKERS;
	config.max_connections = config.max_embryos = config.max_time_waits = 512;
	config.mbufs = 2048;
	if (la_stack_create(&config, &house->stack, &err) != 0)
		fail_msg("%s", err.text);
	for (unsigned int i = 0; i < queues; i++) {
		char wire[32];

		snprintf(wire, sizeof(wire), "%s-wire-%u", name, i);
		house->in[i] = rte_ring_create(wire, WIRE, -1, RING_F_SC_DEQ);
		assert_non_null(house->in[i]);
		house->pools[i] = la_worker_mempool(la_stack_worker(house->stack, i));
	}
	assert_int_equal(la_port_add(house->stack, &port, &err), 0);
	assert_int_equal(la_address_add(house->stack, 0, &addr, 24, &err), 0);
}

static void start(struct runner *runners, struct house *house, uint32_t *over, bool connects)
{
	for (unsigned int i = 0; i < WORKERS; i++) {
		runners[i].house = house;
		runners[i].worker = la_stack_worker(house->stack, i);
		runners[i].over = over;
		runners[i].connects = connects;
		runners[i].wanted = VISITS;
		assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
	}
}

static void empty(struct house *house)
{
	for (unsigned int i = 0; i < house->queues; i++) {
		void *frame;

		while (rte_ring_sc_dequeue(house->in[i], &frame) == 0)
			rte_pktmbuf_free(frame);
		rte_ring_free(house->in[i]);
	}
}

static void count(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct la_status status;

	if (la_status(worker, conn, &status) == 0)
		++*(unsigned int *)arg;
}

static void look(struct la_worker *worker, void *arg)
{
	la_worker_each(worker, 0, 512, count, arg);
}

struct limits_seen {
	struct la_limits set, reserved;
	struct la_listener_info listener;
	int number, result;
};

static void look_at_limits(struct la_worker *worker, void *arg)
{
	struct limits_seen *seen = arg;

	la_worker_limits(worker, &seen->set, &seen->reserved);
	seen->result = la_worker_listener(worker, seen->number, &seen->listener);
}

/* As low as they can be without refusing anybody: the clients have so many at once. */
static void change_limits(struct la_stack *stack, int listener)
{
	const struct la_limits low = { WORKERS * AT_ONCE + 200, 300 };
	const struct la_limits most = { LA_LIMIT_NONE, LA_LIMIT_NONE };
	struct limits_seen seen = { .number = listener };

	assert_int_equal(la_set_limits(stack, &low, NULL), 0);
	assert_int_equal(la_listener_set_limits(stack, listener, &low), 0);
	for (unsigned int i = 0; i < WORKERS; i++) {
		struct la_worker *worker = la_stack_worker(stack, i);

		assert_int_equal(
			control_ask(&worker->control, worker, look_at_limits, &seen, sizeof(seen)),
			0);
		assert_int_equal(seen.result, 0);
		assert_int_equal(seen.set.connections, low.connections);
		assert_int_equal(seen.reserved.connections, 512);
		assert_int_equal(seen.listener.limits.half_open, low.half_open);
	}
	assert_int_equal(la_set_limits(stack, &most, NULL), 0);
	assert_int_equal(la_listener_set_limits(stack, listener, &most), 0);
}

/* Everybody is looked at; reset are those of a peer that nobody is. */
static void sweep(struct la_stack *stack)
{
	static const char *const orders[] = { "0,count,all", "0,count,state=ESTABLISHED",
					      "0,reset,remote=198.51.100.0/24",
					      "4294967296,reset,idle_over_us=60000000" };

	for (unsigned int i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct rte_tel_data *out = rte_tel_data_alloc();

		assert_non_null(out);
		answer_kill_each(stack, orders[i], out);
		rte_tel_data_free(out);
	}
}

/* What an operator's threads do meanwhile. */
static void meddle(struct la_stack *stack)
{
	const struct la_endpoint more = { .addr = la_addr_from_ipv4(0), .port = 9 };
	unsigned int seen = 0;
	struct la_usage usage;
	int listener = la_listen(stack, &more, &server, NULL, NULL, NULL);

	assert_true(listener >= 0);
	assert_int_equal(la_listen(stack, &more, &server, NULL, NULL, NULL), -EADDRINUSE);
	sweep(stack);
	change_limits(stack, 0);
	change_limits(stack, listener);
	for (unsigned int i = 0; i < WORKERS; i++) {
		struct la_worker *worker = la_stack_worker(stack, i);

		la_worker_usage(worker, &usage);
		(void)la_worker_stat(worker, 0);
		assert_int_equal(control_ask(&worker->control, worker, look, &seen, sizeof(seen)),
				 0);
	}
	assert_int_equal(la_listen_end(stack, listener), 0);
	assert_int_equal(la_listen_end(stack, listener), -ENOENT);
}

static void town_of_threads(uint16_t queues)
{
	const struct la_endpoint echo = { .addr = la_addr_from_ipv4(SERVER), .port = 7 };
	struct house *server_house = calloc(1, sizeof(*server_house));
	struct house *client_house = calloc(1, sizeof(*client_house));
	struct runner servers[WORKERS] = { 0 }, clients[WORKERS] = { 0 };
	uint32_t over = 0, done = 0;

	assert_true(server_house != NULL && client_house != NULL);
	build(server_house, client_house, "server", SERVER, queues);
	build(client_house, server_house, "client", CLIENT, queues);
	assert_true(la_listen(server_house->stack, &echo, &server, NULL, NULL, NULL) >= 0);
	start(servers, server_house, &over, false);
	start(clients, client_house, &over, true);
	for (unsigned int i = 0; i < PATIENCE_US / 1000 && done < WORKERS * VISITS; i++) {
		meddle(server_house->stack);
		usleep(1000);
		done = 0;
		for (unsigned int w = 0; w < WORKERS; w++)
			done += __atomic_load_n(&clients[w].done, __ATOMIC_RELAXED);
	}
	assert_int_equal(done, WORKERS * VISITS);
	la_stack_stop(server_house->stack, 1000000);
	la_stack_stop(client_house->stack, 1000000);
	for (unsigned int i = 0;
	     i < PATIENCE_US / 1000 &&
	     !(la_stack_stopped(server_house->stack) && la_stack_stopped(client_house->stack));
	     i++)
		usleep(1000);
	assert_true(la_stack_stopped(server_house->stack));
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < WORKERS; i++) {
		pthread_join(servers[i].thread, NULL);
		pthread_join(clients[i].thread, NULL);
	}
	empty(server_house);
	empty(client_house);
	la_stack_destroy(server_house->stack);
	la_stack_destroy(client_house->stack);
	free(server_house);
	free(client_house);
}

static void two_workers_on_one_queue(void **state)
{
	(void)state;
	town_of_threads(1);
}

static void two_workers_on_two_queues(void **state)
{
	(void)state;
	town_of_threads(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_workers_on_one_queue),
		cmocka_unit_test(two_workers_on_two_queues),
	};

	return cmocka_run_group_tests_name("threads", tests, eal_setup, eal_teardown);
}
