/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ways.c: what is remembered of the way to a remote says what the tables say. Two labs do the same,
 * and one of them forgets its ways before each step: frames and drops must be equal, byte for byte.
 */
#include "lab.h"

#include "wire/ethernet.h"

#define STEPS 4000U
#define ROUNDS 12U

static const uint32_t remotes[] = {
	PEER,
	IP(198, 18, 0, 10),
	IP(198, 18, 0, 11),
	IP(198, 18, 0, 12),
	IP(198, 18, 0, 140),
	FAR,
	IP(198, 19, 5, 6),
	IP(198, 19, 7, 1),
	IP(203, 0, 113, 5),
	PEER_TAGGED,
	IP(198, 18, 1, 10),
	IP(198, 18, 0, 255),
	IP(198, 19, 7, 255),
	IP(198, 18, 0, 77),
};

struct twins {
	struct lab *both[2]; /* the second one remembers nothing */
	unsigned int news;   /* routes and addresses added so far */
};

static void add_news(struct lab *lab, unsigned int number)
{
	static const struct {
		uint32_t prefix, gateway;
		unsigned int length;
	} routes[] = {
		{ IP(198, 19, 5, 0), IP(198, 18, 0, 11), 24 },
		{ IP(198, 19, 5, 6), IP(198, 18, 0, 12), 32 },
		{ IP(203, 0, 113, 0), IP(198, 18, 1, 10), 24 },
	};
	static const uint32_t addresses[] = { IP(198, 18, 0, 77), IP(198, 19, 7, 3) };

	if (number < COUNT_OF(routes))
		lab_add_route(lab, number == 2, routes[number].prefix, routes[number].length,
			      routes[number].gateway);
	else if (number - COUNT_OF(routes) < COUNT_OF(addresses))
		lab_add_address(lab, 0, addresses[number - COUNT_OF(routes)]);
}

static void answer(struct lab *lab, uint32_t remote, uint8_t number)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 1, number };
	bool tagged = remote >> 8 == PEER_TAGGED >> 8;
	struct bytes frame = frame_arp(ARP_REPLY, mac, remote, tagged ? OURS_TAGGED : OURS);
	uint8_t tag[4] = { 0x81, 0, 0, TAG };

	if (tagged) {
		memmove(frame.at + 16, frame.at + 12, frame.size - 12);
		memcpy(frame.at + 12, tag, sizeof(tag));
		frame.size += sizeof(tag);
	}
	lab_in_by(lab, tagged, &frame);
}

static void step(struct twins *twins, struct lab *lab, uint64_t dice)
{
	uint32_t remote = remotes[(dice >> 8) % COUNT_OF(remotes)];
	struct la_addr addr = la_addr_from_ipv4(remote);
	struct egress_to to = lab_to(remote);

	switch (dice % 16) {
	case 0:
		lab_wait(lab, (dice >> 16) % (20 * SECOND_US));
		break;
	case 1:
		net_suspect(&lab->net, &addr);
		break;
	case 2:
	case 3:
	case 4:
		answer(lab, remote, (uint8_t)(dice >> 32));
		break;
	case 5:
		if ((dice >> 16) % 64 == 0)
			add_news(lab, twins->news);
		break;
	default:
		to.dont_fragment = true;
		egress_send(&lab->net, lab_segment(lab, (uint32_t)(dice >> 16) % 40), &to);
		net_flush(&lab->net);
	}
}

static void ways_say_what_the_tables_say(void **state)
{
	struct random_stream random;
	struct siphash_key seed = { 85, 0 };
	uint64_t sent = 0;

	random_init(&random, &seed);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct twins twins = { 0 };

		for (unsigned int i = 0; i < 2; i++) {
			void *lab;

			assert_int_equal(lab_setup(&lab), 0);
			twins.both[i] = lab;
		}
		for (unsigned int i = 0; i < STEPS; i++) {
			uint64_t dice = random_u64(&random);

			ways_init(&twins.both[1]->net.ways);
			step(&twins, twins.both[0], dice);
			step(&twins, twins.both[1], dice);
			twins.news += dice % 16 == 5 && (dice >> 16) % 64 == 0;
			sent += twins.both[0]->ports[0].sent_count;
			lab_assert_same(twins.both[0], twins.both[1]);
		}
		/* What waits for a neighbour is given up. */
		for (unsigned int i = 0; i < 10; i++) {
			lab_wait(twins.both[0], 2 * SECOND_US);
			lab_wait(twins.both[1], 2 * SECOND_US);
		}
		for (unsigned int i = 0; i < 2; i++) {
			void *lab = twins.both[i];

			assert_int_equal(lab_teardown(&lab), 0);
		}
	}
	assert_true(sent > ROUNDS * STEPS / 8);
}

/* The generation comes round: what was found long ago is not taken for new. */
static void old_ways_are_not_believed_when_generations_wrap(void **state)
{
	struct lab *lab = *state;
	struct la_addr far = la_addr_from_ipv4(FAR);
	struct way *way = way_find(&lab->net, &far);
	uint32_t found = lab->net.ways.generation;

	assert_non_null(way);
	way->neighbour = 5;
	assert_ptr_equal(way_find(&lab->net, &far), way);
	assert_int_equal(way->neighbour, 5);
	lab->net.ways.generation = UINT32_MAX;
	do {
		ways_forget(&lab->net.ways);
	} while (lab->net.ways.generation != found);
	assert_ptr_equal(way_find(&lab->net, &far), way);
	assert_int_equal(way->neighbour, POOL_NONE);
}

int run_ways(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_say_what_the_tables_say),
		cmocka_unit_test_setup_teardown(old_ways_are_not_believed_when_generations_wrap,
						lab_setup, lab_teardown),
	};

	return cmocka_run_group_tests_name("ways", tests, NULL, NULL);
}
