/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 7323: window scale, timestamps, and what they keep out (PAWS). */
#include "bulk.h"

#define DAY_MS (24ULL * 3600 * 1000)

/** What a modern peer says in its SYN, at time ms of its clock. */
#define MODERN_SYN(ms) SEQ(0), MSS(1460), SACK_PERMITTED, TS(ms, 0), WS(7)

/** Listens with timestamps alone and comes to ESTABLISHED at 0 ms; the peer's clock shows 100. */
static void stamped(void)
{
	listen_with(80, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), TS(100, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 100));
	in(ACK, SEQ(1), ACK(1), TS(100, 0));
	accepted();
}

/** Listens with window scaling alone; the peer's shift is this. */
static void scaled(uint32_t shift, uint32_t receive_buffer)
{
	listen_with(80, options->window_scaling = true, options->receive_buffer = receive_buffer);
	in(SYN, SEQ(0), MSS(1460), WS(shift));
}

/* ---- 1.3, 2.2, 3.2: what SYNs agree on ---- */

static void modern_listener(void)
{
	listen_with(80, options->timestamps = options->window_scaling = options->sack = true,
		    options->receive_buffer_max = 6291456);
}

SCRIPT(syn_with_all_options_is_answered_with_all)
{
	modern_listener();
	in(SYN, MODERN_SYN(100));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 100), WS(7));
	in(ACK, SEQ(1), ACK(1), TS(101, 0));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), TS(0, 101));
}

SCRIPT(syn_without_options_is_answered_without)
{
	modern_listener();
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1), WIN(65535));
	accepted();
	status_is(snd_wnd, 65535);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
}

/** Each of the eight combinations, offered to one that wants all. */
SCRIPT(syn_ack_answers_what_the_syn_offers_and_no_more)
{
	modern_listener();
	peer(1);
	in(SYN, SEQ(0), MSS(1460), WS(2));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(7));
	peer(2);
	in(SYN, SEQ(0), MSS(1460), TS(7, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 7));
	peer(3);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	peer(4);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, WS(2));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, WS(7));
	peer(5);
	in(SYN, SEQ(0), MSS(1460), TS(7, 0), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 7), WS(7));
	peer(6);
	in(SYN, SEQ(0), MSS(1460), TS(7, 0), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 7), SACK_PERMITTED);
}

/** Each wanted alone, offered all. */
SCRIPT(syn_ack_answers_what_we_want_and_no_more)
{
	listen_with(81, options->window_scaling = true);
	in(SYN, MODERN_SYN(7));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(0));
	listen_with(82, options->timestamps = true);
	in(SYN, MODERN_SYN(7));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 7));
	listen_with(83, options->sack = true);
	in(SYN, MODERN_SYN(7));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	listen_with(84, options->mss = 1460);
	in(SYN, MODERN_SYN(7));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
}

SCRIPT(options_in_another_order_are_agreed_on_too)
{
	modern_listener();
	in(SYN, SEQ(0), RAW_OPTIONS(3, 3, 2, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 2, 4, 3, 0xe8));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 14), WS(7));
	in(ACK, SEQ(1), ACK(1), TS(15, 0));
	accepted();
	status_is(mss, 1000 - 12);
}

SCRIPT(our_syn_asks_for_all_that_is_wanted)
{
	connect_with(80, options->timestamps = options->window_scaling = options->sack = true,
		     options->receive_buffer_max = 6291456);
	out(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(0, 0), WS(7));
	after_ms(20);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(50, 0), WS(3));
	opened();
	out(ACK, SEQ(1), ACK(1), TS(20, 50));
	in(ACK, SEQ(1), ACK(1), WIN(80000), TS(51, 20));
	status_is(snd_wnd, 80000);
	status_is(mss, 1448);
}

SCRIPT(our_syn_unanswered_agrees_on_nothing)
{
	connect_with(80, options->timestamps = options->window_scaling = options->sack = true,
		     options->receive_buffer_max = 6291456);
	out(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(0, 0), WS(7));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WIN(20000));
	opened();
	out(ACK, SEQ(1), ACK(1), WIN(65408));
	status_is(snd_wnd, 20000);
	status_is(mss, 1460);
	/* Options that were not agreed on mean nothing. */
	in(PSH | ACK, SEQ(1), ACK(1), TS(1, 0), DATA("text"));
	app_got("text");
	out_after_ms(40, ACK, SEQ(1), ACK(5), WIN(65404));
}

SCRIPT(our_syn_says_the_same_again_at_a_later_time)
{
	connect_with(80, options->timestamps = options->window_scaling = true);
	out(SYN, SEQ(0), MSS(1460), TS(0, 0), WS(0));
	out_after_ms(1000, SYN, SEQ(0), MSS(1460), TS(1000, 0), WS(0));
}

/** Our second SYN answers the peer's: what that one lacks is in it no more. */
SCRIPT(simultaneous_open_agrees_on_what_both_syns_have)
{
	connect_with(80, options->timestamps = options->window_scaling = options->sack = true);
	out(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(0, 0), WS(0));
	after_ms(5);
	in(SYN, SEQ(0), MSS(1460), TS(30, 0), WS(4), WIN(1600));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(5, 30), WS(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(31, 5), WS(4), WIN(1600));
	opened();
	status_is(snd_wnd, 1600);
	out(ACK, SEQ(1), ACK(1), TS(5, 31));
	in(ACK, SEQ(1), ACK(1), WIN(1600), TS(32, 5));
	status_is(snd_wnd, 1600);
}

SCRIPT(simultaneous_open_without_options_has_none)
{
	connect_with(80, options->timestamps = options->window_scaling = options->sack = true);
	out(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(0, 0), WS(0));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
}

SCRIPT(syn_ack_sent_again_says_the_same)
{
	modern_listener();
	in(SYN, MODERN_SYN(100));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 100), WS(7));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(1000, 100),
		     WS(7));
}

/** A peer that is not answered may leave options out, and then does not expect them later. */
SCRIPT(syn_that_comes_again_without_options_is_answered_without)
{
	modern_listener();
	in(SYN, MODERN_SYN(100));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 100), WS(7));
	in(SYN, SEQ(0), MSS(1400));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1), WIN(1000));
	accepted();
	status_is(snd_wnd, 1000);
	status_is(mss, 1400);
}

SCRIPT(syn_that_comes_again_later_has_its_own_timestamp_echoed)
{
	modern_listener();
	in(SYN, MODERN_SYN(100));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 100), WS(7));
	in(SYN, MODERN_SYN(1100));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 1100), WS(7));
	/* The first one, held up. */
	in(SYN, MODERN_SYN(100));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 1100), WS(7));
}

/* ---- 2: window scale ---- */

/** From the first segment of text on: no need to wait for the delayed ACK. */
SCRIPT(scaled_window_is_offered_whole)
{
	scaled(0, 1048576);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(65504));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	silence();
	in(ACK, SEQ(1), ACK(1), LEN(1460));
	app_got_n(1460);
	out(ACK, SEQ(1), ACK(1461), WIN(1048576));
}

SCRIPT(scaled_window_of_the_peer_is_used)
{
	scaled(4, 65535);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(0));
	in(ACK, SEQ(1), ACK(1), WIN(65535 * 16));
	accepted();
	status_is(snd_wnd, 65535 * 16);
	in(ACK, SEQ(1), ACK(1), WIN(16));
	status_is(snd_wnd, 16);
}

SCRIPT(window_of_a_syn_is_never_scaled)
{
	listen_with(80, options->window_scaling = true);
	in(SYN, SEQ(0), MSS(1460), WS(10), WIN(1000));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(0));
	/* The ACK is another segment: 1 means 1,024. */
	in(ACK, SEQ(1), ACK(1), WIN(1024));
	accepted();
	status_is(snd_wnd, 1024);
}

SCRIPT(window_of_a_syn_ack_is_never_scaled)
{
	connect_with(80, options->window_scaling = true);
	out(SYN, SEQ(0), MSS(1460), WS(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(10), WIN(1000));
	opened();
	out(ACK, SEQ(1), ACK(1));
	status_is(snd_wnd, 1000);
	app_send_n(1500);
	out(ACK, SEQ(1), ACK(1), LEN(1000));
}

/** A larger shift in use than ours is in the option: the largest legal one (2.3). */
SCRIPT(TCP_WINDOW_SHIFT_MAX)
{
	scaled(15, 65535);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(0));
	in(ACK, SEQ(1), ACK(1), WIN(16384));
	accepted();
	status_is(snd_wnd, 16384);
	peer(2);
	our_port(80);
	in(SYN, SEQ(0), MSS(1460), WS(255));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(0));
	in(ACK, SEQ(1), ACK(1), WIN(16384));
	accepted();
	status_is(snd_wnd, 16384);
	peer(3);
	connect_with(80, options->window_scaling = true);
	must(out_any().flags == SYN);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(15));
	opened();
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(1), WIN(16384));
	status_is(snd_wnd, 16384);
}

SCRIPT(our_shift_is_the_smallest_that_will_do)
{
	listen_with(81, options->window_scaling = true, options->receive_buffer = 65535);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(0));
	listen_with(82, options->window_scaling = true, options->receive_buffer = 65536);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(1));
	listen_with(83, options->window_scaling = true, options->receive_buffer_max = 65535 * 128);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(7));
	listen_with(84, options->window_scaling = true,
		    options->receive_buffer_max = 65535 * 128 + 1);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(8));
	listen_with(85, options->window_scaling = true, options->receive_buffer = 1U << 30);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(14));
}

/** 2.4: while there is room the edge is rounded up and never seen to go back. */
SCRIPT(scaled_edge_does_not_go_back_while_there_is_room)
{
	scaled(0, 1048576);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(65504));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(3));
	out(ACK, SEQ(1), ACK(4), WIN(1048576));
	app_got_n(3);
	/* Less than a segment: the edge stays but for the rounding up to 32 bytes. */
	in(PSH | ACK, SEQ(4), ACK(1), LEN(1));
	out_after_ms(40, ACK, SEQ(1), ACK(5), WIN(1048576));
	app_got_n(1);
}

/** 2.4: the same of answers, which take the short cut. A full segment moves the edge. */
SCRIPT(scaled_edge_that_answers_tell_does_not_go_back)
{
	static const uint32_t lengths[] = { 20, 20, 20, 1460 };
	uint32_t seq = 4;

	listen_with(80, options->window_scaling = options->sack = true,
		    options->receive_buffer = 1048576);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, WS(5), WIN(65504));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(3));
	out(ACK, SEQ(1), ACK(4), WIN(1048576));
	app_got_n(3);
	for (uint32_t n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
		in(PSH | ACK, SEQ(seq), ACK(1 + n), LEN(lengths[n]));
		seq += lengths[n];
		app_got_n(lengths[n]);
		app_send("!");
		out(PSH | ACK, SEQ(1 + n), ACK(seq), WIN(1048576), DATA("!"));
		stat_is(short_cuts_out, n + 2);
	}
	/* Where something is unread there is no room for rounding up. */
	app_leaves_unread();
	in(PSH | ACK, SEQ(seq), ACK(5), LEN(20));
	app_send("!");
	out(PSH | ACK, SEQ(5), ACK(seq + 20), WIN(1048576 - 32), DATA("!"));
	stat_is(short_cuts_out, 6);
}

/** 2.4: where there is none, what rounding takes away was offered and is taken. */
SCRIPT(scaled_edge_that_was_offered_is_taken)
{
	listen_with(80, options->window_scaling = true, options->receive_buffer = 4096,
		    options->receive_buffer_max = 4194304);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(7), WIN(4096));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	in(ACK, SEQ(1), ACK(1), LEN(1024));
	in(PSH | ACK, SEQ(1025), ACK(1), LEN(437));
	/* Left are 2,635 bytes: 20 times 128, and 75. */
	out(ACK, SEQ(1), ACK(1462), WIN(2560));
	in(ACK, SEQ(1462), ACK(1), LEN(1460));
	in(PSH | ACK, SEQ(2922), ACK(1), LEN(1175));
	out(ACK, SEQ(1), ACK(4097), WIN(0));
	app_reads_n(4096);
	out(ACK, SEQ(1), ACK(4097), WIN(4 * 4096));
}

/* Nothing comes any more that would need the room; what is read then moves no edge. */
SCRIPT(scaled_edge_behind_a_fin_stays_and_is_rounded_up)
{
	listen_with(80, options->window_scaling = true, options->receive_buffer = 4096,
		    options->receive_buffer_max = 4194304);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(7), WIN(4096));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
	in(ACK, SEQ(1), ACK(1), LEN(1024));
	in(PSH | ACK, SEQ(1025), ACK(1), LEN(437));
	out(ACK, SEQ(1), ACK(1462), WIN(2560));
	in(FIN | ACK, SEQ(1462), ACK(1));
	/* Left are 2,634 bytes: 20 times 128, and 74. */
	out(ACK, SEQ(1), ACK(1463), WIN(2688));
	app_reads_n(1461);
	silence();
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(1463), WIN(2688), DATA("text"));
}

/* ---- 3: timestamps ---- */

SCRIPT(every_segment_has_a_timestamp)
{
	stamped();
	at_ms(10);
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("text"), TS(10, 100));
	at_ms(20);
	in(PSH | ACK, SEQ(1), ACK(5), DATA("more"), TS(120, 10));
	app_got("more");
	out_after_ms(40, ACK, SEQ(5), ACK(5), TS(60, 120));
	app_end();
	out(FIN | ACK, SEQ(5), ACK(5), TS(60, 120));
	in(ACK, SEQ(5), ACK(6), TS(160, 60));
	app_abort();
	out(RST | ACK, SEQ(6), ACK(5), TS(60, 160));
	closed_because(LA_REASON_ABORTED);
}

SCRIPT(retransmission_has_the_time_of_its_own)
{
	stamped();
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("text"), TS(0, 100));
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("text"), TS(200, 100));
}

SCRIPT(last_ack_of_TIME_WAIT_has_a_timestamp)
{
	stamped();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1), TS(0, 100));
	in(ACK, SEQ(1), ACK(2), TS(101, 0));
	at_ms(30);
	in(FIN | ACK, SEQ(1), ACK(2), TS(130, 0));
	out(ACK, SEQ(2), ACK(2), TS(30, 130));
	state_is(TIME_WAIT);
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	at_ms(500);
	in(FIN | ACK, SEQ(1), ACK(2), TS(600, 0));
	out(ACK, SEQ(2), ACK(2), TS(500, 130));
}

/* What came behind the FIN in the same breath was for the record, and its timestamp is the later.
 */
SCRIPT(last_ACK_echoes_no_older_timestamp_than_TIME_WAIT)
{
	stamped();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1), TS(0, 100));
	one_breath
	{
		in(FIN | ACK, SEQ(1), ACK(2), TS(130, 0));
		in(ACK, SEQ(2), ACK(2), TS(140, 0));
		in(FIN | ACK, SEQ(1), ACK(2), TS(150, 0));
	}
	out(ACK, SEQ(2), ACK(2), TS(0, 140));
	out(ACK, SEQ(2), ACK(2), TS(0, 140));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}

SCRIPT(TCP_TIMESTAMPS_BYTES)
{
	stamped();
	status_is(mss, 1448);
	app_send_n(3000);
	out(ACK, SEQ(1), ACK(1), LEN(1448), TS(0, 100));
	out(ACK, SEQ(1449), ACK(1), LEN(1448), TS(0, 100));
	in(ACK, SEQ(1), ACK(2897), TS(101, 0));
	out(PSH | ACK, SEQ(2897), ACK(1), LEN(104), TS(0, 101));
}

SCRIPT(TCP_TIMESTAMP_US)
{
	uint32_t before;

	listen_with(80, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), TS(100, 0));
	before = out_any().ts_value;
	at_ms(1000.1);
	must(out_any().ts_value == before + 1000);
	at_ms(3000.1);
	must(out_any().ts_value == before + 3000);
}

/** 5.4, 7.1: each 4-tuple has an offset of its own, which a restart changes. */
SCRIPT(offsets_of_timestamps_tell_nothing)
{
	uint32_t values[4], other;

	listen_with(80, options->timestamps = true);
	for (unsigned int i = 0; i < 4; i++) {
		peer(i + 1);
		in(SYN, SEQ(0), MSS(1460), TS(0, 0));
		values[i] = out_any().ts_value;
		for (unsigned int k = 0; k < i; k++) {
			uint32_t apart = values[i] - values[k];

			must(apart > 1000000 && apart < 0xffffffff - 1000000);
		}
	}
	peer(1);
	our_port(81);
	listen_with(81, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), TS(0, 0));
	other = out_any().ts_value;
	must(other - values[0] > 1000000 && other - values[0] < 0xffffffff - 1000000);
}

/** RFC 6191 counts on it: the same 4-tuple goes on counting where it was. */
SCRIPT(offset_of_timestamps_stays_with_the_tuple)
{
	stamped();
	in(RST, SEQ(1), TS(100, 0));
	closed_because(LA_REASON_RESET);
	at_ms(700);
	anew(100000);
	in(SYN, SEQ(0), MSS(1460), TS(800, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(700, 800));
}

/* ---- 4.3: which timestamp is echoed ---- */

/** (A): a delayed ACK echoes the earliest segment that it acknowledges. */
SCRIPT(delayed_ack_echoes_the_first_segment)
{
	stamped();
	one_breath
	{
		in(ACK, SEQ(1), ACK(1), LEN(1448), TS(110, 0));
		in(ACK, SEQ(1449), ACK(1), LEN(1448), TS(111, 0));
	}
	app_got_n(2896);
	out(ACK, SEQ(1), ACK(2897), TS(0, 110));
	in(PSH | ACK, SEQ(2897), ACK(1), LEN(10), TS(120, 0));
	at_ms(30);
	out_at_ms(40, ACK, SEQ(1), ACK(2907), TS(40, 120));
}

/** (B): behind a gap nothing is echoed but the last segment in order. */
SCRIPT(segment_beyond_a_gap_is_not_echoed)
{
	stamped();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10), TS(110, 0));
	out_at_ms(40, ACK, SEQ(1), ACK(11), TS(40, 110));
	in(PSH | ACK, SEQ(21), ACK(1), LEN(10), TS(115, 0));
	out(ACK, SEQ(1), ACK(11), TS(40, 110));
	app_got_n(10);
}

/** (C): the one that fills the gap is. */
SCRIPT(segment_that_fills_a_gap_is_echoed)
{
	stamped();
	in(PSH | ACK, SEQ(11), ACK(1), LEN(10), TS(110, 0));
	out(ACK, SEQ(1), ACK(1), TS(0, 100));
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10), TS(120, 0));
	out(ACK, SEQ(1), ACK(21), TS(0, 120));
	app_got_n(20);
}

/** Last.ACK.sent: text that was not acknowledged yet keeps later timestamps out, and so does FIN.
 */
SCRIPT(what_follows_text_in_the_same_breath_is_not_echoed)
{
	stamped();
	one_breath
	{
		in(PSH | ACK, SEQ(1), ACK(1), LEN(10), TS(110, 0));
		in(ACK, SEQ(11), ACK(1), TS(111, 0));
		in(FIN | ACK, SEQ(11), ACK(1), TS(112, 0));
		in(ACK, SEQ(12), ACK(1), TS(113, 0));
	}
	out(ACK, SEQ(1), ACK(12), TS(0, 110));
	app_got_n(10);
	peer_closed_told();
}

SCRIPT(what_follows_a_fin_in_the_same_breath_is_not_echoed)
{
	stamped();
	one_breath
	{
		in(FIN | ACK, SEQ(1), ACK(1), TS(112, 0));
		in(ACK, SEQ(2), ACK(1), TS(113, 0));
	}
	out(ACK, SEQ(1), ACK(2), TS(0, 112));
	peer_closed_told();
}

/** A SYN that was not taken must not move TS.Recent. */
SCRIPT(segment_out_of_the_window_is_not_echoed)
{
	stamped();
	in(ACK, SEQ(100000), ACK(1), TS(500, 0));
	drop_is(sequence, 1);
	out(ACK, SEQ(1), ACK(1), TS(0, 100));
}

SCRIPT(ack_without_text_moves_what_is_echoed)
{
	stamped();
	in(ACK, SEQ(1), ACK(1), TS(150, 0));
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"), TS(0, 150));
}

/* ---- 5: PAWS ---- */

/** The old duplicate of the RFC: its number is good, its time is not. Across the wrap of both. */
SCRIPT(timestamp_old)
{
	listen_with(80, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), TS(0, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 0));
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10), TS(8, 0));
	accepted();
	out_after_ms(40, ACK, SEQ(1), ACK(11), TS(40, 8));
	in(PSH | ACK, SEQ(11), ACK(1), LEN(10), TS(4, 0));
	out(ACK, SEQ(1), ACK(11), TS(40, 8));
	drop_is(timestamp_old, 1);
	app_got_n(10);
	/* The same time is not old. */
	in(PSH | ACK, SEQ(11), ACK(1), LEN(10), TS(8, 0));
	app_got_n(10);
	out_after_ms(40, ACK, SEQ(1), ACK(21), TS(80, 8));
}

SCRIPT(old_timestamp_on_fin_or_syn_is_answered_and_dropped)
{
	stamped();
	in(FIN | ACK, SEQ(1), ACK(1), TS(99, 0));
	out(ACK, SEQ(1), ACK(1), TS(0, 100));
	in(SYN, SEQ(1), MSS(1460), TS(98, 0));
	out(ACK, SEQ(1), ACK(1), TS(0, 100));
	drop_is(timestamp_old, 2);
	state_is(ESTABLISHED);
	peer_close_not_told();
}

SCRIPT(old_timestamp_on_reset_does_not_save_the_connection)
{
	stamped();
	in(RST, SEQ(1), TS(1, 0));
	closed_because(LA_REASON_RESET);
	drop_is(timestamp_old, 0);
}

SCRIPT(reset_without_a_timestamp_is_believed)
{
	stamped();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
}

/** Answers to segments without text are counted: two confused ends must not go on for ever. */
SCRIPT(old_timestamps_without_text_are_answered_ten_times_a_second)
{
	stamped();
	for (unsigned int i = 0; i < 10; i++) {
		in(ACK, SEQ(1), ACK(1), TS(99, 0));
		out(ACK, SEQ(1), ACK(1), TS(0, 100));
	}
	in(ACK, SEQ(1), ACK(1), TS(99, 0));
	silence();
	drop_is(timestamp_old, 11);
	drop_is(challenge_limit, 1);
}

SCRIPT(TIME_WAIT_answers_old_timestamps)
{
	stamped();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1), TS(0, 100));
	in(FIN | ACK, SEQ(1), ACK(2), TS(130, 0));
	out(ACK, SEQ(2), ACK(2), TS(0, 130));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	in(PSH | ACK, SEQ(2), ACK(2), TS(120, 0), LEN(5));
	out(ACK, SEQ(2), ACK(2), TS(0, 130));
	drop_is(timestamp_old, 1);
	state_is(TIME_WAIT);
}

SCRIPT(SYN_RECEIVED_answers_old_timestamps)
{
	listen_with(80, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), TS(100, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 100));
	in(ACK, SEQ(1), ACK(1), TS(99, 0));
	out(ACK, SEQ(1), ACK(1), TS(0, 100));
	drop_is(timestamp_old, 1);
	state_is(SYN_RECEIVED);
}

/** 3.2: not of this connection; dropped without a word, and the connection lives. */
SCRIPT(timestamp_missing)
{
	stamped();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	in(FIN | ACK, SEQ(1), ACK(1));
	silence();
	drop_is(timestamp_missing, 2);
	state_is(ESTABLISHED);
	app_got_nothing();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10), TS(100, 0));
	app_got_n(10);
	out_after_ms(40, ACK, SEQ(1), ACK(11), TS(40, 100));
}

/** A peer that lost its memory opens anew without them: it must learn of the old connection. */
SCRIPT(syn_without_a_timestamp_is_challenged)
{
	stamped();
	in(SYN, SEQ(50), MSS(1460));
	out(ACK, SEQ(1), ACK(1), TS(0, 100));
	drop_is(syn_challenged, 1);
}

/** 5.5: after 24 days the peer's clock may have gone half around; TS.Recent is no argument then. */
SCRIPT(TCP_TIMESTAMP_OUTDATED_US)
{
	stamped();
	at_ms(23.5 * DAY_MS);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10), TS(50, 0));
	out(ACK, SEQ(1), ACK(1), TS(NOW, 100));
	drop_is(timestamp_old, 1);
	at_ms(25.5 * DAY_MS);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10), TS(50, 0));
	drop_is(timestamp_old, 1);
	app_got_n(10);
	out_after_ms(40, ACK, SEQ(1), ACK(11), TS(NOW, 50));
}
