/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 section 3.10.7.4, eighth: check the FIN bit. */
#include "reach.h"

SCRIPT(SYN_RECEIVED_goes_to_CLOSE_WAIT_by_ack_and_fin)
{
	reach(LA_SYN_RECEIVED);
	in(FIN | ACK, SEQ(1), ACK(1));
	accepted();
	peer_closed_told();
	out(ACK, SEQ(1), ACK(2));
	state_is(CLOSE_WAIT);
}

SCRIPT(ESTABLISHED_goes_to_CLOSE_WAIT)
{
	reach(LA_ESTABLISHED);
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(2));
	peer_closed_told();
	state_is(CLOSE_WAIT);
	not_closed();
	after_ms(3600000);
	silence();
	state_is(CLOSE_WAIT);
}

SCRIPT(FIN_WAIT_1_goes_to_CLOSING_when_its_own_fin_is_not_acknowledged)
{
	reach(LA_FIN_WAIT_1);
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	state_is(CLOSING);
	not_closed();
}

SCRIPT(FIN_WAIT_1_goes_to_TIME_WAIT_when_the_fin_brings_the_ack)
{
	reach(LA_FIN_WAIT_1);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
	usage_is(connections, 0);
	usage_is(time_waits, 1);
}

SCRIPT(FIN_WAIT_2_goes_to_TIME_WAIT)
{
	reach(LA_FIN_WAIT_2);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
	stat_is(time_wait_entered, 1);
}

static void fin_sent_again_is_acknowledged_again(enum la_state state)
{
	struct place place = reach(state);

	in(FIN | ACK, SEQ(1), ACK(place.snd_una));
	out(ACK, SEQ(place.snd_nxt), ACK(2));
	script_state_is(HERE, state);
	peer_close_not_told();
	not_closed();
}
IN_STATE(fin_sent_again_is_acknowledged_again, CLOSE_WAIT)
IN_STATE(fin_sent_again_is_acknowledged_again, CLOSING)
IN_STATE(fin_sent_again_is_acknowledged_again, LAST_ACK)
IN_STATE(fin_sent_again_is_acknowledged_again, TIME_WAIT)

static void fin_behind_the_fin_changes_nothing(enum la_state state)
{
	struct place place = reach(state);

	in(FIN | ACK, SEQ(2), ACK(place.snd_una));
	out(ACK, SEQ(place.snd_nxt), ACK(2));
	script_state_is(HERE, state);
	peer_close_not_told();
	not_closed();
}
IN_STATE(fin_behind_the_fin_changes_nothing, CLOSE_WAIT)
IN_STATE(fin_behind_the_fin_changes_nothing, CLOSING)
IN_STATE(fin_behind_the_fin_changes_nothing, LAST_ACK)
IN_STATE(fin_behind_the_fin_changes_nothing, TIME_WAIT)

SCRIPT(fin_with_the_last_text_is_one_segment_and_one_acknowledgement)
{
	reach(LA_ESTABLISHED);
	in(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("bye"));
	app_got("bye");
	peer_closed_told();
	out(ACK, SEQ(1), ACK(5));
	silence();
	state_is(CLOSE_WAIT);
}

SCRIPT(fin_beyond_a_gap_waits_for_the_text_before_it)
{
	reach(LA_ESTABLISHED);
	in(FIN | PSH | ACK, SEQ(101), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	peer_close_not_told();
	state_is(ESTABLISHED);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(100));
	app_got_n(200);
	peer_closed_told();
	out(ACK, SEQ(1), ACK(202));
	state_is(CLOSE_WAIT);
}

SCRIPT(fin_alone_beyond_a_gap_waits_too)
{
	reach(LA_ESTABLISHED);
	in(FIN | ACK, SEQ(101), ACK(1));
	out(ACK, SEQ(1), ACK(1));
	state_is(ESTABLISHED);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(100));
	app_got_n(100);
	while (frames_sent() > 0)
		out_any();
	in(FIN | ACK, SEQ(101), ACK(1));
	peer_closed_told();
	while (frames_sent() > 0)
		out_any();
	state_is(CLOSE_WAIT);
}

/* Its number is the edge itself: the window is then closed, not four gigabytes wide. */
SCRIPT(fin_right_behind_a_full_window_leaves_it_closed)
{
	listen_with(80, options->receive_buffer = 2048);
	in(SYN, SEQ(0), MSS(1024));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(2048));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	in(ACK, SEQ(1), ACK(1), LEN(1024));
	out_after_ms(40, ACK, SEQ(1), ACK(1025), ANY_WIN);
	one_breath
	{
		in(FIN | ACK, SEQ(1025), ACK(1), LEN(1024));
		in(RST, SEQ(1000000));
	}
	out(ACK, SEQ(1), ACK(2050), WIN(0));
	drop_is(reset_challenged, 0);
	state_is(CLOSE_WAIT);
}

SCRIPT(fin_beyond_the_window_is_no_fin)
{
	uint32_t at, size;
	reach(LA_ESTABLISHED);
	in(FIN | PSH | ACK, SEQ(1 + 65535 - 10), ACK(1), LEN(11));
	out(ACK, SEQ(1), ACK(1));
	state_is(ESTABLISHED);
	peer_close_not_told();
	status_is(out_of_order, 10);
	/* Nor is it one when the text before it has come. */
	for (at = 0; at < 65525; at += size) {
		size = 65525 - at < 1460 ? 65525 - at : 1460;
		in(ACK, SEQ(1 + at), ACK(1), LEN(size));
		while (frames_sent() > 0)
			out_any();
	}
	app_got_n(65535);
	state_is(ESTABLISHED);
	peer_close_not_told();
}

SCRIPT(the_service_is_told_of_the_fin_only_when_all_text_is_read)
{
	reach(LA_ESTABLISHED);
	app_leaves_unread();
	in(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("unread"));
	out(ACK, SEQ(1), ACK(8));
	state_is(CLOSE_WAIT);
	peer_close_not_told();
	app_reads("unread");
	peer_closed_told();
	silence();
}

SCRIPT(fin_without_ack_is_no_fin)
{
	reach(LA_ESTABLISHED);
	in(FIN, SEQ(1));
	silence();
	state_is(ESTABLISHED);
	drop_is(no_ack, 1);
}

SCRIPT(two_fins_in_one_breath_are_one)
{
	reach(LA_ESTABLISHED);
	one_breath
	{
		in(FIN | ACK, SEQ(1), ACK(1));
		in(FIN | ACK, SEQ(1), ACK(1));
	}
	out(ACK, SEQ(1), ACK(2));
	while (frames_sent() > 0)
		out(ACK, SEQ(1), ACK(2));
	peer_closed_told();
	state_is(CLOSE_WAIT);
}
