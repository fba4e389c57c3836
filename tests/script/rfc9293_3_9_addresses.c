/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.9: the interface to the user (3.9.1: which address, how many listeners, TTL)
 * and to IP (3.9.2: options, source routes, addresses that nobody can have).
 */
#include <errno.h>

#include "reach.h"

#define OURS IP(192, 0, 2, 1)
#define OTHER_OF_OURS IP(192, 0, 2, 5)
#define FROM_OTHER FROM_IP(192, 0, 2, 5)
#define TO_OTHER TO_IP(192, 0, 2, 5)
#define BROADCAST_MAC 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

static const struct la_service nobody = { .name = "nobody" };

/** Active open by hand: to this address, from that of ours (0: any). Returns la_connect()'s. */
static int connect_between(uint32_t from, uint32_t to, uint16_t port)
{
	struct la_endpoint local = { la_addr_from_ipv4(from), 50001 };
	struct la_endpoint remote = { la_addr_from_ipv4(to), port };
	struct la_conn conn;
	int result = 0;

	silence();
	one_breath
	{
		result = la_connect(script_worker(), &local, &remote, &nobody, NULL,
				    script_options(), &conn);
	}
	return result;
}

/* ---- MUST-41, MUST-42: listeners ---- */

SCRIPT(listener_outlives_the_connections_it_accepted)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(RST, SEQ(1));
	peer(3);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_abort();
	out(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_ABORTED);
	peer(4);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(connections_live_on_after_their_listener)
{
	establish();
	listen_end();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("still here"));
	app_got("still here");
	app_send("so am I");
	out(PSH | ACK, SEQ(1), ACK(11), DATA("so am I"));
	in(ACK, SEQ(11), ACK(8));
}

SCRIPT(many_connections_share_a_port_and_do_not_mix)
{
	unsigned int n;

	listen_on(80);
	app_echoes();
	for (n = 1; n <= 8; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1));
		accepted();
	}
	peer(1);
	peer_port(7);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	usage_is(connections, 9);
	for (n = 1; n <= 8; n++) {
		peer(n);
		in(PSH | ACK, SEQ(1), ACK(1), LEN(100 + n));
		out(PSH | ACK, SEQ(1), ACK(101 + n), LEN(100 + n));
		in(ACK, SEQ(101 + n), ACK(101 + n));
		app_got_n(100 + n);
	}
	peer(1);
	peer_port(7);
	app_got_nothing();
}

SCRIPT(listener_on_one_address_does_not_answer_for_the_other)
{
	also_our_address(192, 0, 2, 5);
	our_port(81);
	must(listen_at(OTHER_OF_OURS, 81) >= 0);
	in(SYN, SEQ(0), MSS(1460));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	in(SYN, SEQ(0), MSS(1460), TO_OTHER);
	out(SYN | ACK, SEQ(0), ACK(1), FROM_OTHER);
}

SCRIPT(listener_on_any_address_answers_for_each)
{
	also_our_address(192, 0, 2, 5);
	our_port(81);
	must(listen_at(0, 81) >= 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	peer(2);
	in(SYN, SEQ(0), MSS(1460), TO_OTHER);
	out(SYN | ACK, SEQ(0), ACK(1), FROM_OTHER);
	usage_is(embryos, 2);
}

SCRIPT(listeners_on_two_addresses_may_have_the_same_port)
{
	also_our_address(192, 0, 2, 5);
	our_port(81);
	must(listen_at(OURS, 81) >= 0);
	must(listen_at(OURS, 81) == -EADDRINUSE);
	must(listen_at(OTHER_OF_OURS, 81) >= 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	peer(2);
	in(SYN, SEQ(0), MSS(1460), TO_OTHER);
	out(SYN | ACK, SEQ(0), ACK(1), FROM_OTHER);
}

/* ---- MUST-43, MUST-44, MUST-45: which address is ours ---- */

SCRIPT(connect_uses_the_address_it_is_told)
{
	also_our_address(192, 0, 2, 5);
	our_port(50001);
	peer_port(80);
	must(connect_between(OTHER_OF_OURS, IP(192, 0, 2, 11), 80) == 0);
	out(SYN, SEQ(0), FROM_OTHER);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TO_OTHER);
	out(ACK, SEQ(1), ACK(1), FROM_OTHER);
}

SCRIPT(connect_chooses_an_address_when_it_is_told_none)
{
	our_port(50001);
	peer_port(80);
	must(connect_between(0, IP(192, 0, 2, 11), 80) == 0);
	out(SYN, SEQ(0));
}

SCRIPT(connect_chooses_a_port_when_it_is_told_none)
{
	struct la_endpoint remote = { la_addr_from_ipv4(IP(192, 0, 2, 11)), 80 };
	struct sent_segment syn;
	struct la_conn conn;

	silence();
	one_breath
	{
		must(la_connect(script_worker(), NULL, &remote, &nobody, NULL, NULL, &conn) == 0);
	}
	syn = out_any();
	must(syn.flags == SYN && syn.dst_port == 80 && syn.src_port >= 10000);
}

SCRIPT(connect_from_an_address_that_is_not_ours_is_refused)
{
	must(connect_between(IP(192, 0, 2, 5), IP(192, 0, 2, 11), 80) == -EADDRNOTAVAIL);
	must(connect_between(IP(192, 0, 2, 11), IP(192, 0, 2, 11), 80) == -EADDRNOTAVAIL);
	silence();
	usage_is(connections, 0);
}

/* The address the SYN came to is in every segment of the connection, to its last ACK. */
SCRIPT(every_segment_comes_from_the_address_the_syn_came_to)
{
	also_our_address(192, 0, 2, 5);
	our_port(81);
	must(listen_at(0, 81) >= 0);
	in(SYN, SEQ(0), MSS(1460), TO_OTHER);
	out(SYN | ACK, SEQ(0), ACK(1), FROM_OTHER);
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1), FROM_OTHER);
	in(ACK, SEQ(1), ACK(1), TO_OTHER);
	accepted();
	must(la_addr_to_ipv4(&script_status(HERE)->local.addr) == OTHER_OF_OURS);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"), TO_OTHER);
	app_got("text");
	out_after_ms(40, ACK, SEQ(1), ACK(5), FROM_OTHER);
	app_send("answer");
	out(PSH | ACK, SEQ(1), ACK(5), DATA("answer"), FROM_OTHER);
	in(ACK, SEQ(5), ACK(7), TO_OTHER);
	app_end();
	out(FIN | ACK, SEQ(7), ACK(5), FROM_OTHER);
	in(FIN | ACK, SEQ(5), ACK(8), TO_OTHER);
	out(ACK, SEQ(8), ACK(6), FROM_OTHER);
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	in(FIN | ACK, SEQ(5), ACK(8), TO_OTHER);
	out(ACK, SEQ(8), ACK(6), FROM_OTHER);
}

SCRIPT(connection_of_one_address_does_not_take_segments_to_the_other)
{
	establish();
	also_our_address(192, 0, 2, 5);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("astray"), TO_OTHER);
	out(RST, SEQ(1), FROM_OTHER);
	app_got_nothing();
	in(RST, SEQ(1), TO_OTHER);
	silence();
	state_is(ESTABLISHED);
}

SCRIPT(reset_comes_from_the_address_that_was_spoken_to)
{
	also_our_address(192, 0, 2, 5);
	in(SYN, SEQ(0), MSS(1460), TO_OTHER);
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1), FROM_OTHER);
	drop_is(closed_answered, 1);
}

/* ---- MUST-46, MUST-63, MUST-57: addresses that nobody can have ---- */

SCRIPT(connect_to_an_address_nobody_can_have_is_refused)
{
	static const uint32_t bad[] = { IP(255, 255, 255, 255), IP(192, 0, 2, 255),
					IP(224, 0, 0, 1),       IP(239, 255, 255, 255),
					IP(0, 0, 0, 0),         IP(0, 1, 2, 3),
					IP(127, 0, 0, 1),       IP(240, 0, 0, 1) };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		must(connect_between(0, bad[i], 80) == -EADDRNOTAVAIL);
	must(connect_between(0, IP(192, 0, 2, 11), 0) == -EINVAL);
	silence();
	usage_is(connections, 0);
	stat_is(active_opens, 0);
}

#define SYN_FROM(...) in(SYN, SEQ(0), MSS(1460), FROM_IP(__VA_ARGS__))

SCRIPT(syn_from_an_address_nobody_can_have_is_dropped_in_silence)
{
	listen_on(80);
	SYN_FROM(255, 255, 255, 255);
	SYN_FROM(192, 0, 2, 255);
	SYN_FROM(224, 0, 0, 1);
	SYN_FROM(239, 255, 255, 255);
	SYN_FROM(0, 0, 0, 0);
	SYN_FROM(127, 0, 0, 1);
	SYN_FROM(240, 0, 0, 1);
	drop_is(ip_source, 7);
	SYN_FROM(192, 0, 2, 1);
	drop_is(tcp_land, 1);
	silence();
	usage_is(embryos, 0);
	stat_is(passive_opens, 0);
}

SCRIPT(segments_to_broadcast_or_multicast_are_dropped_in_silence)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460), TO_IP(255, 255, 255, 255));
	in(SYN, SEQ(0), MSS(1460), TO_IP(192, 0, 2, 255), TO_MAC(BROADCAST_MAC));
	in(SYN, SEQ(0), MSS(1460), TO_IP(224, 0, 0, 1), TO_MAC(1, 0, 0x5e, 0, 0, 1));
	in(ACK, SEQ(1), ACK(1), TO_IP(255, 255, 255, 255), TO_MAC(BROADCAST_MAC));
	drop_is(tcp_group, 4);
	silence();
	usage_is(embryos, 0);
}

SCRIPT(segments_in_a_broadcast_frame_are_dropped_in_silence)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("to all"), TO_MAC(BROADCAST_MAC));
	in(RST, SEQ(1), TO_MAC(BROADCAST_MAC));
	in(SYN, SEQ(0), FROM_PORT(999), TO_MAC(1, 0, 0x5e, 0, 0, 1));
	drop_is(tcp_group, 3);
	silence();
	app_got_nothing();
	state_is(ESTABLISHED);
}

/* ---- MUST-49: TTL ---- */

SCRIPT(ttl_is_what_the_listener_was_told)
{
	listen_with(80, options->ttl = 5);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), TTL(5));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("text");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("text"), TTL(5));
	in(ACK, SEQ(1), ACK(5));
	in(PSH | ACK, SEQ(1), ACK(5), DATA("a"));
	app_got("a");
	out_after_ms(40, ACK, SEQ(5), ACK(2), TTL(5));
	app_abort();
	out(RST | ACK, SEQ(5), ACK(2), TTL(5));
	closed_because(LA_REASON_ABORTED);
}

SCRIPT(ttl_is_what_the_connect_call_was_told)
{
	connect_with(80, options->ttl = 255);
	out(SYN, SEQ(0), TTL(255));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1), TTL(255));
	opened();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1), TTL(255));
}

SCRIPT(segments_with_any_ttl_above_zero_are_taken)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("far"), TTL(1));
	app_got("far");
	in(PSH | ACK, SEQ(4), ACK(1), DATA("gone"), TTL(0));
	drop_is(ip_ttl, 1);
	app_got_nothing();
	out_after_ms(40, ACK, SEQ(1), ACK(4));
}

/* ---- MUST-50 to MUST-53: IP options and source routes ---- */

#define RECORD_ROUTE IP_OPTIONS(7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0)
#define TIMESTAMP_OPTION IP_OPTIONS(68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0)
#define ROUTER_ALERT IP_OPTIONS(148, 4, 0, 0)
#define LOOSE_ROUTE IP_OPTIONS(131, 7, 8, 198, 51, 100, 1)
#define OTHER_LOOSE_ROUTE IP_OPTIONS(131, 7, 8, 198, 51, 100, 2)
#define STRICT_ROUTE IP_OPTIONS(137, 7, 8, 198, 51, 100, 1)

/* out() demands an IP header without options. */
SCRIPT(ip_options_are_taken_and_not_answered)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460), RECORD_ROUTE);
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), ROUTER_ALERT);
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("behind"), TIMESTAMP_OPTION);
	app_got("behind");
	out_after_ms(40, ACK, SEQ(1), ACK(7));
	in(FIN | ACK, SEQ(7), ACK(1), IP_OPTIONS(1, 1, 1, 0));
	out(ACK, SEQ(1), ACK(8));
	peer_closed_told();
}

SCRIPT(source_route_is_not_turned_round)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460), LOOSE_ROUTE);
	in(SYN, SEQ(0), MSS(1460), STRICT_ROUTE);
	silence();
	drop_is(ip_source_route, 2);
	usage_is(embryos, 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(later_source_route_does_not_move_the_connection)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"), LOOSE_ROUTE);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"), OTHER_LOOSE_ROUTE);
	drop_is(ip_source_route, 2);
	app_got_nothing();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(PSH | ACK, SEQ(1), ACK(6), DATA("text"));
	app_got("text");
	out_after_ms(40, ACK, SEQ(6), ACK(5));
}
