/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 3168: explicit congestion notification. Who agrees to it and who does not, which segments are
 * ECN-capable, what a receiver echoes and for how long, and that a sender cuts its window once a
 * round trip. By how much is RFC 8511's (rfc8511.c). A DSCP of 10 stands beside the two bits.
 */
#include "bulk.h"

#define DSCP 10
#define BESIDE_DSCP(ecn) TOS(DSCP << 2 | (ecn))
#define NOT_ECT 0
#define ECT_0 2
#define MARKED 3

static void listen_ecn(enum la_ecn ecn)
{
	listen_with(80, options->ecn = ecn, options->dscp = DSCP);
}

static void take_syn(uint8_t flags, uint8_t answer)
{
	in(SYN | flags, SEQ(0), MSS(1460));
	out(SYN | ACK | answer, SEQ(0), ACK(1), BESIDE_DSCP(NOT_ECT));
}

/** ESTABLISHED, both ends ECN-capable; the peer's window takes all. */
static void establish_ecn(void)
{
	listen_ecn(LA_ECN_ACCEPT);
	take_syn(ECE | CWR, ECE);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

#define out_text(n, flags, ecn) \
	out(ACK | (flags), SEQ(SEGMENT(n)), ACK(1), LEN(SMSS), BESIDE_DSCP(ecn))
#define out_texts(first, last)                                                                    \
	do {                                                                                      \
		for (uint32_t i_ = (first); i_ <= (last); i_++)                                   \
			script_out(                                                               \
				HERE, ACK,                                                        \
				FIELDS(SEQ(SEGMENT(i_)), ACK(1), LEN(SMSS), BESIDE_DSCP(ECT_0))); \
	} while (0)

/* ---- 6.1.1 agreeing, passive ---- */

SCRIPT(syn_that_asks_is_answered_by_ece)
{
	establish_ecn();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(ECT_0));
}

SCRIPT(syn_that_does_not_ask_is_not_offered)
{
	listen_ecn(LA_ECN_ASK);
	take_syn(0, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(NOT_ECT));
}

SCRIPT(one_bit_in_a_syn_does_not_ask)
{
	listen_ecn(LA_ECN_ACCEPT);
	take_syn(ECE, 0);
	peer(2);
	take_syn(CWR, 0);
}

SCRIPT(listener_without_ecn_does_not_agree)
{
	listen_ecn(LA_ECN_OFF);
	take_syn(ECE | CWR, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(NOT_ECT));
	/* Nor is a mark echoed that cannot be one. */
	in(PSH | ACK, SEQ(1), ACK(6), DATA("ab"), CE);
	out_after_ms(40, ACK, SEQ(6), ACK(3), BESIDE_DSCP(NOT_ECT));
}

SCRIPT(syn_ack_sent_again_still_says_so)
{
	listen_ecn(LA_ECN_ACCEPT);
	take_syn(ECE | CWR, ECE);
	out_after_ms(1000, SYN | ACK | ECE, SEQ(0), ACK(1), BESIDE_DSCP(NOT_ECT));
}

/* Its first SYN was lost on a path that drops such, or so the peer believes. */
SCRIPT(syn_that_comes_again_and_asks_no_more_ends_it)
{
	listen_ecn(LA_ECN_ACCEPT);
	take_syn(ECE | CWR, ECE);
	take_syn(0, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(NOT_ECT));
}

/* ---- 6.1.1 agreeing, active ---- */

static void connect_ecn(enum la_ecn ecn)
{
	connect_with(80, options->ecn = ecn, options->dscp = DSCP);
}

SCRIPT(open_asks_and_syn_ack_with_ece_agrees)
{
	connect_ecn(LA_ECN_ASK);
	out(SYN | ECE | CWR, SEQ(0), BESIDE_DSCP(NOT_ECT));
	in(SYN | ACK | ECE, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1), BESIDE_DSCP(NOT_ECT));
	opened();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(ECT_0));
}

SCRIPT(open_asks_only_when_told_to)
{
	connect_ecn(LA_ECN_ACCEPT);
	out(SYN, SEQ(0), BESIDE_DSCP(NOT_ECT));
	/* An ECE nobody asked for is nothing. */
	in(SYN | ACK | ECE, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1), BESIDE_DSCP(NOT_ECT));
	opened();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(NOT_ECT));
}

static void asked_in_vain(uint8_t answer)
{
	connect_ecn(LA_ECN_ASK);
	out(SYN | ECE | CWR, SEQ(0), BESIDE_DSCP(NOT_ECT));
	in(SYN | ACK | answer, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1), BESIDE_DSCP(NOT_ECT));
	opened();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(NOT_ECT));
}

SCRIPT(syn_ack_without_ece_does_not_agree)
{
	asked_in_vain(0);
}

SCRIPT(syn_ack_that_reflects_both_bits_does_not_agree)
{
	asked_in_vain(ECE | CWR);
}

SCRIPT(syn_sent_again_does_not_ask)
{
	connect_ecn(LA_ECN_ASK);
	out(SYN | ECE | CWR, SEQ(0), BESIDE_DSCP(NOT_ECT));
	out_after_ms(1000, SYN, SEQ(0), BESIDE_DSCP(NOT_ECT));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1), BESIDE_DSCP(NOT_ECT));
	opened();
}

/* The answer to the first SYN came late: the peer is to be echoed, but what we send is not
 * ECN-capable, for we have said that it would not be. */
SCRIPT(late_answer_to_a_syn_that_asked_is_half_an_agreement)
{
	connect_ecn(LA_ECN_ASK);
	out(SYN | ECE | CWR, SEQ(0), BESIDE_DSCP(NOT_ECT));
	out_after_ms(1000, SYN, SEQ(0), BESIDE_DSCP(NOT_ECT));
	in(SYN | ACK | ECE, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1), BESIDE_DSCP(NOT_ECT));
	opened();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("ab"), CE);
	out(ACK | ECE, SEQ(1), ACK(3), BESIDE_DSCP(NOT_ECT));
	app_send("hello");
	out(PSH | ACK | ECE, SEQ(1), ACK(3), DATA("hello"), BESIDE_DSCP(NOT_ECT));
}

SCRIPT(syns_that_cross_agree_when_both_ask)
{
	connect_ecn(LA_ECN_ASK);
	out(SYN | ECE | CWR, SEQ(0), BESIDE_DSCP(NOT_ECT));
	in(SYN | ECE | CWR, SEQ(0), MSS(1460));
	out(SYN | ACK | ECE, SEQ(0), ACK(1), BESIDE_DSCP(NOT_ECT));
	in(ACK, SEQ(1), ACK(1));
	opened();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(ECT_0));
}

SCRIPT(syns_that_cross_do_not_agree_when_one_does_not_ask)
{
	connect_ecn(LA_ECN_ASK);
	out(SYN | ECE | CWR, SEQ(0), BESIDE_DSCP(NOT_ECT));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), BESIDE_DSCP(NOT_ECT));
}

/* ---- 6.1.2 the sender ---- */

SCRIPT(echo_cuts_the_window_once_a_round_trip)
{
	establish_ecn();
	app_send_n(200000);
	out_texts(0, 9);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(1)));
	status_is(cwnd, 8 * SMSS);
	status_is(ssthresh, 8 * SMSS);
	stat_is(ecn_cuts, 1);
	silence();
	/* The peer echoes until it hears of it; nothing is cut again, and nothing grows. */
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(2)));
	silence();
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(3)));
	out_text(10, CWR, ECT_0);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(4)));
	out_text(11, 0, ECT_0);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(10)));
	out_texts(12, 17);
	status_is(cwnd, 8 * SMSS);
	/* The ACK of what bore CWR: what it echoes is new. */
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(11)));
	stat_is(ecn_cuts, 2);
	status_is(cwnd, (8 * SMSS * 8) / 10);
}

SCRIPT(what_is_sent_again_is_not_ecn_capable)
{
	establish_ecn();
	app_send_n(200000);
	out_texts(0, 9);
	in_ack(0);
	out_text(10, 0, ECT_0);
	in_ack(0);
	out_text(11, 0, ECT_0);
	in_ack(0);
	out_text(0, 0, NOT_ECT);
	silence();
}

/* 6.1.2: of a cut for a loss the peer is told as well, in the first new text. */
SCRIPT(cut_for_a_loss_is_told_and_not_repeated)
{
	establish_ecn();
	app_send_n(200000);
	out_texts(0, 9);
	in_ack(0);
	out_text(10, 0, ECT_0);
	in_ack(0);
	out_text(11, 0, ECT_0);
	in(ACK, SEQ(1), ACK(1));
	out_text(0, 0, NOT_ECT);
	status_is(ssthresh, 5 * SMSS);
	/* Marks of the same round trip are answered with it. */
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(12)));
	stat_is(ecn_cuts, 0);
	status_is(ssthresh, 5 * SMSS);
	out_text(12, CWR, ECT_0);
	out_text(13, 0, ECT_0);
}

SCRIPT(timeout_is_told_in_the_first_new_text)
{
	establish_ecn();
	app_send_n(2 * SMSS);
	out_text(0, 0, ECT_0);
	out(PSH | ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS), BESIDE_DSCP(ECT_0));
	out_after_ms(200, ACK, SEQ(1), ACK(1), LEN(SMSS), BESIDE_DSCP(NOT_ECT));
	in_ack(2);
	app_send("hello");
	out(PSH | ACK | CWR, SEQ(SEGMENT(2)), ACK(1), DATA("hello"), BESIDE_DSCP(ECT_0));
}

SCRIPT(cut_is_told_though_the_flight_record_went_back_meanwhile)
{
	configure(flight_idle_us, 0);
	establish_ecn();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(ECT_0));
	in(ACK | ECE, SEQ(1), ACK(6));
	usage_is(flights, 0);
	stat_is(ecn_cuts, 1);
	/* The peer goes on echoing, for it has heard nothing yet. */
	app_send("again");
	out(PSH | ACK | CWR, SEQ(6), ACK(1), DATA("again"), BESIDE_DSCP(ECT_0));
	in(ACK | ECE, SEQ(1), ACK(6));
	stat_is(ecn_cuts, 1);
	in(ACK, SEQ(1), ACK(11));
}

SCRIPT(echo_that_nothing_outstanding_could_have_caused_is_nothing)
{
	establish_ecn();
	in(ACK | ECE, SEQ(1), ACK(1));
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(ECT_0));
	in(ACK, SEQ(1), ACK(6));
	usage_is(flights, 1);
	in(ACK | ECE, SEQ(1), ACK(6));
	stat_is(ecn_cuts, 0);
	status_is(cwnd, 10 * SMSS);
}

/* As above, where SACK tells of the loss. */
SCRIPT(cut_for_a_loss_found_by_sack_is_told_and_not_repeated)
{
	struct sent_segment segment;

	listen_with(80, options->ecn = LA_ECN_ACCEPT, options->dscp = DSCP, options->sack = true);
	in(SYN | ECE | CWR, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK | ECE, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, BESIDE_DSCP(NOT_ECT));
	after_ms(10);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(200000);
	out_texts(0, 9);
	after_ms(10);
	in(ACK, SEQ(1), ACK(1), SACK(SEGMENT(1), SEGMENT(4)));
	out_text(0, 0, NOT_ECT);
	status_is(ssthresh, 5 * SMSS);
	in(ACK | ECE, SEQ(1), ACK(1), SACK(SEGMENT(1), SEGMENT(9)));
	stat_is(ecn_cuts, 0);
	status_is(ssthresh, 5 * SMSS);
	segment = out_any();
	must(segment.seq == SEGMENT(10) && segment.flags == (ACK | CWR));
	while (frames_sent() > 0) {
		segment = out_any();
		must(segment.flags == ACK);
	}
}

SCRIPT(echo_of_who_did_not_agree_is_nothing)
{
	listen_ecn(LA_ECN_ACCEPT);
	take_syn(0, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(NOT_ECT));
	in(ACK | ECE, SEQ(1), ACK(6));
	stat_is(ecn_cuts, 0);
}

/* ---- 6.1.3 the receiver ---- */

SCRIPT(mark_is_echoed_until_cwr_comes)
{
	establish_ecn();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("a"), ECT0);
	out_after_ms(40, ACK, SEQ(1), ACK(2), BESIDE_DSCP(NOT_ECT));
	/* At once, for the sender is to hear of it soon. */
	in(PSH | ACK, SEQ(2), ACK(1), DATA("b"), CE);
	out(ACK | ECE, SEQ(1), ACK(3), BESIDE_DSCP(NOT_ECT));
	stat_is(ecn_marks_in, 1);
	in(PSH | ACK, SEQ(3), ACK(1), DATA("c"), ECT0);
	out_after_ms(40, ACK | ECE, SEQ(1), ACK(4), BESIDE_DSCP(NOT_ECT));
	app_send("hello");
	out(PSH | ACK | ECE, SEQ(1), ACK(4), DATA("hello"), BESIDE_DSCP(ECT_0));
	/* Who cut his window may have nothing more to send: at once again. */
	in(PSH | ACK | CWR, SEQ(4), ACK(6), DATA("d"), ECT0);
	out(ACK, SEQ(6), ACK(5), BESIDE_DSCP(NOT_ECT));
	in(PSH | ACK, SEQ(5), ACK(6), DATA("e"), ECT0);
	out_after_ms(40, ACK, SEQ(6), ACK(6), BESIDE_DSCP(NOT_ECT));
}

SCRIPT(mark_on_the_segment_with_cwr_is_a_new_one)
{
	establish_ecn();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("a"), CE);
	out(ACK | ECE, SEQ(1), ACK(2), BESIDE_DSCP(NOT_ECT));
	in(PSH | ACK | CWR, SEQ(2), ACK(1), DATA("b"), CE);
	out(ACK | ECE, SEQ(1), ACK(3), BESIDE_DSCP(NOT_ECT));
	stat_is(ecn_marks_in, 2);
}

SCRIPT(mark_out_of_order_is_echoed_with_each_duplicate)
{
	establish_ecn();
	in(ACK, SEQ(101), ACK(1), LEN(100), CE);
	out(ACK | ECE, SEQ(1), ACK(1), BESIDE_DSCP(NOT_ECT));
	in(ACK, SEQ(201), ACK(1), LEN(100), ECT0);
	out(ACK | ECE, SEQ(1), ACK(1), BESIDE_DSCP(NOT_ECT));
}

/* 6.1.5: text outside of the window may be anybody's. */
SCRIPT(mark_on_text_that_is_not_taken_is_nothing)
{
	establish_ecn();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("ab"), ECT0);
	out_after_ms(40, ACK, SEQ(1), ACK(3), BESIDE_DSCP(NOT_ECT));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("ab"), CE);
	out(ACK, SEQ(1), ACK(3), BESIDE_DSCP(NOT_ECT));
	in(PSH | ACK, SEQ(3 + 70000), ACK(1), DATA("ab"), CE);
	out(ACK, SEQ(1), ACK(3), BESIDE_DSCP(NOT_ECT));
	in(ACK, SEQ(3), ACK(1), CE);
	stat_is(ecn_marks_in, 0);
}

SCRIPT(echo_outlives_the_flight_record)
{
	configure(flight_idle_us, 0);
	establish_ecn();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("a"), CE);
	out(ACK | ECE, SEQ(1), ACK(2), BESIDE_DSCP(NOT_ECT));
	usage_is(flights, 0);
	in(PSH | ACK, SEQ(2), ACK(1), DATA("b"), ECT0);
	out_after_ms(40, ACK | ECE, SEQ(1), ACK(3), BESIDE_DSCP(NOT_ECT));
}

/* ---- 6.1.4 to 6.1.6: what is not ECN-capable ---- */

SCRIPT(fin_alone_and_reset_are_not_ecn_capable)
{
	establish_ecn();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("a"), CE);
	out(ACK | ECE, SEQ(1), ACK(2), BESIDE_DSCP(NOT_ECT));
	app_end();
	out(FIN | ACK | ECE, SEQ(1), ACK(2), BESIDE_DSCP(NOT_ECT));
	app_abort();
	out(RST | ACK, SEQ(2), ACK(2), BESIDE_DSCP(NOT_ECT));
	closed_because(LA_REASON_ABORTED);
}

SCRIPT(probe_of_a_closed_window_is_not_ecn_capable)
{
	listen_ecn(LA_ECN_ACCEPT);
	take_syn(ECE | CWR, ECE);
	in(ACK, SEQ(1), ACK(1), WIN(0));
	accepted();
	app_send("hello");
	out_after_ms(200, ACK, SEQ(1), ACK(1), DATA("h"), BESIDE_DSCP(NOT_ECT));
	in(ACK, SEQ(1), ACK(1), WIN(65535));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"), BESIDE_DSCP(NOT_ECT));
}
