/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 sections 3.1 and 3.2: TCP options: where they may stand, which are understood, and what
 * is done with the others.
 */
#include "reach.h"

#define MSS_1000 2, 4, 0x03, 0xe8
#define WINDOW_SCALE_7 3, 3, 7
#define SACK_PERMITTED_OPTION 4, 2
#define TIMESTAMPS 8, 10, 0, 0, 0, 1, 0, 0, 0, 0
#define EXPERIMENT 253, 6, 0x12, 0x34, 0x56, 0x78

/** What the peer's SYN with these options is taken for. */
#define EXPECT_MSS(mss_, ...)                              \
	do {                                               \
		in(SYN, SEQ(0), RAW_OPTIONS(__VA_ARGS__)); \
		out(SYN | ACK, SEQ(0), ACK(1));            \
		in(ACK, SEQ(1), ACK(1));                   \
		accepted();                                \
		status_is(mss, mss_);                      \
	} while (0)

/* ---- MUST-4, MUST-6: kinds ---- */

SCRIPT(mss_option_is_understood)
{
	listen_on(80);
	EXPECT_MSS(1000, MSS_1000);
}

SCRIPT(mss_is_found_behind_no_operations)
{
	listen_on(80);
	EXPECT_MSS(1000, 1, 1, 1, 1, MSS_1000);
}

SCRIPT(nothing_is_read_behind_the_end_of_the_list)
{
	listen_on(80);
	EXPECT_MSS(536, 1, 0, MSS_1000);
}

SCRIPT(unknown_options_are_stepped_over_by_their_length)
{
	listen_on(80);
	EXPECT_MSS(1000, EXPERIMENT, 76, 2, 254, 5, 2, 4, 1, MSS_1000);
}

SCRIPT(options_of_later_rfcs_in_syn_are_stepped_over_and_not_answered)
{
	listen_on(80);
	EXPECT_MSS(1000, TIMESTAMPS, WINDOW_SCALE_7, SACK_PERMITTED_OPTION, MSS_1000);
	in(PSH | ACK, SEQ(1), ACK(1), WIN(1000), RAW_OPTIONS(1, 1, TIMESTAMPS), DATA("text"));
	app_got("text");
	status_is(snd_wnd, 1000);
	out_after_ms(40, ACK, SEQ(1), ACK(5));
}

/* ---- MUST-5: any segment ---- */

SCRIPT(options_stand_before_text)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMESTAMPS), DATA("behind options"));
	app_got("behind options");
	out_after_ms(40, ACK, SEQ(1), ACK(15));
}

SCRIPT(forty_octets_of_options_stand_before_text)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1),
	   RAW_OPTIONS(1, 1, TIMESTAMPS, 1, 1, TIMESTAMPS, 1, 1, TIMESTAMPS, 253, 4, 9, 9),
	   DATA("behind forty"));
	app_got("behind forty");
	out_after_ms(40, ACK, SEQ(1), ACK(13));
}

SCRIPT(options_stand_in_fin)
{
	establish();
	in(FIN | ACK, SEQ(1), ACK(1), RAW_OPTIONS(EXPERIMENT));
	out(ACK, SEQ(1), ACK(2));
	peer_closed_told();
}

SCRIPT(options_stand_in_reset)
{
	establish();
	in(RST, SEQ(1), RAW_OPTIONS(EXPERIMENT));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(options_stand_in_the_syn_ack_we_get)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(SACK_PERMITTED_OPTION, TIMESTAMPS, MSS_1000));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(mss, 1000);
}

/* ---- MUST-64: any octet ---- */

SCRIPT(options_may_start_at_an_odd_octet)
{
	listen_on(80);
	EXPECT_MSS(1000, 1, MSS_1000);
}

SCRIPT(options_may_start_at_every_octet)
{
	listen_on(80);
	EXPECT_MSS(1000, 254, 2, 1, MSS_1000, TIMESTAMPS);
	peer(2);
	EXPECT_MSS(1000, WINDOW_SCALE_7, SACK_PERMITTED_OPTION, MSS_1000, 1);
	peer(3);
	EXPECT_MSS(1000, WINDOW_SCALE_7, WINDOW_SCALE_7, MSS_1000, 1);
}

/* ---- MUST-7, MUST-68: lengths that are none ---- */

SCRIPT(length_zero_ends_the_list_and_the_segment_counts)
{
	listen_on(80);
	EXPECT_MSS(536, 253, 0, MSS_1000);
	peer(2);
	EXPECT_MSS(536, 2, 0, 3, 0xe8);
}

SCRIPT(length_one_ends_the_list_and_the_segment_counts)
{
	listen_on(80);
	EXPECT_MSS(536, 253, 1, MSS_1000);
	peer(2);
	EXPECT_MSS(536, 2, 1, 3, 0xe8);
}

SCRIPT(length_past_the_header_ends_the_list_and_the_segment_counts)
{
	listen_on(80);
	EXPECT_MSS(536, 253, 9, MSS_1000);
	peer(2);
	EXPECT_MSS(536, 1, 1, 1, 1, 253, 255, 1, 1);
	peer(3);
	EXPECT_MSS(536, 1, 2, 4, 3);
}

SCRIPT(mss_of_another_length_is_no_mss)
{
	listen_on(80);
	EXPECT_MSS(536, 2, 3, 0xff, 1);
	peer(2);
	EXPECT_MSS(1000, 2, 6, 0, 1, 0, 1, MSS_1000);
}

/* An option other than the two of one octet has a length, even if the header ends first. */
SCRIPT(kind_without_a_length_at_the_end_of_the_header)
{
	listen_on(80);
	EXPECT_MSS(1000, MSS_1000, 1, 1, 1, 2);
	peer(2);
	EXPECT_MSS(1000, MSS_1000, 1, 1, 1, 253);
}

SCRIPT(illegal_lengths_before_text_leave_the_text_alone)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), RAW_OPTIONS(8, 0, 1, 1), DATA("one"));
	app_got("one");
	in(PSH | ACK, SEQ(4), ACK(1), RAW_OPTIONS(5, 40, 1, 1), DATA("two"));
	app_got("two");
	out(ACK, SEQ(1), ACK(7));
}

/* ---- MUST-65, MUST-69: what we send ---- */

/* out() compares options octet by octet: none where none are named. */
SCRIPT(mss_option_is_sent_with_syn_and_with_nothing_else)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(2, 4, 0x05, 0xb4));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(1), NO_OPTIONS, DATA("text"));
	in(ACK, SEQ(1), ACK(5));
	in(FIN | ACK, SEQ(1), ACK(5));
	out(ACK, SEQ(5), ACK(2), NO_OPTIONS);
	peer_closed_told();
	app_end();
	out(FIN | ACK, SEQ(5), ACK(2), NO_OPTIONS);
	in(ACK, SEQ(2), ACK(6));
	closed_because(LA_REASON_DONE);
	peer(2);
	in(ACK, SEQ(1), ACK(1));
	out(RST, SEQ(1), NO_OPTIONS);
}

SCRIPT(mss_option_is_sent_with_syn_when_it_is_sent_again)
{
	connect_to(80);
	out(SYN, SEQ(0), RAW_OPTIONS(2, 4, 0x05, 0xb4));
	out_after_ms(1000, SYN, SEQ(0), RAW_OPTIONS(2, 4, 0x05, 0xb4));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(2, 4, 0x05, 0xb4));
}

SCRIPT(mss_option_in_other_segments_changes_nothing)
{
	establish();
	status_is(mss, 1460);
	in(PSH | ACK, SEQ(1), ACK(1), MSS(100), DATA("a"));
	app_got("a");
	status_is(mss, 1460);
	out_after_ms(40, ACK, SEQ(1), ACK(2));
	app_send_n(1460);
	out(PSH | ACK, SEQ(1), ACK(2), LEN(1460));
}

SCRIPT(padding_that_is_not_zero_is_survived)
{
	listen_on(80);
	EXPECT_MSS(1000, MSS_1000, 0, 2, 4, 9);
}
