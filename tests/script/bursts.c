/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bursts for several connections, of which what is known is fetched ahead: whatever the segments in
 * front of one have done to its connection, it meets what it would meet alone.
 */
#include "hoard.h"
#include "reach.h"

#define SPEAKERS 6U

/** Peers 1 to 6 are connected, and an octet to each is under way. */
static void speakers_come(void)
{
	listen_on(80);
	for (unsigned int n = 1; n <= SPEAKERS; n++) {
		peer(n);
		shake_hands();
		app_send("x");
		out(PSH | ACK, SEQ(1), ACK(1), LEN(1));
	}
}

SCRIPT(each_segment_of_a_burst_meets_its_connection)
{
	unsigned int n;

	speakers_come();
	one_breath
	{
		for (n = 1; n <= SPEAKERS; n++) {
			peer(n);
			in(PSH | ACK, SEQ(1), ACK(2), LEN(n));
		}
	}
	for (n = 1; n <= SPEAKERS; n++) {
		peer(n);
		app_got_n(n);
		status_is(send_queued, 0);
		app_send("y");
		out(PSH | ACK, SEQ(2), ACK(1 + n), LEN(1));
	}
}

SCRIPT(text_behind_a_reset_of_the_same_burst_finds_no_connection)
{
	unsigned int n;

	speakers_come();
	one_breath
	{
		peer(SPEAKERS);
		in(RST, SEQ(1));
		for (n = 1; n < SPEAKERS; n++) {
			peer(n);
			in(ACK, SEQ(1), ACK(2));
		}
		peer(SPEAKERS);
		in(PSH | ACK, SEQ(1), ACK(2), LEN(10));
	}
	peer(SPEAKERS);
	out(RST, SEQ(2));
	closed_because(LA_REASON_RESET);
	usage_is(connections, SPEAKERS - 1);
	silence();
}

SCRIPT(syn_behind_a_reset_of_the_same_burst_opens_anew)
{
	establish();
	/* Without a ladder the connection that was seen ahead is taken at once. */
	la_ladder_arm(script_worker(), NULL);
	one_breath
	{
		in(RST, SEQ(1));
		anew(100000);
		in(SYN, SEQ(0), MSS(1460));
	}
	out(SYN | ACK, SEQ(0), ACK(1));
	closed_because(LA_REASON_RESET);
	usage_is(connections, 0);
	usage_is(embryos, 1);
}
