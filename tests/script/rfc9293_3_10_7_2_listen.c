/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 section 3.10.7.2: a segment arrives in LISTEN. First RST, then ACK, then SYN, then
 * others. */
#include "script.h"

SCRIPT(listen_ignores_reset)
{
	listen_on(80);
	in(RST, SEQ(0));
	silence();
	drop_is(listen_reset, 1);
	nothing_leaked();
}

SCRIPT(listen_ignores_reset_with_ack)
{
	listen_on(80);
	in(RST | ACK, SEQ(0), ACK(0));
	silence();
	drop_is(listen_reset, 1);
	nothing_leaked();
}

SCRIPT(listen_answers_ack_by_reset_at_its_ack)
{
	listen_on(80);
	in(ACK, SEQ(7), ACK(77));
	out(RST, SEQ(77));
	drop_is(listen_ack, 1);
	stat_is(resets_out, 1);
	nothing_leaked();
}

SCRIPT(listen_answers_syn_ack_by_reset)
{
	listen_on(80);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(RST, SEQ(1));
	drop_is(listen_ack, 1);
	nothing_leaked();
}

SCRIPT(listen_answers_fin_ack_by_reset)
{
	listen_on(80);
	in(FIN | ACK, SEQ(1), ACK(1));
	out(RST, SEQ(1));
	nothing_leaked();
}

SCRIPT(listen_answers_data_with_ack_by_reset_and_shows_it_to_nobody)
{
	listen_on(80);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET / HTTP/1.0\r\n\r\n"));
	out(RST, SEQ(1));
	not_accepted();
	nothing_leaked();
}

SCRIPT(listen_takes_syn)
{
	listen_on(80);
	in(SYN, SEQ(0), WIN(65535), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	state_is(SYN_RECEIVED);
	not_accepted();
	usage_is(embryos, 1);
	usage_is(connections, 0);
	stat_is(passive_opens, 1);
}

SCRIPT(listen_drops_what_is_neither_reset_ack_nor_syn)
{
	listen_on(80);
	in(0, SEQ(1), DATA("text"));
	in(PSH, SEQ(1), DATA("text"));
	in(FIN, SEQ(1));
	in(URG, SEQ(1), URGENT(1), DATA("text"));
	silence();
	drop_is(listen_no_syn, 4);
	nothing_leaked();
}

SCRIPT(listen_drops_syn_with_fin)
{
	listen_on(80);
	in(SYN | FIN, SEQ(0), MSS(1460));
	silence();
	drop_is(tcp_flags, 1);
	nothing_leaked();
}

SCRIPT(listen_drops_syn_with_reset)
{
	listen_on(80);
	in(SYN | RST, SEQ(0), MSS(1460));
	silence();
	drop_is(tcp_flags, 1);
	nothing_leaked();
}

SCRIPT(listen_acknowledges_the_syn_alone_and_data_with_it_is_sent_again)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460), DATA("early"));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("early"));
	accepted();
	app_got("early");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
}

SCRIPT(listen_takes_syn_with_push_and_urgent)
{
	listen_on(80);
	in(SYN | PSH | URG, SEQ(0), MSS(1460), URGENT(1));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	urgent_not_told();
}

SCRIPT(listen_takes_syn_without_mss)
{
	listen_on(80);
	in(SYN, SEQ(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(mss, 536);
}

SCRIPT(listener_goes_on_listening_for_others)
{
	unsigned int n;

	listen_on(80);
	for (n = 1; n <= 4; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1));
		accepted();
	}
	for (n = 1; n <= 4; n++) {
		peer(n);
		state_is(ESTABLISHED);
	}
	usage_is(connections, 4);
	usage_is(embryos, 0);
}

SCRIPT(listeners_of_two_ports_are_independent)
{
	listen_on(80);
	listen_on(81);
	our_port(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	our_port(81);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	our_port(80);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	our_port(81);
	not_accepted();
	state_is(SYN_RECEIVED);
}

SCRIPT(end_of_listening_leaves_connections_and_half_open_ones_alone)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	listen_end();
	peer(3);
	in(SYN, SEQ(0), MSS(1460));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	peer(2);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("still here"));
	app_got("still here");
	out_after_ms(40, ACK, SEQ(1), ACK(11));
}

SCRIPT(syn_ack_is_sent_again_with_back_off_until_answered)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(2000, SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(4000, SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	after_ms(60000);
	silence();
	state_is(ESTABLISHED);
}

SCRIPT(half_open_connection_is_given_up_without_a_word_to_the_service)
{
	unsigned int i;

	listen_with(80, options->r2_syn_us = 10000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	for (i = 0; i < 3; i++)
		out_after_ms(1000 << i, SYN | ACK, SEQ(0), ACK(1));
	after_ms(10000);
	if (script_usage()->embryos == 0)
		silence();
	not_accepted();
	not_closed();
	stat_is(embryo_timeouts, 1);
	nothing_leaked();
}

SCRIPT(listen_full_drops_syn_and_harms_no_other)
{
	configure(max_embryos, 2);
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	peer(3);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_full, 1);
	peer(1);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(3);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(the_address_the_syn_came_to_answers)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	must(la_addr_to_ipv4(&script_status(HERE)->local.addr) == IP(192, 0, 2, 1));
	status_is(local.port, 80);
	status_is(passive, true);
}
