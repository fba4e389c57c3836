/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle.c: the idle timeout: a connection on which no text has moved in either direction for so long
 * is reset, whoever is to blame. It is off by default, as RFC 9293 has it.
 */
#include "reach.h"

static void establish_with_idle_timeout(void)
{
	listen_with(80, options->idle_timeout_us = 60000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(there_is_no_idle_timeout_by_default)
{
	establish();
	after_ms(7 * 86400000.0);
	state_is(ESTABLISHED);
	silence();
}

SCRIPT(status_tells_for_how_long_no_text_has_moved)
{
	establish();
	status_is(idle_us, 0);
	after_ms(5000);
	status_is(idle_us, 5000000);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	app_got("hello");
	status_is(idle_us, 0);
	out_after_ms(40, ACK, SEQ(1), ACK(6));
	status_is(idle_us, 40000);
	after_ms(1960);
	app_send("world");
	out(PSH | ACK, SEQ(1), ACK(6), DATA("world"));
	status_is(idle_us, 0);
	after_ms(100);
	/* The peer has it: so much is moving. */
	in(ACK, SEQ(6), ACK(6));
	status_is(idle_us, 0);
	after_ms(86400000.0);
	status_is(idle_us, 86400000000);
}

SCRIPT(status_of_an_open_counts_from_its_beginning)
{
	connect_to(80);
	out(SYN, SEQ(0));
	after_ms(500);
	status_is(idle_us, 500000);
}

SCRIPT(connection_on_which_nothing_moves_is_reset)
{
	establish_with_idle_timeout();
	after_ms(59999);
	state_is(ESTABLISHED);
	out_after_ms(1, RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_IDLE);
	stat_is(closed_idle, 1);
	nothing_leaked();
}

/* It is shorter than the delay of an ACK, during which it does not run. */
SCRIPT(time_that_an_answer_begins_is_over_before_the_ack_was_due)
{
	listen_with(80, options->sack = true, options->idle_timeout_us = 10000);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("ask"));
	app_got("ask");
	after_ms(20);
	app_send("answer");
	out(PSH | ACK, SEQ(1), ACK(4), DATA("answer"));
	stat_is(short_cuts_out, 1);
	out_after_ms(10, RST | ACK, SEQ(7), ACK(4));
	closed_because(LA_REASON_IDLE);
}

SCRIPT(text_in_either_direction_starts_the_time_anew)
{
	establish_with_idle_timeout();
	after_ms(50000);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	app_got("hello");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
	after_ms(50000);
	app_send("world");
	out(PSH | ACK, SEQ(1), ACK(6), DATA("world"));
	after_ms(100);
	in(ACK, SEQ(6), ACK(6));
	after_ms(59999);
	state_is(ESTABLISHED);
	out_after_ms(1, RST | ACK, SEQ(6), ACK(6));
	closed_because(LA_REASON_IDLE);
}

SCRIPT(acks_that_move_nothing_do_not)
{
	establish_with_idle_timeout();
	after_ms(30000);
	in(ACK, SEQ(1), ACK(1), WIN(30000));
	in(ACK, SEQ(1), ACK(1), WIN(65535));
	out_after_ms(30000, RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_IDLE);
}

SCRIPT(answers_to_keepalive_do_not)
{
	listen_with(80, options->idle_timeout_us = 60000000, options->keepalive = true,
		    options->keepalive_idle_us = 25000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	out_after_ms(25000, ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	out_after_ms(25000, ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	out_after_ms(10000, RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_IDLE);
}

SCRIPT(window_closed_for_ever_is_idle_though_probes_are_answered)
{
	uint64_t began;

	establish_with_idle_timeout();
	after_ms(20000);
	in(ACK, SEQ(1), ACK(1), WIN(0));
	began = script_now_us();
	app_send("hello");
	while (script_now_us() - began < 59900000) {
		after_ms(100);
		while (frames_sent() > 0) {
			out(ACK, SEQ(1), ACK(1), DATA("h"));
			in(ACK, SEQ(1), ACK(1), WIN(0));
		}
	}
	state_is(ESTABLISHED);
	out_after_ms(100, RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_IDLE);
}

SCRIPT(text_that_is_never_acknowledged_is_idle)
{
	establish_with_idle_timeout();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	while (script_now_us() < 59999000) {
		after_ms(1);
		while (frames_sent() > 0)
			out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	}
	out_after_ms(1, RST | ACK, SEQ(6), ACK(1));
	closed_because(LA_REASON_IDLE);
}

SCRIPT(idle_timeout_bounds_FIN_WAIT_2_of_a_half_closed_service)
{
	establish_with_idle_timeout();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
	after_ms(59999);
	state_is(FIN_WAIT_2);
	out_after_ms(1, RST | ACK, SEQ(2), ACK(1));
	closed_because(LA_REASON_IDLE);
	nothing_leaked();
}

SCRIPT(idle_timeout_bounds_CLOSE_WAIT_of_a_service_that_does_not_end)
{
	establish_with_idle_timeout();
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(2));
	peer_closed_told();
	after_ms(59999);
	state_is(CLOSE_WAIT);
	out_after_ms(1, RST | ACK, SEQ(1), ACK(2));
	closed_because(LA_REASON_IDLE);
}

/* The clock of 32 bits comes round in 119 hours: what was sent before that is not taken for new. */
SCRIPT(direction_that_is_silent_for_days_is_not_taken_for_a_busy_one)
{
	uint32_t seq = 1;

	listen_with(80, options->idle_timeout_us = 10800000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	in(ACK, SEQ(1), ACK(2));
	while (script_now_us() < 118 * 3600000000U) {
		after_ms(7200000);
		in(PSH | ACK, SEQ(seq), ACK(2), DATA("y"));
		app_got("y");
		seq++;
		out_after_ms(40, ACK, SEQ(2), ACK(seq));
	}
	out_after_ms(10799960, RST | ACK, SEQ(2), ACK(seq));
	closed_because(LA_REASON_IDLE);
}
