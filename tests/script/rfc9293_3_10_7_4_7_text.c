/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.10.7.4, seventh: process the segment text, in ESTABLISHED, FIN-WAIT-1 and
 * FIN-WAIT-2; afterwards the peer has ended and there is none. SHLD-31: what is out of order is
 * kept; section 3.8.6.3: when it is acknowledged.
 */
#include "reach.h"

static void text_is_taken(enum la_state state)
{
	struct place place = reach(state);

	in(PSH | ACK, SEQ(place.rcv_nxt), ACK(place.snd_una), DATA("some text"));
	app_got("some text");
	out_after_ms(40, ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt + 9));
	script_state_is(HERE, state);
	stat_is(bytes_in, 9);
	stat_is(delayed_acks, 1);
}
IN_STATE(text_is_taken, ESTABLISHED)
IN_STATE(text_is_taken, FIN_WAIT_1)
IN_STATE(text_is_taken, FIN_WAIT_2)

SCRIPT(SYN_RECEIVED_takes_text_with_the_ack)
{
	reach(LA_SYN_RECEIVED);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	accepted();
	app_got("hello");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
	state_is(ESTABLISHED);
}

static void text_behind_the_fin_is_ignored(enum la_state state)
{
	struct place place = reach(state);

	in(PSH | ACK, SEQ(place.rcv_nxt), ACK(place.snd_una), DATA("beyond the end"));
	while (frames_sent() > 0)
		out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	script_state_is(HERE, state);
	app_got_nothing();
	not_closed();
	drop_is(after_fin, 1);
}
IN_STATE(text_behind_the_fin_is_ignored, CLOSE_WAIT)
IN_STATE(text_behind_the_fin_is_ignored, CLOSING)
IN_STATE(text_behind_the_fin_is_ignored, LAST_ACK)
IN_STATE(text_behind_the_fin_is_ignored, TIME_WAIT)

/* Out of order. */

SCRIPT(a_gap_is_answered_at_once_and_filled_at_once)
{
	establish();
	in(ACK, SEQ(101), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	app_got_nothing();
	status_is(out_of_order, 100);
	stat_is(out_of_order, 1);
	in(ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(201));
	app_got_n(200);
	status_is(out_of_order, 0);
	after_ms(1000);
	silence();
}

SCRIPT(three_gaps_are_filled_in_any_order)
{
	establish();
	in(ACK, SEQ(501), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(301), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(101), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	status_is(out_of_order, 300);
	in(ACK, SEQ(201), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(401));
	app_got_n(400);
	in(ACK, SEQ(401), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(601));
	app_got_n(200);
	status_is(out_of_order, 0);
}

/* Each way in which a new segment can lie to one that waits beyond a gap, 200 to 299. */
static void overlap(uint32_t seq, uint32_t length, uint32_t kept)
{
	establish();
	in(ACK, SEQ(201), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(seq), ACK(1), LEN(length));
	out(ACK, SEQ(1), ACK(1));
	status_is(out_of_order, kept);
	in(ACK, SEQ(1), ACK(1), LEN(500));
	app_got_n(500);
	out(ACK, SEQ(1), ACK(501));
	status_is(out_of_order, 0);
	in(RST, SEQ(501));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(overlap_exactly_the_same)
{
	overlap(201, 100, 100);
}

SCRIPT(overlap_inside)
{
	overlap(231, 30, 100);
}

SCRIPT(overlap_around)
{
	overlap(101, 300, 300);
}

SCRIPT(overlap_at_the_front)
{
	overlap(151, 100, 150);
}

SCRIPT(overlap_at_the_back)
{
	overlap(251, 100, 150);
}

SCRIPT(overlap_touching_in_front)
{
	overlap(101, 100, 200);
}

SCRIPT(overlap_touching_behind)
{
	overlap(301, 100, 200);
}

SCRIPT(overlap_none)
{
	overlap(401, 50, 150);
}

SCRIPT(segments_of_one_octet_come_backwards)
{
	uint32_t i;

	establish();
	for (i = 60; i > 1; i--) {
		in(ACK, SEQ(i), ACK(1), LEN(1));
		out(ACK, SEQ(1), ACK(1));
	}
	status_is(out_of_order, 59);
	in(ACK, SEQ(1), ACK(1), LEN(1));
	app_got_n(60);
	out(ACK, SEQ(1), ACK(61));
}

SCRIPT(odd_octets_only_are_bounded_and_harm_nobody)
{
	uint32_t i;

	establish();
	for (i = 0; i < 2000; i++) {
		in(ACK, SEQ(3 + 2 * i), ACK(1), LEN(1));
		out(ACK, SEQ(1), ACK(1));
	}
	must(script_usage()->mbufs < 600);
	must(drop_rise(reassembly_full) > 1000);
	in(ACK, SEQ(1), ACK(1), LEN(1400));
	must(frames_sent() == 1);
	must(out_any().ack >= 1401);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("served"));
	app_got("served");
	out_after_ms(40, ACK, SEQ(1), ACK(7));
}

SCRIPT(without_a_flight_record_text_is_dropped_and_taken_when_it_comes_again)
{
	configure(max_flights, 1);
	establish();
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(1);
	in(ACK, SEQ(101), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	peer(2);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	silence();
	drop_is(no_flight_record, 1);
	state_is(ESTABLISHED);
	peer(1);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	peer(2);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	app_got_n(10);
	out_after_ms(40, ACK, SEQ(1), ACK(11));
}

/* Duplicates. */

SCRIPT(a_segment_that_came_before_is_acknowledged_again)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(100));
	app_got_n(100);
	out_after_ms(40, ACK, SEQ(1), ACK(101));
	in(PSH | ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(101));
	app_got_nothing();
	in(PSH | ACK, SEQ(51), ACK(1), LEN(50));
	out(ACK, SEQ(1), ACK(101));
	app_got_nothing();
	stat_is(bytes_in, 100);
}

/* When it is acknowledged. */

SCRIPT(every_second_full_segment_is_acknowledged_at_once)
{
	establish();
	in(ACK, SEQ(1), ACK(1), LEN(1460));
	silence();
	in(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(ACK, SEQ(1), ACK(2921));
	in(ACK, SEQ(2921), ACK(1), LEN(1460));
	silence();
	out_after_ms(40, ACK, SEQ(1), ACK(4381));
	app_got_n(4380);
}

SCRIPT(a_burst_is_acknowledged_once)
{
	uint32_t i;

	establish();
	one_breath for (i = 0; i < 10; i++) in(ACK, SEQ(1 + i * 1460), ACK(1), LEN(1460));
	out(ACK, SEQ(1), ACK(14601));
	silence();
	app_got_n(14600);
}

SCRIPT(the_acknowledgement_travels_with_the_answer)
{
	establish();
	app_echoes();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("marco"));
	out(PSH | ACK, SEQ(1), ACK(6), DATA("marco"));
	app_got("marco");
	in(ACK, SEQ(6), ACK(6));
	after_ms(1000);
	silence();
}

SCRIPT(the_delay_is_what_the_listener_says)
{
	listen_with(80, options->delayed_ack_us = 200000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("slow"));
	app_got("slow");
	out_after_ms(200, ACK, SEQ(1), ACK(5));
}

SCRIPT(without_a_delay_every_segment_is_acknowledged)
{
	listen_with(80, options->delayed_ack_us = 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("quick"));
	app_got("quick");
	out(ACK, SEQ(1), ACK(6));
}

/* Text that nobody reads. */

SCRIPT(unread_text_narrows_the_window_and_reading_opens_it)
{
	listen_with(80, options->receive_buffer = 8192);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(8192));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	out_after_ms(40, ACK, SEQ(1), ACK(1001), WIN(7192));
	app_reads_n(1000);
	silence();
	in(PSH | ACK, SEQ(1001), ACK(1), LEN(10));
	out_after_ms(40, ACK, SEQ(1), ACK(1011), WIN(7182));
}

SCRIPT(a_small_buffer_opens_its_window_by_halves)
{
	listen_with(80, options->receive_buffer = 2048);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(2048));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(1024));
	out_after_ms(40, ACK, SEQ(1), ACK(1025), WIN(1024));
	app_reads_n(1023);
	silence();
	app_reads_n(1);
	out(ACK, SEQ(1), ACK(1025), WIN(2048));
}

static void text_after_close_is_answered_by_reset(enum la_state state)
{
	struct place place;

	reach(LA_ESTABLISHED);
	app_close();
	out(FIN | ACK, SEQ(1), ACK(1));
	if (state == LA_FIN_WAIT_2)
		in(ACK, SEQ(1), ACK(2));
	script_state_is(HERE, state);
	place = (struct place){ .snd_nxt = 2, .rcv_nxt = 1 };
	in(PSH | ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt), DATA("are you there"));
	out(RST | ACK, SEQ(2), ACK(1));
	closed_because(LA_REASON_ABORTED);
	app_got_nothing();
	drop_is(after_close, 1);
	nothing_leaked();
}
IN_STATE(text_after_close_is_answered_by_reset, FIN_WAIT_1)
IN_STATE(text_after_close_is_answered_by_reset, FIN_WAIT_2)
