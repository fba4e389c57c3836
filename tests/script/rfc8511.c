/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 8511: a mark says that a queue is short, a loss that one is full: the window is cut by less
 * for the first. NewReno leaves 0.8 of what was outstanding and 0.5, CUBIC 0.85 and 0.7.
 */
#include "bulk.h"

static void send_full_window(enum la_congestion congestion)
{
	listen_with(80, options->ecn = LA_ECN_ACCEPT, options->congestion = congestion);
	in(SYN | ECE | CWR, SEQ(0), MSS(1460));
	out(SYN | ACK | ECE, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(200000);
	for (uint32_t n = 0; n < 10; n++)
		out(ACK, SEQ(SEGMENT(n)), ACK(1), LEN(SMSS), ECT0);
}

SCRIPT(newreno_leaves_eight_tenths_for_a_mark)
{
	send_full_window(LA_NEWRENO);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(1)));
	status_is(cwnd, 8 * SMSS);
	status_is(ssthresh, 8 * SMSS);
	silence();
}

SCRIPT(cubic_leaves_seventeen_twentieths_for_a_mark)
{
	send_full_window(LA_CUBIC);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(1)));
	status_is(cwnd, 10 * SMSS * 85 / 100);
	status_is(ssthresh, 10 * SMSS * 85 / 100);
	silence();
}

static void lose_the_first(void)
{
	in(ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS), ECT0);
	in(ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(SEGMENT(11)), ACK(1), LEN(SMSS), ECT0);
	in(ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(1), LEN(SMSS));
}

SCRIPT(newreno_leaves_half_for_a_loss)
{
	send_full_window(LA_NEWRENO);
	lose_the_first();
	status_is(ssthresh, 5 * SMSS);
}

SCRIPT(cubic_leaves_seven_tenths_for_a_loss)
{
	send_full_window(LA_CUBIC);
	lose_the_first();
	status_is(ssthresh, 7 * SMSS);
}
