/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain.c: the short way of a frame beside the general one. Whatever the short way takes, the
 * general one hands up as the very same packet; what it does not take it leaves as it was.
 */
#include "lab.h"

#include "net/plain_input.h"

#define ETHERNET 14U
#define HEADERS 54U

/* How a frame comes in. */
struct manner {
	bool verifies; /* the port does, and says that all sums are good */
	bool sealed;   /* sums are made right after each change */
};

struct tally {
	uint32_t plain, general, refused;
};

/* Puts the sums of IPv4 and TCP right, as far as the lengths make sense. */
static void seal(struct bytes *frame)
{
	uint8_t *ip = frame->at + ETHERNET, *tcp = ip + 20;
	uint32_t total = get_16(ip + 2);

	if (frame->size < HEADERS || ip[0] != 0x45 || total < 40 || total > frame->size - ETHERNET)
		return;
	frame_fix_ip(frame);
	put_16(tcp + 16, 0);
	put_16(tcp + 16, reference_transport(get_32(ip + 12), get_32(ip + 16), 6, tcp, total - 20));
}

static struct rte_mbuf *received(const struct bytes *frame, const struct manner *manner)
{
	struct rte_mbuf *mbuf = lab_mbuf(frame);

	mbuf->ol_flags = manner->verifies
				 ? RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD
				 : RTE_MBUF_F_RX_L4_CKSUM_BAD;
	return mbuf;
}

static void assert_untouched(const struct rte_mbuf *mbuf, const struct bytes *frame, uint64_t flags)
{
	assert_int_equal(mbuf->pkt_len, frame->size);
	assert_int_equal(mbuf->data_len, frame->size);
	assert_int_equal(mbuf->ol_flags, flags);
	assert_memory_equal(rte_pktmbuf_mtod(mbuf, void *), frame->at, frame->size);
}

/* Both are as if it had come the other way. */
static void assert_same_packet(const struct packet *one, const struct packet *other)
{
	assert_int_equal(one->mbuf->pkt_len, other->mbuf->pkt_len);
	assert_int_equal(one->mbuf->data_len, other->mbuf->data_len);
	assert_int_equal(one->mbuf->ol_flags, other->mbuf->ol_flags);
	assert_memory_equal(&one->remote, &other->remote, sizeof(one->remote));
	assert_int_equal(one->local_index, other->local_index);
	assert_int_equal(one->port, other->port);
	assert_int_equal(one->offset, other->offset);
	assert_int_equal(one->length, other->length);
	assert_int_equal(one->kind, other->kind);
	assert_int_equal(one->tos, other->tos);
}

/* The short way of one frame that port received. */
static bool take_plainly(struct lab *lab, unsigned int port, struct rte_mbuf *mbuf,
			 struct packet *out)
{
	struct plain_entrance entrance;

	plain_entrance_open(&entrance, &lab->net, port);
	return plain_input(&entrance, mbuf, out);
}

/* Takes the frame both ways. */
static void both_ways(struct lab *lab, const struct bytes *frame, const struct manner *manner,
		      struct tally *tally)
{
	struct rte_mbuf *mbuf = received(frame, manner), *twin = received(frame, manner);
	struct counters before = lab->env.counters;
	uint64_t flags = mbuf->ol_flags;
	struct packet packet, other;
	bool plain, general;

	memset(&packet, 0xa5, sizeof(packet));
	memset(&other, 0xa5, sizeof(other));
	plain = take_plainly(lab, 0, mbuf, &packet);
	assert_memory_equal(&lab->env.counters, &before, sizeof(before));
	general = general_input(&lab->net, 0, twin, &other);
	tally->plain += plain;
	tally->general += general && !plain;
	tally->refused += !general;
	if (plain) {
		assert_true(general);
		assert_same_packet(&packet, &other);
	} else {
		assert_untouched(mbuf, frame, flags);
	}
	rte_pktmbuf_free(mbuf);
	if (general)
		rte_pktmbuf_free(other.mbuf);
	net_flush(&lab->net);
	lab_forget(lab);
}

static const struct manner manners[] = {
	{ .verifies = false, .sealed = false },
	{ .verifies = false, .sealed = true },
	{ .verifies = true, .sealed = false },
};

/* Each byte of the headers with each value, and of the text with some. */
static void every_byte(struct lab *lab, const struct bytes *base, const struct manner *manner,
		       struct tally *tally)
{
	for (uint32_t at = 0; at < base->size; at++) {
		for (uint32_t flip = 1; flip < 256; flip += at < HEADERS ? 1 : 85) {
			struct bytes frame = *base;

			frame.at[at] ^= (uint8_t)flip;
			if (manner->sealed)
				seal(&frame);
			both_ways(lab, &frame, manner, tally);
		}
	}
}

/* The frame cut at each place and with padding behind, and each length that IPv4 may claim. */
static void every_length(struct lab *lab, const struct bytes *base, const struct manner *manner,
			 struct tally *tally)
{
	for (uint32_t size = ETHERNET; size < base->size + 20; size++) {
		struct bytes frame = *base;

		frame.size = size;
		both_ways(lab, &frame, manner, tally);
		for (uint32_t total = 0; total < base->size + 24; total++) {
			put_16(frame.at + ETHERNET + 2, (uint16_t)total);
			if (manner->sealed)
				seal(&frame);
			both_ways(lab, &frame, manner, tally);
		}
	}
}

/* A MAC address of zeros, which no single byte makes of another. */
static void nobody_sends(struct lab *lab, const struct bytes *base, const struct manner *manner,
			 struct tally *tally)
{
	struct bytes frame = *base;
	uint32_t plain = tally->plain;

	memset(frame.at + 6, 0, 6);
	both_ways(lab, &frame, manner, tally);
	assert_int_equal(tally->plain, plain);
}

static void changed_frames_go_the_same_way(void **state)
{
	static const uint32_t texts[] = { 0, 1, 6, 64, 301 };
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(6);

	ip.tos = 3;
	ip.dont = true;
	for (unsigned int i = 0; i < COUNT_OF(manners); i++) {
		struct tally tally = { 0 };

		lab->ports[0].port.rx_checksum = manners[i].verifies;
		for (unsigned int j = 0; j < COUNT_OF(texts); j++) {
			struct bytes base = frame_tcp(&ip, texts[j]);

			memset(base.at + base.size, 0, 32);
			both_ways(lab, &base, &manners[i], &tally);
			assert_int_equal(tally.plain, 1);
			nobody_sends(lab, &base, &manners[i], &tally);
			every_byte(lab, &base, &manners[i], &tally);
			if (texts[j] <= 64)
				every_length(lab, &base, &manners[i], &tally);
			assert_true(tally.refused > 1000);
			/* All that is good is plain here. */
			assert_true(tally.plain > 1000);
			assert_int_equal(tally.general, 0);
			tally = (struct tally){ 0 };
		}
	}
}

/* Who a packet may come from does not depend on whether the way there is remembered. */
static void sources_are_judged_alike(void **state)
{
	static const uint32_t sources[] = {
		0,
		IP(0, 0, 0, 1),
		IP(1, 0, 0, 1),
		IP(127, 0, 0, 1),
		IP(128, 1, 1, 1),
		FAR,
		PEER,
		IP(223, 255, 255, 254),
		IP(224, 0, 0, 1),
		IP(240, 0, 0, 1),
		UINT32_MAX,
		OURS,
		OURS_TOO,
		OURS_TAGGED,
		PEER_TAGGED,
		IP(198, 18, 0, 0),
		IP(198, 18, 0, 255),
		IP(198, 18, 1, 255),
		GATEWAY,
	};
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(6);
	struct tally tally = { 0 };

	for (unsigned int known = 0; known < 2; known++) {
		for (unsigned int i = 0; i < COUNT_OF(sources); i++) {
			struct la_addr source = la_addr_from_ipv4(sources[i]);
			struct bytes frame;

			ip.src = sources[i];
			frame = frame_tcp(&ip, 10);
			both_ways(lab, &frame, &manners[0], &tally);
			assert_int_equal(way_find(&lab->net, &source) != NULL,
					 net_peer_legal(&lab->net, &source));
		}
	}
	assert_int_equal(tally.plain, 2 * 7);
	assert_int_equal(tally.general, 0);
}

/* What is not one buffer of ours alone, and what a driver took a tag off, goes the general way. */
static void odd_buffers_go_the_general_way(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(6);
	struct bytes frame = frame_tcp(&ip, 100);
	struct rte_mbuf *mbuf = lab_chain(&frame, 80);
	struct packet packet;

	assert_false(take_plainly(lab, 0, mbuf, &packet));
	assert_int_equal(mbuf->nb_segs, 2);
	rte_pktmbuf_free(mbuf);
	mbuf = lab_mbuf(&frame);
	rte_mbuf_refcnt_set(mbuf, 2);
	assert_false(take_plainly(lab, 0, mbuf, &packet));
	rte_mbuf_refcnt_set(mbuf, 1);
	mbuf->ol_flags = RTE_MBUF_F_RX_VLAN_STRIPPED;
	assert_false(take_plainly(lab, 0, mbuf, &packet));
	mbuf->ol_flags = 0;
	assert_false(take_plainly(lab, 1, mbuf, &packet));
	assert_true(take_plainly(lab, 0, mbuf, &packet));
	rte_pktmbuf_free(mbuf);
}

int run_plain(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(changed_frames_go_the_same_way, lab_setup,
						lab_teardown),
		cmocka_unit_test_setup_teardown(sources_are_judged_alike, lab_setup, lab_teardown),
		cmocka_unit_test_setup_teardown(odd_buffers_go_the_general_way, lab_setup,
						lab_teardown),
	};

	return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
