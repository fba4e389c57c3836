/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * any_bytes.c: frames that were good until some of their bytes were changed, in blocks of exactly
 * their size, in chains and in time. Each must be answered, kept, handed up or dropped by name, and
 * no buffer may be lost.
 */
#include "lab.h"

#include "base/mbufs.h"

#define ROUNDS 60000U

/* One of the kinds of frames that get furthest. */
static struct bytes some_frame(struct random_stream *random)
{
	static const uint8_t protocols[] = { 6, 6, 6, 1, 17, 132 };
	struct ip_fields ip = ip_from_peer(protocols[random_below(random, sizeof(protocols))]);
	uint32_t text = random_below(random, 200);
	struct bytes frame = { 0 }, quoted;

	ip.id = (uint16_t)random_below(random, 4);
	switch (random_below(random, 6)) {
	case 0:
		return frame_arp((uint16_t)(1 + random_below(random, 2)), peer_mac, PEER, OURS);
	case 1:
		ip.offset = (uint16_t)(random_below(random, 12) * 24);
		ip.more = random_below(random, 3) != 0;
		return frame_ip(&ip, frame.at, 24);
	case 2:
		ip.protocol = 1;
		return frame_icmp(&ip, 8, 0, 1, frame.at, text);
	case 3:
		ip.src = OURS;
		ip.dst = PEER;
		quoted = frame_tcp(&ip, 0);
		ip = ip_from_peer(1);
		return frame_icmp(&ip, 3, (uint8_t)random_below(random, 6), 0, quoted.at + 14,
				  random_below(random, 41));
	default:
		return frame_tcp(&ip, text);
	}
}

/* Changes bytes and length, and makes the IPv4 header sum right again more often than not. */
static void spoil(struct random_stream *random, struct bytes *frame)
{
	for (unsigned int i = random_below(random, 4); i > 0; i--) {
		uint32_t at = random_below(random, RTE_MIN(frame->size, 64U));

		frame->at[at] = random_below(random, 2) != 0
					? (uint8_t)random_u64(random)
					: frame->at[at] ^ 1U << random_below(random, 8);
	}
	if (random_below(random, 4) == 0)
		frame->size = 1 + random_below(random, frame->size);
	if (random_below(random, 4) != 0 && frame->size >= 14 + 60)
		frame_fix_ip(frame);
}

static struct rte_mbuf *in_some_shape(struct lab *lab, const struct bytes *frame)
{
	struct random_stream *random = &lab->env.random;

	switch (random_below(random, 3)) {
	case 0:
		return lab_chain(frame, 20 + random_below(random, 100));
	case 1:
		return mbufs_exact(lab->env.mbufs, frame->at, frame->size);
	default:
		return lab_mbuf(frame);
	}
}

/* What a frame can come to. */
static uint64_t outcomes(const struct lab *lab)
{
	const uint64_t *stats = lab->env.counters.stats;

	return lab->packet_count + lab_drops(lab) + stats[STAT_rx_arp] + stats[STAT_rx_icmp_echo] +
	       stats[STAT_ip_fragments];
}

static void every_frame_comes_to_something(void **state)
{
	struct lab *lab = *state;
	uint64_t taken = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct bytes frame = some_frame(&lab->env.random);
		uint64_t before;

		spoil(&lab->env.random, &frame);
		before = outcomes(lab);
		lab_in_mbuf(lab, 0, in_some_shape(lab, &frame));
		if (outcomes(lab) == before)
			fail_msg("frame %u came to nothing", i);
		taken += lab->packet_count;
		lab_release(lab);
		lab_forget(lab);
		if (i % 64 == 0)
			lab_wait(lab, random_below(&lab->env.random, 3 * SECOND_US));
		/* What waits for ARP are answers, some of them chains. */
		assert_true(lab_missing(lab) >= lab->net.fragments.held);
		if (neighbour_waiting(&lab->net.neighbours) == 0)
			assert_int_equal(lab_missing(lab), lab->net.fragments.held);
	}
	/* A frame in thirty was not spoilt at all, and must have been taken. */
	assert_in_range(taken, ROUNDS / 40, ROUNDS / 5);
	lab_wait(lab, FRAGMENT_TIMEOUT_US + SECOND_US);
	for (unsigned int i = 0; i < 200; i++)
		lab_wait(lab, SECOND_US);
	assert_int_equal(lab_missing(lab), 0);
	assert_int_equal(lab->net.fragments.slots.in_use, 0);
	assert_int_equal(lab->net.neighbours.entries.in_use, 0);
}

int run_any_bytes(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_frame_comes_to_something, lab_setup,
						lab_teardown),
	};

	return cmocka_run_group_tests_name("any bytes", tests, NULL, NULL);
}
