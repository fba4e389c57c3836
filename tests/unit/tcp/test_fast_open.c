/* SPDX-License-Identifier: BSD-3-Clause */
/* Cookies of Fast Open (RFC 7413): of a listener, and those that an active open remembers. */
#include "check.h"

#include <stdbool.h>
#include <string.h>

#include "config/limits.h"
#include "tcp/fast_open.h"
#include "tcp/fast_open_cache.h"

#define HOUR_US FAST_OPEN_KEY_US
#define START_US (7 * HOUR_US + 5000)

static const struct siphash_key seed = { 8, 9 };

struct bench {
	struct fast_open fast;
	struct la_addr client;
	uint8_t cookie[FAST_OPEN_COOKIE_BYTES];
};

static struct bench begin(void)
{
	struct bench bench = { .client = la_addr_from_ipv4(0xc6120001) };

	fast_open_init(&bench.fast, &seed);
	fast_open_make(&bench.fast, START_US, &bench.client, 0, bench.cookie);
	return bench;
}

static bool good(struct bench *bench, uint64_t now_us)
{
	return fast_open_check(&bench->fast, now_us, &bench->client, 0, bench->cookie,
			       sizeof(bench->cookie));
}

static void every_bit_and_both_addresses_count(void **state)
{
	struct bench bench = begin();
	struct la_addr other = la_addr_from_ipv4(0xc6120002);

	(void)state;
	assert_true(good(&bench, START_US));
	for (unsigned int bit = 0; bit < 8 * FAST_OPEN_COOKIE_BYTES; bit++) {
		bench.cookie[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_false(good(&bench, START_US));
		bench.cookie[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_false(fast_open_check(&bench.fast, START_US, &other, 0, bench.cookie,
				     sizeof(bench.cookie)));
	assert_false(fast_open_check(&bench.fast, START_US, &bench.client, 1, bench.cookie,
				     sizeof(bench.cookie)));
	assert_false(fast_open_check(&bench.fast, START_US, &bench.client, 0, bench.cookie, 4));
}

/* Made early in an hour, and late in it. */
static void good_for_one_to_two_hours(void **state)
{
	struct bench bench = begin();
	uint8_t other[FAST_OPEN_COOKIE_BYTES];

	(void)state;
	assert_true(good(&bench, 8 * HOUR_US));
	assert_true(good(&bench, 9 * HOUR_US - 1));
	assert_false(good(&bench, 9 * HOUR_US));
	fast_open_make(&bench.fast, 8 * HOUR_US, &bench.client, 0, other);
	assert_memory_not_equal(other, bench.cookie, sizeof(other));
	fast_open_make(&bench.fast, 8 * HOUR_US - 1, &bench.client, 0, other);
	assert_memory_equal(other, bench.cookie, sizeof(other));
}

/* Of one stack, each with keys of its own making; one of them never made a cookie. */
static void workers_agree_without_talking(void **state)
{
	struct bench bench = begin();

	(void)state;
	fast_open_init(&bench.fast, &seed);
	assert_true(good(&bench, START_US));
	assert_true(good(&bench, START_US + HOUR_US));
	fast_open_init(&bench.fast, &seed);
	assert_true(good(&bench, START_US + HOUR_US));
	fast_open_init(&bench.fast, &(struct siphash_key){ 8, 10 });
	assert_false(good(&bench, START_US));
}

static void pending_ones_are_limited(void **state)
{
	struct bench bench = begin();
	struct fast_open *fast = &bench.fast;

	(void)state;
	for (unsigned int i = 0; i < FAST_OPEN_PENDING_MAX; i++)
		assert_true(fast_open_begin(fast, START_US));
	assert_false(fast_open_begin(fast, START_US));
	fast_open_end(fast, START_US, false);
	assert_true(fast_open_begin(fast, START_US));
	/* One that was reset keeps its place for a while. */
	fast_open_end(fast, START_US, true);
	assert_false(fast_open_begin(fast, START_US));
	assert_false(fast_open_begin(fast, START_US + FAST_OPEN_RESET_US - 1));
	assert_true(fast_open_begin(fast, START_US + FAST_OPEN_RESET_US));
}

static void servers_are_remembered_by_address(void **state)
{
	static struct fast_open_cache cache = { .key = { 1, 2 } };
	struct la_addr first = la_addr_from_ipv4(1), second = la_addr_from_ipv4(2);
	const uint8_t cookie[4] = { 9, 8, 7, 6 };

	(void)state;
	assert_null(fast_open_cache_find(&cache, &first));
	fast_open_cache_keep(&cache, &first, 1400, cookie, sizeof(cookie));
	assert_non_null(fast_open_cache_find(&cache, &first));
	assert_int_equal(fast_open_cache_find(&cache, &first)->mss, 1400);
	assert_int_equal(fast_open_cache_find(&cache, &first)->size, 4);
	assert_memory_equal(fast_open_cache_find(&cache, &first)->cookie, cookie, 4);
	assert_null(fast_open_cache_find(&cache, &second));
	fast_open_cache_refuse(&cache, &first, 77);
	assert_int_equal(fast_open_cache_find(&cache, &first)->size, 0);
	assert_int_equal(fast_open_cache_find(&cache, &first)->refused_until_us, 77);
}

/* However many there are: each is found right after, and memory does not grow. */
static void many_servers_share_the_places(void **state)
{
	static struct fast_open_cache cache = { .key = { 3, 4 } };
	unsigned int kept = 0;

	(void)state;
	for (uint32_t ip = 1; ip <= 10 * FAST_OPEN_SERVERS; ip++) {
		struct la_addr addr = la_addr_from_ipv4(ip);
		uint8_t cookie[4] = { (uint8_t)ip, (uint8_t)(ip >> 8), 1, 1 };

		fast_open_cache_keep(&cache, &addr, 1460, cookie, sizeof(cookie));
		assert_memory_equal(fast_open_cache_find(&cache, &addr)->cookie, cookie, 4);
	}
	for (uint32_t ip = 1; ip <= 10 * FAST_OPEN_SERVERS; ip++) {
		struct la_addr addr = la_addr_from_ipv4(ip);

		kept += fast_open_cache_find(&cache, &addr) != NULL;
	}
	assert_in_range(kept, FAST_OPEN_SERVERS / 2, FAST_OPEN_SERVERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_and_both_addresses_count),
		cmocka_unit_test(good_for_one_to_two_hours),
		cmocka_unit_test(workers_agree_without_talking),
		cmocka_unit_test(pending_ones_are_limited),
		cmocka_unit_test(servers_are_remembered_by_address),
		cmocka_unit_test(many_servers_share_the_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
