/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.10.7.1: a segment arrives and there is no connection. All text is thrown away;
 * a RST is answered by nothing; else the answer is a RST that the sender will believe.
 */
#include "config/limits.h"
#include "script.h"

SCRIPT(closed_ignores_reset)
{
	in(RST, SEQ(5));
	in(RST | ACK, SEQ(5), ACK(9));
	in(RST, SEQ(5), DATA("why it was reset"));
	silence();
	drop_is(closed_reset, 3);
	stat_is(resets_out, 0);
	nothing_leaked();
}

SCRIPT(closed_answers_syn_by_reset_with_ack_of_it)
{
	in(SYN, SEQ(0), MSS(1460));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	drop_is(closed_answered, 1);
	stat_is(resets_out, 1);
	nothing_leaked();
}

SCRIPT(closed_answers_ack_by_reset_at_its_ack)
{
	in(ACK, SEQ(5), ACK(1234));
	out(RST, SEQ(1234));
	drop_is(closed_answered, 1);
	nothing_leaked();
}

SCRIPT(closed_answers_syn_ack_by_reset_at_its_ack)
{
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(RST, SEQ(1));
	nothing_leaked();
}

SCRIPT(closed_answers_text_with_ack_by_reset_at_its_ack)
{
	in(PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	out(RST, SEQ(1));
	nothing_leaked();
}

SCRIPT(closed_counts_text_without_ack)
{
	in(PSH, SEQ(1), LEN(1000));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1001));
	nothing_leaked();
}

SCRIPT(closed_counts_syn_text_and_fin)
{
	in(SYN, SEQ(0), MSS(1460), LEN(100));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(101));
	in(FIN, SEQ(1));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(2));
	in(FIN | PSH, SEQ(1), LEN(7));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(9));
	in(0, SEQ(1));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	nothing_leaked();
}

SCRIPT(closed_answers_fin_ack_by_reset_at_its_ack)
{
	in(FIN | ACK, SEQ(1), ACK(77));
	out(RST, SEQ(77));
	nothing_leaked();
}

SCRIPT(closed_answers_fin_psh_urg_of_a_scanner)
{
	in(FIN | PSH | URG, SEQ(1));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(2));
	nothing_leaked();
}

SCRIPT(closed_drops_syn_with_fin_or_reset)
{
	in(SYN | FIN, SEQ(0));
	in(SYN | RST, SEQ(0));
	in(SYN | FIN | RST | ACK | PSH | URG, SEQ(0), ACK(0));
	silence();
	drop_is(tcp_flags, 3);
	nothing_leaked();
}

SCRIPT(closed_ports_beside_a_listener_answer_too)
{
	listen_on(80);
	our_port(81);
	in(SYN, SEQ(0), MSS(1460));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	our_port(65535);
	in(ACK, SEQ(1), ACK(1));
	out(RST, SEQ(1));
	nothing_leaked();
}

SCRIPT(get_without_a_handshake_yields_one_reset_and_never_a_page)
{
	listen_on(80);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	out(RST, SEQ(1));
	in(PSH, SEQ(1), DATA("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	silence();
	not_accepted();
	stat_is(resets_out, 1);
	nothing_leaked();
}

SCRIPT(after_the_end_of_a_connection_its_segments_are_answered_by_reset)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("late"));
	out(RST, SEQ(1));
	nothing_leaked();
}

SCRIPT(resets_to_strangers_are_limited_and_harm_no_connection)
{
	unsigned int resets = 0, i;

	listen_on(81);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	our_port(80);
	for (i = 0; i < 11000; i++) {
		in(ACK, SEQ(1), ACK(1 + i));
		for (; frames_sent() > 0; resets++)
			out(RST, SEQ(1 + i));
	}
	must(resets < 2 * RESETS_PER_BUCKET);
	stat_is(resets_out, resets);
	must(resets > 0);
	drop_is(closed_answered, resets);
	drop_is(closed_rate, 11000 - resets);
	our_port(81);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("still served"));
	app_got("still served");
	out_after_ms(40, ACK, SEQ(1), ACK(13));
}
