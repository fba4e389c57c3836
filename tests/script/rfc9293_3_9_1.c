/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.9.1 and 3.9.2: what passes between TCP and its user besides text: reports of
 * errors (MUST-47, SHLD-20), and the differentiated services code point, given at the beginning
 * (MUST-48), changed later (SHLD-21) and passed on as it is (SHLD-22).
 */
#include <errno.h>

#include "config/limits.h"
#include "reach.h"

#define UNREACHABLE 3
#define HOST 1
#define PORT 3
#define TOO_BIG 4

/* ---- errors ---- */

SCRIPT(icmp_errors_about_what_is_outstanding_are_reported)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	troubles_told(0);
	in_icmp_error(UNREACHABLE, HOST, 0, 1);
	troubles_told(1);
	status_is(soft_error, UNREACHABLE << 8 | HOST);
	in_icmp_error(UNREACHABLE, PORT, 0, 1);
	troubles_told(2);
	status_is(soft_error, UNREACHABLE << 8 | PORT);
	in(ACK, SEQ(1), ACK(6));
	troubles_told(2);
}

SCRIPT(icmp_errors_are_reported_beside_text)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	one_breath
	{
		in_icmp_error(UNREACHABLE, HOST, 0, 1);
		in(PSH | ACK, SEQ(1), ACK(1), DATA("news"));
	}
	troubles_told(1);
	app_got("news");
	out_after_ms(40, ACK, SEQ(6), ACK(5));
}

SCRIPT(icmp_errors_about_nothing_outstanding_are_not_reported)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
	in_icmp_error(UNREACHABLE, HOST, 0, 1);
	troubles_told(0);
}

SCRIPT(icmp_errors_about_an_open_are_reported)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in_icmp_error(UNREACHABLE, HOST, 0, 0);
	troubles_told(1);
	status_is(soft_error, UNREACHABLE << 8 | HOST);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

SCRIPT(retransmissions_beyond_r1_are_reported_once)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	out_after_ms(1000, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	out_after_ms(2000, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	troubles_told(0);
	out_after_ms(4000, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	troubles_told(1);
	status_is(retransmits, 3);
	out_after_ms(8000, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	troubles_told(1);
	in(ACK, SEQ(1), ACK(6));
	troubles_told(1);
}

SCRIPT(who_has_closed_is_told_of_no_trouble)
{
	establish();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	app_close();
	out(FIN | ACK, SEQ(6), ACK(1));
	in_icmp_error(UNREACHABLE, HOST, 0, 1);
	troubles_told(0);
	in(ACK, SEQ(1), ACK(7));
}

/* ---- the code point ---- */

SCRIPT(code_point_of_a_listener_is_on_every_segment)
{
	listen_with(80, options->dscp = 46);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), TOS(46 << 2));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), TOS(46 << 2));
	in(PSH | ACK, SEQ(1), ACK(6), DATA("x"));
	app_got("x");
	out_after_ms(40, ACK, SEQ(6), ACK(2), TOS(46 << 2));
	app_end();
	out(FIN | ACK, SEQ(6), ACK(2), TOS(46 << 2));
	in(FIN | ACK, SEQ(2), ACK(7));
	peer_closed_told();
	out(ACK, SEQ(7), ACK(3), TOS(46 << 2));
	closed_because(LA_REASON_DONE);
}

SCRIPT(code_point_of_a_listener_is_on_what_a_half_open_connection_answers)
{
	listen_with(80, options->dscp = 46);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), TOS(46 << 2));
	in(ACK, SEQ(70000), ACK(1));
	out(ACK, SEQ(1), ACK(1), TOS(46 << 2));
	state_is(SYN_RECEIVED);
}

SCRIPT(code_point_of_an_open_is_on_every_segment)
{
	connect_with(80, options->dscp = 10);
	out(SYN, SEQ(0), TOS(10 << 2));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1), TOS(10 << 2));
	opened();
}

SCRIPT(code_point_can_be_changed_while_the_connection_lasts)
{
	listen_with(80, options->dscp = 46);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), TOS(46 << 2));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), TOS(46 << 2));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(1);
	app_sets(options->dscp = 8);
	silence();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), TOS(8 << 2));
	/* Neither the listener nor its other connections change. */
	peer(2);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), TOS(46 << 2));
	peer(3);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), TOS(46 << 2));
	peer(1);
	/* What is sent again bears what holds now. */
	app_sets(options->dscp = 0);
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("hello"), TOS(0));
	peer(2);
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), TOS(46 << 2));
	in(ACK, SEQ(1), ACK(6));
	peer(1);
	in(ACK, SEQ(1), ACK(6));
}

/* ---- the other settings of a live connection ---- */

SCRIPT(keepalive_can_be_turned_on_and_off_while_the_connection_lasts)
{
	establish();
	after_ms(5 * 86400000.0);
	app_sets(options->keepalive = true, options->keepalive_idle_us = 60000000);
	out_after_ms(60000, ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	out_after_ms(60000, ACK, SEQ(0), ACK(1));
	app_sets(options->keepalive = false);
	after_ms(86400000);
	silence();
	state_is(ESTABLISHED);
}

SCRIPT(idle_timeout_can_be_set_while_the_connection_lasts)
{
	establish();
	after_ms(86400000);
	app_sets(options->idle_timeout_us = 30000000);
	after_ms(20000);
	/* Another setting does not put it off. */
	app_sets(options->ttl = 64, options->no_delay = true);
	out_after_ms(10000, RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_IDLE);
	nothing_leaked();
}

SCRIPT(what_was_settled_by_the_handshake_cannot_be_changed)
{
	establish();
	app_cannot_set(-EINVAL, options->mss = 500);
	app_cannot_set(-EINVAL, options->receive_buffer = 5000);
	app_cannot_set(-EINVAL, options->sack = true);
	app_cannot_set(-EINVAL, options->window_scaling = true);
	app_cannot_set(-EINVAL, options->timestamps = true);
	app_cannot_set(-EINVAL, options->ecn = LA_ECN_ASK);
	app_cannot_set(-EINVAL, options->congestion = LA_CUBIC);
	app_cannot_set(-EINVAL, options->fast_open = true);
	app_cannot_set(-EINVAL, options->dscp = 64);
	app_cannot_set(-EINVAL, options->ttl = 0);
	app_sets(options->send_buffer = 4096);
	silence();
}

/* A set that nobody goes by any more makes room for another. */
SCRIPT(sets_of_options_that_are_left_behind_are_given_back)
{
	unsigned int i;

	establish();
	for (i = 0; i < PROFILES_MAX + 10; i++)
		app_sets(options->rto_max_us = 60000000 + i);
}
