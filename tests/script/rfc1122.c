/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 1122, RFC 791, RFC 792, RFC 826 as a connection meets them: what a packet must be to reach
 * TCP at all, fragments of its segments, echo beside it, and ARP before it. The tests of lib/net
 * go further into each.
 */
#include "frame.h"
#include "reach.h"

#define IP_AT 14U
#define TCP_AT 34U

static void seal_ip(uint8_t *frame)
{
	frame_put16(frame + IP_AT + 10, 0);
	frame_put16(frame + IP_AT + 10, frame_checksum(frame_sum(0, frame + IP_AT, 20)));
}

/** A segment of the peer's next text, with one octet of its IP header changed and summed anew. */
static void in_with(size_t at, uint8_t value)
{
	uint8_t frame[FRAME_ROOM];
	size_t size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), DATA("text"));

	frame[IP_AT + at] = value;
	seal_ip(frame);
	in_frame(frame, size);
}

SCRIPT(other_ip_versions_never_reach_tcp)
{
	unsigned int version;

	establish();
	for (version = 0; version < 16; version++)
		if (version != 4)
			in_with(0, (uint8_t)(version << 4 | 5));
	silence();
	drop_is(ip_version, 15);
	app_got_nothing();
}

SCRIPT(ip_headers_that_lie_never_reach_tcp)
{
	unsigned int words;

	establish();
	for (words = 0; words < 5; words++)
		in_with(0, (uint8_t)(0x40 | words));
	silence();
	drop_is(ip_header_length, 5);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"), BAD_IP_SUM);
	drop_is(ip_checksum, 1);
	app_got_nothing();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	app_got("text");
	out_after_ms(40, ACK, SEQ(1), ACK(5));
}

SCRIPT(every_flipped_bit_of_the_ip_header_is_noticed)
{
	uint8_t frame[FRAME_ROOM];
	size_t size, bit;

	establish();
	size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	for (bit = 8 * IP_AT; bit < 8 * TCP_AT; bit++) {
		frame[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
		in_frame(frame, size);
		silence();
		frame[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
	}
	app_got_nothing();
	usage_is(fragments, 0);
	in_frame(frame, size);
	app_got("text");
	out_after_ms(40, ACK, SEQ(1), ACK(5));
}

SCRIPT(segment_in_fragments_is_one_segment)
{
	establish();
	in_fragments(504, PSH | ACK, SEQ(1), ACK(1), LEN(1400));
	app_got_n(1400);
	stat_is(ip_reassembled, 1);
	out_after_ms(40, ACK, SEQ(1), ACK(1401));
	usage_is(fragments, 0);
}

SCRIPT(fragment_that_never_comes_is_given_up_within_two_minutes)
{
	uint8_t frame[FRAME_ROOM];
	size_t size;

	establish();
	size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), LEN(100), IP_FRAGMENT(0x2000), IP_ID(7),
			TOTAL_LENGTH(20 + 96));
	in_frame(frame, size);
	usage_is(fragments, 1);
	after_ms(59000);
	usage_is(fragments, 1);
	after_ms(61000);
	usage_is(fragments, 0);
	drop_is(frag_timeout, 1);
	while (frames_sent() > 0)
		out_frame(&size);
	app_got_nothing();
	state_is(ESTABLISHED);
}

/** A packet of another protocol from peer 1. */
static void in_protocol(uint8_t protocol, const void *payload, size_t size)
{
	struct tcp_frame around = { .src_ip = IP(192, 0, 2, 11), .dst_ip = IP(192, 0, 2, 1) };
	static const uint8_t ours[6] = { 2, 0, 0, 0, 0, 1 }, theirs[6] = { 2, 0, 0, 0, 1, 1 };
	uint8_t bytes[FRAME_BYTES_MAX];

	around.ttl = 64;
	around.ip_fragment = 0x4000;
	memcpy(around.dst_mac, ours, 6);
	memcpy(around.src_mac, theirs, 6);
	size = frame_build_ipv4(&around, protocol, payload, size, bytes);
	in_frame(bytes, size);
}

/** Takes the ICMP message that was sent, of this type and code. Returns where it begins. */
static const uint8_t *out_icmp(unsigned int type, unsigned int code)
{
	size_t size;
	const uint8_t *frame = out_frame(&size);
	size_t length = frame_get16(frame + IP_AT + 2) - 20U;

	must(frame_get16(frame + 12) == 0x0800 && frame[IP_AT + 9] == 1);
	must(frame_checksum(frame_sum(0, frame + TCP_AT, length)) == 0);
	must(frame[TCP_AT] == type && frame[TCP_AT + 1] == code);
	return frame + TCP_AT;
}

SCRIPT(echo_is_answered_with_the_same_data_beside_a_connection)
{
	uint8_t echo[8 + 300] = { 8, 0 };
	size_t i;

	establish();
	for (i = 4; i < sizeof(echo); i++)
		echo[i] = (uint8_t)(i * 5);
	frame_put16(echo + 2, frame_checksum(frame_sum(0, echo, sizeof(echo))));
	in_protocol(1, echo, sizeof(echo));
	must(memcmp(out_icmp(0, 0) + 4, echo + 4, sizeof(echo) - 4) == 0);
	silence();
}

SCRIPT(unknown_protocol_and_udp_are_answered_by_unreachable)
{
	static const uint8_t payload[16] = { 0x12, 0x34, 0x56, 0x78, 0, 16 };

	establish();
	in_protocol(132, payload, sizeof(payload));
	must(memcmp(out_icmp(3, 2) + 8 + 20, payload, 8) == 0);
	drop_is(ip_protocol, 1);
	in_protocol(17, payload, sizeof(payload));
	out_icmp(3, 3);
	drop_is(udp_port, 1);
	silence();
}

SCRIPT(no_error_is_sent_about_an_error)
{
	uint8_t error[8 + 28] = { 3, 3 };

	establish();
	frame_put16(error + 2, frame_checksum(frame_sum(0, error, sizeof(error))));
	in_protocol(1, error, sizeof(error));
	silence();
	stat_is(tx_icmp_errors, 0);
}

/* The answer to a SYN waits while its sender is looked up, asked for once a second. */
SCRIPT(syn_ack_waits_for_arp)
{
	uint8_t reply[60] = { 0 };
	const uint8_t *request;
	size_t size;

	listen_on(80);
	arp_by_hand();
	in(SYN, SEQ(0), MSS(1460));
	request = out_frame(&size);
	must(frame_get16(request + 12) == 0x0806 && frame_get32(request + 38) == IP(192, 0, 2, 11));
	memcpy(reply, request + 6, 6);
	memcpy(reply + 12, request + 12, 8);
	frame_put16(reply + 20, 2);
	memcpy(reply + 32, request + 22, 6);
	memcpy(reply + 38, request + 28, 4);
	frame_put32(reply + 28, IP(192, 0, 2, 11));
	memcpy(reply + 22, "\2\0\0\0\1\1", 6);
	memcpy(reply + 6, "\2\0\0\0\1\1", 6);
	silence();
	usage_is(neighbour_waiting, 1);
	in_frame(reply, sizeof(reply));
	out(SYN | ACK, SEQ(0), ACK(1));
	usage_is(neighbour_waiting, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}
