/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain_output.c: the short way out beside the general one. Two labs send the same; one asks
 * plain_output() first, the other does not know of it. Frames, what is told of them to the port,
 * and counters must be equal, while neighbours, routes and what the port can do change.
 */
#include "lab.h"

#include "net/plain_output.h"
#include "wire/tcp_header.h"

#define STEPS 20000U
#define TEXT_MAX 1600U

static const uint32_t remotes[] = {
	PEER, IP(198, 18, 0, 10), FAR, IP(198, 19, 7, 1), IP(198, 18, 0, 255), PEER_TAGGED,
};

struct draw {
	struct la_addr remote;
	struct way_from from;
	uint32_t port_flags;
	uint32_t text, piece; /* bytes; in buffers of at most so many */
	uint8_t header[60];
	uint8_t header_bytes;
	uint8_t text_byte;
};

static struct draw drawn(struct random_stream *random)
{
	static const uint32_t flags[] = { LA_PORT_TX_CHAINS, LA_PORT_TX_CHAINS, 0,
					  LA_PORT_TX_CHAINS | LA_PORT_TX_CHECKSUM,
					  LA_PORT_TX_CHAINS | LA_PORT_TX_HANDOVER };
	uint64_t dice = random_u64(random);
	struct draw draw = {
		.remote = la_addr_from_ipv4(remotes[dice % COUNT_OF(remotes)]),
		.from = { .local_index = dice >> 8 & 1,
			  .marks = way_marks((dice >> 9 & 3) == 0 ? 1 : 64,
					     (dice >> 11 & 3) == 0 ? 0xb8 : 0) },
		.port_flags = flags[(dice >> 13) % COUNT_OF(flags)],
		.text = (dice >> 20 & 3) == 0 ? (uint32_t)(dice >> 22) % TEXT_MAX
					      : (uint32_t)(dice >> 22) % 70,
		.piece = (dice >> 40 & 7) == 0 ? 100 + (uint32_t)(dice >> 44) % 300 : TEXT_MAX,
		.header_bytes = (uint8_t)(20 + 4 * ((dice >> 56) % 11)),
		.text_byte = (uint8_t)(dice >> 32),
	};

	if (draw.text_byte % 64 == 0)
		draw.remote.bytes[0] = 0x20;
	for (unsigned int i = 0; i < draw.header_bytes; i++)
		draw.header[i] = (dice >> 60 & 3) == 0 ? 0xff : (uint8_t)random_u64(random);
	draw.header[12] = (uint8_t)(draw.header_bytes / 4 << 4);
	draw.header[16] = draw.header[17] = 0;
	return draw;
}

/* The text alone, behind a fresh buffer's headroom. */
static struct rte_mbuf *text_of(const struct draw *draw)
{
	struct bytes text = { .size = draw->text };

	for (uint32_t i = 0; i < draw->text; i++)
		text.at[i] = (uint8_t)(draw->text_byte + i * 7);
	return draw->text == 0 ? lab_mbuf(&text) : lab_chain(&text, draw->piece);
}

/* As the last step of every segment does it; true: the short way has taken it. */
static bool send(struct lab *lab, const struct draw *draw, bool short_way)
{
	struct rte_mbuf *mbuf = text_of(draw);
	struct plain_to plain = { .remote = &draw->remote, .from = draw->from };
	struct plain_header header = {
		.at = rte_pktmbuf_mtod(mbuf, uint8_t *) - draw->header_bytes,
		.length = draw->header_bytes,
		.sum = checksum_sum(draw->header, draw->header_bytes),
		.unsummed = draw->text,
	};
	struct egress_to to = { .remote = draw->remote,
				.local_index = draw->from.local_index,
				.protocol = IP_PROTOCOL_TCP,
				.ttl = way_ttl(draw->from.marks),
				.tos = way_tos(draw->from.marks),
				.dont_fragment = true,
				.summed = draw->header_bytes,
				.sum = header.sum };

	lab->ports[0].port.flags = draw->port_flags;
	memcpy(header.at, draw->header, draw->header_bytes);
	/* Who copies the text may have summed it. */
	if (draw->text_byte % 2 == 0) {
		header.sum = checksum_add(header.sum, checksum_sum_mbuf(mbuf, 0, draw->text));
		header.unsummed = 0;
	}
	if (short_way && plain_output(&lab->net, mbuf, &plain, header))
		return true;
	assert_int_equal(mbuf->pkt_len, draw->text);
	assert_non_null(rte_pktmbuf_prepend(mbuf, draw->header_bytes));
	assert_memory_equal(rte_pktmbuf_mtod(mbuf, uint8_t *), draw->header, draw->header_bytes);
	egress_send(&lab->net, mbuf, &to);
	return false;
}

static void answer(struct lab *lab, uint64_t dice)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 1, (uint8_t)(dice >> 32) };
	uint32_t remote = (dice >> 40 & 1) != 0 ? GATEWAY : remotes[(dice >> 8) % 2];
	struct bytes frame = frame_arp(ARP_REPLY, mac, remote, OURS);

	lab_in(lab, &frame);
}

static void the_short_way_out_sends_the_same(void **state)
{
	struct random_stream random;
	struct siphash_key seed = { 90, 0 };
	struct lab *both[2];
	uint64_t plain = 0, sent = 0;

	random_init(&random, &seed);
	for (unsigned int i = 0; i < 2; i++) {
		void *lab;

		assert_int_equal(lab_setup(&lab), 0);
		both[i] = lab;
	}
	for (unsigned int i = 0; i < STEPS; i++) {
		struct draw draw = drawn(&random);
		uint64_t dice = random_u64(&random);

		for (unsigned int j = 0; j < 2; j++) {
			if (dice % 32 == 0)
				lab_wait(both[j], (dice >> 16) % (20 * SECOND_US));
			else if (dice % 32 < 4)
				answer(both[j], dice);
			else if (i == STEPS / 2)
				/* The same remotes lie elsewhere from now on. */
				lab_add_route(both[j], 0, IP(198, 19, 7, 0), 24, PEER);
			else
				plain += send(both[j], &draw, j == 0);
			net_flush(&both[j]->net);
		}
		sent += both[0]->ports[0].sent_count;
		lab_assert_same(both[0], both[1]);
	}
	/* What waits for a neighbour is given up. */
	for (unsigned int i = 0; i < 20; i++)
		lab_wait(both[i % 2], 2 * SECOND_US);
	for (unsigned int i = 0; i < 2; i++) {
		void *lab = both[i];

		assert_int_equal(lab_teardown(&lab), 0);
	}
	assert_true(sent > STEPS / 3);
	assert_true(plain > STEPS / 3 && plain < sent);
}

int run_plain_output(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_short_way_out_sends_the_same),
	};

	return cmocka_run_group_tests_name("plain_output", tests, NULL, NULL);
}
