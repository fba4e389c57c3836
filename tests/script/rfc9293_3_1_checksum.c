/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 section 3.1: the checksum over pseudo header, header and text, both ways. */
#include "frame.h"
#include "reach.h"

#define IP_AT 14U
#define TCP_AT 34U
#define CHECKSUM_AT (TCP_AT + 16U)

static void flip(uint8_t *frame, size_t bit)
{
	frame[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
}

/* MUST-3. */
SCRIPT(every_flipped_bit_of_header_or_text_is_noticed)
{
	uint8_t frame[FRAME_ROOM];
	size_t size, bit;

	establish();
	size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), RAW_OPTIONS(1, 1, 1, 1), DATA("odd"));
	must(size == TCP_AT + 27);
	for (bit = 8 * TCP_AT; bit < 8 * (TCP_AT + 24 + 3); bit++) {
		flip(frame, bit);
		in_frame(frame, size);
		silence();
		flip(frame, bit);
	}
	drop_is(tcp_checksum, 8 * 27);
	app_got_nothing();
	status_is(rcv_nxt, peer_seq(1));
	in_frame(frame, size);
	app_got("odd");
	out_after_ms(40, ACK, SEQ(1), ACK(4));
}

SCRIPT(every_flipped_bit_of_a_syn_is_noticed)
{
	uint8_t frame[FRAME_ROOM];
	size_t size, bit;

	listen_on(80);
	size = frame_of(frame, SYN, SEQ(0), MSS(1460));
	for (bit = 8 * TCP_AT; bit < 8 * (TCP_AT + 24); bit++) {
		flip(frame, bit);
		in_frame(frame, size);
		silence();
		flip(frame, bit);
	}
	drop_is(tcp_checksum, 8 * 24);
	usage_is(embryos, 0);
	in_frame(frame, size);
	out(SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(checksum_of_zero_is_no_excuse)
{
	uint8_t frame[FRAME_ROOM];
	size_t size;

	establish();
	size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	must(frame_get16(frame + CHECKSUM_AT) != 0);
	frame_put16(frame + CHECKSUM_AT, 0);
	in_frame(frame, size);
	silence();
	drop_is(tcp_checksum, 1);
	app_got_nothing();
}

/** Adds to the last octet of an address of the packet, and makes the IP header good again. */
static void move_address(uint8_t *frame, size_t at, int by)
{
	frame[at + 3] = (uint8_t)(frame[at + 3] + by);
	frame_put16(frame + IP_AT + 10, 0);
	frame_put16(frame + IP_AT + 10, frame_checksum(frame_sum(0, frame + IP_AT, 20)));
}

SCRIPT(checksum_covers_the_source_address)
{
	uint8_t frame[FRAME_ROOM];
	size_t size;

	listen_on(80);
	size = frame_of(frame, SYN, SEQ(0), MSS(1460));
	move_address(frame, IP_AT + 12, 1);
	in_frame(frame, size);
	silence();
	drop_is(tcp_checksum, 1);
	usage_is(embryos, 0);
}

SCRIPT(checksum_covers_the_destination_address)
{
	uint8_t frame[FRAME_ROOM];
	size_t size;

	listen_on(80);
	also_our_address(192, 0, 2, 2);
	size = frame_of(frame, SYN, SEQ(0), MSS(1460));
	move_address(frame, IP_AT + 16, 1);
	in_frame(frame, size);
	silence();
	drop_is(tcp_checksum, 1);
}

/* The length of the segment is summed too: a packet cut short has another sum. */
SCRIPT(checksum_covers_the_length)
{
	uint8_t frame[FRAME_ROOM];
	size_t size;

	establish();
	size = frame_of(frame, PSH | ACK, SEQ(1), ACK(1), RAW_OPTIONS(1, 1, 1, 1),
			((struct field){ FIELD_DATA, 0, "\0\0\0\0", 4 }));
	frame_put16(frame + IP_AT + 2, frame_get16(frame + IP_AT + 2) - 2U);
	move_address(frame, IP_AT + 12, 0);
	in_frame(frame, size);
	silence();
	drop_is(tcp_checksum, 1);
	app_got_nothing();
}

/* MUST-2: out() verifies each checksum with code of its own. */
SCRIPT(checksum_of_every_length_of_text_is_right)
{
	uint32_t size, at = 1;

	listen_with(80, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	for (size = 1; size <= 300; size++) {
		app_send_n(size);
		out(PSH | ACK, SEQ(at), ACK(1), LEN(size));
		at += size;
		in(ACK, SEQ(1), ACK(at));
	}
}

SCRIPT(checksum_of_joined_buffers_is_right)
{
	uint32_t i;

	port_flags(LA_PORT_TX_CHAINS);
	listen_with(80, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	one_breath
	{
		for (i = 0; i < 7; i++)
			app_send_n(101 + 100 * i);
	}
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(1461), ACK(1), LEN(1347));
	in(ACK, SEQ(1), ACK(2808));
}
