/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 sections 3.10.2 to 3.10.6: what the user's calls do and answer in each state. OPEN and
 * what the segments do is proved beside this.
 */
#include <errno.h>

#include "reach.h"

/* SEND (3.10.2) and CLOSE (3.10.4) after our direction has ended. */
static void our_direction_ends_once(enum la_state state)
{
	reach(state);
	must(app_try_send_n(10) == -EPIPE);
	must(app_try_end() == -EPIPE);
	silence();
	script_state_is(HERE, state);
	status_is(send_queued, 0);
	not_closed();
}
IN_STATE(our_direction_ends_once, FIN_WAIT_1)
IN_STATE(our_direction_ends_once, FIN_WAIT_2)
IN_STATE(our_direction_ends_once, CLOSING)
IN_STATE(our_direction_ends_once, LAST_ACK)

static void text_goes_out(enum la_state state)
{
	struct place place = reach(state);

	app_send("hello");
	out(PSH | ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt), DATA("hello"));
	script_state_is(HERE, state);
}
IN_STATE(text_goes_out, ESTABLISHED)
IN_STATE(text_goes_out, CLOSE_WAIT)

/* RECEIVE (3.10.3): what came before the FIN can still be read in every state behind it. */
SCRIPT(text_before_the_fin_can_be_read_in_CLOSE_WAIT)
{
	reach(LA_ESTABLISHED);
	app_leaves_unread();
	in(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("read me"));
	out(ACK, SEQ(1), ACK(9));
	app_reads("read");
	peer_close_not_told();
	app_reads(" me");
	peer_closed_told();
}

SCRIPT(text_before_the_fin_can_be_read_in_TIME_WAIT)
{
	reach(LA_FIN_WAIT_2);
	app_leaves_unread();
	in(FIN | PSH | ACK, SEQ(1), ACK(2), DATA("read me"));
	out(ACK, SEQ(2), ACK(9));
	usage_is(time_waits, 1);
	not_closed();
	peer_close_not_told();
	app_reads("read me");
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}

/* ABORT (3.10.5). */
SCRIPT(abort_throws_away_what_was_queued)
{
	reach(LA_ESTABLISHED);
	app_send_n(4000);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	app_abort();
	out(RST | ACK, SEQ(2921), ACK(1));
	closed_because(LA_REASON_ABORTED);
	nothing_leaked();
	after_ms(100000);
	silence();
}

SCRIPT(abort_in_SYN_RECEIVED_of_an_active_open_sends_reset)
{
	reach_simultaneous_open();
	app_abort();
	out(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_ABORTED);
	nothing_leaked();
}

/* The SYN takes a number, whatever the peer's window is. */
SCRIPT(abort_in_SYN_RECEIVED_with_a_zero_window_has_the_number_after_the_syn)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in(SYN, SEQ(0), MSS(1460), WIN(0));
	out(SYN | ACK, SEQ(0), ACK(1));
	app_abort();
	out(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_ABORTED);
}

/* STATUS (3.10.6). */
SCRIPT(status_tells_where_the_connection_stands)
{
	reach(LA_ESTABLISHED);
	app_send("12345");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("12345"));
	in(PSH | ACK, SEQ(1), ACK(4), WIN(1000), DATA("abc"));
	app_got("abc");
	status_is(state, LA_ESTABLISHED);
	status_is(snd_una, our_seq(4));
	status_is(snd_nxt, our_seq(6));
	status_is(snd_wnd, 1000);
	status_is(rcv_nxt, peer_seq(4));
	status_is(in_flight, 2);
	status_is(send_queued, 2);
	status_is(receive_queued, 0);
	status_is(mss, 1460);
	status_is(remote.port, 40001);
	status_is(local.port, 80);
	out_after_ms(40, ACK, SEQ(6), ACK(4));
}

/* A handle is dead once its end was told. */
SCRIPT(calls_after_the_end_find_no_connection)
{
	reach(LA_ESTABLISHED);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	must(app_try_send_n(1) == -ENOTCONN);
	must(app_try_end() == -ENOTCONN);
	silence();
	nothing_leaked();
}

SCRIPT(an_old_handle_does_not_fit_the_next_connection_in_its_place)
{
	configure(max_connections, 1);
	reach(LA_ESTABLISHED);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(1);
	must(app_try_send_n(1) == -ENOTCONN);
	silence();
	peer(2);
	state_is(ESTABLISHED);
}
