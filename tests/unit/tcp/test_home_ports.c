/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables against the hash itself, port by port. */
#include "check.h"

#include <string.h>

#include "tcp/home_ports.h"

#include "dice.h"

static const unsigned int worker_counts[] = { 1, 2, 3, 8, 100, 128 };

static void make_rss(struct rss *rss, unsigned int workers)
{
	struct siphash_key seed = { 7, workers };
	struct random_stream random;
	uint8_t key[RSS_KEY_BYTES];

	random_init(&random, &seed);
	rss_draw_key(key, &random);
	rss_init(rss, key, workers);
}

static struct la_addr any_address(struct dice *dice, bool ipv4)
{
	struct la_addr addr;

	if (ipv4)
		return la_addr_from_ipv4(dice_next(dice));
	for (size_t i = 0; i < sizeof(addr.bytes); i++)
		addr.bytes[i] = (uint8_t)dice_next(dice);
	return addr;
}

/* Each port that comes home has a number, and no other has. */
static void check_peer(const struct rss *rss, const struct home_ports *home, unsigned int worker,
		       struct dice *dice)
{
	bool ipv4 = dice_between(dice, 0, 1) == 0;
	struct la_addr remote = any_address(dice, ipv4), local = any_address(dice, ipv4);
	uint16_t remote_port = (uint16_t)dice_next(dice);
	struct home_peer peer = home_ports_peer(home, &remote, &local, remote_port);
	static bool met[65536];
	uint32_t come = 0;

	memset(met, 0, sizeof(met));
	for (uint32_t i = 0; i < home->count; i++) {
		uint16_t port = home_ports_at(home, peer, i);

		assert_false(met[port]);
		met[port] = true;
	}
	for (uint32_t port = rss->workers == 1; port < 65536; port++) {
		uint32_t hash = rss_hash(rss, &remote, &local, remote_port, (uint16_t)port);
		bool comes = rss_owner(rss, hash) == worker;

		assert_int_equal(met[port], comes);
		come += comes;
	}
	assert_int_equal(come, home->count);
}

static void exactly_the_ports_that_come_home_have_numbers(void **state)
{
	struct dice dice = { 1 };
	struct home_ports home;
	struct rss rss;

	(void)state;
	for (size_t c = 0; c < COUNT_OF(worker_counts); c++) {
		make_rss(&rss, worker_counts[c]);
		for (unsigned int i = 0; i < 6; i++) {
			unsigned int worker = dice_between(&dice, 0, worker_counts[c] - 1);

			home_ports_init(&home, &rss, worker, 1, 65535);
			check_peer(&rss, &home, worker, &dice);
			check_peer(&rss, &home, worker, &dice);
		}
	}
}

/* All ports, shared among the workers as the entries are. */
static void workers_share_the_ports_of_a_peer(void **state)
{
	struct home_ports home;
	struct rss rss;

	(void)state;
	for (size_t c = 0; c < COUNT_OF(worker_counts); c++) {
		uint32_t sum = 0;

		make_rss(&rss, worker_counts[c]);
		for (unsigned int worker = 0; worker < worker_counts[c]; worker++) {
			home_ports_init(&home, &rss, worker, 1, 65535);
			assert_true(home.count + 1 >=
				    65536 / RSS_OWNERS * (RSS_OWNERS / worker_counts[c]));
			sum += home.count;
		}
		assert_int_equal(sum, worker_counts[c] == 1 ? 65535 : 65536);
	}
}

static void one_worker_has_the_ports_of_the_range_in_turn(void **state)
{
	struct la_addr remote = la_addr_from_ipv4(1), local = la_addr_from_ipv4(2);
	struct home_ports home;
	struct home_peer peer;
	struct rss rss;

	(void)state;
	make_rss(&rss, 1);
	for (int with = 0; with < 2; with++) {
		home_ports_init(&home, with ? &rss : NULL, 0, 10000, 65535);
		peer = home_ports_peer(&home, &remote, &local, 80);
		assert_int_equal(home.count, 55536);
		for (uint32_t i = 0; i < home.count; i++)
			assert_int_equal(home_ports_at(&home, peer, i), 10000 + i);
	}
}

/* A search does not have to pass many ports below 10,000 (or any other part) in a row. */
static void neighbours_are_far_apart(void **state)
{
	struct dice dice = { 5 };
	struct home_ports home;
	struct rss rss;

	(void)state;
	for (size_t c = 0; c < COUNT_OF(worker_counts); c++) {
		unsigned int row = 0, longest = 0;
		struct la_addr remote = any_address(&dice, true), local = any_address(&dice, true);
		struct home_peer peer;

		make_rss(&rss, worker_counts[c]);
		home_ports_init(&home, &rss, 0, 10000, 65535);
		peer = home_ports_peer(&home, &remote, &local, 443);
		for (uint32_t i = 0; i < home.count; i++) {
			row = home_ports_at(&home, peer, i) < 10000 ? row + 1 : 0;
			longest = row > longest ? row : longest;
		}
		assert_in_range(longest, 0, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_ports_that_come_home_have_numbers),
		cmocka_unit_test(workers_share_the_ports_of_a_peer),
		cmocka_unit_test(one_worker_has_the_ports_of_the_range_in_turn),
		cmocka_unit_test(neighbours_are_far_apart),
	};

	return cmocka_run_group_tests_name("home_ports", tests, NULL, NULL);
}
