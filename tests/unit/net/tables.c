/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tables.c: routes, own addresses, and what configuration is refused.
 */
#include "lab.h"

#include <errno.h>
#include <stdlib.h>

static struct la_addr addr(uint32_t ip)
{
	return la_addr_from_ipv4(ip);
}

static int route(struct route_table *table, uint32_t prefix, unsigned int length, uint16_t port)
{
	struct la_addr at = addr(prefix);

	return route_add(table, &at, length, port, NULL);
}

static int found(const struct route_table *table, uint32_t remote)
{
	struct la_addr at = addr(remote);
	const struct route *route = route_find(table, &at);

	return route == NULL ? -1 : route->port;
}

static void the_longest_prefix_wins_in_any_order(void **state)
{
	static const struct {
		uint32_t prefix;
		unsigned int length;
	} routes[] = { { IP(10, 0, 0, 0), 8 },
		       { IP(10, 1, 0, 0), 16 },
		       { IP(10, 1, 2, 0), 24 },
		       { IP(10, 1, 2, 3), 32 },
		       { 0, 0 },
		       { IP(10, 1, 2, 2), 31 } };
	struct la_addr six = { .bytes = { 0x20, 1 } };

	for (unsigned int first = 0; first < COUNT_OF(routes); first++) {
		struct route_table table = { 0 };

		for (unsigned int i = 0; i < COUNT_OF(routes); i++) {
			unsigned int j = (first + i * 5) % COUNT_OF(routes);

			assert_int_equal(
				route(&table, routes[j].prefix, routes[j].length, (uint16_t)j), 0);
		}
		assert_int_equal(found(&table, IP(10, 9, 9, 9)), 0);
		assert_int_equal(found(&table, IP(10, 1, 9, 9)), 1);
		assert_int_equal(found(&table, IP(10, 1, 2, 9)), 2);
		assert_int_equal(found(&table, IP(10, 1, 2, 3)), 3);
		assert_int_equal(found(&table, IP(10, 1, 2, 2)), 5);
		assert_int_equal(found(&table, IP(11, 0, 0, 0)), 4);
		assert_int_equal(found(&table, IP(255, 0, 0, 0)), 4);
		/* IPv4's default route says nothing about IPv6. */
		assert_null(route_find(&table, &six));
	}
}

static void lookup_agrees_with_a_slow_one(void **state)
{
	struct route_table *table = calloc(1, sizeof(*table));
	struct siphash_key seed = { 3, 4 };
	struct random_stream random;
	unsigned int hits = 0;

	assert_non_null(table);
	random_init(&random, &seed);
	for (unsigned int i = 0; i < ROUTES_MAX; i++) {
		unsigned int length = random_below(&random, 25);
		uint32_t mask = length == 0 ? 0 : ~0U << (32 - length);

		route(table, (uint32_t)random_u64(&random) & mask, length, (uint16_t)i);
	}
	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t remote = (uint32_t)random_u64(&random);
		int best = -1, length = -1;

		for (unsigned int j = 0; j < table->count; j++) {
			int bits = table->list[j].length - 96;
			uint32_t mask = bits == 0 ? 0 : ~0U << (32 - bits);

			if (((uint32_t)table->list[j].prefix[1] ^ remote) & mask)
				continue;
			if (bits > length) {
				length = bits;
				best = table->list[j].port;
			}
		}
		assert_int_equal(found(table, remote), best);
		hits += best >= 0;
	}
	assert_true(hits > 100);
	free(table);
}

static void routes_that_make_no_sense_are_refused(void **state)
{
	struct route_table *table = calloc(1, sizeof(*table));

	assert_non_null(table);
	assert_int_equal(route(table, IP(10, 0, 0, 1), 24, 0), -EINVAL);
	assert_int_equal(route(table, IP(10, 0, 0, 0), 33, 0), -EINVAL);
	assert_int_equal(route(table, IP(10, 0, 0, 0), 24, 0), 0);
	assert_int_equal(route(table, IP(10, 0, 0, 0), 24, 0), 0);
	assert_int_equal(table->count, 1);
	assert_int_equal(route(table, IP(10, 0, 0, 0), 24, 1), -EEXIST);
	for (uint32_t i = 1; i < ROUTES_MAX; i++)
		assert_int_equal(route(table, IP(10, 0, 0, 0) + i * 256, 24, 0), 0);
	assert_int_equal(route(table, IP(11, 0, 0, 0), 24, 0), -ENOSPC);
	free(table);
}

static void own_addresses_are_found(void **state)
{
	struct address_table *table = calloc(1, sizeof(*table));
	struct la_addr one;

	assert_non_null(table);
	for (uint32_t i = 0; i < ADDRESSES_MAX; i++) {
		one = addr(IP(10, 0, 0, 1) + i * 3);
		assert_int_equal(address_add(table, &one, 0, 8), (int)i);
		assert_int_equal(address_add(table, &one, 0, 8), -EEXIST);
	}
	one = addr(IP(11, 0, 0, 1));
	assert_int_equal(address_add(table, &one, 0, 8), -ENOSPC);
	for (uint32_t i = 0; i < ADDRESSES_MAX * 3; i++) {
		one = addr(IP(10, 0, 0, 1) + i);
		assert_int_equal(address_find(table, &one), i % 3 == 0 ? (int)i / 3 : -1);
	}
	assert_int_equal(table->prefix_count, 1);
	free(table);
}

static void broadcasts_of_our_prefixes_are_known(void **state)
{
	struct address_table *table = calloc(1, sizeof(*table));
	struct la_addr wide = addr(IP(10, 1, 2, 3)), narrow = addr(IP(192, 0, 2, 6));
	struct la_addr single = addr(IP(192, 0, 2, 33));

	assert_non_null(table);
	assert_true(address_add(table, &wide, 0, 20) >= 0);
	assert_true(address_add(table, &narrow, 0, 31) >= 0);
	assert_true(address_add(table, &single, 0, 32) >= 0);
	assert_true(address_is_broadcast(table, IP(10, 1, 15, 255)));
	assert_true(address_is_broadcast(table, IP(10, 1, 0, 0)));
	assert_true(address_is_broadcast(table, IP(255, 255, 255, 255)));
	assert_false(address_is_broadcast(table, IP(10, 1, 2, 255)));
	assert_false(address_is_broadcast(table, IP(10, 1, 31, 255)));
	/* RFC 3021: a /31 has none, and neither has a /32. */
	assert_false(address_is_broadcast(table, IP(192, 0, 2, 7)));
	assert_false(address_is_broadcast(table, IP(192, 0, 2, 6)));
	assert_false(address_is_broadcast(table, IP(192, 0, 2, 33)));
	free(table);
}

static void sources_and_mtus_are_chosen_by_route(void **state)
{
	struct lab *lab = *state;
	struct la_addr peer = addr(PEER), far = addr(FAR), tagged = addr(PEER_TAGGED);
	struct la_addr six = { .bytes = { 0x20, 1 } };

	assert_int_equal(net_source_for(&lab->net, &peer), 0);
	assert_int_equal(net_source_for(&lab->net, &far), 0);
	assert_int_equal(net_source_for(&lab->net, &tagged), 2);
	assert_int_equal(net_source_for(&lab->net, &six), -ENETUNREACH);
	assert_int_equal(net_mtu(&lab->net, &far), 1500);
	assert_int_equal(net_mtu(&lab->net, &six), 0);
	assert_int_equal(net_port_flags(&lab->net, &far), LA_PORT_TX_CHAINS);
	assert_int_equal(net_port_flags(&lab->net, &tagged), 0);
	/* Without chains a frame must fit one buffer. */
	lab->ports[0].port.mtu = 9000;
	lab->ports[1].port.mtu = 9000;
	assert_int_equal(net_mtu(&lab->net, &far), 9000);
	assert_int_equal(net_mtu(&lab->net, &tagged), MBUF_SIZE_DEFAULT - 128 + 20);
}

static void illegal_peers_are_known(void **state)
{
	static const uint32_t illegal[] = { 0,
					    IP(0, 1, 2, 3),
					    IP(127, 0, 0, 1),
					    IP(224, 0, 0, 1),
					    IP(239, 1, 1, 1),
					    IP(240, 0, 0, 1),
					    UINT32_MAX,
					    IP(198, 18, 0, 255),
					    IP(198, 18, 0, 0),
					    OURS,
					    OURS_TAGGED };
	struct lab *lab = *state;
	struct la_addr six = { .bytes = { 0x20, 1 } }, peer = addr(PEER), far = addr(FAR);

	for (unsigned int i = 0; i < COUNT_OF(illegal); i++) {
		struct la_addr one = addr(illegal[i]);

		assert_false(net_peer_legal(&lab->net, &one));
	}
	assert_false(net_peer_legal(&lab->net, &six));
	assert_true(net_peer_legal(&lab->net, &peer));
	assert_true(net_peer_legal(&lab->net, &far));
}

static int add(struct lab *lab, unsigned int port, uint32_t ip, unsigned int length)
{
	struct la_addr one = addr(ip);
	struct la_error err = { 0 };
	int rc = net_address_add(&lab->net, port, &one, length, &err);

	assert_true((rc == 0) == (err.text[0] == '\0'));
	return rc;
}

static int gate(struct lab *lab, uint32_t prefix, unsigned int length, uint32_t gateway)
{
	struct la_addr one = addr(prefix), by = addr(gateway);
	struct la_error err = { 0 };
	int rc = net_route_add(&lab->net, 0, &one, length, &by, &err);

	assert_true((rc == 0) == (err.text[0] == '\0'));
	return rc;
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(add(lab, 2, IP(10, 0, 0, 1), 24), -EINVAL);
	assert_int_equal(add(lab, 0, IP(10, 0, 0, 1), 0), -EINVAL);
	assert_int_equal(add(lab, 0, IP(10, 0, 0, 1), 33), -EINVAL);
	assert_int_equal(add(lab, 0, IP(10, 0, 0, 0), 24), -EINVAL);
	assert_int_equal(add(lab, 0, IP(10, 0, 0, 255), 24), -EINVAL);
	assert_int_equal(add(lab, 0, IP(127, 0, 0, 1), 8), -EINVAL);
	assert_int_equal(add(lab, 0, IP(224, 0, 0, 1), 24), -EINVAL);
	assert_int_equal(add(lab, 0, OURS, 24), -EEXIST);
	assert_int_equal(add(lab, 1, IP(198, 18, 0, 5), 24), -EEXIST);
	assert_int_equal(add(lab, 0, IP(10, 0, 0, 0), 31), 0);
	assert_int_equal(gate(lab, IP(10, 9, 0, 0), 16, IP(10, 77, 0, 1)), -EINVAL);
	assert_int_equal(gate(lab, IP(10, 9, 0, 0), 16, OURS), -EINVAL);
	assert_int_equal(gate(lab, IP(10, 9, 0, 1), 16, GATEWAY), -EINVAL);
	assert_int_equal(gate(lab, IP(10, 9, 0, 0), 16, PEER), 0);
	assert_int_equal(gate(lab, IP(10, 9, 0, 0), 16, GATEWAY), -EEXIST);
}

static void a_net_out_of_bounds_is_refused(void **state)
{
	struct lab *lab = *state;
	struct net *net = calloc(1, sizeof(*net));
	struct net_config config = { .neighbours = NEIGHBOURS_MIN - 1, .arp_expiry_us = SECOND_US };
	struct la_error err;

	assert_non_null(net);
	assert_int_equal(net_create(net, &lab->env, &config, &err), -EINVAL);
	assert_non_null(strstr(err.text, "neighbours"));
	config.neighbours = NEIGHBOURS_MIN;
	config.arp_expiry_us = SECOND_US - 1;
	assert_int_equal(net_create(net, &lab->env, &config, &err), -EINVAL);
	assert_non_null(strstr(err.text, "ARP"));
	free(net);
}

static void ports_that_make_no_sense_are_refused(void **state)
{
	struct lab *lab = *state;
	struct la_port_ops half = { .rx_burst = lab->ports[0].port.ops.rx_burst };
	struct la_port_config good = { .name = "x",
				       .ops = &lab->ports[0].port.ops,
				       .mac = { 2, 0, 0, 0, 0, 5 } };
	struct la_port_config bad[5];
	struct la_error err;
	struct port *port = calloc(1, sizeof(*port));

	assert_non_null(port);
	for (unsigned int i = 0; i < COUNT_OF(bad); i++)
		bad[i] = good;
	bad[0].ops = &half;
	bad[1].mac[0] = 1;
	bad[2].mac[0] = bad[2].mac[5] = 0;
	bad[3].mtu = 575;
	bad[4].vlan = 4095;
	assert_int_equal(port_init(port, &good, &lab->env.counters, &err), 0);
	assert_int_equal(port->mtu, 1500);
	for (unsigned int i = 0; i < COUNT_OF(bad); i++) {
		err.text[0] = '\0';
		assert_int_equal(port_init(port, &bad[i], &lab->env.counters, &err), -EINVAL);
		assert_non_null(strstr(err.text, "port x: "));
	}
	free(port);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int run_tables(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_wins_in_any_order),
		cmocka_unit_test(lookup_agrees_with_a_slow_one),
		cmocka_unit_test(routes_that_make_no_sense_are_refused),
		cmocka_unit_test(own_addresses_are_found),
		cmocka_unit_test(broadcasts_of_our_prefixes_are_known),
		CASE(sources_and_mtus_are_chosen_by_route),
		CASE(illegal_peers_are_known),
		CASE(configurations_that_make_no_sense_are_refused),
		CASE(a_net_out_of_bounds_is_refused),
		CASE(ports_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
