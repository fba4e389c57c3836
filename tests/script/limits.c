/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lastack.h: la_set_limits() and la_listener_set_limits(): lower than what was reserved, and
 * changed while connections are there. Newcomers are refused, who is there is not touched.
 */
#include <errno.h>

#include "hoard.h"

static void limit(uint32_t connections, uint32_t half_open)
{
	const struct la_limits limits = { connections, half_open };
	struct la_error error = { "?" };

	must(la_set_limits(script_stack(), &limits, &error) == 0);
	must(error.text[0] == '\0');
	must(la_set_limits(script_stack(), &limits, NULL) == 0);
}

/** The listener that was opened as number-th, from 0 on. */
static void limit_listener(int number, uint32_t connections, uint32_t half_open)
{
	const struct la_limits limits = { connections, half_open };

	must(la_listener_set_limits(script_stack(), number, &limits) == 0);
}

static void listener_has(int number, uint32_t connections, uint32_t half_open)
{
	struct la_listener_info info;

	must(la_worker_listener(script_worker(), number, &info) == 0);
	must(info.connections == connections);
	must(info.half_open == half_open);
}

static void still_serves(unsigned int number)
{
	peer(number);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unharmed"));
	app_got("unharmed");
	out_after_ms(40, ACK, SEQ(1), ACK(9));
}

static void gets_nothing_for_a_syn(unsigned int number)
{
	peer(number);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	usage_is(embryos, 0);
}

static void completes_later(unsigned int number)
{
	peer(number);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("at last"));
	accepted();
	app_got("at last");
	out_after_ms(40, ACK, SEQ(1), ACK(8));
}

/* ---- connections of the worker ---- */

SCRIPT(listen_limit_refuses_newcomers_and_spares_who_is_there)
{
	listen_on(80);
	peer(1);
	shake_hands();
	peer(2);
	shake_hands();
	limit(1, LA_LIMIT_NONE);
	gets_nothing_for_a_syn(3);
	drop_is(listen_limit, 1);
	drop_is(listen_no_connection, 0);
	still_serves(1);
	still_serves(2);
	/* One less is still one too many. */
	in(RST, SEQ(9));
	closed_because(LA_REASON_RESET);
	gets_nothing_for_a_syn(3);
	drop_is(listen_limit, 2);
	limit(2, LA_LIMIT_NONE);
	peer(3);
	shake_hands();
	gets_nothing_for_a_syn(4);
	drop_is(listen_limit, 3);
	limit(LA_LIMIT_NONE, LA_LIMIT_NONE);
	peer(4);
	shake_hands();
}

SCRIPT(limit_of_nothing_takes_nobody)
{
	listen_on(80);
	peer(1);
	shake_hands();
	limit(0, 0);
	gets_nothing_for_a_syn(2);
	still_serves(1);
}

SCRIPT(connection_limit_leaves_the_half_open_one_waiting)
{
	listen_on(80);
	peer(1);
	shake_hands();
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	limit(1, LA_LIMIT_NONE);
	in(ACK, SEQ(1), ACK(1));
	silence();
	not_accepted();
	drop_is(connection_limit, 1);
	drop_is(no_connection_record, 0);
	usage_is(embryos, 1);
	limit(2, LA_LIMIT_NONE);
	completes_later(2);
}

SCRIPT(connection_limit_leaves_a_cookie_good)
{
	listen_with(80, options->syn_cookies = LA_COOKIES_ALWAYS);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	limit(0, LA_LIMIT_NONE);
	in(ACK, SEQ(1), ACK(1));
	silence();
	not_accepted();
	drop_is(connection_limit, 1);
	stat_is(cookies_accepted, 0);
	limit(1, LA_LIMIT_NONE);
	completes_later(1);
	stat_is(cookies_accepted, 1);
}

SCRIPT(limit_refuses_to_connect)
{
	connect_to(80);
	out(SYN, SEQ(0));
	limit(1, LA_LIMIT_NONE);
	peer(2);
	must(try_connect(80) == -ENOBUFS);
	stat_is(opens_limited, 1);
	silence();
	usage_is(connections, 1);
	limit(2, LA_LIMIT_NONE);
	connect_to(80);
	out(SYN, SEQ(0));
}

SCRIPT(listen_limit_leaves_time_wait_alone)
{
	listen_on(80);
	peer(2);
	shake_hands();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	limit(0, LA_LIMIT_NONE);
	in(SYN, SEQ(100), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	state_is(TIME_WAIT);
	/* Nor is it given up for a half-open one that may not be. */
	limit(LA_LIMIT_NONE, 0);
	in(SYN, SEQ(100), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	limit(LA_LIMIT_NONE, LA_LIMIT_NONE);
	limit_listener(0, LA_LIMIT_NONE, 0);
	in(SYN, SEQ(100), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	state_is(TIME_WAIT);
	stat_is(time_wait_reopened, 0);
}

/* ---- connections of a listener ---- */

SCRIPT(listen_own_limit_is_that_of_one_listener)
{
	listen_on(80);
	listen_on(81);
	our_port(80);
	peer(1);
	shake_hands();
	limit_listener(0, 1, LA_LIMIT_NONE);
	gets_nothing_for_a_syn(2);
	drop_is(listen_own_limit, 1);
	drop_is(listen_limit, 0);
	still_serves(1);
	listener_has(0, 1, 0);
	listener_has(1, 0, 0);
	/* The other has a limit of its own. */
	our_port(81);
	peer(2);
	shake_hands();
	listener_has(1, 1, 0);
	our_port(80);
	peer(1);
	in(RST, SEQ(9));
	closed_because(LA_REASON_RESET);
	listener_has(0, 0, 0);
	peer(3);
	shake_hands();
	listener_has(0, 1, 0);
}

SCRIPT(listen_own_limit_counts_those_whose_options_were_changed)
{
	listen_on(80);
	limit_listener(0, 2, LA_LIMIT_NONE);
	peer(1);
	shake_hands();
	app_sets(options->ttl = 7);
	peer(2);
	shake_hands();
	app_sets(options->ttl = 8);
	app_sets(options->ttl = 7);
	listener_has(0, 2, 0);
	gets_nothing_for_a_syn(3);
	drop_is(listen_own_limit, 1);
	peer(1);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	listener_has(0, 1, 0);
	peer(2);
	app_sets(options->ttl = 64);
	listener_has(0, 1, 0);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	listener_has(0, 0, 0);
}

SCRIPT(listener_begins_without_the_connections_of_the_one_before)
{
	listen_on(80);
	limit_listener(0, 1, LA_LIMIT_NONE);
	peer(1);
	shake_hands();
	must(la_listen_end(script_stack(), 0) == 0);
	must(la_listener_set_limits(script_stack(), 0, &(struct la_limits){ 1, 1 }) == -ENOENT);
	listen_on(80);
	listener_has(0, 0, 0);
	limit_listener(0, 1, LA_LIMIT_NONE);
	peer(2);
	shake_hands();
	listener_has(0, 1, 0);
	peer(1);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	listener_has(0, 1, 0);
}

SCRIPT(connection_limit_holds_for_a_listener_too)
{
	listen_on(80);
	peer(1);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	listener_has(0, 0, 1);
	limit_listener(0, 0, LA_LIMIT_NONE);
	in(ACK, SEQ(1), ACK(1));
	silence();
	drop_is(connection_limit, 1);
	limit_listener(0, 1, LA_LIMIT_NONE);
	completes_later(1);
	listener_has(0, 1, 0);
}

/* ---- half-open ones ---- */

/** Peers 1 to count get SYN-ACKs, and records are kept of so many. */
static void syns(unsigned int count, unsigned int kept)
{
	for (unsigned int n = 1; n <= count; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
	}
	usage_is(embryos, kept);
}

SCRIPT(half_open_limit_of_the_worker_makes_cookies)
{
	listen_with(80, options->syn_cookies = LA_COOKIES_PRESSURE);
	limit(LA_LIMIT_NONE, 4);
	syns(6, 3);
	stat_is(cookies_sent, 3);
	/* Both kinds come to be connections. */
	peer(1);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(6);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	usage_is(embryos, 2);
}

SCRIPT(half_open_limit_below_what_is_there_harms_none)
{
	listen_with(80, options->syn_cookies = LA_COOKIES_NEVER);
	syns(4, 4);
	limit(LA_LIMIT_NONE, 2);
	peer(5);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_full, 1);
	for (unsigned int n = 1; n <= 4; n++) {
		peer(n);
		in(ACK, SEQ(1), ACK(1));
		accepted();
	}
	peer(5);
	shake_hands();
}

SCRIPT(half_open_limit_of_a_listener_makes_cookies_until_half_of_it_is_free)
{
	listen_with(80, options->syn_cookies = LA_COOKIES_PRESSURE);
	limit_listener(0, LA_LIMIT_NONE, 4);
	syns(5, 4);
	stat_is(cookies_sent, 1);
	listener_has(0, 0, 4);
	peer(1);
	in(RST, SEQ(1));
	/* Three are no reason to believe that it is over; two are. */
	peer(6);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	stat_is(cookies_sent, 2);
	peer(2);
	in(RST, SEQ(1));
	peer(7);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	stat_is(cookies_sent, 2);
	listener_has(0, 0, 3);
}

SCRIPT(half_open_limit_of_a_listener_drops_where_there_are_no_cookies)
{
	listen_with(80, options->syn_cookies = LA_COOKIES_NEVER);
	limit_listener(0, LA_LIMIT_NONE, 1);
	syns(1, 1);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_full, 1);
}

/* ---- what is asked and told ---- */

SCRIPT(limits_above_what_was_reserved_are_refused)
{
	struct la_limits set, reserved;
	struct la_error error;

	configure(max_connections, 100);
	configure(max_embryos, 50);
	silence();
	la_worker_limits(script_worker(), &set, &reserved);
	must(set.connections == 100 && set.half_open == 50);
	must(reserved.connections == 100 && reserved.half_open == 50);
	must(la_set_limits(script_stack(), &(struct la_limits){ 101, 1 }, &error) == -EINVAL);
	must(strstr(error.text, "connections: 101") != NULL);
	must(la_set_limits(script_stack(), &(struct la_limits){ 1, 51 }, &error) == -EINVAL);
	must(strstr(error.text, "half_open: 51") != NULL);
	la_worker_limits(script_worker(), &set, &reserved);
	must(set.connections == 100 && set.half_open == 50);
	limit(100, 50);
	limit(7, 8);
	la_worker_limits(script_worker(), &set, &reserved);
	must(set.connections == 7 && set.half_open == 8);
	must(reserved.connections == 100 && reserved.half_open == 50);
	must(la_listener_set_limits(script_stack(), 0, &set) == -ENOENT);
	must(la_listener_set_limits(script_stack(), -1, &set) == -ENOENT);
	must(la_listener_set_limits(script_stack(), 1024, &set) == -ENOENT);
}
