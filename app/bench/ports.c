/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ports.c: PORTS: what it costs to know the worker of a segment, beside rte_softrss_be, and to find
 * a local port whose answers come home, beside trying ports at random. One of eight workers; among
 * so many connections as were asked for, the ports of one destination are filled up.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_thash.h>

#include "base/mbufs.h"
#include "bench.h"
#include "tcp/tcp.h"
#include "turns.h"

#define WORKERS 8U
#define TUPLES 4096U
#define CHOICES 128U /* in a turn */
#define MBUFS 1024U
#define OURS 0xc6120001U
#define PEERS 0xc6130000U

/* Tuples to be hashed, as our function wants them and as DPDK's does. */
struct hashed {
	struct la_addr remote[TUPLES], local;
	uint16_t port[TUPLES];
	uint32_t words[TUPLES][9];
	uint32_t count; /**< of words */
	uint32_t key[RSS_KEY_BYTES / 4];
};

struct ports_lab {
	struct env env;
	struct net net;
	struct tcp tcp;
	struct rss rss;
	struct hashed hashed;
	uint32_t records[65536]; /**< of the destination, by local port */
	uint16_t used[65536];
	uint32_t used_count;
	uint64_t answers; /**< so that nothing is left out */
};

/* ---- the hash -------------------------------------------------------------------------------- */

static void draw_address(struct ports_lab *lab, bool ipv4, struct la_addr *addr)
{
	*addr = la_addr_from_ipv4((uint32_t)random_u64(&lab->env.random));
	for (unsigned int i = 0; i < sizeof(addr->bytes) && !ipv4; i++)
		addr->bytes[i] = (uint8_t)random_u64(&lab->env.random);
}

/* The part of an address that counts, as words of host order. */
static void add_words(struct hashed *hashed, uint32_t *words, const struct la_addr *addr, bool ipv4)
{
	for (unsigned int i = ipv4 ? 12 : 0; i < sizeof(addr->bytes); i += sizeof(uint32_t)) {
		uint32_t word;

		memcpy(&word, addr->bytes + i, sizeof(word));
		words[hashed->count++] = rte_be_to_cpu_32(word);
	}
}

static void draw_hashed(struct ports_lab *lab, bool ipv4)
{
	struct hashed *hashed = &lab->hashed;
	uint32_t key[RSS_KEY_BYTES / 4];

	memcpy(key, lab->rss.key, sizeof(key));
	rte_convert_rss_key(key, hashed->key, RSS_KEY_BYTES);
	draw_address(lab, ipv4, &hashed->local);
	for (unsigned int i = 0; i < TUPLES; i++) {
		hashed->count = 0;
		draw_address(lab, ipv4, &hashed->remote[i]);
		hashed->port[i] = (uint16_t)random_u64(&lab->env.random);
		add_words(hashed, hashed->words[i], &hashed->remote[i], ipv4);
		add_words(hashed, hashed->words[i], &hashed->local, ipv4);
		hashed->words[i][hashed->count++] = (uint32_t)hashed->port[i] << 16 | 80;
	}
}

static double hash_ours(void *state)
{
	struct ports_lab *lab = state;
	const struct hashed *hashed = &lab->hashed;
	uint64_t began = rte_rdtsc_precise();

	for (unsigned int i = 0; i < TUPLES; i++)
		lab->answers += rss_hash(&lab->rss, &hashed->remote[i], &hashed->local,
					 hashed->port[i], 80);
	return (double)(rte_rdtsc_precise() - began) / TUPLES;
}

static double hash_other(void *state)
{
	struct ports_lab *lab = state;
	struct hashed *hashed = &lab->hashed;
	uint64_t began = rte_rdtsc_precise();

	for (unsigned int i = 0; i < TUPLES; i++)
		lab->answers += rte_softrss_be(hashed->words[i], hashed->count,
					       (const uint8_t *)hashed->key);
	return (double)(rte_rdtsc_precise() - began) / TUPLES;
}

/* ---- ports ----------------------------------------------------------------------------------- */

static struct tcp_tuple destination(uint32_t number)
{
	return (struct tcp_tuple){
		.remote = la_addr_from_ipv4(PEERS + number),
		.remote_port = 443,
	};
}

static uint32_t enter(struct tcp *tcp, const struct tcp_tuple *tuple)
{
	struct table_entry entry = { .kind = RECORD_CONN, .index = pool_take(&tcp->conns) };
	struct tcp_conn *conn;

	if (entry.index == POOL_NONE)
		return POOL_NONE;
	conn = pool_at(&tcp->conns, entry.index);
	*conn = (struct tcp_conn){ .tuple = *tuple, .flight = CONN_NONE };
	if (table_insert(&tcp->table, tuple, table_hash(&tcp->table, tuple), entry) == 0)
		return entry.index;
	pool_give(&tcp->conns, entry.index);
	return POOL_NONE;
}

static void give_back(struct ports_lab *lab)
{
	uint32_t at = random_below(&lab->env.random, lab->used_count);
	uint32_t index = lab->records[lab->used[at]];
	struct table_entry entry = { .kind = RECORD_CONN, .index = index };
	const struct tcp_conn *conn = pool_at(&lab->tcp.conns, index);

	table_remove(&lab->tcp.table, table_hash(&lab->tcp.table, &conn->tuple), entry);
	ports_free(&lab->tcp.ports, &conn->tuple);
	pool_give(&lab->tcp.conns, index);
	lab->used[at] = lab->used[--lab->used_count];
}

static void take(struct ports_lab *lab, const struct tcp_tuple *tuple)
{
	lab->records[tuple->local_port] = enter(&lab->tcp, tuple);
	assert(lab->records[tuple->local_port] != POOL_NONE);
	lab->used[lab->used_count++] = tuple->local_port;
}

static bool choose_ours(struct ports_lab *lab, struct tcp_tuple *tuple)
{
	return ports_choose(&lab->tcp, tuple) == 0;
}

/* What one does who does not know that the hash is linear. */
static bool choose_by_trial(struct ports_lab *lab, struct tcp_tuple *tuple)
{
	const struct tcp *tcp = &lab->tcp;

	do {
		tuple->local_port =
			(uint16_t)(tcp->ports.first +
				   random_below(&lab->env.random,
						tcp->ports.last - tcp->ports.first + 1U));
	} while (!ports_come_home(tcp, tuple) ||
		 table_find(&tcp->table, tuple, table_hash(&tcp->table, tuple)).kind !=
			 RECORD_NONE);
	return true;
}

static double choices(struct ports_lab *lab,
		      bool (*choose)(struct ports_lab *lab, struct tcp_tuple *tuple))
{
	uint64_t cycles = 0;

	for (unsigned int i = 0; i < CHOICES; i++) {
		struct tcp_tuple tuple = destination(0);
		uint64_t began;
		bool chosen;

		began = rte_rdtsc_precise();
		chosen = choose(lab, &tuple);
		cycles += rte_rdtsc_precise() - began;
		assert(chosen);
		take(lab, &tuple);
		give_back(lab);
	}
	return (double)cycles / CHOICES;
}

static double turn_ours(void *state)
{
	return choices(state, choose_ours);
}

static double turn_by_trial(void *state)
{
	return choices(state, choose_by_trial);
}

static void measure_choices(struct bench *bench, struct ports_lab *lab)
{
	static const unsigned int percents[] = { 99, 90, 50, 0 };
	struct tcp_tuple tuple = destination(0);
	struct turns turns;
	uint32_t all;

	for (; ports_choose(&lab->tcp, &tuple) == 0; tuple = destination(0))
		take(lab, &tuple);
	/* The choices that are measured go the way of a destination that never ran dry. */
	spare_ports_init(&lab->tcp.ports.spares);
	all = lab->used_count;
	extras_add(&bench->extras, "ports_of_the_destination", all, "");
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		char name[EXTRA_NAME_SIZE];

		while (lab->used_count > (uint64_t)all * percents[i] / 100)
			give_back(lab);
		turns_take(turn_ours, turn_by_trial, lab, &turns);
		snprintf(name, sizeof(name), "choice_at_%u_percent", percents[i]);
		turns_report(bench, name, "lastack", "trial", &turns);
	}
}

static bool create(struct ports_lab *lab, uint32_t others)
{
	static const struct siphash_key seed = { 0x706f727473ULL, 1 };
	const struct tcp_config config = { .max_connections = others + 65536,
					   .max_flights = 4,
					   .max_embryos = 4,
					   .max_time_waits = 4,
					   .msl_us = 1,
					   .rss = &lab->rss };
	struct la_addr address = la_addr_from_ipv4(OURS);
	struct la_error err = { .text = "" };
	uint8_t key[RSS_KEY_BYTES];

	lab->env.numa_node = -1;
	lab->net.env = &lab->env;
	random_init(&lab->env.random, &seed);
	rss_draw_key(key, &lab->env.random);
	rss_init(&lab->rss, key, WORKERS);
	lab->env.mbufs = mbufs_create("ports", MBUFS, MBUF_SIZE_DEFAULT, -1);
	if (lab->env.mbufs == NULL || address_add(&lab->net.addresses, &address, 0, 16) != 0)
		return false;
	if (tcp_create(&lab->tcp, &lab->env, &lab->net, &config, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return false;
	}
	for (uint32_t i = 0; i < others; i++) {
		struct tcp_tuple tuple = destination(1 + i / 50000);

		tuple.local_port = (uint16_t)(1 + i % 50000);
		if (enter(&lab->tcp, &tuple) == POOL_NONE)
			return false;
	}
	return true;
}

static bool measure(struct bench *bench, struct ports_lab *lab)
{
	struct turns turns;

	if (!create(lab, bench->options->connections))
		return false;
	draw_hashed(lab, true);
	turns_take(hash_ours, hash_other, lab, &turns);
	turns_report(bench, "hash_ipv4", "lastack", "rte_softrss_be", &turns);
	draw_hashed(lab, false);
	turns_take(hash_ours, hash_other, lab, &turns);
	turns_report(bench, "hash_ipv6", "lastack", "rte_softrss_be", &turns);
	measure_choices(bench, lab);
	return true;
}

static bool run_ports(struct bench *bench)
{
	struct ports_lab *lab = calloc(1, sizeof(*lab));
	bool done;

	if (lab == NULL)
		return false;
	clock_read(&bench->began);
	done = measure(bench, lab);
	clock_read(&bench->after.clock);
	bench->cut_short = bench->stop_asked();
	if (lab->tcp.table.buckets != NULL)
		tcp_destroy(&lab->tcp);
	mbufs_destroy(lab->env.mbufs);
	free(lab);
	return done;
}

const struct test test_ports = {
	.name = "PORTS",
	.summary = "the hash of workers and the choice of local ports alone",
	.exchange = EXCHANGE_ALONE,
	.takes = TAKES_TURNS | TAKES_NONE,
	.defaults = { .connections = 1000000 },
	.run = run_ports,
};
