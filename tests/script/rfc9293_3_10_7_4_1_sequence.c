/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.10.7.4, first: check the sequence number. What lies wholly outside the window
 * is answered by an ACK that says where we stand, and nothing else of it counts; a RST is dropped.
 */
#include "reach.h"

#define WINDOW 65535U

/** The ACK that every unacceptable segment gets, and that nothing else happened. */
static void acknowledged_again(enum la_state state, struct place place)
{
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	script_state_is(HERE, state);
	not_closed();
	app_got_nothing();
}

static void ack_before_the_window(enum la_state state)
{
	struct place place = reach(state);

	in(ACK, SEQ(place.rcv_nxt - 1), ACK(place.snd_nxt));
	acknowledged_again(state, place);
	if (state != LA_TIME_WAIT)
		drop_is(sequence, 1);
}
IN_EIGHT_STATES(ack_before_the_window)

static void ack_behind_the_window(enum la_state state)
{
	struct place place = reach(state);

	in(ACK, SEQ(place.rcv_nxt + WINDOW), ACK(place.snd_nxt));
	acknowledged_again(state, place);
	if (state != LA_TIME_WAIT)
		drop_is(sequence, 1);
}
IN_EIGHT_STATES(ack_behind_the_window)

static void ack_half_the_space_away(enum la_state state)
{
	struct place place = reach(state);

	in(ACK, SEQ(place.rcv_nxt + 0x7fffffff), ACK(place.snd_nxt));
	acknowledged_again(state, place);
	if (state != LA_TIME_WAIT)
		drop_is(sequence, 1);
}
IN_EIGHT_STATES(ack_half_the_space_away)

static void text_before_the_window(enum la_state state)
{
	struct place place = reach(state);

	in(PSH | ACK, SEQ(place.rcv_nxt - 100), ACK(place.snd_nxt), LEN(100));
	acknowledged_again(state, place);
	if (state != LA_TIME_WAIT)
		drop_is(duplicate_text, 1);
}
IN_EIGHT_STATES(text_before_the_window)

static void text_behind_the_window(enum la_state state)
{
	struct place place = reach(state);

	in(PSH | ACK, SEQ(place.rcv_nxt + WINDOW), ACK(place.snd_nxt), LEN(100));
	acknowledged_again(state, place);
	if (state != LA_TIME_WAIT)
		drop_is(sequence, 1);
}
IN_EIGHT_STATES(text_behind_the_window)

static void fin_behind_the_window(enum la_state state)
{
	struct place place = reach(state);

	in(FIN | ACK, SEQ(place.rcv_nxt + WINDOW + 1), ACK(place.snd_nxt));
	acknowledged_again(state, place);
	peer_close_not_told();
	if (state != LA_TIME_WAIT)
		drop_is(sequence, 1);
}
IN_EIGHT_STATES(fin_behind_the_window)

static void reset_before_the_window_is_dropped(enum la_state state)
{
	struct place place = reach(state);

	in(RST, SEQ(place.rcv_nxt - 1));
	silence();
	script_state_is(HERE, state);
	not_closed();
	if (state != LA_TIME_WAIT)
		drop_is(sequence_reset, 1);
}
IN_EIGHT_STATES(reset_before_the_window_is_dropped)

static void reset_behind_the_window_is_dropped(enum la_state state)
{
	struct place place = reach(state);

	in(RST, SEQ(place.rcv_nxt + WINDOW));
	silence();
	script_state_is(HERE, state);
	not_closed();
	if (state != LA_TIME_WAIT)
		drop_is(sequence_reset, 1);
}
IN_EIGHT_STATES(reset_behind_the_window_is_dropped)

/* The four cases of the table: length and window zero or not. */

/** ESTABLISHED with a window of zero: n octets unread. */
static uint32_t fill_the_window(void)
{
	const uint32_t size = 4096;
	uint32_t at;

	listen_with(80, options->receive_buffer = size);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(size));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	for (at = 0; at < size; at += 1024) {
		in(PSH | ACK, SEQ(1 + at), ACK(1), LEN(1024));
		after_ms(41);
		while (frames_sent() > 0)
			out(ACK, SEQ(1), ACK(1 + at + 1024), WIN(size - at - 1024));
	}
	return size;
}

SCRIPT(zero_window_takes_an_ack_at_rcv_nxt)
{
	uint32_t size = fill_the_window();

	app_send("abc");
	out(PSH | ACK, SEQ(1), ACK(1 + size), WIN(0), DATA("abc"));
	in(ACK, SEQ(1 + size), ACK(4));
	silence();
	status_is(in_flight, 0);
}

SCRIPT(zero_window_answers_an_ack_elsewhere)
{
	uint32_t size = fill_the_window();

	in(ACK, SEQ(2 + size), ACK(1));
	out(ACK, SEQ(1), ACK(1 + size), WIN(0));
	drop_is(sequence, 1);
}

SCRIPT(zero_window_takes_no_text)
{
	uint32_t size = fill_the_window();

	in(PSH | ACK, SEQ(1 + size), ACK(1), LEN(1));
	out(ACK, SEQ(1), ACK(1 + size), WIN(0));
	status_is(receive_queued, size);
	drop_is(window_text, 1);
}

SCRIPT(zero_window_takes_the_ack_that_comes_with_text)
{
	uint32_t size = fill_the_window();

	app_send("abc");
	out(PSH | ACK, SEQ(1), ACK(1 + size), WIN(0), DATA("abc"));
	in(PSH | ACK, SEQ(1 + size), ACK(4), LEN(1));
	out(ACK, SEQ(4), ACK(1 + size), WIN(0));
	status_is(in_flight, 0);
	status_is(receive_queued, size);
}

SCRIPT(zero_window_takes_reset)
{
	uint32_t size = fill_the_window();

	in(RST, SEQ(1 + size));
	silence();
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(zero_window_tells_of_urgent_data)
{
	uint32_t size = fill_the_window();

	in(PSH | URG | ACK, SEQ(1 + size), ACK(1), LEN(1), URGENT(1));
	out(ACK, SEQ(1), ACK(1 + size), WIN(0));
	urgent_told();
}

SCRIPT(text_at_the_last_octet_of_the_window_is_kept)
{
	establish();
	in(PSH | ACK, SEQ(1 + WINDOW - 1), ACK(1), LEN(1));
	out(ACK, SEQ(1), ACK(1));
	status_is(out_of_order, 1);
}

SCRIPT(text_beyond_the_window_is_cut_there)
{
	establish();
	in(PSH | ACK, SEQ(1 + WINDOW - 10), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	status_is(out_of_order, 10);
	drop_is(window_text, 1);
}

SCRIPT(text_that_begins_before_the_window_is_cut_there)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(100));
	app_got_n(100);
	in(PSH | ACK, SEQ(51), ACK(1), LEN(100));
	app_got_n(50);
	out(ACK, SEQ(1), ACK(151));
	after_ms(1000);
	silence();
}
