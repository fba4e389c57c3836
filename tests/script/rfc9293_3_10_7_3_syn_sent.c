/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 section 3.10.7.3: a segment arrives in SYN-SENT: ACK, then RST, then SYN, then others.
 */
#include <errno.h>

#include "script.h"

static void send_syn(void)
{
	connect_to(80);
	out(SYN, SEQ(0), MSS(1460));
	state_is(SYN_SENT);
}

SCRIPT(open_sends_syn)
{
	send_syn();
	not_accepted();
	stat_is(active_opens, 1);
	usage_is(connections, 1);
	status_is(passive, false);
}

/* First: the ACK. */

static void bad_ack_is_answered_by_reset(unsigned int flags, uint32_t ack)
{
	send_syn();
	in(flags, SEQ(0), ACK(ack));
	if (flags & RST)
		silence();
	else
		out(RST, SEQ(ack));
	state_is(SYN_SENT);
	drop_is(syn_sent_ack, 1);
	not_closed();
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

SCRIPT(syn_sent_resets_ack_of_nothing)
{
	bad_ack_is_answered_by_reset(ACK, 0);
}

SCRIPT(syn_sent_resets_ack_of_what_was_not_sent)
{
	bad_ack_is_answered_by_reset(ACK, 2);
}

SCRIPT(syn_sent_resets_ack_far_away)
{
	bad_ack_is_answered_by_reset(ACK, 0x80000000);
}

SCRIPT(syn_sent_resets_syn_ack_of_nothing)
{
	bad_ack_is_answered_by_reset(SYN | ACK, 0);
}

SCRIPT(syn_sent_resets_syn_ack_of_what_was_not_sent)
{
	bad_ack_is_answered_by_reset(SYN | ACK, 1000);
}

SCRIPT(syn_sent_resets_fin_with_bad_ack)
{
	bad_ack_is_answered_by_reset(FIN | ACK, 2);
}

SCRIPT(syn_sent_drops_reset_with_bad_ack)
{
	bad_ack_is_answered_by_reset(RST | ACK, 2);
}

SCRIPT(syn_sent_drops_reset_with_ack_of_nothing)
{
	bad_ack_is_answered_by_reset(RST | ACK, 0);
}

/* Second: RST. */

SCRIPT(syn_sent_believes_reset_that_acknowledges_the_syn)
{
	send_syn();
	in(RST | ACK, SEQ(0), ACK(1));
	silence();
	closed_because(LA_REASON_REFUSED);
	state_is(CLOSED);
	stat_is(closed_refused, 1);
	nothing_leaked();
}

SCRIPT(syn_sent_drops_reset_without_ack)
{
	send_syn();
	in(RST, SEQ(0));
	in(RST, SEQ(1));
	silence();
	not_closed();
	state_is(SYN_SENT);
	drop_is(syn_sent_reset, 2);
}

/* Fourth: SYN. */

SCRIPT(syn_ack_completes_the_open)
{
	send_syn();
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1000), WIN(5000));
	out(ACK, SEQ(1), ACK(1));
	opened();
	state_is(ESTABLISHED);
	status_is(mss, 1000);
	status_is(snd_wnd, 5000);
	stat_is(established, 1);
	in(ACK, SEQ(1), ACK(1), WIN(3000));
	status_is(snd_wnd, 3000);
	after_ms(10000);
	silence();
}

SCRIPT(syn_ack_without_mss_means_536)
{
	send_syn();
	in(SYN | ACK, SEQ(0), ACK(1));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(mss, 536);
}

SCRIPT(text_queued_before_the_open_completes_goes_out_with_the_ack)
{
	send_syn();
	app_send("first words");
	silence();
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("first words"));
	opened();
}

SCRIPT(close_before_the_open_completes_sends_fin_after_it)
{
	send_syn();
	app_send("all I have to say");
	app_end();
	must(app_try_send_n(1) == -EPIPE);
	silence();
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("all I have to say"));
	opened();
	state_is(FIN_WAIT_1);
	in(ACK, SEQ(1), ACK(19));
	state_is(FIN_WAIT_2);
}

SCRIPT(close_in_syn_sent_deletes_the_connection)
{
	send_syn();
	app_close();
	silence();
	closed_because(LA_REASON_ABORTED);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(abort_in_syn_sent_sends_nothing)
{
	send_syn();
	app_abort();
	silence();
	closed_because(LA_REASON_ABORTED);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(text_with_syn_ack_is_taken)
{
	send_syn();
	in(SYN | ACK | PSH, SEQ(0), ACK(1), MSS(1460), DATA("banner"));
	opened();
	app_got("banner");
	out(ACK, SEQ(1), ACK(7));
	state_is(ESTABLISHED);
}

SCRIPT(syn_alone_leads_to_syn_received)
{
	send_syn();
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	state_is(SYN_RECEIVED);
	not_accepted();
	stat_is(simultaneous_opens, 1);
}

SCRIPT(syn_with_fin_is_dropped_in_syn_sent)
{
	send_syn();
	in(SYN | FIN | ACK, SEQ(0), ACK(1), MSS(1460));
	silence();
	state_is(SYN_SENT);
	drop_is(tcp_flags, 1);
}

/* Fifth: neither SYN nor RST. */

SCRIPT(syn_sent_drops_what_has_neither_syn_nor_reset)
{
	send_syn();
	in(ACK, SEQ(1), ACK(1));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("too early"));
	in(FIN | ACK, SEQ(1), ACK(1));
	in(FIN, SEQ(1));
	in(0, SEQ(1), DATA("no flags"));
	silence();
	state_is(SYN_SENT);
	drop_is(syn_sent_no_syn, 5);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

/* A server that splits its answer into ACK and SYN gets no connection but the RFC's own. */
SCRIPT(split_handshake_is_the_simultaneous_open_of_the_rfc)
{
	send_syn();
	in(ACK, SEQ(0), ACK(1));
	silence();
	state_is(SYN_SENT);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	state_is(SYN_RECEIVED);
	not_accepted();
	in(ACK, SEQ(1), ACK(1));
	opened();
	state_is(ESTABLISHED);
}

/* Time passes. */

SCRIPT(syn_is_sent_again_with_back_off)
{
	send_syn();
	out_after_ms(1000, SYN, SEQ(0));
	out_after_ms(2000, SYN, SEQ(0));
	out_after_ms(4000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	stat_is(retransmits, 3);
}

SCRIPT(open_gives_up_after_r2_of_three_minutes)
{
	static const unsigned int after[] = { 1, 2, 4, 8, 16, 32, 60 };
	unsigned int i;

	send_syn();
	for (i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		out_after_ms(after[i] * 1000, SYN, SEQ(0));
	at_ms(179900);
	not_closed();
	state_is(SYN_SENT);
	at_ms(183200);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	state_is(CLOSED);
	stat_is(closed_timeout, 1);
	nothing_leaked();
}

SCRIPT(open_gives_up_after_the_r2_it_was_given)
{
	connect_with(80, options->r2_syn_us = 5000000);
	out(SYN, SEQ(0));
	out_after_ms(1000, SYN, SEQ(0));
	out_after_ms(2000, SYN, SEQ(0));
	after_ms(1900);
	not_closed();
	after_ms(2200);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	nothing_leaked();
}

SCRIPT(the_same_four_numbers_cannot_be_opened_twice)
{
	send_syn();
	must(try_connect(80) == -EADDRINUSE);
	silence();
	state_is(SYN_SENT);
}
