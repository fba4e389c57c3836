/* SPDX-License-Identifier: BSD-3-Clause */
#include "../check.h"

#include "town.h"

#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "apart.h"
#include "stack/stack.h"

#define SERVER 0xc6120001U
#define CLIENT 0xc6120002U
#define TEXT 700U

static uint64_t dice(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static uint64_t town_now(void *ctx)
{
	return ((struct town *)ctx)->now_us;
}

static void house_random(void *ctx, void *buf, size_t size)
{
	struct town_house *house = ctx;
	uint8_t *out = buf;

	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)dice(&house->seed);
}

/* ---- the link -------------------------------------------------------------------------------- */

/* As a device does: into buffers of the worker whose queue it is. */
static uint16_t house_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct town_house *house = ctx;
	struct town_queue *in = &house->in[queue];
	uint16_t n = 0;

	assert_true(queue < house->queues);
	for (n = 0; n < count && in->head != in->tail; n++) {
		struct rte_mbuf *frame = in->frames[in->head % TOWN_FRAMES];

		mbufs[n] = rte_pktmbuf_copy(frame, house->pools[queue], 0, UINT32_MAX);
		if (mbufs[n] == NULL)
			break;
		mbufs[n]->hash = frame->hash;
		mbufs[n]->ol_flags = frame->ol_flags & RTE_MBUF_F_RX_RSS_HASH;
		rte_pktmbuf_free(frame);
		in->head++;
	}
	return n;
}

/* What a NIC with the house's key would do with the frame. */
static uint16_t spread(struct town_house *to, struct rte_mbuf *mbuf)
{
	const uint8_t *at = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	const struct rss *rss = &to->stack->rss;
	struct la_addr remote, local;
	uint32_t src, dst;

	mbuf->ol_flags &= ~RTE_MBUF_F_RX_RSS_HASH;
	if (to->town->spread == TOWN_FIRST || at[12] != 8 || at[13] != 0)
		return 0;
	if (to->town->spread == TOWN_RANDOM)
		return (uint16_t)(dice(&to->town->dice) % to->queues);
	memcpy(&src, at + 26, 4);
	memcpy(&dst, at + 30, 4);
	remote = la_addr_from_ipv4(rte_be_to_cpu_32(src));
	local = la_addr_from_ipv4(rte_be_to_cpu_32(dst));
	mbuf->hash.rss = rss_hash(rss, &remote, &local, (uint16_t)(at[34] << 8 | at[35]),
				  (uint16_t)(at[36] << 8 | at[37]));
	mbuf->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
	if (to->town->spread == TOWN_RSS)
		return (uint16_t)(rss_owner(rss, mbuf->hash.rss) % to->queues);
	mbuf->hash.rss++;
	return (uint16_t)(dice(&to->town->dice) % to->queues);
}

/* LA_PORT_TX_HANDOVER: what is handed over the sender keeps no part of. */
static void expect_kept_by_nobody(const struct rte_mbuf *mbuf)
{
	for (; mbuf != NULL; mbuf = mbuf->next) {
		assert_int_equal(rte_mbuf_refcnt_read(mbuf), 1);
		assert_true(RTE_MBUF_DIRECT(mbuf));
	}
}

static uint16_t house_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct town_house *house = ctx, *to = house->other;
	uint16_t n;

	assert_true(queue < house->queues);
	for (n = 0; n < count; n++) {
		struct town_queue *in = &to->in[spread(to, mbufs[n])];

		expect_kept_by_nobody(mbufs[n]);
		if (in->tail - in->head == TOWN_FRAMES)
			break;
		in->frames[in->tail++ % TOWN_FRAMES] = mbufs[n];
	}
	return n;
}

static const struct la_port_ops ops = { .rx_burst = house_rx, .tx_burst = house_tx };

/* ---- what happens to the bytes --------------------------------------------------------------- */

static void server_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct town_house *house = data;

	(void)conn;
	house->opened++;
	house->by_worker[la_worker_index(worker)]++;
}

static void server_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	size_t ready;

	(void)data;
	while ((ready = la_recv_ready(worker, conn)) > 0)
		assert_int_equal(la_send_mbuf(worker, conn, la_recv_mbuf(worker, conn, ready), 0),
				 0);
}

static void server_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	la_end(worker, conn);
}

static void count_closed(struct la_worker *worker, struct la_conn conn, void *data,
			 enum la_reason reason)
{
	struct town_house *house = data;

	(void)worker, (void)conn;
	assert_int_equal(reason, LA_REASON_DONE);
	house->closed++;
}

static const struct la_service server = {
	.name = "server",
	.opened = server_opened,
	.data = server_data,
	.peer_closed = server_peer_closed,
	.closed = count_closed,
};

static void client_ask(struct la_worker *worker, struct la_conn conn)
{
	uint8_t text[TEXT];

	for (unsigned int i = 0; i < TEXT; i++)
		text[i] = (uint8_t)(conn.id + i);
	assert_int_equal(la_send(worker, conn, text, TEXT, 0), TEXT);
}

static void client_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct town_house *house = data;

	house->opened++;
	house->by_worker[la_worker_index(worker)]++;
	if (!house->town->fast_open)
		client_ask(worker, conn);
}

static void client_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct town_house *house = data;
	uint8_t text[TEXT];

	if (la_recv_ready(worker, conn) < TEXT)
		return;
	assert_int_equal(la_recv(worker, conn, text, TEXT), TEXT);
	for (unsigned int i = 0; i < TEXT; i++)
		assert_int_equal(text[i], (uint8_t)(conn.id + i));
	house->echoed++;
	la_end(worker, conn);
}

static const struct la_service client = {
	.name = "client",
	.opened = client_opened,
	.data = client_data,
	.closed = count_closed,
};

/* ---- building -------------------------------------------------------------------------------- */

static void build(struct town *town, struct town_house *house, struct town_house *other,
		  const char *name, uint32_t address)
{
	struct la_stack_config config;
	const struct la_port_config port = {
		.name = name,
		.ops = &ops,
		.ctx = house,
		.queues = house->queues,
		.mac = { 2, 0, 0, 0, 0, (uint8_t)address },
		.flags = LA_PORT_TX_CHAINS | LA_PORT_TX_HANDOVER,
	};
	struct la_addr addr = la_addr_from_ipv4(address);
	struct la_error err;
	int number;

	house->town = town;
	house->other = other;
	house->seed = address;
	house->random = (struct la_random){ .fill = house_random, .ctx = house };
	la_stack_config_init(&config);
	config.name = name;
	config.workers = house->workers;
	config.clock = &town->clock;
	config.random = &house->random;
	config.max_connections = config.max_embryos = 2048;
	config.max_flights = 2048;
	config.max_time_waits = 1024;
	config.mbufs = town->mbufs;
	if (la_stack_create(&config, &house->stack, &err) != 0)
		fail_msg("%s", err.text);
	for (uint16_t i = 0; i < house->queues; i++)
		house->pools[i] = la_worker_mempool(la_stack_worker(house->stack, i));
	number = la_port_add(house->stack, &port, &err);
	if (number < 0 || la_address_add(house->stack, number, &addr, 24, &err) != 0)
		fail_msg("%s", err.text);
}

struct town *town_create(const struct town_plan *plan)
{
	struct town *town = calloc(1, sizeof(*town));
	const struct la_endpoint echo = { .addr = la_addr_from_ipv4(SERVER), .port = 7 };
	struct la_tcp_options options;

	assert_non_null(town);
	town->now_us = 1000000;
	town->dice = 1;
	town->spread = plan->spread;
	town->fast_open = plan->fast_open;
	town->mbufs = plan->mbufs != 0 ? plan->mbufs : 2048;
	town->clock = (struct la_clock){ .now_us = town_now, .ctx = town };
	town->server.workers = plan->server_workers;
	town->server.queues = plan->server_queues;
	town->client.workers = plan->client_workers;
	town->client.queues = plan->client_queues;
	build(town, &town->server, &town->client, "server", SERVER);
	build(town, &town->client, &town->server, "client", CLIENT);
	la_tcp_options_init(&options);
	options.fast_open = town->fast_open;
	assert_true(la_listen(town->server.stack, &echo, &server, &town->server, &options, NULL) >=
		    0);
	return town;
}

static void house_destroy(struct town_house *house)
{
	for (unsigned int i = 0; i < house->queues; i++)
		assert_int_equal(house->in[i].head, house->in[i].tail);
	for (unsigned int i = 0; i < house->workers; i++) {
		struct la_usage usage;

		la_worker_usage(la_stack_worker(house->stack, i), &usage);
		assert_int_equal(usage.connections, 0);
		assert_int_equal(usage.flights, 0);
		assert_int_equal(usage.embryos, 0);
		assert_int_equal(usage.mbufs, 0);
		assert_int_equal(usage.table_entries, usage.time_waits);
	}
	la_stack_destroy(house->stack);
}

void town_destroy(struct town *town)
{
	town_pass(town, 2000000);
	house_destroy(&town->client);
	house_destroy(&town->server);
	free(town);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void poll_worker(struct town *town, struct la_stack *stack, struct la_worker *worker)
{
	if (town->apart)
		apart_close(stack, worker);
	la_worker_poll(worker);
	if (town->apart)
		apart_open(stack, worker);
}

static void poll_house(struct town *town, struct town_house *house)
{
	unsigned int first = (unsigned int)(dice(&town->dice) % house->workers);

	for (unsigned int i = 0; i < house->workers; i++) {
		unsigned int worker = (first + i) % house->workers;

		if (town->asleep && house == &town->server && worker == house->workers - 1)
			continue;
		poll_worker(town, house->stack, la_stack_worker(house->stack, worker));
	}
}

void town_breath(struct town *town)
{
	poll_house(town, &town->client);
	poll_house(town, &town->server);
}

void town_pass(struct town *town, uint64_t us)
{
	uint64_t end = town->now_us + us;

	while (town->now_us < end) {
		/* Closing memory is slow: fewer and longer steps then. */
		town->now_us += town->apart ? 50 * WHEEL_TICK_US : WHEEL_TICK_US;
		town_breath(town);
	}
}

void town_visit(struct town *town, unsigned int worker, unsigned int count)
{
	const struct la_endpoint echo = { .addr = la_addr_from_ipv4(SERVER), .port = 7 };

	struct la_worker *from = la_stack_worker(town->client.stack, worker);
	struct la_tcp_options options;

	la_tcp_options_init(&options);
	options.fast_open = town->fast_open;
	for (unsigned int i = 0; i < count; i++) {
		struct la_conn conn;

		assert_int_equal(
			la_connect(from, NULL, &echo, &client, &town->client, &options, &conn), 0);
		if (town->fast_open)
			client_ask(from, conn);
		if (i % 16 == 15)
			town_breath(town);
	}
}

uint64_t town_stat(const struct town_house *house, const char *name)
{
	uint64_t sum = 0;

	for (unsigned int stat = 0; stat < la_stat_count(); stat++)
		if (strcmp(la_stat_name(stat), name) == 0)
			for (unsigned int i = 0; i < house->workers; i++)
				sum += la_worker_stat(la_stack_worker(house->stack, i), stat);
	return sum;
}

uint64_t town_drop(const struct town_house *house, const char *name)
{
	uint64_t sum = 0;

	for (unsigned int drop = 0; drop < la_drop_count(); drop++)
		if (la_drop_name(drop) != NULL && strcmp(la_drop_name(drop), name) == 0)
			for (unsigned int i = 0; i < house->workers; i++)
				sum += la_worker_drop(la_stack_worker(house->stack, i), drop);
	return sum;
}
