/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 section 3.10.7.4, fifth: check the ACK field. */
#include "reach.h"

#define WINDOW 65535U

static void no_ack_bit_is_dropped(enum la_state state)
{
	struct place place = reach(state);

	in(PSH, SEQ(place.rcv_nxt), LEN(10));
	in(FIN, SEQ(place.rcv_nxt));
	in(0, SEQ(place.rcv_nxt));
	in(URG, SEQ(place.rcv_nxt), URGENT(5));
	silence();
	script_state_is(HERE, state);
	not_closed();
	app_got_nothing();
	if (state != LA_TIME_WAIT)
		drop_is(no_ack, 4);
}
IN_EIGHT_STATES(no_ack_bit_is_dropped)

/* SYN-RECEIVED: not synchronized, so a bad ACK gets a RST. */

SCRIPT(SYN_RECEIVED_becomes_ESTABLISHED)
{
	reach(LA_SYN_RECEIVED);
	in(ACK, SEQ(1), ACK(1), WIN(1234));
	silence();
	accepted();
	state_is(ESTABLISHED);
	status_is(snd_wnd, 1234);
	usage_is(embryos, 0);
	usage_is(connections, 1);
	after_ms(5000);
	silence();
}

static void bad_ack_in_syn_received(uint32_t ack)
{
	reach(LA_SYN_RECEIVED);
	in(ACK, SEQ(1), ACK(ack));
	out(RST, SEQ(ack));
	not_accepted();
	drop_is(syn_received_ack, 1);
	state_is(SYN_RECEIVED);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(SYN_RECEIVED_resets_ack_of_nothing)
{
	bad_ack_in_syn_received(0);
}

SCRIPT(SYN_RECEIVED_resets_ack_of_what_was_not_sent)
{
	bad_ack_in_syn_received(2);
}

SCRIPT(SYN_RECEIVED_resets_ack_far_away)
{
	bad_ack_in_syn_received(0x7fffffff);
}

SCRIPT(SYN_RECEIVED_resets_text_with_a_bad_ack_and_drops_it)
{
	reach(LA_SYN_RECEIVED);
	in(PSH | ACK, SEQ(1), ACK(100), DATA("guessed"));
	out(RST, SEQ(100));
	not_accepted();
	state_is(SYN_RECEIVED);
}

SCRIPT(SYN_RECEIVED_of_an_active_open_resets_a_bad_ack_too)
{
	reach_simultaneous_open();
	in(ACK, SEQ(1), ACK(2));
	out(RST, SEQ(2));
	state_is(SYN_RECEIVED);
	in(ACK, SEQ(1), ACK(1));
	opened();
}

SCRIPT(SYN_RECEIVED_takes_ack_text_and_fin_in_one_pass)
{
	reach(LA_SYN_RECEIVED);
	in(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("hello and goodbye"));
	accepted();
	app_got("hello and goodbye");
	peer_closed_told();
	out(ACK, SEQ(1), ACK(19));
	state_is(CLOSE_WAIT);
}

/* The synchronized states. */

static void ack_of_what_was_not_sent_is_answered(enum la_state state)
{
	struct place place = reach(state);

	in(ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt + 1));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	script_state_is(HERE, state);
	drop_is(ack_unsent, 1);
	not_closed();
}
IN_STATE(ack_of_what_was_not_sent_is_answered, ESTABLISHED)
IN_STATE(ack_of_what_was_not_sent_is_answered, FIN_WAIT_1)
IN_STATE(ack_of_what_was_not_sent_is_answered, FIN_WAIT_2)
IN_STATE(ack_of_what_was_not_sent_is_answered, CLOSE_WAIT)
IN_STATE(ack_of_what_was_not_sent_is_answered, CLOSING)
IN_STATE(ack_of_what_was_not_sent_is_answered, LAST_ACK)

static void text_with_ack_of_what_was_not_sent_is_dropped(enum la_state state)
{
	struct place place = reach(state);

	in(PSH | ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt + 1), LEN(10));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	app_got_nothing();
	drop_is(ack_unsent, 1);
}
IN_STATE(text_with_ack_of_what_was_not_sent_is_dropped, ESTABLISHED)
IN_STATE(text_with_ack_of_what_was_not_sent_is_dropped, FIN_WAIT_1)
IN_STATE(text_with_ack_of_what_was_not_sent_is_dropped, FIN_WAIT_2)

/* Nothing was ever sent, so an ACK a window and more behind is none of this connection's. */
static void ack_too_far_back_is_challenged(enum la_state state)
{
	struct place place = reach(state);

	in(ACK, SEQ(place.rcv_nxt), ACK(place.snd_una - 65536 - 2));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	drop_is(ack_old, 1);
	script_state_is(HERE, state);
	not_closed();
}
IN_STATE(ack_too_far_back_is_challenged, ESTABLISHED)
IN_STATE(ack_too_far_back_is_challenged, FIN_WAIT_1)
IN_STATE(ack_too_far_back_is_challenged, FIN_WAIT_2)
IN_STATE(ack_too_far_back_is_challenged, CLOSE_WAIT)
IN_STATE(ack_too_far_back_is_challenged, CLOSING)
IN_STATE(ack_too_far_back_is_challenged, LAST_ACK)

static void duplicate_ack_of_nothing_outstanding_is_ignored(enum la_state state)
{
	struct place place = reach(state);

	in(ACK, SEQ(place.rcv_nxt), ACK(place.snd_una));
	silence();
	script_state_is(HERE, state);
	not_closed();
}
IN_SEVEN_SYNCHRONIZED_STATES(duplicate_ack_of_nothing_outstanding_is_ignored)

SCRIPT(ack_removes_what_it_covers_from_the_queue)
{
	reach(LA_ESTABLISHED);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	status_is(in_flight, 5);
	status_is(send_queued, 5);
	in(ACK, SEQ(1), ACK(3));
	silence();
	status_is(in_flight, 3);
	status_is(send_queued, 3);
	in(ACK, SEQ(1), ACK(6));
	silence();
	status_is(in_flight, 0);
	status_is(send_queued, 0);
	after_ms(10000);
	silence();
}

SCRIPT(old_ack_changes_nothing_but_its_text_counts)
{
	reach(LA_ESTABLISHED);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6), WIN(5000));
	in(PSH | ACK, SEQ(1), ACK(1), WIN(4000), DATA("crossed"));
	app_got("crossed");
	status_is(in_flight, 0);
	out_after_ms(40, ACK, SEQ(6), ACK(8));
}

SCRIPT(window_is_taken_from_the_newest_segment)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(3000));
	status_is(snd_wnd, 3000);
	in(PSH | ACK, SEQ(1), ACK(1), WIN(2000), LEN(10));
	status_is(snd_wnd, 2000);
	app_got_n(10);
	out_after_ms(40, ACK, SEQ(1), ACK(11));
	in(ACK, SEQ(11), ACK(1), WIN(2500));
	status_is(snd_wnd, 2500);
	/* Reordered: older than the one before, though acceptable through its last octet. */
	in(PSH | ACK, SEQ(10), ACK(1), WIN(9000), LEN(2));
	status_is(snd_wnd, 2500);
	app_got_n(1);
	out_after_ms(40, ACK, SEQ(1), ACK(12));
}

SCRIPT(window_is_an_unsigned_number)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(65535));
	status_is(snd_wnd, 65535);
	in(ACK, SEQ(1), ACK(1), WIN(32768));
	status_is(snd_wnd, 32768);
}

SCRIPT(FIN_WAIT_1_becomes_FIN_WAIT_2_when_the_fin_is_acknowledged)
{
	reach(LA_FIN_WAIT_1);
	in(ACK, SEQ(1), ACK(1));
	silence();
	state_is(FIN_WAIT_1);
	in(ACK, SEQ(1), ACK(2));
	silence();
	state_is(FIN_WAIT_2);
	not_closed();
}

SCRIPT(FIN_WAIT_1_stays_when_only_the_text_is_acknowledged)
{
	reach(LA_ESTABLISHED);
	one_breath
	{
		app_send("last");
		app_end();
	}
	out(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("last"));
	in(ACK, SEQ(1), ACK(5));
	silence();
	state_is(FIN_WAIT_1);
	in(ACK, SEQ(1), ACK(6));
	state_is(FIN_WAIT_2);
}

SCRIPT(CLOSING_becomes_TIME_WAIT_when_the_fin_is_acknowledged)
{
	reach(LA_CLOSING);
	in(ACK, SEQ(2), ACK(1));
	state_is(CLOSING);
	not_closed();
	in(ACK, SEQ(2), ACK(2));
	silence();
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
}

SCRIPT(LAST_ACK_becomes_CLOSED_when_the_fin_is_acknowledged)
{
	reach(LA_LAST_ACK);
	in(ACK, SEQ(2), ACK(1));
	state_is(LAST_ACK);
	not_closed();
	in(ACK, SEQ(2), ACK(2));
	silence();
	closed_because(LA_REASON_DONE);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(CLOSE_WAIT_goes_on_sending_and_being_acknowledged)
{
	reach(LA_CLOSE_WAIT);
	app_send("more");
	out(PSH | ACK, SEQ(1), ACK(2), DATA("more"));
	in(ACK, SEQ(2), ACK(5));
	silence();
	status_is(in_flight, 0);
	state_is(CLOSE_WAIT);
}
