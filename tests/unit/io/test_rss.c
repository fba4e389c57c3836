/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <string.h>

#include <rte_thash.h>

#include "io/rss.h"

static const uint8_t seed_bytes[16] = "the seed of rss";

static struct random_stream draws(void)
{
	struct random_stream random;
	struct siphash_key key;

	memcpy(&key, seed_bytes, sizeof(key));
	random_init(&random, &key);
	return random;
}

static struct la_addr address(const char *text)
{
	struct la_addr addr;

	assert_int_equal(la_addr_parse(text, &addr), 0);
	return addr;
}

static struct la_addr any_address(struct random_stream *random, bool ipv4)
{
	struct la_addr addr;

	if (ipv4)
		return la_addr_from_ipv4((uint32_t)random_u64(random));
	for (size_t i = 0; i < sizeof(addr.bytes); i++)
		addr.bytes[i] = (uint8_t)random_u64(random);
	return addr;
}

/* ---- the vectors that NIC vendors verify against ---- */

/* The key that Microsoft publishes with its vectors: 40 bytes. */
static const uint8_t published_key[RSS_KEY_BYTES] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static void rss_gives_the_published_hashes(void **state)
{
	static const struct {
		const char *remote;
		uint16_t remote_port;
		const char *local;
		uint16_t local_port;
		uint32_t hash;
	} vectors[] = {
		{ "66.9.149.187", 2794, "161.142.100.80", 1766, 0x51ccc178 },
		{ "199.92.111.2", 14230, "65.69.140.83", 4739, 0xc626b0ea },
		{ "24.19.198.95", 12898, "12.22.207.184", 38024, 0x5c2b394a },
		{ "38.27.205.30", 48228, "209.142.163.6", 2217, 0xafc7327f },
		{ "153.39.163.191", 44251, "202.188.127.2", 1303, 0x10e828a2 },
		{ "3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x40207d3d },
		{ "3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0xdde51bbf },
		{ "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024,
		  0x02d1feef },
	};
	struct rss rss;

	(void)state;
	rss_init(&rss, published_key, 1);
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct la_addr remote = address(vectors[i].remote);
		struct la_addr local = address(vectors[i].local);

		assert_int_equal(rss_hash(&rss, &remote, &local, vectors[i].remote_port,
					  vectors[i].local_port),
				 vectors[i].hash);
	}
}

/* ---- the same as DPDK computes ---- */

/* The tuple as DPDK wants it: words of host order. Returns how many. */
static uint32_t words_of(const struct la_addr *remote, const struct la_addr *local,
			 uint16_t remote_port, uint16_t local_port, uint32_t words[9])
{
	bool ipv4 = la_addr_is_ipv4(remote);
	uint32_t count = 0;

	for (unsigned int i = ipv4 ? 12 : 0; i < 16; i += 4, count++) {
		memcpy(&words[count], remote->bytes + i, 4);
		words[count] = rte_be_to_cpu_32(words[count]);
	}
	for (unsigned int i = ipv4 ? 12 : 0; i < 16; i += 4, count++) {
		memcpy(&words[count], local->bytes + i, 4);
		words[count] = rte_be_to_cpu_32(words[count]);
	}
	words[count++] = (uint32_t)remote_port << 16 | local_port;
	return count;
}

static void rss_hashes_as_dpdk_does(void **state)
{
	struct random_stream random = draws();
	uint32_t key_words[RSS_KEY_BYTES / 4];
	uint32_t converted[RSS_KEY_BYTES / 4];
	struct rss rss;

	(void)state;
	for (unsigned int round = 0; round < 2000; round++) {
		bool ipv4 = round % 2 == 0;
		struct la_addr remote = any_address(&random, ipv4);
		struct la_addr local = any_address(&random, ipv4);
		uint16_t remote_port = (uint16_t)random_u64(&random);
		uint16_t local_port = (uint16_t)random_u64(&random);
		uint32_t words[9];
		uint32_t count = words_of(&remote, &local, remote_port, local_port, words);
		uint32_t hash;

		if (round % 100 == 0) {
			uint8_t key[RSS_KEY_BYTES];

			rss_draw_key(key, &random);
			rss_init(&rss, key, 1);
			memcpy(key_words, key, sizeof(key));
			rte_convert_rss_key(key_words, converted, RSS_KEY_BYTES);
		}
		hash = rss_hash(&rss, &remote, &local, remote_port, local_port);
		assert_int_equal(hash, rte_softrss(words, count, rss.key));
		assert_int_equal(hash, rte_softrss_be(words, count, (const uint8_t *)converted));
	}
}

/* One mapped address does not make a tuple of twelve bytes. */
static void mixed_families_are_hashed_in_full(void **state)
{
	struct la_addr ipv4 = address("66.9.149.187");
	struct la_addr ipv6 = address("3ffe:2501:200:3::1");
	uint32_t words[9];
	uint32_t key_words[RSS_KEY_BYTES / 4];
	struct rss rss;

	(void)state;
	rss_init(&rss, published_key, 1);
	memcpy(key_words, published_key, sizeof(published_key));
	assert_int_equal(words_of(&ipv6, &ipv6, 1, 2, words), 9);
	for (unsigned int i = 0; i < 4; i++) {
		memcpy(&words[4 + i], ipv4.bytes + i * 4, 4);
		words[4 + i] = rte_be_to_cpu_32(words[4 + i]);
	}
	assert_int_equal(rss_hash(&rss, &ipv6, &ipv4, 1, 2),
			 rte_softrss(words, 9, (const uint8_t *)key_words));
}

/* ---- what active opens build on ---- */

static void the_share_of_a_local_port_is_added_by_xor(void **state)
{
	struct random_stream random = draws();
	struct rss rss;

	(void)state;
	rss_init(&rss, published_key, 1);
	for (unsigned int round = 0; round < 1000; round++) {
		bool ipv4 = round % 2 == 0;
		struct la_addr remote = any_address(&random, ipv4);
		struct la_addr local = any_address(&random, ipv4);
		uint16_t port = (uint16_t)random_u64(&random);

		assert_int_equal(rss_hash(&rss, &remote, &local, 443, port),
				 rss_hash(&rss, &remote, &local, 443, 0) ^
					 rss_port_share(&rss, ipv4, port));
	}
}

static void drawn_keys_let_ports_reach_every_entry(void **state)
{
	struct random_stream random = draws();
	struct rss rss;

	(void)state;
	for (unsigned int round = 0; round < 20; round++) {
		uint8_t key[RSS_KEY_BYTES];

		rss_draw_key(key, &random);
		rss_init(&rss, key, 1);
		for (int ipv4 = 0; ipv4 < 2; ipv4++) {
			unsigned int times[RSS_OWNERS] = { 0 };

			for (uint32_t port = 0; port <= UINT16_MAX; port++)
				times[rss_port_share(&rss, ipv4, (uint16_t)port) % RSS_OWNERS]++;
			for (unsigned int i = 0; i < RSS_OWNERS; i++)
				assert_int_equal(times[i], 65536 / RSS_OWNERS);
		}
	}
}

/* What the sixteen bits of an IPv4 local port span, straight from the key; a bit per pattern. */
static void span_of_ports(const uint8_t key[RSS_KEY_BYTES], uint64_t span[2])
{
	span[0] = 1;
	span[1] = 0;
	for (unsigned int bit = 80; bit < 96; bit++) {
		uint64_t wider[2] = { span[0], span[1] };
		uint64_t around = 0;
		uint32_t window;

		for (unsigned int i = 0; i < 5; i++)
			around = around << 8 | key[bit / 8 + i];
		window = (uint32_t)(around >> (8 - bit % 8)) % RSS_OWNERS;
		for (unsigned int v = 0; v < RSS_OWNERS; v++) {
			if ((span[v / 64] >> (v % 64) & 1) != 0)
				wider[(v ^ window) / 64] |= UINT64_C(1) << ((v ^ window) % 64);
		}
		span[0] = wider[0];
		span[1] = wider[1];
	}
}

/* One key in a thousand would not do: of 20,000 that are drawn, none may be of those. */
static void keys_that_reach_too_little_are_not_drawn(void **state)
{
	struct random_stream random = draws();
	unsigned int poor = 0;
	uint64_t span[2];

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		uint8_t key[RSS_KEY_BYTES];

		rss_draw_key(key, &random);
		span_of_ports(key, span);
		assert_true(span[0] == UINT64_MAX && span[1] == UINT64_MAX);
		for (unsigned int i = 0; i < RSS_KEY_BYTES; i++)
			key[i] = (uint8_t)random_u64(&random);
		span_of_ports(key, span);
		poor += span[0] != UINT64_MAX || span[1] != UINT64_MAX;
	}
	/* There are such keys, or the test would say nothing. */
	assert_in_range(poor, 5, 100);
}

/* ---- whose segment it is ---- */

static void entries_go_round_robin(void **state)
{
	static const unsigned int counts[] = { 1, 2, 3, 8, 100, 128 };
	struct rss rss;

	(void)state;
	for (size_t c = 0; c < COUNT_OF(counts); c++) {
		rss_init(&rss, published_key, counts[c]);
		assert_int_equal(rss.workers, counts[c]);
		for (uint32_t i = 0; i < RSS_OWNERS; i++) {
			assert_int_equal(rss_owner(&rss, i), i % counts[c]);
			assert_int_equal(rss_owner(&rss, 0xabcdef00 + i), i % counts[c]);
		}
	}
}

static void peers_are_spread_evenly(void **state)
{
	struct random_stream random = draws();
	struct la_addr local = address("192.0.2.1");
	unsigned int times[8] = { 0 };
	uint8_t key[RSS_KEY_BYTES];
	struct rss rss;

	(void)state;
	rss_draw_key(key, &random);
	rss_init(&rss, key, COUNT_OF(times));
	for (unsigned int i = 0; i < 80000; i++) {
		struct la_addr remote = any_address(&random, true);

		times[rss_owner(&rss, rss_hash(&rss, &remote, &local, (uint16_t)(i * 7), 80))]++;
	}
	for (size_t i = 0; i < COUNT_OF(times); i++)
		assert_in_range(times[i], 9500, 10500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rss_gives_the_published_hashes),
		cmocka_unit_test(rss_hashes_as_dpdk_does),
		cmocka_unit_test(mixed_families_are_hashed_in_full),
		cmocka_unit_test(the_share_of_a_local_port_is_added_by_xor),
		cmocka_unit_test(drawn_keys_let_ports_reach_every_entry),
		cmocka_unit_test(keys_that_reach_too_little_are_not_drawn),
		cmocka_unit_test(entries_go_round_robin),
		cmocka_unit_test(peers_are_spread_evenly),
	};

	return cmocka_run_group_tests_name("rss", tests, NULL, NULL);
}
