/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.10.7.4, second: check the RST bit, with the exactness of RFC 5961 section 3.2.
 * Exactly at RCV.NXT it is believed; elsewhere in the window it is challenged. TIME-WAIT believes
 * none (RFC 1337).
 */
#include "reach.h"

/* Exact. */

SCRIPT(reset_in_SYN_RECEIVED_returns_to_LISTEN)
{
	reach(LA_SYN_RECEIVED);
	in(RST, SEQ(1));
	silence();
	state_is(LISTEN);
	not_accepted();
	not_closed();
	stat_is(embryo_resets, 1);
	nothing_leaked();
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(reset_in_SYN_RECEIVED_of_an_active_open_refuses_it)
{
	reach_simultaneous_open();
	in(RST, SEQ(1));
	silence();
	closed_because(LA_REASON_REFUSED);
	state_is(CLOSED);
	nothing_leaked();
}

static void exact_reset_ends_it(enum la_state state)
{
	struct place place = reach(state);

	in(RST, SEQ(place.rcv_nxt));
	silence();
	closed_because(LA_REASON_RESET);
	state_is(CLOSED);
	stat_is(closed_reset, 1);
	nothing_leaked();
}
IN_STATE(exact_reset_ends_it, ESTABLISHED)
IN_STATE(exact_reset_ends_it, FIN_WAIT_1)
IN_STATE(exact_reset_ends_it, FIN_WAIT_2)
IN_STATE(exact_reset_ends_it, CLOSE_WAIT)

static void exact_reset_with_ack_ends_it(enum la_state state)
{
	struct place place = reach(state);

	in(RST | ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt));
	silence();
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}
IN_STATE(exact_reset_with_ack_ends_it, ESTABLISHED)
IN_STATE(exact_reset_with_ack_ends_it, FIN_WAIT_1)
IN_STATE(exact_reset_with_ack_ends_it, FIN_WAIT_2)
IN_STATE(exact_reset_with_ack_ends_it, CLOSE_WAIT)

/* Both ends had closed and nothing is lost: the service need not be alarmed. */
static void exact_reset_only_ends_the_waiting(enum la_state state)
{
	struct place place = reach(state);

	in(RST, SEQ(place.rcv_nxt));
	silence();
	closed_because(LA_REASON_DONE);
	state_is(CLOSED);
	nothing_leaked();
}
IN_STATE(exact_reset_only_ends_the_waiting, CLOSING)
IN_STATE(exact_reset_only_ends_the_waiting, LAST_ACK)

SCRIPT(reset_in_LAST_ACK_with_text_outstanding_is_told)
{
	reach(LA_CLOSE_WAIT);
	one_breath
	{
		app_send("unheard");
		app_end();
	}
	out(FIN | PSH | ACK, SEQ(1), ACK(2), DATA("unheard"));
	in(RST, SEQ(2));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(reset_in_TIME_WAIT_is_ignored)
{
	struct place place = reach(LA_TIME_WAIT);

	in(RST, SEQ(place.rcv_nxt));
	in(RST | ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt));
	in(RST, SEQ(place.rcv_nxt + 100));
	silence();
	state_is(TIME_WAIT);
	drop_is(time_wait_reset, 3);
}

SCRIPT(reset_with_a_text_that_says_why_is_believed)
{
	reach(LA_ESTABLISHED);
	in(RST, SEQ(1), DATA("out of biscuits"));
	silence();
	app_got_nothing();
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(reset_with_text_is_believed_though_the_window_is_closed)
{
	listen_with(80, options->receive_buffer = 2048);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(2048));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	one_breath
	{
		in(PSH | ACK, SEQ(1), ACK(1), LEN(1024));
		in(PSH | ACK, SEQ(1025), ACK(1), LEN(1024));
	}
	out(ACK, SEQ(1), ACK(2049), WIN(0));
	in(RST, SEQ(2049), DATA("no patience"));
	silence();
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(reset_flushes_what_was_queued_either_way)
{
	reach(LA_ESTABLISHED);
	app_leaves_unread();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(500));
	app_send_n(3000);
	out(ACK, SEQ(1), ACK(501), LEN(1460));
	out(ACK, SEQ(1461), ACK(501), LEN(1460));
	silence();
	in(RST, SEQ(501));
	silence();
	closed_because(LA_REASON_RESET);
	nothing_leaked();
	after_ms(10000);
	silence();
}

/* In the window, but not exact. */

static void reset_elsewhere_in_the_window_is_challenged(enum la_state state)
{
	struct place place = reach(state);

	in(RST, SEQ(place.rcv_nxt + 1));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	in(RST | ACK, SEQ(place.rcv_nxt + 65000), ACK(place.snd_nxt));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	script_state_is(HERE, state);
	not_closed();
	drop_is(reset_challenged, 2);
	stat_is(challenge_acks, 2);
}
IN_STATE(reset_elsewhere_in_the_window_is_challenged, SYN_RECEIVED)
IN_STATE(reset_elsewhere_in_the_window_is_challenged, ESTABLISHED)
IN_STATE(reset_elsewhere_in_the_window_is_challenged, FIN_WAIT_1)
IN_STATE(reset_elsewhere_in_the_window_is_challenged, FIN_WAIT_2)
IN_STATE(reset_elsewhere_in_the_window_is_challenged, CLOSE_WAIT)
IN_STATE(reset_elsewhere_in_the_window_is_challenged, CLOSING)
IN_STATE(reset_elsewhere_in_the_window_is_challenged, LAST_ACK)

/* RFC 5961 section 7: challenges are limited, for each connection by itself. */
SCRIPT(challenges_of_a_connection_are_limited)
{
	unsigned int i;

	reach(LA_ESTABLISHED);
	for (i = 0; i < 10; i++) {
		in(RST, SEQ(100));
		out(ACK, SEQ(1), ACK(1));
	}
	in(RST, SEQ(100));
	silence();
	drop_is(challenge_limit, 1);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(100));
	out(ACK, SEQ(1), ACK(1));
	after_ms(1001);
	peer(1);
	in(RST, SEQ(100));
	out(ACK, SEQ(1), ACK(1));
	not_closed();
}

SCRIPT(the_peer_answers_the_challenge_and_is_believed)
{
	reach(LA_ESTABLISHED);
	in(RST, SEQ(11));
	out(ACK, SEQ(1), ACK(1));
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}
