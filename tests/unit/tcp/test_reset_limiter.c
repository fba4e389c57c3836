/* SPDX-License-Identifier: BSD-3-Clause */
/* RSTs without a connection: bounded for each source and in all, and nobody sees another's. */
#include "check.h"

#include <stdbool.h>

#include "lastack.h"
#include "tcp/reset_limiter.h"

static const struct siphash_key seed = { 5, 6 };

struct bench {
	struct reset_limiter limiter;
	struct random_stream random;
};

static struct bench begin(void)
{
	struct bench bench;

	random_init(&bench.random, &seed);
	reset_limiter_init(&bench.limiter, 0, &bench.random);
	return bench;
}

static unsigned int take(struct bench *bench, uint32_t ip, uint64_t now_us, unsigned int tries)
{
	struct la_addr addr = la_addr_from_ipv4(ip);
	unsigned int taken = 0;

	for (unsigned int i = 0; i < tries; i++)
		taken += reset_limiter_take(&bench->limiter, &addr, now_us, &bench->random);
	return taken;
}

static void a_source_gets_a_burst_and_then_its_rate(void **state)
{
	struct bench bench = begin();
	unsigned int total = 0;

	(void)state;
	assert_in_range(take(&bench, 1, 0, 1000), RESETS_PER_BUCKET / 2, 2 * RESETS_PER_BUCKET);
	assert_int_equal(take(&bench, 1, 0, 1000), 0);
	for (uint64_t ms = 1; ms <= 10000; ms++)
		total += take(&bench, 1, ms * 1000, 10);
	assert_in_range(total, 9 * RESETS_PER_BUCKET, 11 * RESETS_PER_BUCKET);
}

static void all_sources_together_are_bounded(void **state)
{
	struct bench bench = begin();
	unsigned int total = 0;

	(void)state;
	for (uint32_t ip = 0; ip < 200000; ip++)
		total += take(&bench, ip, 0, 1);
	assert_in_range(total, RESET_BUCKETS * RESETS_PER_BUCKET / 2,
			RESET_BUCKETS * RESETS_PER_BUCKET * 2);
}

/* The number let through is never the same for long: who counts to a missing one learns nothing. */
static void the_number_is_not_exact(void **state)
{
	struct bench bench = begin();
	unsigned int first, differs = 0;

	(void)state;
	first = take(&bench, 1, 0, 1000);
	for (uint64_t second = 2; second <= 40; second += 2)
		differs += take(&bench, 1, second * 1000000, 1000) != first;
	assert_true(differs > 5);
}

/* Few of many sources share a limit with the one that uses its own up, and after a minute others
 * do. */
static void who_shares_a_limit_is_drawn_anew(void **state)
{
	struct bench bench = begin();
	bool shared[2][4096];
	unsigned int count[2] = { 0 }, both = 0;

	(void)state;
	for (unsigned int round = 0; round < 2; round++) {
		uint64_t now_us = round * (uint64_t)RESET_KEY_US;

		take(&bench, 1, now_us, 1000);
		for (uint32_t i = 0; i < 4096; i++) {
			shared[round][i] = take(&bench, 1000 + i, now_us, 1) == 0;
			count[round] += shared[round][i];
		}
		assert_in_range(count[round], 1, 64);
	}
	for (uint32_t i = 0; i < 4096; i++)
		both += shared[0][i] && shared[1][i];
	assert_true(both < count[0]);
}

static void an_ipv6_network_is_one_source(void **state)
{
	struct bench bench = begin();
	struct la_addr addr = { .bytes = { 0x20, 0x01, 0x0d, 0xb8 } };
	unsigned int taken = 0;

	(void)state;
	for (unsigned int i = 0; i < 10000; i++) {
		addr.bytes[14] = (uint8_t)(i >> 8);
		addr.bytes[15] = (uint8_t)i;
		taken += reset_limiter_take(&bench.limiter, &addr, 0, &bench.random);
	}
	assert_in_range(taken, 1, 2 * RESETS_PER_BUCKET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_gets_a_burst_and_then_its_rate),
		cmocka_unit_test(all_sources_together_are_bounded),
		cmocka_unit_test(the_number_is_not_exact),
		cmocka_unit_test(who_shares_a_limit_is_drawn_anew),
		cmocka_unit_test(an_ipv6_network_is_one_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
