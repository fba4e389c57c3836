/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fragments.c: reassembly (RFC 791 3.2, RFC 1122 3.3.2) and what people do to it.
 */
#include "lab.h"

struct piece {
	uint32_t start, end; /* bytes of the datagram's payload */
	bool more;
	uint8_t tos;
};

#define TEXT 3000U
#define WHOLE (TEXT + 20U)

/* The fragment of a TCP segment with TEXT bytes (past its end: zeros) that covers the piece. */
static struct bytes cut(uint16_t id, const struct piece *piece)
{
	struct ip_fields ip = ip_from_peer(6);
	static uint8_t payload[65536];
	struct bytes segment = segment_tcp(&ip, TEXT);

	memset(payload, 0, sizeof(payload));
	memcpy(payload, segment.at, segment.size);
	ip.id = id;
	ip.offset = (uint16_t)piece->start;
	ip.more = piece->more;
	ip.tos = piece->tos;
	return frame_ip(&ip, payload + piece->start, piece->end - piece->start);
}

static void send_piece(struct lab *lab, uint16_t id, const struct piece *piece)
{
	struct bytes frame = cut(id, piece);

	lab_in_mbuf(lab, 0, lab_chain(&frame, 2000));
}

static void send_pieces(struct lab *lab, uint16_t id, const struct piece *pieces,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		send_piece(lab, id, &pieces[i]);
}

/* One segment came up, whole. */
static void assert_whole(const struct lab *lab, unsigned int number)
{
	struct ip_fields ip = ip_from_peer(6);
	struct bytes expected = segment_tcp(&ip, TEXT);
	const struct packet *packet = &lab->packets[number];
	uint8_t copy[WHOLE];

	assert_int_equal(lab->packet_count, number + 1);
	assert_int_equal(packet->kind, PACKET_TCP);
	assert_int_equal(packet->length, WHOLE);
	assert_int_equal(packet->mbuf->pkt_len, packet->offset + WHOLE);
	assert_true(packet->mbuf->data_len >= packet->offset + 60U);
	assert_memory_equal(rte_pktmbuf_read(packet->mbuf, packet->offset, WHOLE, copy),
			    expected.at, WHOLE);
	assert_int_equal(rte_mbuf_check(packet->mbuf, 1, &(const char *){ NULL }), 0);
}

static void assert_nothing_held(const struct lab *lab)
{
	assert_int_equal(lab->net.fragments.held, 0);
	assert_int_equal(lab_missing(lab), 0);
}

static const struct piece three[] = { { 0, 1480, true },
				      { 1480, 2960, true },
				      { 2960, WHOLE, false } };

static void in_every_order(void **state)
{
	static const unsigned int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
						  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct lab *lab = *state;

	for (uint16_t i = 0; i < COUNT_OF(orders); i++) {
		for (unsigned int j = 0; j < 3; j++) {
			assert_int_equal(lab->packet_count, 0);
			send_piece(lab, i, &three[orders[i][j]]);
		}
		assert_whole(lab, 0);
		lab_release(lab);
		assert_int_equal(lab->net.fragments.slots.in_use, 0);
	}
	assert_int_equal(lab_drops(lab), 0);
	assert_int_equal(lab->env.counters.stats[STAT_ip_fragments], 18);
	assert_int_equal(lab->env.counters.stats[STAT_ip_reassembled], 6);
	assert_nothing_held(lab);
}

/* RFC 3168 5.3: a mark on any fragment is one on the datagram; the DSCP is the first one's. */
static void a_mark_on_any_fragment_is_one_on_the_whole(void **state)
{
	struct lab *lab = *state;

	for (uint16_t marked = 0; marked <= 3; marked++) {
		for (unsigned int i = 0; i < 3; i++) {
			struct piece piece = three[i];

			piece.tos = (uint8_t)(10 << 2 | (i == marked ? 3 : 2));
			send_piece(lab, marked, &piece);
		}
		assert_whole(lab, 0);
		assert_int_equal(lab->packets[0].tos, 10 << 2 | (marked < 3 ? 3 : 2));
		lab_release(lab);
	}
}

/* A first fragment of 24 bytes holds less than the longest TCP header: it is made contiguous. */
static void a_short_first_fragment_is_made_contiguous(void **state)
{
	static const struct piece pieces[] = { { 0, 24, true },
					       { 24, 1024, true },
					       { 1024, WHOLE, false } };
	struct lab *lab = *state;

	send_pieces(lab, 1, pieces, 3);
	assert_whole(lab, 0);
	assert_int_equal(lab_drops(lab), 0);
}

static void eight_fragments_are_taken_and_nine_are_not(void **state)
{
	struct lab *lab = *state;

	for (uint32_t i = 0; i < 8; i++) {
		struct piece piece = { i * 400, i == 7 ? WHOLE : i * 400 + 400, i != 7 };

		send_piece(lab, 1, &piece);
	}
	assert_whole(lab, 0);
	lab_release(lab);
	for (uint32_t i = 0; i < 9; i++) {
		struct piece piece = { i * 336, i == 8 ? WHOLE : i * 336 + 336, i != 8 };

		send_piece(lab, 2, &piece);
	}
	assert_int_equal(lab->packet_count, 0);
	assert_drop(lab, DROP_frag_full, 9);
	assert_nothing_held(lab);
}

static void fragments_of_two_datagrams_do_not_mix(void **state)
{
	struct lab *lab = *state;
	struct ip_fields udp = ip_from_peer(17);
	struct bytes stranger;

	/* The same addresses and number, another protocol: another datagram (RFC 791 3.2). */
	udp.id = 1;
	udp.offset = 1480;
	udp.more = true;
	stranger = frame_ip(&udp, cut(9, &three[1]).at, 1480);
	send_piece(lab, 1, &three[0]);
	send_piece(lab, 2, &three[0]);
	lab_in(lab, &stranger);
	send_piece(lab, 2, &three[1]);
	send_piece(lab, 1, &three[2]);
	assert_int_equal(lab->packet_count, 0);
	send_piece(lab, 1, &three[1]);
	assert_whole(lab, 0);
	send_piece(lab, 2, &three[2]);
	assert_whole(lab, 1);
	assert_int_equal(lab->net.fragments.slots.in_use, 1);
	assert_int_equal(lab_drops(lab), 0);
}

static void a_repeated_fragment_is_dropped_alone(void **state)
{
	struct lab *lab = *state;

	for (unsigned int i = 0; i < 2; i++) {
		send_piece(lab, 1, &three[i]);
		send_piece(lab, 1, &three[i]);
	}
	assert_drop(lab, DROP_frag_duplicate, 2);
	send_piece(lab, 1, &three[2]);
	assert_whole(lab, 0);
}

/* Which of the three came before: the second and last, first and last, last, second, first, both.
 */
static const unsigned int before[6][3] = { { 2, 1, 2 }, { 2, 0, 2 }, { 1, 2 },
					   { 1, 1 },    { 1, 0 },    { 2, 0, 1 } };

/* Sends the good ones, then the bad one; true if that ended the datagram with all of them. */
static bool ends_the_datagram(struct lab *lab, uint16_t id, const unsigned int good[3],
			      const struct piece *bad)
{
	const uint64_t *overlaps = &lab->env.counters.drops[DROP_frag_overlap];
	uint64_t drops = *overlaps;

	for (unsigned int i = 0; i < good[0]; i++)
		send_piece(lab, id, &three[good[1 + i]]);
	send_piece(lab, id, bad);
	lab_release(lab); /* one that fits may have completed it */
	if (*overlaps == drops)
		return false;
	assert_int_equal(*overlaps, drops + good[0] + 1);
	/* What still comes is dropped too. */
	send_pieces(lab, id, three, 3);
	assert_int_equal(*overlaps, drops + good[0] + 4);
	assert_int_equal(lab->packet_count, 0);
	return true;
}

static void an_overlap_drops_the_datagram_whole(void **state)
{
	static const struct {
		struct piece piece;
		bool ends[6]; /* after which of those before */
	} bad[] = {
		{ { 0, 1488, true }, { 1, 1, 0, 1, 1, 1 } },     /* longer than the first */
		{ { 0, 24, true }, { 0, 1, 0, 0, 1, 1 } },       /* nested in the first */
		{ { 1472, 2960, true }, { 1, 1, 0, 1, 1, 1 } },  /* begins in the first */
		{ { 1480, 2968, true }, { 1, 1, 1, 1, 0, 1 } },  /* ends in the last */
		{ { 1600, 1608, true }, { 1, 0, 0, 1, 0, 1 } },  /* nested in the second */
		{ { 0, 2960, true }, { 1, 1, 0, 1, 1, 1 } },     /* around two */
		{ { 1480, 2960, false }, { 1, 1, 1, 1, 0, 1 } }, /* the second as the last */
		{ { 8, 16, false }, { 1, 1, 1, 1, 1, 1 } },      /* a last before what is there */
		{ { 2960, WHOLE + 8, false }, { 1, 1, 1, 0, 0, 0 } }, /* another end */
		{ { 4000, 4008, true }, { 1, 1, 1, 0, 0, 0 } },       /* behind the end */
	};
	struct lab *lab = *state;

	for (unsigned int i = 0; i < COUNT_OF(bad); i++) {
		for (unsigned int j = 0; j < COUNT_OF(before); j++) {
			if (ends_the_datagram(lab, (uint16_t)(i * 10 + j), before[j],
					      &bad[i].piece) != bad[i].ends[j])
				fail_msg("piece %u after set %u", i, j);
		}
		/* A fresh start; it counts the buffers. */
		assert_int_equal(lab_teardown(state), 0);
		assert_int_equal(lab_setup(state), 0);
		lab = *state;
	}
}

static void a_refused_datagram_holds_nothing(void **state)
{
	static const struct piece bad = { 1472, 2952, true };
	static const unsigned int sets[][2] = { { 0, 1 }, { 1, 1 }, { 1, 2 } };
	struct lab *lab = *state;

	for (uint16_t i = 0; i < COUNT_OF(sets); i++) {
		unsigned int count = sets[i][0] == sets[i][1] ? 1 : 2;

		for (unsigned int j = 0; j < count; j++)
			send_piece(lab, i, &three[sets[i][j]]);
		assert_int_equal(lab_missing(lab), count);
		send_piece(lab, i, &bad);
		assert_nothing_held(lab);
	}
	assert_drop(lab, DROP_frag_overlap, 3 + 2 + 3);
	/* It is forgotten in time, and nobody is told: that would be an answer to an attack. */
	lab_wait(lab, FRAGMENT_TIMEOUT_US + 1000);
	assert_int_equal(lab->net.fragments.slots.in_use, 0);
	assert_int_equal(lab->ports[0].sent_count, 0);
}

static void past_65535_is_refused(void **state)
{
	struct lab *lab = *state;
	static const struct piece bad[] = { { 65512, 65520, true },
					    { 65528, 65531, false },
					    { 65512, 65516, false } };

	send_pieces(lab, 1, bad, 3);
	assert_drop(lab, DROP_frag_bounds, 3);
	assert_int_equal(lab->net.fragments.slots.in_use, 0);
}

static void the_last_byte_of_65535_is_taken(void **state)
{
	struct lab *lab = *state;
	static const struct piece last = { 65512, 65515, false };

	send_piece(lab, 1, &last);
	assert_int_equal(lab_drops(lab), 0);
	assert_int_equal(lab->net.fragments.held, 1);
}

static void not_a_multiple_of_eight_is_refused(void **state)
{
	struct lab *lab = *state;
	static const struct piece bad = { 0, 1001, true };

	send_piece(lab, 1, &bad);
	assert_drop(lab, DROP_frag_bounds, 1);
}

static void a_first_fragment_smaller_than_the_header_is_refused(void **state)
{
	struct lab *lab = *state;
	static const struct piece tiny[] = { { 0, 16, true }, { 80, 80, true }, { 80, 80, false } };

	send_pieces(lab, 1, tiny, 3);
	assert_drop(lab, DROP_frag_tiny, 3);
	assert_int_equal(lab->net.fragments.slots.in_use, 0);
}

static void the_time_is_bounded_and_the_sender_told(void **state)
{
	struct lab *lab = *state;
	struct bytes first = cut(7, &three[0]);
	const struct bytes *sent;
	uint64_t due = lab->env.now_us + FRAGMENT_TIMEOUT_US;

	send_piece(lab, 7, &three[1]);
	lab_in(lab, &first);
	assert_in_range(net_next_event_us(&lab->net) - due, 0, 2 * WHEEL_TICK_US);
	lab_wait(lab, FRAGMENT_TIMEOUT_US - SECOND_US);
	lab_know_peer(lab);
	lab_wait(lab, SECOND_US);
	assert_int_equal(lab_drops(lab), 0);
	lab_wait(lab, 2 * WHEEL_TICK_US);
	assert_drop(lab, DROP_frag_timeout, 2);
	assert_nothing_held(lab);
	assert_int_equal(lab->net.fragments.slots.in_use, 0);
	assert_int_equal(lab->ports[0].sent_count, 1);
	sent = lab_sent(lab, 0);
	assert_int_equal(sent->size, 14 + 20 + 8 + 28);
	assert_int_equal(sent->at[34], 11);
	assert_int_equal(sent->at[35], 1);
	assert_memory_equal(sent->at + 42, first.at + 14, 28);
	assert_int_equal(reference_checksum(sent->at + 34, 36, 0), 0);
	/* What comes later begins anew, and is not completed by what was before. */
	send_piece(lab, 7, &three[2]);
	assert_int_equal(lab->packet_count, 0);
}

/* The due time was missed (no breath in between): a fragment still does not complete it. */
static void a_late_fragment_finds_nothing(void **state)
{
	struct lab *lab = *state;

	send_piece(lab, 7, &three[0]);
	send_piece(lab, 7, &three[1]);
	lab->env.now_us += FRAGMENT_TIMEOUT_US + 1;
	lab->env.now_tick = (uint32_t)(lab->env.now_us / WHEEL_TICK_US);
	send_piece(lab, 7, &three[2]);
	assert_int_equal(lab->packet_count, 0);
	assert_drop(lab, DROP_frag_timeout, 2);
	assert_int_equal(lab->net.fragments.held, 1);
}

static void no_one_is_told_without_the_first_fragment(void **state)
{
	struct lab *lab = *state;

	send_piece(lab, 7, &three[1]);
	send_piece(lab, 7, &three[2]);
	lab_wait(lab, FRAGMENT_TIMEOUT_US + 1000);
	assert_drop(lab, DROP_frag_timeout, 2);
	assert_int_equal(lab->ports[0].sent_count, 0);
	assert_int_equal(lab_missing(lab), 0);
}

static void no_error_about_a_fragmented_icmp_error(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	struct bytes frame;

	ip.more = true;
	frame = frame_icmp(&ip, 3, 3, 0, three, 16);
	lab_in(lab, &frame);
	lab_wait(lab, FRAGMENT_TIMEOUT_US + 1000);
	assert_drop(lab, DROP_frag_timeout, 1);
	assert_int_equal(lab->ports[0].sent_count, 0);
	assert_int_equal(lab_missing(lab), 0);
}

static void a_hundred_thousand_first_fragments(void **state)
{
	struct lab *lab = *state;

	for (uint32_t i = 0; i < 100000; i++) {
		struct ip_fields ip = ip_from_peer(6);
		static const uint8_t payload[24];
		struct bytes frame;

		ip.src += i >> 16;
		ip.id = (uint16_t)i;
		ip.more = true;
		frame = frame_ip(&ip, payload, sizeof(payload));
		lab_in(lab, &frame);
		assert_in_range(lab_missing(lab), 1, FRAGMENT_DATAGRAMS_MAX);
	}
	assert_drop(lab, DROP_frag_full, 100000 - FRAGMENT_DATAGRAMS_MAX);
	lab->ports[0].room = 0; /* ICMP errors wait for ARP, and are given up */
	for (unsigned int i = 0; i < 70; i++)
		lab_wait(lab, SECOND_US);
	assert_int_equal(lab->net.fragments.slots.in_use, 0);
	assert_int_equal(lab->net.fragments.held, 0);
	assert_int_equal(lab->env.counters.drops[DROP_frag_timeout], FRAGMENT_DATAGRAMS_MAX);
}

static void fragments_hold_only_their_share_of_the_buffers(void **state)
{
	struct lab *lab = *state;
	uint32_t share = LAB_MBUFS / FRAGMENT_HELD_SHARE;

	for (uint32_t i = 0; i < share + 10; i++) {
		struct piece piece = { 800 + (i / 32) * 8, 808 + (i / 32) * 8, true };

		send_piece(lab, (uint16_t)(i % 32), &piece);
	}
	assert_int_equal(lab_missing(lab), share);
	assert_drop(lab, DROP_frag_full, 10);
}

static void refused_datagrams_give_way_to_new_ones(void **state)
{
	static const struct piece bad = { 8, 1488, true };
	struct lab *lab = *state;

	for (uint16_t i = 0; i < FRAGMENT_DATAGRAMS_MAX; i++) {
		send_piece(lab, i, &three[0]);
		send_piece(lab, i, &bad);
	}
	send_pieces(lab, 1000, three, 3);
	assert_whole(lab, 0);
	assert_drop(lab, DROP_frag_overlap, 2 * FRAGMENT_DATAGRAMS_MAX);
}

static void an_echo_in_fragments_is_answered(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	struct bytes data = { .size = 1000 }, message;

	memset(data.at, 0x5a, 1000);
	message = message_icmp(8, 0, 42, data.at, data.size);
	lab_know_peer(lab);
	for (uint32_t at = 0; at < message.size; at += 336) {
		struct bytes frame;

		ip.offset = (uint16_t)at;
		ip.more = at + 336 < message.size;
		frame = frame_ip(&ip, message.at + at, RTE_MIN(336U, message.size - at));
		lab_in(lab, &frame);
	}
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_int_equal(lab_sent(lab, 0)->size, 34 + message.size);
	assert_memory_equal(lab_sent(lab, 0)->at + 42, data.at, data.size);
	assert_int_equal(reference_checksum(lab_sent(lab, 0)->at + 34, message.size, 0), 0);
	assert_int_equal(lab_missing(lab), 0);
}

/* RFC 1122 3.2.2.6: we do not fragment, so the answer is cut to what leaves in one piece. */
static void an_echo_too_long_for_one_packet_is_cut(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	struct bytes data = { .size = 3000 }, message;

	for (uint32_t i = 0; i < data.size; i++)
		data.at[i] = (uint8_t)(i * 11 + i / 256);
	message = message_icmp(8, 0, 42, data.at, data.size);
	lab_know_peer(lab);
	for (uint32_t at = 0; at < message.size; at += 1480) {
		struct bytes frame;

		ip.offset = (uint16_t)at;
		ip.more = at + 1480 < message.size;
		frame = frame_ip(&ip, message.at + at, RTE_MIN(1480U, message.size - at));
		lab_in(lab, &frame);
	}
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_int_equal(lab_sent(lab, 0)->size, 14 + 1500);
	assert_memory_equal(lab_sent(lab, 0)->at + 42, data.at, 1472);
	assert_int_equal(reference_checksum(lab_sent(lab, 0)->at + 34, 1480, 0), 0);
	assert_int_equal(lab_drops(lab), 0);
	assert_int_equal(lab_missing(lab), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int run_fragments(void)
{
	const struct CMUnitTest tests[] = {
		CASE(in_every_order),
		CASE(a_mark_on_any_fragment_is_one_on_the_whole),
		CASE(a_short_first_fragment_is_made_contiguous),
		CASE(eight_fragments_are_taken_and_nine_are_not),
		CASE(fragments_of_two_datagrams_do_not_mix),
		CASE(a_repeated_fragment_is_dropped_alone),
		CASE(an_overlap_drops_the_datagram_whole),
		CASE(a_refused_datagram_holds_nothing),
		CASE(past_65535_is_refused),
		CASE(the_last_byte_of_65535_is_taken),
		CASE(not_a_multiple_of_eight_is_refused),
		CASE(a_first_fragment_smaller_than_the_header_is_refused),
		CASE(the_time_is_bounded_and_the_sender_told),
		CASE(a_late_fragment_finds_nothing),
		CASE(no_one_is_told_without_the_first_fragment),
		CASE(no_error_about_a_fragmented_icmp_error),
		CASE(a_hundred_thousand_first_fragments),
		CASE(fragments_hold_only_their_share_of_the_buffers),
		CASE(refused_datagrams_give_way_to_new_ones),
		CASE(an_echo_in_fragments_is_answered),
		CASE(an_echo_too_long_for_one_packet_is_cut),
	};

	return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}
