/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.7.4: the Nagle algorithm (SHLD-7), which can be turned off (MUST-17); section
 * 3.9.1.2: PSH on the last segment of what the user wrote (MUST-60, 61).
 */
#include "bulk.h"

/* ---- Nagle ---- */

SCRIPT(short_text_waits_for_the_ack_of_what_is_outstanding)
{
	establish();
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_send("b");
	app_send("c");
	silence();
	after_ms(100);
	silence();
	in(ACK, SEQ(1), ACK(2));
	out(PSH | ACK, SEQ(2), ACK(1), DATA("bc"));
}

SCRIPT(full_segment_does_not_wait)
{
	establish();
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_send_n(SMSS + 10);
	out(ACK, SEQ(2), ACK(1), LEN(SMSS));
	silence();
	in(ACK, SEQ(1), ACK(2));
	silence();
	in(ACK, SEQ(1), ACK(2 + SMSS));
	out(PSH | ACK, SEQ(2 + SMSS), ACK(1), LEN(10));
}

SCRIPT(tail_of_a_long_write_waits_too)
{
	establish();
	app_send_n(SMSS + 10);
	out_segment_alone(0);
	in_ack(1);
	out(PSH | ACK, SEQ(SEGMENT(1)), ACK(1), LEN(10));
}

SCRIPT(no_delay_sends_at_once)
{
	listen_with(80, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_send("b");
	out(PSH | ACK, SEQ(2), ACK(1), DATA("b"));
	app_send("c");
	out(PSH | ACK, SEQ(3), ACK(1), DATA("c"));
}

SCRIPT(no_delay_of_an_active_open_sends_at_once)
{
	connect_with(80, options->no_delay = true);
	out(SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_send("b");
	out(PSH | ACK, SEQ(2), ACK(1), DATA("b"));
}

SCRIPT(nagle_turned_off_lets_go_what_waited)
{
	establish();
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_send("b");
	silence();
	app_sets_no_delay(true);
	out(PSH | ACK, SEQ(2), ACK(1), DATA("b"));
	app_sets_no_delay(false);
	app_send("c");
	silence();
	in(ACK, SEQ(1), ACK(3));
	out(PSH | ACK, SEQ(3), ACK(1), DATA("c"));
}

SCRIPT(fin_does_not_wait_for_nagle)
{
	establish();
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_send("b");
	silence();
	app_end();
	out(FIN | PSH | ACK, SEQ(2), ACK(1), DATA("b"));
}

/* ---- PSH ---- */

SCRIPT(push_closes_each_write)
{
	establish();
	app_send_n(3 * SMSS);
	out_segments(0, 1);
	out(PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	app_send_n(SMSS);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
}

/* SHLD-27: what waits is cut without regard to the writes, and pushed once. */
SCRIPT(pushes_of_writes_that_wait_are_merged)
{
	establish();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send("one ");
	app_send("two ");
	app_send("three");
	silence();
	in(ACK, SEQ(1), ACK(1), WIN(65535));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("one two three"));
	silence();
}

/* SHLD-28: nothing but the last segment of all is short. */
SCRIPT(writes_that_wait_fill_segments)
{
	unsigned int i;

	establish();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	for (i = 0; i < 4; i++)
		app_send_n(1000);
	silence();
	in(ACK, SEQ(1), ACK(1), WIN(65535));
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	silence();
	in(ACK, SEQ(1), ACK(2921));
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1080));
}

SCRIPT(more_to_come_is_not_pushed_and_a_short_segment_waits)
{
	establish();
	app_send_more("head ");
	silence();
	after_ms(50);
	silence();
	app_send("body");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("head body"));
}

SCRIPT(text_without_push_is_not_held_for_ever)
{
	establish();
	app_send_more("head ");
	out_after_ms(100, ACK, SEQ(1), ACK(1), DATA("head "));
}

SCRIPT(push_is_repeated_when_the_segment_is)
{
	reach(LA_ESTABLISHED);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(1000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(push_on_the_last_segment_before_the_fin)
{
	establish();
	one_breath
	{
		app_send_more("bye");
		app_end();
	}
	out(FIN | ACK, SEQ(1), ACK(1), DATA("bye"));
}

/* ---- send on demand ---- */

SCRIPT(room_is_told_at_once_where_there_is_room)
{
	establish();
	app_asks_for_room();
	room_told();
	silence();
}

SCRIPT(room_is_told_once_for_each_time_it_was_asked)
{
	establish();
	app_asks_for_room();
	room_told();
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	in(ACK, SEQ(1), ACK(2));
	room_not_told();
}

SCRIPT(room_waits_for_the_peers_window)
{
	establish();
	in(ACK, SEQ(1), ACK(1), WIN(100));
	app_send_n(100);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(100));
	app_asks_for_room();
	room_not_told();
	in(ACK, SEQ(1), ACK(101), WIN(100));
	room_told();
}

SCRIPT(room_waits_for_cwnd)
{
	establish();
	app_send_n(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	app_asks_for_room();
	room_not_told();
	in_ack(1);
	room_told();
}

SCRIPT(room_waits_for_the_send_buffer)
{
	listen_with(80, options->send_buffer = 4096);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	must(app_try_send_n(10000) == 4096);
	out_segments(0, 1);
	silence();
	app_asks_for_room();
	room_not_told();
	in_ack(1);
	room_told();
}

SCRIPT(room_is_told_when_the_handshake_is_over)
{
	connect_to(80);
	out(SYN, SEQ(0));
	app_asks_for_room();
	room_not_told();
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	room_told();
}
