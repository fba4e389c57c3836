/* SPDX-License-Identifier: BSD-3-Clause */
/* The short cuts: what is expected takes them, and what is not, does not. What either way does is
 * compared by the simulator (tests/sim --short-cuts). */
#include "sacked.h"

/** A connection on which a request came and was answered: from here on everything is expected. */
static void reach_conversation(void)
{
	reach_sacked_stamped();
	in(ACK | PSH, SEQ(1), ACK(1), DATA("ask"), TS(151, 50));
	app_send("answer");
	out(PSH | ACK, SEQ(1), ACK(4), DATA("answer"), TS(NOW, 151));
	stat_is(short_cuts_out, 1);
	after_ms(50);
	stat_is(short_cuts_in, 1);
}

SCRIPT(request_and_answer_take_the_short_cut)
{
	reach_conversation();
	in(ACK | PSH, SEQ(4), ACK(7), DATA("more"), TS(201, 100));
	stat_is(short_cuts_in, 2);
	app_send("again");
	out(PSH | ACK, SEQ(7), ACK(8), DATA("again"), TS(NOW, 201));
	stat_is(short_cuts_out, 2);
	after_ms(50);
	in(ACK, SEQ(8), ACK(12), TS(251, 150));
	stat_is(short_cuts_in, 3);
	silence();
}

/* Its segments are counted together, at the end of the breath. */
SCRIPT(what_takes_the_short_cut_is_counted)
{
	reach_conversation();
	stat_is(segments_out, 2);
	stat_is(bytes_out, 6);
	/* With a ladder the frame would be made the general way. */
	la_ladder_arm(script_worker(), NULL);
	for (uint32_t n = 0; n < 3; n++) {
		in(ACK | PSH, SEQ(4 + 4 * n), ACK(7 + 5 * n), DATA("more"), TS(201 + n, 100));
		app_send("again");
		out(PSH | ACK, SEQ(7 + 5 * n), ACK(8 + 4 * n), DATA("again"), TS(NOW, 201 + n));
		stat_is(segments_out, 3 + n);
		stat_is(short_cuts_out, 2 + n);
		stat_is(bytes_out, 11 + 5 * n);
	}
}

SCRIPT(answer_opens_a_small_window_that_was_closed)
{
	listen_with(80, options->sack = true, options->receive_buffer = 2048);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, WIN(2048));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	in(ACK, SEQ(1), ACK(1), LEN(1460));
	in(ACK | PSH, SEQ(1461), ACK(1), LEN(588));
	out(ACK, SEQ(1), ACK(2049), WIN(0));
	one_breath
	{
		app_reads_n(2048);
		app_send("!");
	}
	out(PSH | ACK, SEQ(1), ACK(2049), WIN(2048), DATA("!"));
	stat_is(short_cuts_out, 2);
}

/* RFC 5681 4.1: less than an RTO lies between one and the next. */
SCRIPT(answers_now_and_then_leave_no_pause)
{
	reach_sacked();
	app_send_n(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	after_ms(50);
	in_ack(2);
	in_ack(4);
	in_ack(10);
	status_is(cwnd, 14 * SMSS);
	for (uint32_t n = 0; n < 4; n++) {
		after_ms(100);
		app_send("!");
		out(PSH | ACK, SEQ(SEGMENT(10) + n), ACK(1), DATA("!"));
		stat_is(short_cuts_out, n + 1);
		after_ms(50);
		in(ACK, SEQ(1), ACK(SEGMENT(10) + n + 1));
	}
	status_is(cwnd, 14 * SMSS);
}

SCRIPT(ack_alone_takes_the_short_cut)
{
	reach_conversation();
	in(ACK | PSH, SEQ(4), ACK(7), DATA("more"), TS(201, 100));
	silence();
	in(ACK | PSH, SEQ(8), ACK(7), DATA("and more"), TS(202, 100));
	/* The second segment is not kept waiting. */
	out(ACK, SEQ(7), ACK(16), TS(NOW, 201));
	stat_is(short_cuts_in, 3);
	stat_is(short_cuts_out, 2);
}

SCRIPT(what_is_lost_is_sent_again_after_a_short_cut)
{
	reach_conversation();
	in(ACK | PSH, SEQ(4), ACK(7), DATA("more"), TS(201, 100));
	app_send("again");
	out(PSH | ACK, SEQ(7), ACK(8), DATA("again"), TS(NOW, 201));
	stat_is(short_cuts_out, 2);
	out_after_ms(200, PSH | ACK, SEQ(7), ACK(8), DATA("again"), TS(NOW, 201));
	/* What was sent twice is no plain matter. */
	in(ACK, SEQ(8), ACK(12), TS(451, 300));
	stat_is(short_cuts_in, 2);
}

SCRIPT(text_beyond_a_gap_takes_all_steps)
{
	reach_conversation();
	in(ACK | PSH, SEQ(5), ACK(7), DATA("ore"), TS(201, 100));
	out(ACK, SEQ(7), ACK(4), TS(NOW, 151), SACK(5, 8));
	/* And so does what fills it. */
	in(ACK, SEQ(4), ACK(7), DATA("m"), TS(201, 100));
	out(ACK, SEQ(7), ACK(8), TS(NOW, 201));
	stat_is(short_cuts_in, 1);
}

SCRIPT(old_timestamp_takes_all_steps)
{
	reach_conversation();
	in(ACK | PSH, SEQ(4), ACK(7), DATA("more"), TS(150, 100));
	out(ACK, SEQ(7), ACK(4), TS(NOW, 151));
	stat_is(short_cuts_in, 1);
	drop_is(timestamp_old, 1);
}

SCRIPT(ack_of_a_part_takes_all_steps)
{
	reach_conversation();
	in(ACK | PSH, SEQ(4), ACK(3), DATA("more"), TS(201, 100));
	stat_is(short_cuts_in, 1);
}

SCRIPT(fins_take_the_short_cut)
{
	reach_conversation();
	in(ACK | FIN, SEQ(4), ACK(7), TS(201, 100));
	out(ACK, SEQ(7), ACK(5), TS(NOW, 201));
	state_is(CLOSE_WAIT);
	stat_is(short_cuts_in, 2);
	app_end();
	out(FIN | ACK, SEQ(7), ACK(5), TS(NOW, 201));
	state_is(LAST_ACK);
	stat_is(short_cuts_out, 3);
	after_ms(50);
	in(ACK, SEQ(5), ACK(8), TS(251, 150));
	state_is(CLOSED);
	stat_is(short_cuts_in, 3);
	closed_because(LA_REASON_DONE);
	nothing_leaked();
}

SCRIPT(fins_with_text_take_the_short_cut)
{
	reach_conversation();
	in(ACK | FIN | PSH, SEQ(4), ACK(7), DATA("more"), TS(201, 100));
	out(ACK, SEQ(7), ACK(9), TS(NOW, 201));
	state_is(CLOSE_WAIT);
	stat_is(short_cuts_in, 2);
	app_send("again");
	out(PSH | ACK, SEQ(7), ACK(9), DATA("again"), TS(NOW, 201));
	stat_is(short_cuts_out, 3);
}

SCRIPT(our_fin_first_takes_the_short_cut)
{
	reach_conversation();
	in(ACK, SEQ(4), ACK(7), TS(201, 100));
	app_end();
	out(FIN | ACK, SEQ(7), ACK(4), TS(NOW, 201));
	state_is(FIN_WAIT_1);
	stat_is(short_cuts_out, 2);
	after_ms(50);
	in(ACK, SEQ(4), ACK(8), TS(251, 150));
	state_is(FIN_WAIT_2);
	stat_is(short_cuts_in, 3);
	in(FIN | ACK, SEQ(4), ACK(8), TS(251, 150));
	out(ACK, SEQ(8), ACK(5), TS(NOW, 251));
	state_is(TIME_WAIT);
	stat_is(short_cuts_in, 4);
	closed_because(LA_REASON_DONE);
}

SCRIPT(flight_that_stood_idle_is_needed_for_our_fin)
{
	configure(flight_idle_us, 100000);
	reach_conversation();
	in(ACK, SEQ(4), ACK(7), TS(201, 100));
	app_end();
	out(FIN | ACK, SEQ(7), ACK(4), TS(NOW, 201));
	stat_is(short_cuts_out, 2);
	after_ms(150);
	in(ACK, SEQ(4), ACK(8), TS(351, 150));
	state_is(FIN_WAIT_2);
}

SCRIPT(fins_that_meet_take_all_steps)
{
	reach_conversation();
	in(ACK, SEQ(4), ACK(7), TS(201, 100));
	app_end();
	out(FIN | ACK, SEQ(7), ACK(4), TS(NOW, 201));
	in(FIN | ACK, SEQ(4), ACK(7), TS(201, 100));
	out(ACK, SEQ(8), ACK(5), TS(NOW, 201));
	state_is(CLOSING);
	stat_is(short_cuts_in, 2);
}

SCRIPT(text_behind_what_is_unread_takes_all_steps)
{
	reach_conversation();
	app_leaves_unread();
	in(ACK | PSH, SEQ(4), ACK(7), DATA("more"), TS(201, 100));
	stat_is(short_cuts_in, 2);
	in(ACK | PSH, SEQ(8), ACK(7), DATA("and more"), TS(201, 100));
	out(ACK, SEQ(7), ACK(16), TS(NOW, 201));
	stat_is(short_cuts_in, 2);
}

SCRIPT(handshake_of_the_peer_takes_the_short_cut)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	stat_is(short_cuts_open, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	state_is(ESTABLISHED);
	stat_is(short_cuts_open, 1);
	stat_is(short_cuts_in, 0);
}

SCRIPT(handshake_with_a_request_takes_the_short_cut)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK | PSH, SEQ(1), ACK(1), DATA("ask"));
	accepted();
	stat_is(short_cuts_open, 1);
	stat_is(short_cuts_in, 1);
	stat_is(bytes_in, 3);
}

SCRIPT(handshake_that_ends_at_once_takes_all_steps)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(2));
	state_is(CLOSE_WAIT);
	stat_is(short_cuts_open, 0);
}

SCRIPT(handshake_of_ours_takes_the_short_cut)
{
	connect_to(80);
	out(SYN, SEQ(0), MSS(1460));
	stat_is(short_cuts_open, 1);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	stat_is(short_cuts_open, 2);
}

SCRIPT(syn_that_is_lost_takes_all_steps)
{
	connect_to(80);
	out(SYN, SEQ(0), MSS(1460));
	out_after_ms(1000, SYN, SEQ(0), MSS(1460));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	stat_is(short_cuts_open, 1);
}

SCRIPT(everything_takes_all_steps_if_so_configured)
{
	configure(no_short_cuts, true);
	reach_sacked_stamped();
	in(ACK | PSH, SEQ(1), ACK(1), DATA("ask"), TS(151, 50));
	app_send("answer");
	out(PSH | ACK, SEQ(1), ACK(4), DATA("answer"), TS(NOW, 151));
	after_ms(50);
	in(ACK | PSH, SEQ(4), ACK(7), DATA("more"), TS(201, 100));
	stat_is(short_cuts_in, 0);
	stat_is(short_cuts_out, 0);
	stat_is(short_cuts_open, 0);
}
