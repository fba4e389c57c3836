/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.8.6 and 3.8.6.1: a window that closes, and one that is taken back. Probes go
 * on with growing intervals for as long as they are answered (MUST-35, 36, 37, SHLD-29, 30); a
 * sender survives a window that shrinks (MUST-34, SHLD-15 to 17).
 */
#include "bulk.h"

/* The window is closed before anything was sent. The RTO is a second. */
static void reach_closed_window(void)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(0));
	status_is(snd_wnd, 0);
}

/* ---- probing ---- */

SCRIPT(first_probe_comes_after_the_timeout_and_carries_one_octet)
{
	reach_closed_window();
	app_send("hello");
	silence();
	out_after_ms(1000, ACK, SEQ(1), ACK(1), DATA("h"));
	stat_is(window_probes, 1);
	stat_is(retransmit_timeouts, 0);
}

SCRIPT(probes_back_off_to_a_minute)
{
	reach_closed_window();
	app_send("hello");
	out_at_ms(1000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(3000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(7000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(15000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(31000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(63000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(123000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(183000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(243000, ACK, SEQ(1), ACK(1), DATA("h"));
}

SCRIPT(probes_go_on_for_ever_while_they_are_answered)
{
	unsigned int probes = 0;

	listen_with(80, options->r2_us = 100000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send("hello");
	while (script_now_us() < 86400000000U) {
		after_ms(150);
		while (frames_sent() > 0) {
			out(ACK, SEQ(1), ACK(1), DATA("h"));
			in(ACK, SEQ(1), ACK(1), WIN(0));
			probes++;
		}
		not_closed();
	}
	/* A day: one a minute. */
	must(probes > 1430 && probes < 1460);
	state_is(ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(1000));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
}

SCRIPT(unanswered_probes_are_given_up_at_r2)
{
	listen_with(80, options->r2_us = 10000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send("hello");
	out_at_ms(200, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(600, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(1400, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(3000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(6200, ACK, SEQ(1), ACK(1), DATA("h"));
	not_closed();
	at_ms(12601);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	nothing_leaked();
}

SCRIPT(an_answer_to_a_probe_puts_r2_off)
{
	listen_with(80, options->r2_us = 5000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send("hello");
	out_at_ms(200, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(600, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(1400, ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(3000, ACK, SEQ(1), ACK(1), DATA("h"));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	out_at_ms(6200, ACK, SEQ(1), ACK(1), DATA("h"));
	at_ms(12599);
	not_closed();
	at_ms(12601);
	closed_because(LA_REASON_TIMEOUT);
}

/* R2 counts from when there was something to send, not from the last that was heard. */
SCRIPT(a_window_closed_long_ago_is_probed_before_it_is_given_up)
{
	reach_closed_window();
	after_ms(1000 * 1000);
	app_send("hello");
	silence();
	out_after_ms(1000, ACK, SEQ(1), ACK(1), DATA("h"));
	not_closed();
	in(ACK, SEQ(1), ACK(1), WIN(1000));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
}

/* Only who knows both numbers has answered a probe. */
SCRIPT(segments_with_wrong_numbers_do_not_put_r2_off)
{
	unsigned int i;

	listen_with(80, options->r2_us = 10000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send("hello");
	for (i = 1; i <= 12; i++) {
		at_ms(i * 1000);
		not_closed();
		while (frames_sent() > 0)
			out_any();
		in(RST, SEQ(100000000));
		in(ACK, SEQ(1), ACK(100000000));
		out(ACK, SEQ(1), ACK(1));
	}
	at_ms(12601);
	closed_because(LA_REASON_TIMEOUT);
	nothing_leaked();
}

SCRIPT(window_update_sends_at_once)
{
	reach_closed_window();
	app_send("hello");
	out_after_ms(1000, ACK, SEQ(1), ACK(1), DATA("h"));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	after_ms(300);
	/* The octet of the probe was not taken: it goes again with the others. */
	in(ACK, SEQ(1), ACK(1), WIN(5000));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
	after_ms(100000);
	silence();
}

SCRIPT(window_update_before_the_first_probe_sends_at_once)
{
	reach_closed_window();
	app_send("hello");
	after_ms(500);
	in(ACK, SEQ(1), ACK(1), WIN(5));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	stat_is(window_probes, 0);
}

SCRIPT(accepted_probe_moves_on_to_the_next_octet)
{
	reach_closed_window();
	app_send("hello");
	out_after_ms(1000, ACK, SEQ(1), ACK(1), DATA("h"));
	in(ACK, SEQ(1), ACK(2), WIN(0));
	/* That was progress: the interval is the first one again. */
	out_after_ms(1000, ACK, SEQ(2), ACK(1), DATA("e"));
	in(ACK, SEQ(1), ACK(3), WIN(0));
	out_after_ms(1000, ACK, SEQ(3), ACK(1), DATA("l"));
	in(ACK, SEQ(1), ACK(4), WIN(100));
	out(PSH | ACK, SEQ(4), ACK(1), DATA("lo"));
}

SCRIPT(probe_of_the_last_octet_pushes_it)
{
	reach_closed_window();
	app_send("x");
	out_after_ms(1000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(fin_alone_probes_a_closed_window)
{
	reach_closed_window();
	app_end();
	silence();
	out_after_ms(1000, FIN | ACK, SEQ(1), ACK(1));
	out_after_ms(2000, FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2), WIN(0));
	state_is(FIN_WAIT_2);
	after_ms(100000);
	silence();
}

SCRIPT(fin_waits_behind_text_in_a_closed_window)
{
	reach_closed_window();
	app_send("ab");
	app_end();
	out_after_ms(1000, ACK, SEQ(1), ACK(1), DATA("a"));
	in(ACK, SEQ(1), ACK(2), WIN(0));
	out_after_ms(1000, PSH | ACK, SEQ(2), ACK(1), DATA("b"));
	in(ACK, SEQ(1), ACK(3), WIN(0));
	out_after_ms(1000, FIN | ACK, SEQ(3), ACK(1));
	in(ACK, SEQ(1), ACK(4), WIN(0));
	state_is(FIN_WAIT_2);
}

SCRIPT(peer_may_close_its_window_and_go_on_sending)
{
	reach_closed_window();
	app_send("hello");
	in(PSH | ACK, SEQ(1), ACK(1), WIN(0), DATA("still talking"));
	app_got("still talking");
	out_after_ms(40, ACK, SEQ(1), ACK(14));
	/* The probe's interval began when the window was found closed. */
	out_at_ms(1000, ACK, SEQ(1), ACK(14), DATA("h"));
}

/* ---- a window that closes or shrinks with text outstanding ---- */

SCRIPT(window_closed_with_text_outstanding_is_probed_after_the_timeout)
{
	send_bulk(2 * SMSS);
	out_segments(0, 0);
	out(PSH | ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	/* The peer took its window back: one octet, and no sign of congestion. */
	out_at_ms(1000, ACK, SEQ(1), ACK(1), LEN(1));
	status_is(cwnd, 10 * SMSS);
	out_at_ms(3000, ACK, SEQ(1), ACK(1), LEN(1));
	/* What had been sent before arrived meanwhile, or not: both are fine. */
	in(ACK, SEQ(1), ACK(SEGMENT(1)), WIN(65535));
	out(PSH | ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	in_ack(2);
	silence();
	status_is(in_flight, 0);
}

SCRIPT(window_closed_by_the_ack_of_everything_is_probed)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(2 * SMSS));
	app_send_n(3 * SMSS);
	out_segments(0, 1);
	in(ACK, SEQ(1), ACK(SEGMENT(2)), WIN(0));
	silence();
	out_after_ms(1000, ACK, SEQ(SEGMENT(2)), ACK(1), LEN(1));
}

SCRIPT(shrunken_window_limits_what_is_sent_again)
{
	send_bulk(4 * SMSS);
	out_segments(0, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	/* The right edge goes back into what was sent. */
	in(ACK, SEQ(1), ACK(1), WIN(1000));
	silence();
	status_is(in_flight, 4 * SMSS);
	out_at_ms(1000, ACK, SEQ(1), ACK(1), LEN(1000));
	silence();
	in(ACK, SEQ(1), ACK(1001), WIN(65535));
	while (frames_sent() > 0)
		must(out_any().seq >= 1001);
}

SCRIPT(shrunken_window_lets_nothing_new_go)
{
	send_bulk(20 * SMSS);
	out_segments(0, 9);
	in(ACK, SEQ(1), ACK(SEGMENT(2)), WIN(4 * SMSS));
	/* Eight are outstanding, four may be. */
	silence();
	in(ACK, SEQ(1), ACK(SEGMENT(6)), WIN(4 * SMSS));
	silence();
	in(ACK, SEQ(1), ACK(SEGMENT(7)), WIN(4 * SMSS));
	out_segment_alone(10);
}

SCRIPT(ack_of_text_beyond_a_shrunken_window_counts)
{
	send_bulk(4 * SMSS);
	out_segments(0, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	in(ACK, SEQ(1), ACK(1), WIN(1000));
	in(ACK, SEQ(1), ACK(SEGMENT(4)), WIN(1000));
	silence();
	status_is(in_flight, 0);
	after_ms(10000);
	silence();
}

SCRIPT(acks_into_a_closed_window_bear_an_acceptable_number)
{
	send_bulk(2 * SMSS);
	out_segments(0, 0);
	out(PSH | ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	in(PSH | ACK, SEQ(1), ACK(1), WIN(0), LEN(10));
	app_got_n(10);
	/* With SND.NXT it would be outside of the peer's window and be dropped there. */
	out_after_ms(40, ACK, SEQ(1), ACK(11));
}
