/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_ports.c: the choice of local ports over a real table of connections, whose records are no
 * more than their 4-tuples.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/mbufs.h"
#include "tcp/input.h"
#include "tcp/tcp.h"

#include "dice.h"
#include "eal.h"

#define CONNECTIONS 140000U
#define EPHEMERAL (EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1U)

struct lab {
	struct env env;
	struct net net;
	struct tcp tcp;
	struct rss rss;
	struct rte_mempool *mbufs;
	uint32_t by_port[65536]; /**< record of the destination that is watched, or POOL_NONE */
};

static int start(void **state)
{
	static struct lab lab;

	if (eal_setup(state) != 0)
		return -1;
	lab.mbufs = mbufs_create("ports", 1024, MBUF_SIZE_DEFAULT, -1);
	*state = &lab;
	return lab.mbufs == NULL ? -1 : 0;
}

static int stop(void **state)
{
	struct lab *lab = *state;

	mbufs_destroy(lab->mbufs);
	return eal_teardown(state);
}

/* One of so many workers, with two addresses of each family. */
static void open_lab(struct lab *lab, unsigned int workers, unsigned int worker)
{
	const struct tcp_config config = { .max_connections = CONNECTIONS,
					   .max_flights = 4,
					   .max_embryos = 4,
					   .max_time_waits = 1000,
					   .msl_us = 30000000,
					   .rss = &lab->rss,
					   .worker = worker };
	static const char *const addresses[] = { "198.18.0.1", "198.18.0.2", "2001:db8::1",
						 "2001:db8::2" };
	struct siphash_key seed = { 11, 12 };
	uint8_t key[RSS_KEY_BYTES];

	memset(&lab->env, 0, sizeof(lab->env));
	memset(&lab->net, 0, sizeof(lab->net));
	lab->env.mbufs = lab->mbufs;
	lab->env.numa_node = -1;
	lab->env.now_us = 1000000;
	random_init(&lab->env.random, &seed);
	lab->net.env = &lab->env;
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		struct la_addr addr;

		assert_int_equal(la_addr_parse(addresses[i], &addr), 0);
		assert_int_equal(address_add(&lab->net.addresses, &addr, 0, 16), i);
	}
	rss_draw_key(key, &lab->env.random);
	rss_init(&lab->rss, key, workers);
	assert_int_equal(tcp_create(&lab->tcp, &lab->env, &lab->net, &config, NULL), 0);
	memset(lab->by_port, 0xff, sizeof(lab->by_port));
}

static void close_lab(struct lab *lab)
{
	tcp_destroy(&lab->tcp);
	assert_int_equal(rte_mempool_in_use_count(lab->mbufs), 0);
}

static struct tcp_tuple destination(unsigned int number, uint16_t local_index)
{
	struct tcp_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.remote = la_addr_from_ipv4(0xc6130000U + number);
	if (local_index >= 2) {
		assert_int_equal(la_addr_parse("2001:db8:1::", &tuple.remote), 0);
		tuple.remote.bytes[14] = (uint8_t)(number >> 8);
		tuple.remote.bytes[15] = (uint8_t)number;
	}
	tuple.remote_port = 443;
	tuple.local_index = local_index;
	return tuple;
}

static void occupy(struct lab *lab, const struct tcp_tuple *tuple)
{
	struct table_entry entry = { .kind = RECORD_CONN, .index = pool_take(&lab->tcp.conns) };
	struct tcp_conn *conn;

	assert_int_not_equal(entry.index, POOL_NONE);
	conn = pool_at(&lab->tcp.conns, entry.index);
	*conn = (struct tcp_conn){ .tuple = *tuple, .flight = CONN_NONE };
	assert_int_equal(
		table_insert(&lab->tcp.table, tuple, table_hash(&lab->tcp.table, tuple), entry), 0);
	lab->by_port[tuple->local_port] = entry.index;
}

static void release(struct lab *lab, uint16_t port)
{
	uint32_t index = lab->by_port[port];
	struct table_entry entry = { .kind = RECORD_CONN, .index = index };
	const struct tcp_conn *conn = pool_at(&lab->tcp.conns, index);

	table_remove(&lab->tcp.table, table_hash(&lab->tcp.table, &conn->tuple), entry);
	ports_free(&lab->tcp.ports, &conn->tuple);
	pool_give(&lab->tcp.conns, index);
	lab->by_port[port] = POOL_NONE;
}

static bool is_free(const struct lab *lab, const struct tcp_tuple *tuple)
{
	return table_find(&lab->tcp.table, tuple, table_hash(&lab->tcp.table, tuple)).kind ==
	       RECORD_NONE;
}

/* Chooses a port, which must be what it should, and takes it into use. False: none is left. */
static bool open_one(struct lab *lab, struct tcp_tuple tuple)
{
	struct tcp_tuple guessed = tuple;
	struct port_guess guess;
	bool right = ports_guess(&lab->tcp, &guessed, &guess) && is_free(lab, &guessed);
	int result = ports_choose(&lab->tcp, &tuple);

	/* A guess that is right is the choice, and the search goes on from there as well. */
	if (right) {
		assert_int_equal(result, 0);
		assert_int_equal(guessed.local_port, tuple.local_port);
		assert_int_equal(lab->tcp.ports.next[guess.place], guess.next);
	}
	if (result != 0) {
		assert_int_equal(result, -EADDRNOTAVAIL);
		return false;
	}
	assert_in_range(tuple.local_port, EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST);
	assert_int_equal(lab->by_port[tuple.local_port], POOL_NONE);
	assert_true(ports_come_home(&lab->tcp, &tuple));
	occupy(lab, &tuple);
	return true;
}

/* The ports that answers come home to, in the range. */
static uint32_t home_count(const struct lab *lab, struct tcp_tuple tuple)
{
	const struct la_addr *local = &lab->net.addresses.list[tuple.local_index].addr;
	uint32_t count = 0;

	for (uint32_t port = EPHEMERAL_PORT_FIRST; port <= EPHEMERAL_PORT_LAST; port++) {
		uint32_t hash = rss_hash(&lab->rss, &tuple.remote, local, tuple.remote_port,
					 (uint16_t)port);

		count += rss_owner(&lab->rss, hash) == lab->tcp.ports.home.worker;
	}
	return count;
}

static void every_port_that_comes_home_is_used_before_none_is_left(void **state)
{
	static const unsigned int workers[] = { 1, 2, 3, 8, 100 };
	struct lab *lab = *state;

	for (size_t i = 0; i < COUNT_OF(workers); i++) {
		for (uint16_t local = 0; local < 4; local += 2) {
			struct tcp_tuple tuple = destination((unsigned int)i, local);
			uint32_t count = 0;

			open_lab(lab, workers[i], workers[i] - 1);
			while (open_one(lab, tuple))
				count++;
			assert_int_equal(count, home_count(lab, tuple));
			assert_false(open_one(lab, tuple));
			close_lab(lab);
		}
	}
}

/* RFC 6056 3.3.4: what was given back last is taken last. */
static void a_port_just_given_back_is_not_taken_again(void **state)
{
	struct lab *lab = *state;
	struct tcp_tuple tuple = destination(1, 0);

	open_lab(lab, 2, 1);
	for (unsigned int i = 0; i < 1000; i++) {
		struct tcp_tuple chosen = tuple;
		static uint8_t seen[65536];

		assert_int_equal(ports_choose(&lab->tcp, &chosen), 0);
		assert_int_equal(seen[chosen.local_port], 0);
		seen[chosen.local_port] = 1;
		occupy(lab, &chosen);
		release(lab, chosen.local_port);
	}
	close_lab(lab);
}

/* RFC 6056 3.3.3: another destination, or another of our addresses, begins elsewhere. */
static void destinations_begin_at_places_of_their_own(void **state)
{
	static const unsigned int workers[] = { 1, 3 };
	struct lab *lab = *state;

	for (size_t w = 0; w < COUNT_OF(workers); w++) {
		unsigned int eighths[8] = { 0 };
		unsigned int same = 0;

		open_lab(lab, workers[w], 0);
		for (unsigned int i = 0; i < 4000; i++) {
			struct tcp_tuple one = destination(i, 0), other = destination(i, 1);

			assert_int_equal(ports_choose(&lab->tcp, &one), 0);
			assert_int_equal(ports_choose(&lab->tcp, &other), 0);
			same += one.local_port == other.local_port;
			eighths[(one.local_port - EPHEMERAL_PORT_FIRST) * 8U / EPHEMERAL]++;
		}
		assert_in_range(same, 0, 4);
		/* With several workers a port behind one below the range is met more often. */
		for (size_t i = 0; i < COUNT_OF(eighths); i++)
			assert_in_range(eighths[i], workers[w] == 1 ? 400 : 300,
					workers[w] == 1 ? 600 : 1000);
		close_lab(lab);
	}
}

/* Another key, other ports: nobody else can tell which comes next. */
static void another_secret_gives_other_ports(void **state)
{
	struct lab *lab = *state;
	unsigned int same = 0;
	uint16_t before[64];

	for (unsigned int key = 0; key < 2; key++) {
		open_lab(lab, 1, 0);
		ports_init(&lab->tcp.ports, &(struct siphash_key){ key, 0 },
			   &(struct tcp_config){ .rss = NULL });
		for (unsigned int i = 0; i < COUNT_OF(before); i++) {
			struct tcp_tuple tuple = destination(i, 0);

			assert_int_equal(ports_choose(&lab->tcp, &tuple), 0);
			same += key == 1 && before[i] == tuple.local_port;
			before[i] = tuple.local_port;
		}
		close_lab(lab);
	}
	assert_in_range(same, 0, 1);
}

/* Each port of a configured range is one worker's, and there are no others. */
static void range_is_shared_by_the_workers(void **state)
{
	static const unsigned int workers[] = { 1, 2, 8 };
	struct lab *lab = *state;

	for (size_t w = 0; w < COUNT_OF(workers); w++) {
		struct tcp_config config = { .rss = &lab->rss,
					     .ephemeral_first = 1,
					     .ephemeral_last = EPHEMERAL_PORTS_MIN };
		unsigned int count = 0;

		open_lab(lab, workers[w], 0);
		for (config.worker = 0; config.worker < workers[w]; config.worker++) {
			struct tcp_tuple tuple = destination(1, 2);

			ports_init(&lab->tcp.ports, &(struct siphash_key){ 7, 8 }, &config);
			while (ports_choose(&lab->tcp, &tuple) == 0) {
				assert_in_range(tuple.local_port, 1, EPHEMERAL_PORTS_MIN);
				assert_int_equal(lab->by_port[tuple.local_port], POOL_NONE);
				occupy(lab, &tuple);
				count++;
			}
		}
		assert_int_equal(count, EPHEMERAL_PORTS_MIN);
		close_lab(lab);
	}
}

static void the_same_port_serves_another_destination(void **state)
{
	struct lab *lab = *state;
	uint32_t count = 0;

	open_lab(lab, 1, 0);
	for (unsigned int i = 0; i < 2; i++) {
		memset(lab->by_port, 0xff, sizeof(lab->by_port));
		while (open_one(lab, destination(i, 0)))
			count++;
	}
	assert_int_equal(count, 2 * EPHEMERAL);
	close_lab(lab);
}

static void ports_that_are_listened_on_are_left_out(void **state)
{
	struct lab *lab = *state;
	struct tcp_tuple tuple = destination(1, 0);
	uint32_t count = 0;
	int any, other;

	open_lab(lab, 1, 0);
	any = listener_open(&lab->tcp.listeners, 20000, LISTENER_ANY_ADDRESS, 0);
	assert_true(any >= 0 && listener_open(&lab->tcp.listeners, 20001, 0, 0) >= 0);
	other = listener_open(&lab->tcp.listeners, 20002, 1, 0);
	assert_true(other >= 0);
	while (open_one(lab, tuple))
		count++;
	/* On the other address somebody listens on 20002: that is another tuple. */
	assert_int_equal(count, EPHEMERAL - 2);
	assert_int_equal(lab->by_port[20000], POOL_NONE);
	assert_int_equal(lab->by_port[20001], POOL_NONE);
	/* One who listens no more gives his port free, though the destination had run dry. */
	assert_false(open_one(lab, tuple));
	assert_int_equal(listener_close(&lab->tcp.listeners, (uint16_t)any), 0);
	assert_true(open_one(lab, tuple));
	assert_int_not_equal(lab->by_port[20000], POOL_NONE);
	assert_false(open_one(lab, tuple));
	close_lab(lab);
}

/* Ports that come back to a destination without any are all found, and no other is. */
static void what_is_given_back_is_found_again(void **state)
{
	struct lab *lab = *state;
	struct tcp_tuple tuple = destination(1, 0), other = destination(2, 0);
	struct dice dice = { 9 };

	open_lab(lab, 8, 3);
	while (open_one(lab, tuple))
		;
	for (unsigned int round = 0; round < 300; round++) {
		unsigned int given = dice_between(&dice, 0, round % 10 == 0 ? 2000 : 20);

		for (unsigned int i = 0; i < given;) {
			uint16_t port = (uint16_t)dice_between(&dice, EPHEMERAL_PORT_FIRST, 65535);

			if (lab->by_port[port] == POOL_NONE)
				continue;
			release(lab, port);
			i++;
		}
		for (unsigned int i = 0; i < given; i++)
			assert_true(open_one(lab, tuple));
		assert_false(open_one(lab, tuple));
		/* Others are not concerned. */
		assert_int_equal(ports_choose(&lab->tcp, &other), 0);
	}
	close_lab(lab);
}

/* A port that was taken by name in the meantime is not given twice. */
static void a_spare_port_that_is_in_use_again_is_passed(void **state)
{
	struct lab *lab = *state;
	struct tcp_tuple tuple = destination(1, 0);

	open_lab(lab, 1, 0);
	while (open_one(lab, tuple))
		;
	release(lab, 30000);
	release(lab, 30001);
	tuple.local_port = 30000;
	occupy(lab, &tuple);
	assert_true(open_one(lab, tuple));
	assert_int_not_equal(lab->by_port[30001], POOL_NONE);
	assert_false(open_one(lab, tuple));
	close_lab(lab);
}

static void shortages_are_counted_by_destination(void **state)
{
	struct lab *lab = *state;
	struct tcp *tcp = &lab->tcp;
	struct tcp_tuple tuple;

	open_lab(lab, 1, 0);
	for (unsigned int i = 0; i < PORT_SHORTAGES; i++) {
		tuple = destination(i, 0);
		for (unsigned int n = 0; n <= i; n++) {
			ports_note_shortage(tcp, &tuple.remote, 443);
			lab->env.now_us++;
		}
	}
	for (unsigned int i = 0; i < PORT_SHORTAGES; i++)
		assert_int_equal(tcp->ports.shortages[i].refused, i + 1);
	/* The first is heard of again, so a new one takes the place of the second. */
	tuple = destination(0, 0);
	ports_note_shortage(tcp, &tuple.remote, 443);
	assert_int_equal(tcp->ports.shortages[0].refused, 2);
	lab->env.now_us++;
	ports_note_shortage(tcp, &tuple.remote, 80);
	assert_int_equal(tcp->ports.shortages[0].remote_port, 443);
	assert_int_equal(tcp->ports.shortages[1].remote_port, 80);
	assert_int_equal(tcp->ports.shortages[1].refused, 1);
	assert_int_equal(tcp->env->counters.stats[STAT_ports_exhausted],
			 PORT_SHORTAGES * (PORT_SHORTAGES + 1) / 2 + 2);
	close_lab(lab);
}

/* A segment for nobody: neither answered nor taken for a listener, unless it is ours. */
static void a_stranger_of_another_worker_is_dropped(void **state)
{
	struct lab *lab = *state;
	struct counters *counters = &lab->env.counters;
	unsigned int strays = 0, answered = 0;

	open_lab(lab, 2, 1);
	for (unsigned int port = 1; port <= 200; port++) {
		struct tcp_seg seg;

		memset(&seg, 0, sizeof(seg));
		seg.tuple = destination(port, 0);
		seg.tuple.local_port = (uint16_t)port;
		/* A RST is never answered: what happens to it is told by its counter alone. */
		seg.flags = TCP_RST;
		seg.mbuf = rte_pktmbuf_alloc(lab->mbufs);
		assert_non_null(seg.mbuf);
		tcp_segment_arrives(&lab->tcp, &seg);
		strays += !ports_come_home(&lab->tcp, &seg.tuple);
		answered += ports_come_home(&lab->tcp, &seg.tuple);
		assert_int_equal(counters->drops[DROP_wrong_worker], strays);
		assert_int_equal(counters->drops[DROP_closed_reset], answered);
	}
	assert_in_range(strays, 60, 140);
	close_lab(lab);
}

/* The table is not asked: a guess may be in use, is the same until one was right, and never a port
 * that is listened on. */
static void guess_goes_on_when_it_was_right(void **state)
{
	struct lab *lab = *state;
	struct tcp_tuple first = destination(1, 0), again = first, second = first;
	struct port_guess guess;

	open_lab(lab, 1, 0);
	assert_true(ports_guess(&lab->tcp, &first, &guess));
	occupy(lab, &first);
	assert_true(ports_guess(&lab->tcp, &again, &guess));
	assert_int_equal(again.local_port, first.local_port);
	assert_false(is_free(lab, &again));
	ports_guessed_right(&lab->tcp, &guess);
	assert_true(ports_guess(&lab->tcp, &second, &guess));
	assert_int_not_equal(second.local_port, first.local_port);
	assert_true(listener_open(&lab->tcp.listeners, second.local_port, 0, 0) >= 0);
	again.local_port = second.local_port;
	assert_true(ports_guess(&lab->tcp, &second, &guess));
	assert_int_not_equal(second.local_port, again.local_port);
	close_lab(lab);
}

/* What is left of a destination that ran dry only ports_choose() knows. */
static void destination_without_ports_is_not_guessed(void **state)
{
	struct lab *lab = *state;
	struct tcp_tuple tuple = destination(1, 0);
	struct port_guess guess;

	open_lab(lab, 1, 0);
	while (open_one(lab, tuple))
		;
	assert_false(ports_guess(&lab->tcp, &tuple, &guess));
	release(lab, EPHEMERAL_PORT_FIRST);
	assert_false(ports_guess(&lab->tcp, &tuple, &guess));
	assert_true(open_one(lab, tuple));
	close_lab(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guess_goes_on_when_it_was_right),
		cmocka_unit_test(range_is_shared_by_the_workers),
		cmocka_unit_test(destination_without_ports_is_not_guessed),
		cmocka_unit_test(every_port_that_comes_home_is_used_before_none_is_left),
		cmocka_unit_test(a_port_just_given_back_is_not_taken_again),
		cmocka_unit_test(destinations_begin_at_places_of_their_own),
		cmocka_unit_test(another_secret_gives_other_ports),
		cmocka_unit_test(the_same_port_serves_another_destination),
		cmocka_unit_test(ports_that_are_listened_on_are_left_out),
		cmocka_unit_test(what_is_given_back_is_found_again),
		cmocka_unit_test(a_spare_port_that_is_in_use_again_is_passed),
		cmocka_unit_test(shortages_are_counted_by_destination),
		cmocka_unit_test(a_stranger_of_another_worker_is_dropped),
	};

	return cmocka_run_group_tests_name("ports", tests, start, stop);
}
