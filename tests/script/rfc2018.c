/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 2018: what our ACKs tell of text beyond gaps. */
#include "bulk.h"

/** Listens with SACK alone and comes to ESTABLISHED. */
static void permitted(void)
{
	listen_with(80, options->sack = true);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/** With timestamps: there is room for three blocks only. */
static void permitted_and_stamped(void)
{
	listen_with(80, options->sack = options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(0, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 0));
	in(ACK, SEQ(1), ACK(1), TS(10, 0));
	accepted();
}

/** Ten octets of the peer's stream from this number on, in a segment of their own. */
#define TEN(seq) in(ACK, SEQ(seq), ACK(1), LEN(10))
#define DUPLICATE(...) out(ACK, SEQ(1), ACK(1), SACK(__VA_ARGS__))

/* ---- 2: only when permitted ---- */

SCRIPT(no_block_is_sent_that_was_not_permitted)
{
	listen_with(80, options->sack = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	TEN(11);
	out(ACK, SEQ(1), ACK(1));
}

SCRIPT(no_block_is_sent_that_is_not_wanted)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	TEN(11);
	out(ACK, SEQ(1), ACK(1));
}

SCRIPT(blocks_are_sent_on_an_active_open_too)
{
	connect_with(80, options->sack = true);
	out(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	opened();
	out(ACK, SEQ(1), ACK(1));
	TEN(11);
	DUPLICATE(11, 21);
}

/* ---- 3, 4: which blocks, in which order ---- */

SCRIPT(block_is_the_range_of_the_segment_that_came)
{
	permitted();
	TEN(11);
	DUPLICATE(11, 21);
	TEN(21);
	DUPLICATE(11, 31);
	TEN(31);
	DUPLICATE(11, 41);
}

SCRIPT(newest_block_is_first)
{
	permitted();
	TEN(11);
	DUPLICATE(11, 21);
	TEN(51);
	DUPLICATE(51, 61, 11, 21);
	TEN(31);
	DUPLICATE(31, 41, 51, 61, 11, 21);
	/* The oldest grows: it is the newest now. */
	TEN(21);
	DUPLICATE(11, 41, 51, 61);
}

SCRIPT(segment_that_closes_a_gap_joins_two_blocks)
{
	permitted();
	TEN(11);
	DUPLICATE(11, 21);
	TEN(31);
	DUPLICATE(31, 41, 11, 21);
	TEN(21);
	DUPLICATE(11, 41);
}

/** The three cases of section 5, with 500 octets from 5,001 on as the RFC has them. */
#define CASE(n) (1 + 500 * (n))
#define FIVE_HUNDRED(n) in(ACK, SEQ(CASE(n)), ACK(1), LEN(500))

SCRIPT(section_5_case_1_the_last_four_are_dropped)
{
	permitted();
	for (uint32_t i = 0; i < 4; i += 2) {
		FIVE_HUNDRED(i);
		FIVE_HUNDRED(i + 1);
		out(ACK, SEQ(1), ACK(CASE(i + 2)));
		app_got_n(1000);
	}
}

SCRIPT(section_5_case_2_the_first_is_dropped)
{
	permitted();
	for (uint32_t i = 1; i < 8; i++) {
		FIVE_HUNDRED(i);
		out(ACK, SEQ(1), ACK(1), SACK(CASE(1), CASE(i + 1)));
	}
}

SCRIPT(section_5_case_3_every_second_is_dropped)
{
	permitted();
	FIVE_HUNDRED(0);
	out_after_ms(40, ACK, SEQ(1), ACK(501));
	FIVE_HUNDRED(2);
	out(ACK, SEQ(1), ACK(501), SACK(CASE(2), CASE(3)));
	FIVE_HUNDRED(4);
	out(ACK, SEQ(1), ACK(501), SACK(CASE(4), CASE(5), CASE(2), CASE(3)));
	FIVE_HUNDRED(6);
	out(ACK, SEQ(1), ACK(501), SACK(CASE(6), CASE(7), CASE(4), CASE(5), CASE(2), CASE(3)));
	/* The fourth comes after all. */
	FIVE_HUNDRED(3);
	out(ACK, SEQ(1), ACK(501), SACK(CASE(2), CASE(5), CASE(6), CASE(7)));
	/* The second, and the gap before it is closed. */
	FIVE_HUNDRED(1);
	out(ACK, SEQ(1), ACK(2501), SACK(CASE(6), CASE(7)));
	app_got_n(2500);
}

SCRIPT(four_blocks_fit_without_timestamps)
{
	permitted();
	TEN(11);
	DUPLICATE(11, 21);
	TEN(31);
	DUPLICATE(31, 41, 11, 21);
	TEN(51);
	DUPLICATE(51, 61, 31, 41, 11, 21);
	TEN(71);
	DUPLICATE(71, 81, 51, 61, 31, 41, 11, 21);
	TEN(91);
	DUPLICATE(91, 101, 71, 81, 51, 61, 31, 41);
}

SCRIPT(three_blocks_fit_beside_timestamps)
{
	permitted_and_stamped();
	for (uint32_t i = 0; i < 3; i++) {
		in(ACK, SEQ(11 + 20 * i), ACK(1), LEN(10), TS(20, 0));
		out_any();
	}
	in(ACK, SEQ(71), ACK(1), LEN(10), TS(20, 0));
	out(ACK, SEQ(1), ACK(1), TS(0, 10), SACK(71, 81, 51, 61, 31, 41));
}

/** As long as there is a gap every ACK tells, whatever it is sent for. */
SCRIPT(every_ack_tells_until_the_gap_is_closed)
{
	permitted();
	TEN(21);
	DUPLICATE(21, 31);
	/* In order, and the gap stays. */
	TEN(1);
	out(ACK, SEQ(1), ACK(11), SACK(21, 31));
	app_got_n(10);
	in(ACK, SEQ(500000), ACK(1));
	out(ACK, SEQ(1), ACK(11), SACK(21, 31));
	drop_is(sequence, 1);
	TEN(11);
	out(ACK, SEQ(1), ACK(31));
	app_got_n(20);
	TEN(31);
	out_after_ms(40, ACK, SEQ(1), ACK(41));
	app_got_n(10);
}

/* ---- ACKs of one breath ---- */

/** Each of them tells what was known when its segment came (RFC 5681 4.2: one for each). */
SCRIPT(each_duplicate_ack_of_a_breath_begins_with_its_own_segment)
{
	permitted();
	one_breath
	{
		TEN(11);
		TEN(31);
		TEN(51);
	}
	DUPLICATE(11, 21);
	DUPLICATE(31, 41, 11, 21);
	DUPLICATE(51, 61, 31, 41, 11, 21);
}

SCRIPT(no_range_of_six_goes_untold_in_a_breath)
{
	permitted();
	one_breath
	{
		for (uint32_t i = 0; i < 6; i++)
			TEN(11 + 20 * i);
	}
	DUPLICATE(11, 21);
	DUPLICATE(31, 41, 11, 21);
	DUPLICATE(51, 61, 31, 41, 11, 21);
	DUPLICATE(71, 81, 51, 61, 31, 41, 11, 21);
	DUPLICATE(91, 101, 71, 81, 51, 61, 31, 41);
	DUPLICATE(111, 121, 91, 101, 71, 81, 51, 61);
}

SCRIPT(ack_behind_a_burst_in_order_tells_what_is_left)
{
	permitted();
	one_breath
	{
		TEN(21);
		TEN(41);
		TEN(1);
		TEN(11);
	}
	out(ACK, SEQ(1), ACK(31), SACK(41, 51));
	app_got_n(30);
}

/* ---- text of our own ---- */

SCRIPT(short_text_carries_blocks)
{
	permitted();
	TEN(11);
	DUPLICATE(11, 21);
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("text"), SACK(11, 21));
}

/** It would be cut elsewhere when it is sent again, or not fit the path. */
SCRIPT(full_segment_carries_no_block_and_the_ack_of_its_own_does)
{
	permitted();
	one_breath
	{
		TEN(11);
		app_send_n(2920 + 1450);
	}
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(ACK, SEQ(2921), ACK(1), SACK(11, 21));
}

/** As many as fit: no frame is longer than the MTU allows. */
SCRIPT(blocks_beside_text_fill_a_segment_and_no_more)
{
	permitted_and_stamped();
	for (uint32_t i = 0; i < 3; i++) {
		in(ACK, SEQ(11 + 20 * i), ACK(1), LEN(10), TS(20, 0));
		out_any();
	}
	app_send_n(1448 - 4 - 16);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1428), TS(0, 10), SACK(51, 61, 31, 41));
	app_send_n(1448 - 4 - 7);
	in(ACK, SEQ(1), ACK(1429), TS(21, 0));
	out(PSH | ACK, SEQ(1429), ACK(1), LEN(1437), TS(0, 21));
}

SCRIPT(reset_carries_no_block)
{
	permitted();
	TEN(11);
	DUPLICATE(11, 21);
	app_abort();
	out(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_ABORTED);
}

/* ---- 8: what was told is kept ---- */

/** 64 ranges of little text are kept; those beyond are not told, for they are not there. */
SCRIPT(what_is_not_kept_is_not_told)
{
	permitted();
	for (uint32_t i = 0; i < 64; i++) {
		TEN(11 + 20 * i);
		out_any();
	}
	drop_is(reassembly_full, 0);
	TEN(11 + 20 * 64);
	DUPLICATE(1271, 1281, 1251, 1261, 1231, 1241, 1211, 1221);
	drop_is(reassembly_full, 1);
}

SCRIPT(blocks_cross_the_wrap)
{
	permitted();
	/* The peer's numbers wrap at 5. */
	in(ACK, SEQ(3), ACK(1), LEN(2));
	DUPLICATE(3, 5);
	in(ACK, SEQ(5), ACK(1), LEN(2));
	DUPLICATE(3, 7);
	must(peer_seq(3) > peer_seq(7));
}
