/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.8.3: TCP connection failures. R1: after so many retransmissions the way is
 * suspected and the neighbour asked again (SHLD-9, SHLD-10); R2: after so long the connection ends
 * (MUST-20 to 23, SHLD-11), and the user is told why (MUST-12).
 */
#include "reach.h"

#define ARP_ETHERTYPE 0x0806U

/* ---- R2 ---- */

SCRIPT(syn_is_given_up_after_three_minutes_and_not_before)
{
	connect_to(80);
	out(SYN, SEQ(0));
	while (script_now_us() < 179000000) {
		after_ms(1000);
		while (frames_sent() > 0)
			out(SYN, SEQ(0));
		state_is(SYN_SENT);
		not_closed();
	}
	/* The first timeout at or after 180 s. */
	at_ms(182999);
	silence();
	not_closed();
	at_ms(183001);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	stat_is(closed_timeout, 1);
	nothing_leaked();
}

SCRIPT(syn_ack_is_given_up_after_three_minutes_and_nobody_is_told)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	while (script_now_us() < 182000000) {
		after_ms(1000);
		while (frames_sent() > 0)
			out(SYN | ACK, SEQ(0), ACK(1));
		state_is(SYN_RECEIVED);
	}
	at_ms(183001);
	silence();
	not_accepted();
	stat_is(embryo_timeouts, 1);
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(syn_ack_of_a_simultaneous_open_is_given_up_and_told)
{
	reach_simultaneous_open();
	at_ms(182999);
	while (frames_sent() > 0)
		out(SYN | ACK, SEQ(0), ACK(1));
	not_closed();
	at_ms(183001);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	nothing_leaked();
}

SCRIPT(r2_of_syn_is_settable)
{
	connect_with(80, options->r2_syn_us = 5000000);
	out(SYN, SEQ(0));
	out_at_ms(1000, SYN, SEQ(0));
	out_at_ms(3000, SYN, SEQ(0));
	at_ms(6999);
	not_closed();
	at_ms(7001);
	silence();
	closed_because(LA_REASON_TIMEOUT);
}

SCRIPT(r2_of_syn_ack_is_settable)
{
	listen_with(80, options->r2_syn_us = 5000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(3000, SYN | ACK, SEQ(0), ACK(1));
	at_ms(6999);
	state_is(SYN_RECEIVED);
	at_ms(7001);
	silence();
	state_is(CLOSED);
	nothing_leaked();
}

SCRIPT(text_is_given_up_after_924_seconds)
{
	reach(LA_ESTABLISHED);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	while (script_now_us() < 924000000) {
		after_ms(1000);
		while (frames_sent() > 0)
			out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
		not_closed();
	}
	/* 63 s of doubling, then every 60 s: the first timeout at or after 924.6 s. */
	at_ms(963001);
	closed_because(LA_REASON_TIMEOUT);
	nothing_leaked();
}

SCRIPT(r2_of_text_is_settable)
{
	listen_with(80, options->r2_us = 2000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(600, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(1400, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	at_ms(2999);
	state_is(ESTABLISHED);
	at_ms(3001);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	stat_is(closed_timeout, 1);
	nothing_leaked();
}

static void fin_is_given_up(enum la_state state)
{
	struct place place = reach(state);
	uint32_t tries = 0;

	while (script_now_us() < 924600000) {
		after_ms(1000);
		for (; frames_sent() > 0; tries++)
			out(FIN | ACK, SEQ(1), ACK(place.rcv_nxt));
		not_closed();
	}
	must(tries == 6 + 15 - 1);
	at_ms(963001);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	nothing_leaked();
}
IN_STATE(fin_is_given_up, FIN_WAIT_1)
IN_STATE(fin_is_given_up, CLOSING)
IN_STATE(fin_is_given_up, LAST_ACK)

SCRIPT(progress_lets_r2_count_from_there)
{
	listen_with(80, options->r2_us = 2000000, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("abc");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("abc"));
	out_at_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("abc"));
	out_at_ms(600, PSH | ACK, SEQ(1), ACK(1), DATA("abc"));
	out_at_ms(1400, PSH | ACK, SEQ(1), ACK(1), DATA("abc"));
	at_ms(2900);
	in(ACK, SEQ(1), ACK(3));
	/* 2 s after the progress at the earliest. */
	at_ms(4800);
	while (frames_sent() > 0)
		out(PSH | ACK, SEQ(3), ACK(1), DATA("c"));
	not_closed();
	at_ms(9000);
	while (frames_sent() > 0)
		out(PSH | ACK, SEQ(3), ACK(1), DATA("c"));
	closed_because(LA_REASON_TIMEOUT);
}

SCRIPT(an_idle_connection_is_never_given_up)
{
	listen_with(80, options->r2_us = 1000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	after_ms(86400000.0);
	silence();
	state_is(ESTABLISHED);
	not_closed();
	app_send("good morning");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("good morning"));
	/* R2 counts from here, not from the last word. */
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("good morning"));
	in(ACK, SEQ(1), ACK(13));
	not_closed();
}

/* ---- R1 ---- */

/* The frames sent up to now; how many of them ask by ARP. */
static unsigned int count_arp_requests(void)
{
	unsigned int requests = 0;

	while (frames_sent() > 0) {
		size_t size;
		const uint8_t *frame = out_frame(&size);

		must(size >= 42 || frame[12] == 0x08);
		if ((uint32_t)(frame[12] << 8 | frame[13]) != ARP_ETHERTYPE)
			continue;
		/* Of ours, a request for the peer: 192.0.2.11. Announcements are for ourselves. */
		if (frame[21] != 1 || frame[38] != 192 || frame[41] != 11)
			continue;
		requests++;
	}
	return requests;
}

static void answer_nothing_until(double ms, unsigned int requests)
{
	at_ms(ms);
	must(count_arp_requests() == requests);
}

SCRIPT(r1_is_three_retransmissions_of_text_and_asks_for_the_neighbour)
{
	reach(LA_ESTABLISHED);
	arp_by_hand();
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	answer_nothing_until(6900, 0); /* 1 and 3 s */
	answer_nothing_until(7100, 1); /* 7 s: the third */
}

SCRIPT(r1_is_settable)
{
	listen_with(80, options->r1_retransmits = 1);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	arp_by_hand();
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	answer_nothing_until(199, 0);
	answer_nothing_until(201, 1);
}

SCRIPT(r1_counts_for_syn_too)
{
	connect_to(80);
	out(SYN, SEQ(0));
	arp_by_hand();
	answer_nothing_until(6900, 0);
	answer_nothing_until(7100, 1);
}

SCRIPT(r1_counts_for_fin_too)
{
	reach(LA_FIN_WAIT_1);
	arp_by_hand();
	answer_nothing_until(6900, 0);
	answer_nothing_until(7100, 1);
}

SCRIPT(r1_does_not_end_the_connection)
{
	reach(LA_ESTABLISHED);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(1000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(3000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(7000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_at_ms(15000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	state_is(ESTABLISHED);
	not_closed();
	in(ACK, SEQ(1), ACK(2));
	status_is(in_flight, 0);
	status_is(retransmits, 0);
}
