/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 5927, RFC 9293 section 3.9.2.2, RFC 1191, RFC 6633: what an ICMP error may do to a
 * connection. Each quotes a segment of 1500 bytes of ours (in_icmp_error).
 */
#include "frame.h"
#include "reach.h"

enum { UNREACHABLE = 3, QUENCH = 4, REDIRECT = 5, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12 };
enum { NET = 0, HOST = 1, PROTOCOL = 2, PORT = 3, TOO_BIG = 4, ROUTE_FAILED = 5, ADMIN = 13 };

/** Every kind of error there is, about our segment that began at seq. */
static void every_error(uint32_t seq)
{
	unsigned int code;

	for (code = 0; code <= 15; code++)
		if (code != TOO_BIG)
			in_icmp_error(UNREACHABLE, code, 0, seq);
	in_icmp_error(TIME_EXCEEDED, 0, 0, seq);
	in_icmp_error(TIME_EXCEEDED, 1, 0, seq);
	in_icmp_error(PARAMETER_PROBLEM, 0, 0, seq);
	in_icmp_error(QUENCH, 0, 0, seq);
	in_icmp_error(REDIRECT, 1, 0, seq);
}

/* ---- MUST-54, MUST-56, SHLD-26: errors do not end connections ---- */

SCRIPT(soft_errors_do_not_end_a_connection)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in_icmp_error(UNREACHABLE, NET, 0, 1);
	in_icmp_error(UNREACHABLE, HOST, 0, 1);
	in_icmp_error(UNREACHABLE, ROUTE_FAILED, 0, 1);
	in_icmp_error(TIME_EXCEEDED, 0, 0, 1);
	in_icmp_error(TIME_EXCEEDED, 1, 0, 1);
	in_icmp_error(PARAMETER_PROBLEM, 0, 0, 1);
	silence();
	stat_is(rx_icmp_errors, 6);
	state_is(ESTABLISHED);
	out_after_ms(1000, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
	not_closed();
}

SCRIPT(soft_errors_do_not_end_an_open)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in_icmp_error(UNREACHABLE, NET, 0, 0);
	in_icmp_error(UNREACHABLE, HOST, 0, 0);
	in_icmp_error(UNREACHABLE, ROUTE_FAILED, 0, 0);
	in_icmp_error(TIME_EXCEEDED, 0, 0, 0);
	in_icmp_error(PARAMETER_PROBLEM, 0, 0, 0);
	stat_is(rx_icmp_errors, 5);
	state_is(SYN_SENT);
	out_after_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

static void no_error_ends_a_connection(enum la_state state)
{
	struct place place = reach(state);
	uint32_t seq;

	for (seq = place.snd_una - 2; seq != place.snd_nxt + 3; seq++)
		every_error(seq);
	silence();
	not_closed();
	script_state_is(HERE, state);
}
IN_EIGHT_STATES(no_error_ends_a_connection)

SCRIPT(no_error_ends_a_connection_half_way_through_simultaneous_open)
{
	reach_simultaneous_open();
	every_error(0);
	every_error(1);
	silence();
	state_is(SYN_RECEIVED);
	not_closed();
}

/* ---- hard errors, in SYN-SENT alone, and for the very SYN ---- */

SCRIPT(port_unreachable_ends_an_open)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in_icmp_error(UNREACHABLE, PORT, 0, 0);
	closed_because(LA_REASON_UNREACHABLE);
	silence();
	stat_is(closed_unreachable, 1);
	nothing_leaked();
}

SCRIPT(protocol_unreachable_ends_an_open)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in_icmp_error(UNREACHABLE, PROTOCOL, 0, 0);
	closed_because(LA_REASON_UNREACHABLE);
	nothing_leaked();
}

SCRIPT(hard_error_about_another_number_does_not_end_an_open)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in_icmp_error(UNREACHABLE, PORT, 0, 1);
	in_icmp_error(UNREACHABLE, PORT, 0, -1);
	in_icmp_error(UNREACHABLE, PORT, 0, 0x80000000);
	drop_is(icmp_quote, 3);
	stat_is(rx_icmp_errors, 0);
	state_is(SYN_SENT);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

SCRIPT(hard_error_about_another_connection_does_not_end_an_open)
{
	connect_to(80);
	out(SYN, SEQ(0));
	our_port(50009);
	in_icmp_error(UNREACHABLE, PORT, 0, 0);
	peer(2);
	in_icmp_error(UNREACHABLE, PORT, 0, 0);
	drop_is(icmp_quote, 2);
	peer(1);
	our_port(50001);
	peer_port(80);
	state_is(SYN_SENT);
	not_closed();
}

SCRIPT(errors_about_numbers_not_in_flight_are_nothing)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in_icmp_error(UNREACHABLE, HOST, 0, 0);
	in_icmp_error(UNREACHABLE, HOST, 0, 6);
	in_icmp_error(UNREACHABLE, TOO_BIG, 600, 6);
	in_icmp_error(UNREACHABLE, TOO_BIG, 600, 0);
	drop_is(icmp_quote, 4);
	stat_is(rx_icmp_errors, 0);
	status_is(mss, 1460);
	in(ACK, SEQ(1), ACK(6));
	in_icmp_error(UNREACHABLE, TOO_BIG, 600, 5);
	in_icmp_error(UNREACHABLE, TOO_BIG, 600, 6);
	drop_is(icmp_quote, 6);
	status_is(mss, 1460);
}

/* ---- MUST-55 (RFC 6633): source quench ---- */

SCRIPT(source_quench_is_ignored)
{
	uint32_t window;

	establish();
	window = script_status(HERE)->cwnd;
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in_icmp_error(QUENCH, 0, 0, 1);
	silence();
	drop_is(icmp_type, 1);
	stat_is(rx_icmp_errors, 0);
	status_is(cwnd, window);
	in(ACK, SEQ(1), ACK(6));
	state_is(ESTABLISHED);
}

/* ---- SHLD-25: what the user may know ---- */

SCRIPT(soft_error_is_kept_for_the_user_until_progress)
{
	establish();
	status_is(soft_error, 0);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in_icmp_error(UNREACHABLE, HOST, 0, 1);
	status_is(soft_error, UNREACHABLE << 8 | HOST);
	in_icmp_error(TIME_EXCEEDED, 0, 0, 1);
	status_is(soft_error, TIME_EXCEEDED << 8);
	in_icmp_error(UNREACHABLE, NET, 0, 77);
	status_is(soft_error, TIME_EXCEEDED << 8);
	in(ACK, SEQ(1), ACK(6));
	status_is(soft_error, 0);
}

SCRIPT(hard_error_on_an_established_connection_is_kept_as_a_soft_one)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in_icmp_error(UNREACHABLE, PORT, 0, 1);
	status_is(soft_error, UNREACHABLE << 8 | PORT);
	state_is(ESTABLISHED);
	in(ACK, SEQ(1), ACK(6));
}

/* ---- RFC 1191, RFC 5927 section 7: too big ---- */

/** A full segment of 1460 is outstanding. */
static void send_full_segment(void)
{
	establish();
	app_send_n(1460);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1460));
}

SCRIPT(too_big_makes_segments_smaller_and_sends_again_at_once)
{
	send_full_segment();
	in_icmp_error(UNREACHABLE, TOO_BIG, 1000, 1);
	status_is(mss, 960);
	out(ACK, SEQ(1), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(961), ACK(1), LEN(500));
	in(ACK, SEQ(1), ACK(1461));
	silence();
}

/* Two reasons to send the head again, the smaller size and the partial ACK, make one segment. */
SCRIPT(too_big_in_fast_recovery_sends_the_head_once)
{
	unsigned int heads = 0, i;

	reach(LA_ESTABLISHED);
	app_send_n(100000);
	for (i = 0; i < 3; i++) {
		while (frames_sent() > 0)
			out_any();
		in(ACK, SEQ(1), ACK(1));
	}
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	in_icmp_error(UNREACHABLE, TOO_BIG, 1000, 1461);
	while (frames_sent() > 0)
		out_any();
	in(ACK, SEQ(1), ACK(961));
	while (frames_sent() > 0)
		heads += out_any().seq == 961;
	must(heads == 1);
}

SCRIPT(too_big_without_a_size_means_576)
{
	send_full_segment();
	in_icmp_error(UNREACHABLE, TOO_BIG, 0, 1);
	status_is(mss, 536);
	while (frames_sent() > 0)
		must(out_any().size <= 536);
}

SCRIPT(too_big_below_the_floor_means_552)
{
	send_full_segment();
	in_icmp_error(UNREACHABLE, TOO_BIG, 68, 1);
	status_is(mss, 512);
	while (frames_sent() > 0)
		must(out_any().size <= 512);
}

SCRIPT(too_big_never_makes_segments_larger)
{
	send_full_segment();
	in_icmp_error(UNREACHABLE, TOO_BIG, 600, 1);
	status_is(mss, 560);
	while (frames_sent() > 0)
		must(out_any().size <= 560);
	in_icmp_error(UNREACHABLE, TOO_BIG, 1400, 1);
	in_icmp_error(UNREACHABLE, TOO_BIG, 600, 1);
	status_is(mss, 560);
	silence();
}

/* What was quoted would have fitted: somebody makes it up. */
SCRIPT(too_big_about_a_packet_that_fits_is_ignored)
{
	send_full_segment();
	in_icmp_error(UNREACHABLE, TOO_BIG, 1500, 1);
	in_icmp_error(UNREACHABLE, TOO_BIG, 9000, 1);
	in_icmp_error(UNREACHABLE, TOO_BIG, 65535, 1);
	silence();
	status_is(mss, 1460);
}

/** Segments of this size are known to arrive, and one more is outstanding. */
static void send_another_full_segment(void)
{
	send_full_segment();
	in(ACK, SEQ(1), ACK(1461));
	app_send_n(1460);
	out(PSH | ACK, SEQ(1461), ACK(1), LEN(1460));
}

/* Section 7.2: a claim that contradicts what was seen waits for a time-out of what it quotes. */
SCRIPT(too_big_where_such_segments_arrived_waits_for_a_time_out)
{
	send_another_full_segment();
	in_icmp_error(UNREACHABLE, TOO_BIG, 1000, 1461);
	silence();
	status_is(mss, 1460);
	out_after_ms(1000, ACK, SEQ(1461), ACK(1), LEN(960));
	out(PSH | ACK, SEQ(2421), ACK(1), LEN(500));
	status_is(mss, 960);
	in(ACK, SEQ(1), ACK(2921));
}

SCRIPT(too_big_about_a_segment_that_arrives_is_forgotten)
{
	send_another_full_segment();
	in_icmp_error(UNREACHABLE, TOO_BIG, 1000, 1461);
	in(ACK, SEQ(1), ACK(2921));
	app_send_n(1460);
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1460));
	out_after_ms(1000, PSH | ACK, SEQ(2921), ACK(1), LEN(1460));
	status_is(mss, 1460);
	in(ACK, SEQ(1), ACK(4381));
}

SCRIPT(too_big_does_not_end_an_open)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in_icmp_error(UNREACHABLE, TOO_BIG, 1000, 0);
	state_is(SYN_SENT);
	not_closed();
}

SCRIPT(connections_to_others_keep_their_size)
{
	send_full_segment();
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(1);
	in_icmp_error(UNREACHABLE, TOO_BIG, 1000, 1);
	while (frames_sent() > 0)
		must(out_any().size <= 960);
	status_is(mss, 960);
	peer(2);
	status_is(mss, 1460);
}
