/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 sections 3.5 and 3.6: establishing and closing connections, in each of the ways that
 * there are, and what becomes of each segment that is lost.
 */
#include <errno.h>

#include "reach.h"

#define MSL_MS 30000

/* ---- three-way handshake ---- */

SCRIPT(passive_open_then_peer_closes)
{
	listen_on(80);
	in(SYN, SEQ(0), WIN(65535), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	state_is(SYN_RECEIVED);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	state_is(ESTABLISHED);
	silence();

	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(2));
	peer_closed_told();
	state_is(CLOSE_WAIT);
	app_close();
	out(FIN | ACK, SEQ(1), ACK(2));
	state_is(LAST_ACK);
	in(ACK, SEQ(2), ACK(2));
	closed_because(LA_REASON_DONE);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(active_open_then_we_close)
{
	connect_to(80);
	out(SYN, SEQ(0), MSS(1460));
	state_is(SYN_SENT);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	state_is(ESTABLISHED);

	app_close();
	out(FIN | ACK, SEQ(1), ACK(1));
	state_is(FIN_WAIT_1);
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	state_is(TIME_WAIT);
	closed_because(LA_REASON_DONE);
	after_ms(2 * MSL_MS + 1);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(lost_syn_is_sent_again)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_after_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	after_ms(60000);
	silence();
}

SCRIPT(lost_syn_ack_is_sent_again)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	after_ms(60000);
	silence();
}

SCRIPT(lost_ack_of_the_handshake_is_made_good_by_the_first_text)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET /"));
	accepted();
	app_got("GET /");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
	after_ms(60000);
	silence();
}

SCRIPT(lost_ack_of_the_handshake_is_made_good_by_answering_the_syn_ack)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	state_is(ESTABLISHED);
	not_closed();
}

/* RFC 9293 figure 9: an old SYN turns up first. */
SCRIPT(old_duplicate_syn_is_got_rid_of_by_reset)
{
	listen_on(80);
	in(SYN, SEQ(-5000), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(-4999));
	state_is(SYN_RECEIVED);
	in(RST, SEQ(-4999));
	silence();
	state_is(LISTEN);
	in(SYN, SEQ(0), MSS(1460));
	anew(0);
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/* ---- simultaneous open (figure 8) ---- */

SCRIPT(simultaneous_open)
{
	reach_simultaneous_open();
	not_accepted();
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	opened();
	state_is(ESTABLISHED);
	while (frames_sent() > 0)
		out(ACK, SEQ(1), ACK(1));
	stat_is(simultaneous_opens, 1);
	stat_is(established, 1);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
	silence();
}

SCRIPT(simultaneous_open_completed_by_a_plain_ack)
{
	reach_simultaneous_open();
	in(ACK, SEQ(1), ACK(1));
	silence();
	opened();
	state_is(ESTABLISHED);
	after_ms(60000);
	silence();
}

SCRIPT(simultaneous_open_sends_its_syn_ack_again)
{
	reach_simultaneous_open();
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(2000, SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	opened();
}

SCRIPT(close_during_simultaneous_open_sends_fin)
{
	reach_simultaneous_open();
	app_end();
	while (frames_sent() > 0)
		out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	opened();
	while (frames_sent() > 0)
		out(FIN | ACK, SEQ(1), ACK(1));
	state_is(FIN_WAIT_1);
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
}

/* ---- closing (figures 12 and 13) ---- */

SCRIPT(simultaneous_close)
{
	establish();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	state_is(CLOSING);
	in(ACK, SEQ(2), ACK(2));
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
	after_ms(2 * MSL_MS + 1);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(half_close_by_us_goes_on_receiving)
{
	uint32_t i;

	establish();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
	for (i = 0; i < 10; i++) {
		in(PSH | ACK, SEQ(1 + 500 * i), ACK(2), LEN(500));
		app_got_n(500);
		after_ms(100);
		out(ACK, SEQ(2), ACK(501 + 500 * i));
	}
	after_ms(3600000);
	state_is(FIN_WAIT_2);
	in(FIN | ACK, SEQ(5001), ACK(2));
	out(ACK, SEQ(2), ACK(5002));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
}

SCRIPT(half_close_by_the_peer_goes_on_sending)
{
	uint32_t i;

	reach(LA_CLOSE_WAIT);
	for (i = 0; i < 10; i++) {
		app_send_n(500);
		out(PSH | ACK, SEQ(1 + 500 * i), ACK(2), LEN(500));
		in(ACK, SEQ(2), ACK(501 + 500 * i));
	}
	app_end();
	out(FIN | ACK, SEQ(5001), ACK(2));
	in(ACK, SEQ(2), ACK(5002));
	closed_because(LA_REASON_DONE);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(the_service_that_ends_at_once_answers_fin_by_fin)
{
	establish();
	app_ends_when_peer_does();
	in(FIN | ACK, SEQ(1), ACK(1));
	peer_closed_told();
	out(FIN | ACK, SEQ(1), ACK(2));
	silence();
	state_is(LAST_ACK);
	in(ACK, SEQ(2), ACK(2));
	closed_because(LA_REASON_DONE);
	nothing_leaked();
}

SCRIPT(fin_goes_out_behind_what_was_queued)
{
	establish();
	one_breath
	{
		app_send_n(2000);
		app_end();
	}
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(FIN | PSH | ACK, SEQ(1461), ACK(1), LEN(540));
	state_is(FIN_WAIT_1);
	in(ACK, SEQ(1), ACK(2002));
	state_is(FIN_WAIT_2);
}

SCRIPT(nothing_can_be_sent_behind_the_fin)
{
	establish();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	must(app_try_send_n(1) == -EPIPE);
	silence();
}

SCRIPT(lost_fin_is_sent_again)
{
	establish();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	out_after_ms(1000, FIN | ACK, SEQ(1), ACK(1));
	out_after_ms(2000, FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
	after_ms(60000);
	silence();
}

SCRIPT(lost_fin_in_LAST_ACK_is_sent_again)
{
	reach(LA_LAST_ACK);
	out_after_ms(1000, FIN | ACK, SEQ(1), ACK(2));
	in(ACK, SEQ(2), ACK(2));
	closed_because(LA_REASON_DONE);
	nothing_leaked();
}

SCRIPT(lost_fin_in_CLOSING_is_sent_again)
{
	reach(LA_CLOSING);
	out_after_ms(1000, FIN | ACK, SEQ(1), ACK(2));
	in(ACK, SEQ(2), ACK(2));
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
}

SCRIPT(abort_sends_reset)
{
	establish();
	app_abort();
	out(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_ABORTED);
	state_is(CLOSED);
	nothing_leaked();
}

static void abort_sends_reset(enum la_state state)
{
	struct place place = reach(state);

	app_abort();
	out(RST | ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	closed_because(LA_REASON_ABORTED);
	state_is(CLOSED);
	nothing_leaked();
}
IN_STATE(abort_sends_reset, FIN_WAIT_1)
IN_STATE(abort_sends_reset, FIN_WAIT_2)
IN_STATE(abort_sends_reset, CLOSE_WAIT)

/* RFC 9293 3.10.5: in CLOSING and LAST-ACK nothing is left to be said. */
static void abort_is_silent(enum la_state state)
{
	reach(state);
	app_abort();
	silence();
	closed_because(LA_REASON_ABORTED);
	state_is(CLOSED);
	nothing_leaked();
}
IN_STATE(abort_is_silent, CLOSING)
IN_STATE(abort_is_silent, LAST_ACK)

SCRIPT(close_with_unread_text_sends_reset)
{
	establish();
	app_leaves_unread();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("nobody reads this"));
	app_close();
	out(RST | ACK, SEQ(1), ACK(18));
	closed_because(LA_REASON_ABORTED);
	nothing_leaked();
}

SCRIPT(close_with_text_beyond_a_gap_sends_reset)
{
	establish();
	in(PSH | ACK, SEQ(101), ACK(1), LEN(10));
	out(ACK, SEQ(1), ACK(1));
	app_close();
	out(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_ABORTED);
	nothing_leaked();
}

SCRIPT(fin_waits_for_the_window_of_the_peer)
{
	establish();
	in(ACK, SEQ(1), ACK(1), WIN(4));
	one_breath
	{
		app_send("four");
		app_end();
	}
	out(PSH | ACK, SEQ(1), ACK(1), DATA("four"));
	silence();
	in(ACK, SEQ(1), ACK(5), WIN(1));
	out(FIN | ACK, SEQ(5), ACK(1));
	in(ACK, SEQ(1), ACK(6), WIN(1));
	state_is(FIN_WAIT_2);
}

/* ---- half-open connections (figures 10 and 11) ---- */

SCRIPT(peer_that_lost_its_memory_is_set_right_by_our_ack_and_resets_us)
{
	establish();
	in(SYN, SEQ(100000), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	not_closed();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	in(SYN, SEQ(100000), MSS(1460));
	anew(100000);
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	state_is(ESTABLISHED);
}

SCRIPT(peer_that_lost_its_memory_resets_our_text)
{
	establish();
	app_send("are you there");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("are you there"));
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(our_syn_to_a_peer_that_remembers_an_older_one_ends_in_reset)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in(ACK, SEQ(300), ACK(100));
	out(RST, SEQ(100));
	state_is(SYN_SENT);
	out_after_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

/* ---- TIME-WAIT ---- */

SCRIPT(TIME_WAIT_ends_after_2msl_and_not_before)
{
	reach(LA_TIME_WAIT);
	after_ms(2 * MSL_MS - 1);
	state_is(TIME_WAIT);
	usage_is(time_waits, 1);
	after_ms(2);
	state_is(CLOSED);
	silence();
	stat_is(time_wait_expired, 1);
	nothing_leaked();
}

SCRIPT(TIME_WAIT_lasts_as_long_as_the_msl_says)
{
	configure(msl_us, 1000000);
	reach(LA_TIME_WAIT);
	after_ms(1999);
	state_is(TIME_WAIT);
	after_ms(2);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(lost_last_ack_is_sent_again_and_2msl_begins_anew)
{
	reach(LA_TIME_WAIT);
	after_ms(MSL_MS);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	after_ms(2 * MSL_MS - 1);
	state_is(TIME_WAIT);
	after_ms(2);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(other_segments_do_not_prolong_TIME_WAIT)
{
	reach(LA_TIME_WAIT);
	after_ms(MSL_MS);
	in(PSH | ACK, SEQ(-99), ACK(2), LEN(100));
	out(ACK, SEQ(2), ACK(2));
	in(FIN | PSH | ACK, SEQ(-99), ACK(2), LEN(50));
	out(ACK, SEQ(2), ACK(2));
	drop_is(time_wait_text, 2);
	in(FIN | ACK, SEQ(2), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	in(RST, SEQ(2));
	silence();
	after_ms(MSL_MS + 1);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(acceptable_syn_reopens_TIME_WAIT)
{
	uint32_t old_isn;

	reach(LA_TIME_WAIT);
	old_isn = our_seq(0);
	after_ms(1000);
	anew(100000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	must((int32_t)(our_seq(0) - (old_isn + 2)) > 0);
	state_is(SYN_RECEIVED);
	usage_is(time_waits, 0);
	stat_is(time_wait_reopened, 1);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	state_is(ESTABLISHED);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("again"));
	app_got("again");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
}

/* Within the same microsecond the clock of the ISN has not moved, but the old connection has. */
SCRIPT(reopened_TIME_WAIT_starts_beyond_all_that_was_sent)
{
	uint32_t old_isn;

	establish();
	old_isn = our_seq(0);
	app_send_n(4000);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	in(ACK, SEQ(1), ACK(2921));
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1080));
	in(ACK, SEQ(1), ACK(4001));
	app_end();
	out(FIN | ACK, SEQ(4001), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(4002));
	out(ACK, SEQ(4002), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	anew(100000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	must((int32_t)(our_seq(0) - (old_isn + 4002)) > 0);
}

/* The old connection's last ACK behind the new one's SYN-ACK would have that reset by its peer. */
SCRIPT(last_ack_does_not_follow_the_syn_ack_of_a_new_life)
{
	reach(LA_FIN_WAIT_2);
	one_breath
	{
		in(FIN | ACK, SEQ(1), ACK(2));
		anew(100000);
		in(SYN, SEQ(0), MSS(1460));
	}
	out(SYN | ACK, SEQ(0), ACK(1));
	silence();
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	stat_is(time_wait_reopened, 1);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(old_syn_does_not_reopen_TIME_WAIT)
{
	reach(LA_TIME_WAIT);
	in(SYN, SEQ(0), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	in(SYN, SEQ(1), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	state_is(TIME_WAIT);
	stat_is(time_wait_reopened, 0);
}

SCRIPT(syn_does_not_reopen_TIME_WAIT_where_nobody_listens_any_more)
{
	reach(LA_TIME_WAIT);
	listen_end();
	in(SYN, SEQ(100000), MSS(1460));
	must(frames_sent() == 1);
	must((out_any().flags & SYN) == 0);
	stat_is(time_wait_reopened, 0);
	usage_is(embryos, 0);
}

SCRIPT(a_full_pool_of_TIME_WAIT_gives_up_its_oldest)
{
	unsigned int n;

	configure(max_time_waits, 2);
	reach(LA_TIME_WAIT);
	for (n = 2; n <= 3; n++) {
		after_ms(1);
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1));
		accepted();
		reach_from_established(LA_TIME_WAIT);
	}
	stat_is(time_wait_recycled, 1);
	usage_is(time_waits, 2);
	peer(1);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(RST, SEQ(2));
}
