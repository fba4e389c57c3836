/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks. Each is answered as it should be, under the right reason, in bounded memory, and a
 * bystander, an established connection of another peer, exchanges text before and after it.
 */
#include "config/limits.h"
#include "frame.h"
#include "reach.h"

#define IP_AT 14U
#define TCP_AT 34U
#define MORE_FRAGMENTS 0x2000U
#define FLOOD 30000U
#define TEXT "ping"
#define TEXT_SIZE 4U

static const uint8_t broadcast_mac[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* ---- the bystander ---- */

/** Peer 8 and we exchange text for the nth time. */
static void bystander_speaks(unsigned int n)
{
	uint32_t at = 1 + n * TEXT_SIZE;

	our_port(80);
	peer(8);
	in(PSH | ACK, SEQ(at), ACK(at), DATA(TEXT));
	app_got(TEXT);
	app_send("pong");
	out(PSH | ACK, SEQ(at), ACK(at + TEXT_SIZE), DATA("pong"));
	in(ACK, SEQ(at + TEXT_SIZE), ACK(at + TEXT_SIZE));
	silence();
	state_is(ESTABLISHED);
	peer(1);
}

/** Listens on 80; peer 8 is connected. Peer 1 is the attacker. */
static void bystander_begins(void)
{
	listen_on(80);
	peer(8);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	bystander_speaks(0);
}

/** Peer 1 connects to port 80. */
static void victim_connects(void)
{
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/* ---- the memory of tuples ---- */

/*
 * The memory has no key. An address that differs in its first octet as much as our port in its low
 * one has the same place there and the same tag: what is remembered is the bystander's connection.
 */
SCRIPT(attack_tuple_that_shares_the_memory_of_another)
{
	uint8_t bytes[FRAME_BYTES_MAX];
	struct tcp_frame frame;
	size_t size;

	bystander_begins();
	/* Without a ladder the connection that was seen ahead is taken at once. */
	la_ladder_arm(script_worker(), NULL);
	peer(8);
	for (unsigned int n = 1; n <= 3; n++) {
		uint8_t forged[FRAME_BYTES_MAX];

		size = frame_of(bytes, PSH | ACK, SEQ(1 + n * TEXT_SIZE), ACK(1 + n * TEXT_SIZE),
				DATA("evil"));
		must(frame_read(&frame, bytes, size) == NULL);
		frame.src_ip ^= 1U << 24;
		frame.dst_port ^= 1U;
		in_frame(forged, frame_build(&frame, forged));
		app_got_nothing();
		stat_is(resets_out, n);
		bystander_speaks(n);
		peer(8);
	}
}

/* ---- options, data offset ---- */

SCRIPT(attack_options_of_every_kind_and_length)
{
	unsigned int kind, length;

	bystander_begins();
	for (kind = 0; kind < 256; kind++) {
		for (length = 0; length < 44; length++) {
			in(SYN, SEQ(0),
			   RAW_OPTIONS(1, (uint8_t)kind, (uint8_t)length, 0xff, 0xff, 0, 1,
				       (uint8_t)kind, (uint8_t)length));
			out(SYN | ACK, SEQ(0), ACK(1));
			in(RST, SEQ(1));
			anew(0);
		}
	}
	usage_is(embryos, 0);
	bystander_speaks(1);
}

SCRIPT(attack_options_that_run_over_on_a_connection)
{
	uint8_t kind;

	bystander_begins();
	victim_connects();
	for (kind = 0; kind < 9; kind++) {
		in(PSH | ACK, SEQ(1 + 2U * kind), ACK(1), RAW_OPTIONS(1, 1, 1, kind), DATA("x"));
		in(PSH | ACK, SEQ(2 + 2U * kind), ACK(1), RAW_OPTIONS(kind, 0, 1, 1), DATA("y"));
		app_got("xy");
		out(ACK, SEQ(1), ACK(3 + 2U * kind));
	}
	bystander_speaks(1);
}

SCRIPT(attack_data_offset_below_five_or_past_the_segment)
{
	unsigned int words;

	bystander_begins();
	victim_connects();
	for (words = 0; words < 5; words++)
		in(PSH | ACK, SEQ(1), ACK(1), DATA("four"), DATA_OFFSET(words));
	for (words = 7; words < 16; words++)
		in(PSH | ACK, SEQ(1), ACK(1), DATA("four"), DATA_OFFSET(words));
	in(SYN, SEQ(0), DATA_OFFSET(15), FROM_PORT(9));
	silence();
	drop_is(tcp_offset, 15);
	app_got_nothing();
	bystander_speaks(1);
}

/* ---- urgent pointers ---- */

static void urgent_pointer_leaves_text_in_line(uint16_t pointer)
{
	bystander_begins();
	victim_connects();
	in(PSH | URG | ACK, SEQ(1), ACK(1), URGENT(pointer), DATA("line"));
	app_got("line");
	if (pointer > 0)
		urgent_told();
	else
		urgent_not_told();
	in(PSH | ACK, SEQ(5), ACK(1), DATA("more"));
	app_got("more");
	out(ACK, SEQ(1), ACK(9));
	bystander_speaks(1);
}

SCRIPT(attack_urgent_pointer_0)
{
	urgent_pointer_leaves_text_in_line(0);
}

SCRIPT(attack_urgent_pointer_1)
{
	urgent_pointer_leaves_text_in_line(1);
}

SCRIPT(attack_urgent_pointer_past_the_segment)
{
	urgent_pointer_leaves_text_in_line(5);
}

SCRIPT(attack_urgent_pointer_65535)
{
	urgent_pointer_leaves_text_in_line(65535);
}

SCRIPT(attack_urgent_pointer_without_text)
{
	unsigned int i;

	bystander_begins();
	victim_connects();
	for (i = 0; i < 1000; i++)
		in(URG | ACK, SEQ(1), ACK(1), URGENT(65535));
	urgent_told();
	silence();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("line"));
	app_got("line");
	in(PSH | ACK, SEQ(5), ACK(1), DATA("more"));
	app_got("more");
	out(ACK, SEQ(1), ACK(9));
	bystander_speaks(1);
}

SCRIPT(attack_urgent_pointer_in_syn)
{
	bystander_begins();
	in(SYN | URG, SEQ(0), MSS(1460), URGENT(65535));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("line"));
	accepted();
	urgent_not_told();
	app_got("line");
	in(PSH | ACK, SEQ(5), ACK(1), DATA("more"));
	app_got("more");
	out(ACK, SEQ(1), ACK(9));
	bystander_speaks(1);
}

SCRIPT(attack_urgent_pointer_moves_with_every_segment)
{
	uint32_t i;

	bystander_begins();
	victim_connects();
	for (i = 0; i < 100; i++) {
		in(PSH | URG | ACK, SEQ(1 + i), ACK(1), URGENT(100 + 7 * i), LEN(1));
		urgent_told();
		app_got_n(1);
		if (i % 2 == 1)
			out(ACK, SEQ(1), ACK(2 + i));
	}
	bystander_speaks(1);
}

/* ---- lengths that lie ---- */

SCRIPT(attack_every_ip_total_length)
{
	uint8_t frame[FRAME_ROOM];
	unsigned int length;
	size_t size;

	bystander_begins();
	victim_connects();
	size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), LEN(100));
	must(size == IP_AT + 140);
	for (length = 0; length < 2000; length++) {
		if (length == 140)
			continue;
		frame_put16(frame + IP_AT + 2, length);
		frame_put16(frame + IP_AT + 10, 0);
		frame_put16(frame + IP_AT + 10, frame_checksum(frame_sum(0, frame + IP_AT, 20)));
		in_frame(frame, size);
	}
	silence();
	app_got_nothing();
	drop_is(ip_total_length, 20 + 2000 - 141);
	drop_is(tcp_short, 20);
	drop_is(tcp_checksum, 100);
	bystander_speaks(1);
}

/* Cut anywhere: nothing behind the end is read, nothing of it counts. */
SCRIPT(attack_frames_cut_short)
{
	uint8_t frame[FRAME_ROOM];
	size_t size, cut;

	bystander_begins();
	victim_connects();
	size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), RAW_OPTIONS(2, 4, 1, 1), LEN(100));
	for (cut = 0; cut < size; cut++)
		in_frame(frame, cut);
	silence();
	app_got_nothing();
	drop_is(eth_short, 14);
	drop_is(ip_short, 20);
	drop_is(ip_total_length, (int64_t)size - 34);
	in_frame(frame, size);
	app_got_n(100);
	out_after_ms(40, ACK, SEQ(1), ACK(101));
	bystander_speaks(1);
}

SCRIPT(attack_padding_and_trailing_octets_are_no_text)
{
	bystander_begins();
	victim_connects();
	in(ACK, SEQ(1), ACK(1), TRAILING(6));
	in(ACK, SEQ(1), ACK(1), TRAILING(1000));
	app_got_nothing();
	silence();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("1"), TRAILING(5));
	in(PSH | ACK, SEQ(2), ACK(1), DATA("23"), TRAILING(1400));
	app_got("123");
	out(ACK, SEQ(1), ACK(4));
	in(FIN | ACK, SEQ(4), ACK(1), TRAILING(6));
	out(ACK, SEQ(1), ACK(5));
	peer_closed_told();
	bystander_speaks(1);
}

/* ---- fragments ---- */

static const uint8_t zeros[1480];

/** A fragment of a TCP datagram from the attacker, of zeros. */
static void fragment_from(uint32_t ip, uint16_t id, uint16_t offset, bool more, size_t size)
{
	struct tcp_frame around = { .src_ip = ip, .dst_ip = IP(192, 0, 2, 1), .ttl = 64 };
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t bytes[FRAME_BYTES_MAX];

	memcpy(around.dst_mac, mac, 6);
	memcpy(around.src_mac, mac, 6);
	around.src_mac[4] = 1;
	around.ip_id = id;
	around.ip_fragment = (uint16_t)(offset / 8 | (more ? MORE_FRAGMENTS : 0));
	size = frame_build_ipv4(&around, 6, zeros, size, bytes);
	in_frame(bytes, size);
}

#define ATTACKER IP(192, 0, 2, 11)

SCRIPT(attack_a_hundred_thousand_first_fragments)
{
	uint32_t before, i;

	bystander_begins();
	before = script_usage()->mbufs;
	for (i = 0; i < 100000; i++)
		fragment_from(ATTACKER + (i >> 16), (uint16_t)i, 0, true, 1480);
	silence();
	must(drop_rise(frag_full) >= 90000);
	must(script_usage()->fragments <= 64);
	must(script_usage()->mbufs - before <= 1024 / 8);
	bystander_speaks(1);
	in_fragments(24, SYN, SEQ(0), MSS(1460));
	while (frames_sent() > 0)
		out_any();
	after_ms(121000);
	while (frames_sent() > 0) {
		size_t size;

		out_frame(&size);
	}
	usage_is(fragments, 0);
	must(script_usage()->mbufs <= before + 8);
	bystander_speaks(2);
}

SCRIPT(attack_fragments_that_overlap)
{
	bystander_begins();
	fragment_from(ATTACKER, 1, 0, true, 800);
	fragment_from(ATTACKER, 1, 400, true, 800);
	fragment_from(ATTACKER, 2, 0, true, 800);
	fragment_from(ATTACKER, 2, 80, true, 80);
	fragment_from(ATTACKER, 3, 400, false, 80);
	fragment_from(ATTACKER, 3, 0, true, 480);
	silence();
	drop_is(frag_overlap, 6); /* both fragments of each: the datagram goes whole */
	bystander_speaks(1);
}

SCRIPT(attack_fragments_past_65535)
{
	bystander_begins();
	fragment_from(ATTACKER, 1, 65528, false, 800);
	fragment_from(ATTACKER, 2, 65528, true, 8);
	fragment_from(ATTACKER, 3, 64800, false, 1480);
	drop_is(frag_bounds, 3);
	usage_is(fragments, 0);
	silence();
	bystander_speaks(1);
}

SCRIPT(attack_first_fragment_smaller_than_the_header)
{
	bystander_begins();
	in_fragments(8, SYN, SEQ(0), MSS(1460));
	must(drop_rise(frag_tiny) >= 1);
	silence();
	usage_is(embryos, 0);
	bystander_speaks(1);
}

/* ---- addresses ---- */

SCRIPT(attack_land)
{
	bystander_begins();
	in(SYN, SEQ(0), MSS(1460), FROM_IP(192, 0, 2, 1), FROM_PORT(80));
	in(SYN, SEQ(0), MSS(1460), FROM_IP(192, 0, 2, 1), FROM_PORT(81));
	in(SYN | ACK, SEQ(0), ACK(1), FROM_IP(192, 0, 2, 1), FROM_PORT(80));
	drop_is(tcp_land, 3);
	silence();
	usage_is(embryos, 0);
	bystander_speaks(1);
}

SCRIPT(attack_sources_that_nobody_can_have)
{
	bystander_begins();
	in(SYN, SEQ(0), FROM_IP(0, 0, 0, 0));
	in(SYN, SEQ(0), FROM_IP(255, 255, 255, 255));
	in(SYN, SEQ(0), FROM_IP(192, 0, 2, 255));
	in(SYN, SEQ(0), FROM_IP(224, 1, 2, 3));
	in(SYN, SEQ(0), FROM_IP(127, 0, 0, 1));
	drop_is(ip_source, 5);
	silence();
	usage_is(embryos, 0);
	usage_is(neighbour_waiting, 0);
	bystander_speaks(1);
}

/* ---- blind ---- */

/* Of all numbers only one ends the connection (RFC 5961 3.2). */
SCRIPT(attack_blind_resets)
{
	uint32_t i;

	bystander_begins();
	victim_connects();
	for (i = 0; i < 2000; i++) {
		in(RST, SEQ(1 + 65535 + i * 1000003));
		if (frames_sent() > 0)
			out(ACK, SEQ(1), ACK(1));
	}
	must(drop_rise(sequence_reset) > 1900);
	must(stat_rise(challenge_acks) <= 10);
	not_closed();
	state_is(ESTABLISHED);
	after_ms(1000);
	in(RST, SEQ(0));
	silence();
	in(RST, SEQ(2));
	out(ACK, SEQ(1), ACK(1));
	in(RST, SEQ(1 + 65534));
	out(ACK, SEQ(1), ACK(1));
	not_closed();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	bystander_speaks(1);
}

SCRIPT(attack_blind_syns)
{
	uint32_t i;

	bystander_begins();
	victim_connects();
	for (i = 0; i < 2000; i++) {
		in(SYN, SEQ(1 + i * 1000003), MSS(1460));
		if (frames_sent() > 0)
			out(ACK, SEQ(1), ACK(1));
	}
	drop_is(syn_challenged, 2000 - drop_rise(sequence));
	must(stat_rise(challenge_acks) <= 10);
	drop_is(challenge_limit, 1990);
	state_is(ESTABLISHED);
	not_closed();
	bystander_speaks(1);
}

/* Text with a guessed sequence number is nothing without an ACK that fits (RFC 5961 5.2). */
SCRIPT(attack_blind_data)
{
	uint32_t i;

	bystander_begins();
	victim_connects();
	for (i = 1; i < 2000; i++) {
		in(PSH | ACK, SEQ(1), ACK(1 + i * 2000003), LEN(10));
		if (frames_sent() > 0)
			out(ACK, SEQ(1), ACK(1));
	}
	app_got_nothing();
	state_is(ESTABLISHED);
	status_is(rcv_nxt, peer_seq(1));
	bystander_speaks(1);
}

/* ---- handshakes that are none ---- */

SCRIPT(attack_split_handshake_by_ack_then_syn)
{
	bystander_begins();
	connect_to(8000);
	out(SYN, SEQ(0));
	in(ACK, SEQ(0), ACK(1));
	silence();
	drop_is(syn_sent_no_syn, 1);
	state_is(SYN_SENT);
	/* What comes then is the simultaneous open of the RFC: the ACK before it counted nothing.
	 */
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	state_is(SYN_RECEIVED);
	not_accepted();
	app_got_nothing();
	in(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_REFUSED);
	bystander_speaks(1);
}

SCRIPT(attack_split_handshake_by_syn)
{
	bystander_begins();
	connect_to(8000);
	out(SYN, SEQ(0));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	not_accepted();
	/* The attacker takes our SYN-ACK for that of a server and answers by ACK: open at once. */
	in(ACK, SEQ(1), ACK(1));
	opened();
	stat_is(simultaneous_opens, 1);
	state_is(ESTABLISHED);
	in(SYN, SEQ(5000), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	drop_is(syn_challenged, 1);
	bystander_speaks(1);
}

SCRIPT(attack_syn_with_text_and_fin)
{
	bystander_begins();
	in(SYN | FIN, SEQ(0), MSS(1460), DATA("GET / HTTP/1.0"));
	in(SYN | RST, SEQ(0), MSS(1460), DATA("GET / HTTP/1.0"));
	in(SYN | FIN | RST | ACK | URG | PSH, SEQ(0), ACK(0), DATA("everything"));
	drop_is(tcp_flags, 3);
	silence();
	usage_is(embryos, 0);
	bystander_speaks(1);
}

SCRIPT(attack_requests_without_a_handshake)
{
	bystander_begins();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET / HTTP/1.0\r\n\r\n"));
	out(RST, SEQ(1));
	in(PSH, SEQ(1), DATA("GET / HTTP/1.0\r\n\r\n"));
	in(0, SEQ(1), DATA("GET / HTTP/1.0\r\n\r\n"));
	in(FIN | PSH | URG, SEQ(1), DATA("GET / HTTP/1.0\r\n\r\n"));
	silence();
	our_port(81);
	in(PSH, SEQ(1), DATA("GET"));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(4));
	our_port(80);
	not_accepted();
	usage_is(connections, 1);
	bystander_speaks(1);
}

/* At most one RST for each, and all together limited. */
SCRIPT(attack_flood_without_a_handshake)
{
	uint32_t i, resets = 0;

	bystander_begins();
	for (i = 0; i < FLOOD; i++) {
		in((i & 1) ? PSH | ACK : ACK, SEQ(i), ACK(i), FROM_PORT(1 + i % 30000),
		   TO_PORT(81));
		must(frames_sent() <= 1);
		resets += frames_sent();
		while (frames_sent() > 0)
			out_any();
	}
	must(resets < 2 * RESETS_PER_BUCKET);
	must(drop_rise(closed_rate) == (int64_t)(FLOOD - resets));
	usage_is(connections, 1);
	bystander_speaks(1);
}

/* ---- out of order ---- */

/* Odd octets only, on seven connections: bounded in memory and in work for each segment. */
SCRIPT(attack_one_byte_segments_out_of_order)
{
	uint32_t before, i, n;

	bystander_begins();
	before = script_usage()->mbufs;
	for (n = 1; n <= 7; n++) {
		peer(n);
		victim_connects();
		for (i = 0; i < 1000; i++) {
			in(PSH | ACK, SEQ(2 + 2 * i), ACK(1), LEN(1));
			out(ACK, SEQ(1), ACK(1));
		}
		status_is(rcv_nxt, peer_seq(1));
		app_got_nothing();
	}
	/* 64 gaps are remembered, and fewer when that would be more than a share of the buffers. */
	must(drop_rise(reassembly_full) + drop_rise(reassembly_share) >= 7 * (1000 - 65));
	must(drop_rise(reassembly_full) >= 1000 - 65);
	must(script_usage()->mbufs - before <= 7 * 256);
	bystander_speaks(1);
	peer(1);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1001), ANY_WIN);
	in(PSH | ACK, SEQ(1001), ACK(1), LEN(1000));
	app_got_n(2000);
	while (frames_sent() > 0)
		out_any();
	bystander_speaks(2);
}

/* ---- TIME-WAIT ---- */

SCRIPT(attack_time_wait_assassination)
{
	bystander_begins();
	victim_connects();
	reach_from_established(LA_TIME_WAIT);
	/* RFC 1337: an old duplicate makes us answer, and the answer's RST must not end it. */
	in(PSH | ACK, SEQ(-99), ACK(2), LEN(100));
	out(ACK, SEQ(2), ACK(2));
	in(RST, SEQ(2));
	in(RST | ACK, SEQ(2), ACK(2));
	in(RST, SEQ(1000));
	silence();
	must(drop_rise(time_wait_reset) >= 2);
	drop_is(time_wait_text, 1);
	usage_is(time_waits, 1);
	state_is(TIME_WAIT);
	bystander_speaks(1);
}

SCRIPT(attack_old_duplicates_in_time_wait)
{
	uint32_t i;

	bystander_begins();
	victim_connects();
	reach_from_established(LA_TIME_WAIT);
	for (i = 0; i < 100; i++) {
		in(PSH | ACK, SEQ(1 - 1000 * (i + 1)), ACK(2), LEN(500));
		/* Ten answers a second: two ends in TIME-WAIT must not answer each other for ever.
		 */
		if (i < CHALLENGE_ACKS_MAX)
			out(ACK, SEQ(2), ACK(2));
		silence();
		app_got_nothing();
	}
	drop_is(challenge_limit, 100 - CHALLENGE_ACKS_MAX);
	after_ms(1000);
	in(SYN, SEQ(0), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	stat_is(time_wait_reopened, 0);
	usage_is(connections, 1);
	after_ms(60001);
	usage_is(time_waits, 0);
	bystander_speaks(1);
}

/* ---- ARP ---- */

/** ARP from one MAC address: operation, sender and target. */
static void in_arp(unsigned int operation, const uint8_t mac[6], uint32_t sender, uint32_t target)
{
	static const uint8_t head[8] = { 0x08, 0x06, 0, 1, 8, 0, 6, 4 };
	uint8_t frame[60] = { 0 };

	memcpy(frame, broadcast_mac, 6);
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, head, 8);
	frame_put16(frame + 20, operation);
	memcpy(frame + 22, mac, 6);
	frame_put32(frame + 28, sender);
	frame_put32(frame + 38, target);
	in_frame(frame, sizeof(frame));
}

SCRIPT(attack_arp_flood)
{
	uint8_t mac[6] = { 2, 0xbe, 0xef, 0, 0, 0 };
	uint32_t i, before;

	bystander_begins();
	before = script_usage()->mbufs;
	for (i = 0; i < 10000; i++) {
		frame_put16(mac + 4, i);
		in_arp(1 + i % 2, mac, IP(192, 0, 2, 20 + i % 200), IP(192, 0, 2, 77));
	}
	silence();
	must(drop_rise(arp_unsolicited) == 5000);
	must(script_usage()->mbufs == before);
	bystander_speaks(1);
}

SCRIPT(attack_forged_arp_replies_create_nothing)
{
	static const uint8_t liar[6] = { 2, 0xbe, 0xef, 0, 0, 1 };
	size_t size;

	bystander_begins();
	arp_by_hand();
	in_arp(2, liar, IP(192, 0, 2, 11), IP(192, 0, 2, 1));
	drop_is(arp_unsolicited, 1);
	/* Whoever asks first is asked for himself, not looked up at the liar's. */
	in(SYN, SEQ(0), MSS(1460));
	must(frame_get16(out_frame(&size) + 12) == 0x0806);
	silence();
	bystander_speaks(1);
}

SCRIPT(attack_arp_that_claims_our_address)
{
	static const uint8_t liar[6] = { 2, 0xbe, 0xef, 0, 0, 1 };

	bystander_begins();
	in_arp(2, liar, IP(192, 0, 2, 1), IP(192, 0, 2, 1));
	in_arp(1, liar, IP(192, 0, 2, 1), IP(192, 0, 2, 1));
	drop_is(arp_conflict, 2);
	bystander_speaks(1);
}

/* ---- peers that hold memory ---- */

#define HOLDERS 16U

/** So many connections to port 80, each with text that waits for a window of so many bytes. */
static void open_holders(uint16_t window, uint32_t bytes)
{
	unsigned int i;

	for (i = 0; i < HOLDERS; i++) {
		peer_port((uint16_t)(41000 + i));
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1), WIN(window));
		accepted();
		app_send_n(bytes);
		while (frames_sent() > 0)
			out_any();
	}
}

/** What the holders were sent and have not answered yet. */
struct pending {
	struct sent_segment list[4 * HOLDERS];
	unsigned int count, resets;
};

static void take_pending(struct pending *pending)
{
	while (frames_sent() > 0) {
		struct sent_segment sent = out_any();

		peer_port(sent.dst_port);
		if ((sent.flags & RST) != 0) {
			closed_because(LA_REASON_STALLED);
			pending->resets++;
		} else {
			must(pending->count < 4 * HOLDERS);
			pending->list[pending->count++] = sent;
		}
	}
}

/**
 * Each so many milliseconds everything that was sent is answered with a window of so many bytes,
 * until a time; with ANSWER_NOTHING not at all. Returns how many holders were reset.
 */
#define ANSWER_NOTHING UINT16_MAX
static unsigned int hold_on(uint16_t window, unsigned int step_ms, uint64_t until_ms)
{
	struct pending now = { .count = 0 };

	while (script_now_us() < until_ms * 1000) {
		struct pending next = { .resets = now.resets };
		unsigned int i;

		after_ms(step_ms);
		take_pending(&now);
		next.resets = now.resets;
		for (i = 0; i < now.count && window != ANSWER_NOTHING; i++) {
			const struct sent_segment *sent = &now.list[i];

			peer_port(sent->dst_port);
			in(ACK, SEQ(1), ACK(window == 0 ? sent->seq : sent->seq + sent->size),
			   WIN(window));
			take_pending(&next);
		}
		now = next;
	}
	return now.resets;
}

/** A newcomer is served. */
static void newcomer_is_served(void)
{
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
}

/*
 * Windows closed for ever, all probes answered, on every record there is: from the first moment
 * that patience ends, at a probe, as many are reset as make room.
 */
SCRIPT(attack_closed_windows_on_every_record)
{
	configure(max_connections, HOLDERS);
	listen_on(80);
	open_holders(0, 1000);
	must(hold_on(0, 50, 29000) == 0);
	must(hold_on(0, 50, 90000) == HOLDERS / 8);
	stat_is(closed_stalled, HOLDERS / 8);
	newcomer_is_served();
}

/* A window of one octet for ever: ten octets a second are next to nothing. */
SCRIPT(attack_windows_of_one_octet_on_every_record)
{
	configure(max_connections, HOLDERS);
	listen_on(80);
	open_holders(1, 30000);
	must(hold_on(1, 50, 29000) == 0);
	must(hold_on(1, 50, 40000) == HOLDERS / 8);
	newcomer_is_served();
}

/* The time may be shortened on connections that are there: what they have held already counts, and
 * what comes does not undo that. */
SCRIPT(patience_that_was_shortened_ends_early)
{
	unsigned int i;

	configure(max_connections, HOLDERS);
	listen_on(80);
	open_holders(100, 1000);
	after_ms(1000);
	while (frames_sent() > 0)
		out_any();
	for (i = 0; i < HOLDERS; i++) {
		peer_port((uint16_t)(41000 + i));
		app_sets(options->stall_timeout_us = 2000000);
		in(ACK, SEQ(1), ACK(11), WIN(90));
	}
	while (frames_sent() > 0)
		out_any();
	must(hold_on(0, 50, 2000) == 0);
	must(hold_on(0, 50, 10000) == HOLDERS / 8);
}

/* What a peer took and answered in time for long is not held against it when it falls silent. */
SCRIPT(patience_begins_anew_with_each_answer)
{
	unsigned int n, i;

	configure(max_connections, HOLDERS);
	listen_on(80);
	app_echoes();
	for (i = 0; i < HOLDERS; i++) {
		peer_port((uint16_t)(41000 + i));
		victim_connects();
	}
	/* The flight stays, as no rest is as long as a second. */
	for (n = 0; n <= 40; n++) {
		after_ms(900);
		for (i = 0; i < HOLDERS; i++) {
			peer_port((uint16_t)(41000 + i));
			in(PSH | ACK, SEQ(1 + n), ACK(1 + n), DATA("x"));
			out(PSH | ACK, SEQ(1 + n), ACK(2 + n), DATA("x"));
			if (n < 40)
				in(ACK, SEQ(2 + n), ACK(2 + n));
		}
	}
	must(hold_on(ANSWER_NOTHING, 50, (41 * 900) + 29000) == 0);
	must(hold_on(ANSWER_NOTHING, 50, (41 * 900) + 90000) == HOLDERS / 8);
}

/* While nothing runs short nobody is let go, however slow. */
SCRIPT(slow_readers_are_kept_while_there_is_memory)
{
	configure(max_connections, HOLDERS * 2);
	listen_on(80);
	open_holders(0, 1000);
	must(hold_on(0, 50, 200000) == 0);
	stat_is(closed_stalled, 0);
	newcomer_is_served();
}

/* 512 octets a second are slow, and something. */
SCRIPT(slow_readers_that_take_something_are_kept)
{
	configure(max_connections, HOLDERS);
	listen_on(80);
	open_holders(512, 65536);
	must(hold_on(512, 1000, 90000) == 0);
	stat_is(closed_stalled, 0);
}

/* FIN-WAIT-1 whose FIN nobody acknowledges, on every record there is. */
SCRIPT(attack_pinned_fin_wait_1)
{
	unsigned int i;

	configure(max_connections, HOLDERS);
	listen_on(80);
	for (i = 0; i < HOLDERS; i++) {
		peer_port((uint16_t)(41000 + i));
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1));
		accepted();
		app_close();
		out(FIN | ACK, SEQ(1), ACK(1));
	}
	must(hold_on(ANSWER_NOTHING, 50, 60000) == HOLDERS / 8);
	newcomer_is_served();
}
