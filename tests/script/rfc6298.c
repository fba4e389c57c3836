/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 6298: the retransmission timer. Section 2: the estimate; 3: Karn's algorithm; 5: when the
 * timer starts, stops and backs off. RFC 9293 section 3.8.1 demands it (MUST-18, MUST-19).
 */
#include "reach.h"

/* A passive open whose SYN-ACK is answered after so long: the first sample. */
static void open_in_us(uint64_t us)
{
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	after_us(us);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/* One octet at SEQ is sent and acknowledged after so long: one sample more. */
static void sample_us(uint32_t seq, uint64_t us)
{
	app_send_n(1);
	out(PSH | ACK, SEQ(seq), ACK(1), LEN(1));
	after_us(us);
	in(ACK, SEQ(1), ACK(seq + 1));
	silence();
}

/* ---- section 2: the estimate ---- */

SCRIPT(first_timeout_is_one_second)
{
	connect_to(80);
	out(SYN, SEQ(0));
	status_is(srtt_us, 0);
	status_is(rto_us, 1000000);
	out_after_ms(1000, SYN, SEQ(0));
}

SCRIPT(first_timeout_is_settable)
{
	connect_with(80, options->rto_initial_us = 2500000);
	out(SYN, SEQ(0));
	out_after_ms(2500, SYN, SEQ(0));
	out_after_ms(5000, SYN, SEQ(0));
}

SCRIPT(first_sample_of_a_passive_open_is_srtt_and_half_of_it_the_variation)
{
	listen_on(80);
	open_in_us(100000);
	status_is(srtt_us, 100000);
	status_is(rttvar_us, 50000);
	status_is(rto_us, 300000);
}

SCRIPT(first_sample_of_an_active_open_is_srtt_and_half_of_it_the_variation)
{
	connect_to(80);
	out(SYN, SEQ(0));
	after_us(80400);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(srtt_us, 80400);
	status_is(rttvar_us, 40200);
	status_is(rto_us, 80400 + 4 * 40200);
}

/* What is kept of a SYN outlives that there is text for a flight. */
SCRIPT(text_that_is_queued_meanwhile_leaves_sample_and_timer_of_the_syn)
{
	connect_to(80);
	out(SYN, SEQ(0));
	after_us(30000);
	app_send("x");
	silence();
	usage_is(flights, 1);
	after_us(50400);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	opened();
	status_is(srtt_us, 80400);
	in(ACK, SEQ(1), ACK(2));
	peer(2);
	connect_to(80);
	out(SYN, SEQ(0));
	after_ms(20);
	app_send("x");
	out_after_ms(980, SYN, SEQ(0));
	out_after_ms(2000, SYN, SEQ(0));
}

SCRIPT(first_sample_of_a_simultaneous_open_is_the_syns)
{
	connect_to(80);
	out(SYN, SEQ(0));
	after_ms(50);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	after_ms(50);
	in(ACK, SEQ(1), ACK(1));
	opened();
	/* The SYN was sent twice: which one was acknowledged is not known (Karn). */
	status_is(srtt_us, 0);
	status_is(rto_us, 1000000);
}

SCRIPT(further_samples_move_variation_by_a_quarter_and_srtt_by_an_eighth)
{
	listen_on(80);
	open_in_us(100000);
	sample_us(1, 60000);
	status_is(rttvar_us, (3 * 50000 + 40000) / 4);
	status_is(srtt_us, (7 * 100000 + 60000) / 8);
	status_is(rto_us, 95000 + 4 * 47500);
	sample_us(2, 175000);
	/* The variation is taken against SRTT as it was before the sample. */
	status_is(rttvar_us, (3 * 47500 + 80000) / 4);
	status_is(srtt_us, (7 * 95000 + 175000) / 8);
	status_is(rto_us, 105000 + 4 * 55625);
}

SCRIPT(variation_counts_as_one_tick_at_least)
{
	uint32_t i;

	listen_with(80, options->rto_min_us = 1000);
	open_in_us(500000);
	for (i = 1; i <= 80; i++)
		sample_us(i, 500000);
	status_is(srtt_us, 500000);
	status_is(rttvar_us, 0);
	status_is(rto_us, 500100);
}

SCRIPT(timeout_is_200_ms_at_least)
{
	listen_on(80);
	open_in_us(1000);
	status_is(srtt_us, 1000);
	status_is(rto_us, 200000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(least_timeout_is_settable)
{
	listen_with(80, options->rto_min_us = 1000000);
	open_in_us(1000);
	status_is(rto_us, 1000000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(1000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(timeout_is_60_s_at_most)
{
	listen_with(80, options->r2_syn_us = 600000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	/* A SYN-ACK sent again is not timed; a peer as slow as this is met behind it. */
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(600, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(1400, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(3000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(6200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(12600, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(25400, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(51000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(102200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	status_is(rto_us, 60000000);
	out_at_ms(162200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(222200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(greatest_timeout_is_settable)
{
	connect_with(80, options->rto_max_us = 3000000);
	out(SYN, SEQ(0));
	out_at_ms(1000, SYN, SEQ(0));
	out_at_ms(3000, SYN, SEQ(0));
	out_at_ms(6000, SYN, SEQ(0));
	out_at_ms(9000, SYN, SEQ(0));
}

/* ---- section 3: Karn ---- */

SCRIPT(a_retransmitted_segment_gives_no_sample)
{
	listen_on(80);
	open_in_us(100000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(300, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	after_ms(70);
	in(ACK, SEQ(1), ACK(2));
	status_is(srtt_us, 100000);
	status_is(rttvar_us, 50000);
}

SCRIPT(a_retransmitted_syn_ack_gives_no_sample)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	after_ms(100);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(srtt_us, 0);
}

SCRIPT(a_syn_ack_repeated_because_the_syn_was_gives_no_sample)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	after_ms(300);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	after_ms(10);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(srtt_us, 0);
}

SCRIPT(a_retransmitted_syn_gives_no_sample)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_after_ms(1000, SYN, SEQ(0));
	after_ms(100);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(srtt_us, 0);
}

SCRIPT(a_fast_retransmission_gives_no_sample)
{
	uint32_t i;

	listen_on(80);
	open_in_us(100000);
	app_send_n(5 * 1460);
	for (i = 0; i < 4; i++)
		out(ACK, SEQ(1 + i * 1460), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(5841), ACK(1), LEN(1460));
	after_ms(100);
	for (i = 0; i < 3; i++)
		in(ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	after_ms(100);
	in(ACK, SEQ(1), ACK(7301));
	status_is(srtt_us, 100000);
	status_is(rttvar_us, 50000);
}

SCRIPT(backed_off_timeout_is_kept_until_a_segment_sent_once_is_acknowledged)
{
	listen_on(80);
	open_in_us(100000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(300, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	status_is(rto_us, 600000);
	in(ACK, SEQ(1), ACK(2));
	status_is(rto_us, 600000);
	app_send("y");
	out(PSH | ACK, SEQ(2), ACK(1), DATA("y"));
	status_is(rto_us, 600000);
	out_after_ms(600, PSH | ACK, SEQ(2), ACK(1), DATA("y"));
	out_after_ms(1200, PSH | ACK, SEQ(2), ACK(1), DATA("y"));
	in(ACK, SEQ(1), ACK(3));
	status_is(rto_us, 2400000);
	sample_us(3, 100000);
	/* A sample at last: back to the formula. */
	status_is(srtt_us, 100000);
	status_is(rttvar_us, 37500);
	status_is(rto_us, 250000);
}

/* The path may be slower now than it was; a pause does not make it faster. */
SCRIPT(backed_off_timeout_outlives_a_pause)
{
	listen_on(80);
	open_in_us(10000);
	status_is(rto_us, 200000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	in(ACK, SEQ(1), ACK(2));
	status_is(rto_us, 400000);
	after_ms(2000);
	usage_is(flights, 0);
	status_is(rto_us, 400000);
	app_send("y");
	out(PSH | ACK, SEQ(2), ACK(1), DATA("y"));
	out_after_ms(400, PSH | ACK, SEQ(2), ACK(1), DATA("y"));
}

/* ---- section 5: managing the timer ---- */

SCRIPT(timer_starts_with_the_first_text_and_goes_on_for_the_next)
{
	listen_with(80, options->rto_min_us = 1000000, options->no_delay = true);
	open_in_us(0);
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	after_ms(700);
	app_send("b");
	out(PSH | ACK, SEQ(2), ACK(1), DATA("b"));
	/* 5.1: a timer that runs is not started anew. */
	out_after_ms(300, PSH | ACK, SEQ(1), ACK(1), DATA("ab"));
}

SCRIPT(timer_stops_when_everything_is_acknowledged)
{
	listen_on(80);
	open_in_us(100000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	after_ms(299);
	in(ACK, SEQ(1), ACK(2));
	after_ms(300000);
	silence();
	stat_is(retransmit_timeouts, 0);
	usage_is(timers, 0);
}

SCRIPT(timer_starts_anew_when_new_text_is_acknowledged)
{
	reach(LA_ESTABLISHED);
	app_send_n(3 * 1460);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1460));
	after_ms(150);
	in(ACK, SEQ(1), ACK(1461));
	/* An ACK that repeats does not start it anew. */
	after_ms(500);
	in(ACK, SEQ(1), ACK(1461));
	out_after_ms(500, ACK, SEQ(1461), ACK(1), LEN(1460));
}

SCRIPT(only_the_earliest_segment_is_sent_again)
{
	reach(LA_ESTABLISHED);
	app_send_n(3 * 1460);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1460));
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(1460));
	silence();
	stat_is(retransmit_timeouts, 1);
	stat_is(retransmits, 1);
	out_after_ms(2000, ACK, SEQ(1), ACK(1), LEN(1460));
	out_after_ms(4000, ACK, SEQ(1), ACK(1), LEN(1460));
}

SCRIPT(syn_backs_off)
{
	connect_with(80, options->r2_syn_us = 300000000);
	out(SYN, SEQ(0));
	out_at_ms(1000, SYN, SEQ(0));
	out_at_ms(3000, SYN, SEQ(0));
	out_at_ms(7000, SYN, SEQ(0));
	out_at_ms(15000, SYN, SEQ(0));
	out_at_ms(31000, SYN, SEQ(0));
	out_at_ms(63000, SYN, SEQ(0));
	out_at_ms(123000, SYN, SEQ(0));
	out_at_ms(183000, SYN, SEQ(0));
	out_at_ms(243000, SYN, SEQ(0));
}

SCRIPT(syn_ack_backs_off)
{
	listen_with(80, options->r2_syn_us = 300000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(3000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(7000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(15000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(31000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(63000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(123000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(183000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(243000, SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(syn_ack_of_a_simultaneous_open_backs_off)
{
	connect_to(80);
	out(SYN, SEQ(0));
	after_ms(500);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	/* The timer of the SYN goes on: nothing new was acknowledged. */
	out_at_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(3000, SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(fin_backs_off)
{
	reach(LA_FIN_WAIT_1);
	out_at_ms(1000, FIN | ACK, SEQ(1), ACK(1));
	out_at_ms(3000, FIN | ACK, SEQ(1), ACK(1));
	out_at_ms(7000, FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
	after_ms(100000);
	silence();
}

SCRIPT(lost_fin_of_a_stream_is_sent_again_with_its_text)
{
	reach(LA_ESTABLISHED);
	one_breath
	{
		app_send("bye");
		app_end();
	}
	out(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("bye"));
	out_after_ms(1000, FIN | PSH | ACK, SEQ(1), ACK(1), DATA("bye"));
	in(ACK, SEQ(1), ACK(4));
	out_after_ms(2000, FIN | ACK, SEQ(4), ACK(1));
	in(ACK, SEQ(1), ACK(5));
	state_is(FIN_WAIT_2);
}

SCRIPT(after_a_lost_syn_text_is_given_three_seconds)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_after_ms(1000, SYN, SEQ(0));
	after_ms(100);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(rto_us, 3000000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(3000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(6000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(after_a_lost_syn_ack_text_is_given_three_seconds)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(3000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(the_three_seconds_end_with_the_first_sample)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_after_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	sample_us(1, 100000);
	status_is(srtt_us, 100000);
	status_is(rto_us, 300000);
}
