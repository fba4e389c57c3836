/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9406: HyStart++. The first slow start of CUBIC slows down when the round trip rises, and ends
 * five round trips later, or goes on when it falls again. With SACK every ACK is a sample.
 */
#include "bulk.h"

/** The peer takes all that is sent. */
#define WINDOW (1 << 20)

/** ESTABLISHED after a round trip of 100 ms, and the first window sent. */
static void begin_slow_start(void)
{
	configure(mbufs, 4096);
	listen_with(80, options->congestion = LA_CUBIC, options->sack = true,
		    options->window_scaling = true, options->send_buffer = 1 << 20);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, WS(7));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, WS(0));
	after_ms(100);
	in(ACK, SEQ(1), ACK(1), WIN(WINDOW));
	accepted();
	app_send_n(1000000);
	out_segments(0, 9);
}

/** Number of segments that were sent and are now taken. */
static uint32_t take_all(void)
{
	uint32_t count = 0;

	while (frames_sent() > 0) {
		out_any();
		count++;
	}
	return count;
}

/** An ACK for each of the segments first to behind - 1. Returns how many these let out. */
static uint32_t ack_each(uint32_t first, uint32_t behind)
{
	uint32_t count = 0;

	for (uint32_t n = first; n < behind; n++) {
		in(ACK, SEQ(1), ACK(SEGMENT(n + 1)), WIN(WINDOW));
		count += take_all();
	}
	return count;
}

SCRIPT(slow_start_doubles_while_the_round_trip_stays)
{
	begin_slow_start();
	after_ms(100);
	must(ack_each(0, 10) == 20);
	status_is(cwnd, 20 * SMSS);
	after_ms(100);
	must(ack_each(10, 30) == 40);
	status_is(cwnd, 40 * SMSS);
	/* Twelve milliseconds more are less than an eighth. */
	after_ms(112);
	must(ack_each(30, 70) == 80);
	status_is(cwnd, 80 * SMSS);
	after_ms(112);
	ack_each(70, 150);
	status_is(cwnd, 160 * SMSS);
	status_is(ssthresh, UINT32_MAX / 2);
}

/** Three windows, and in the fourth one's ACKs the round trip is an eighth longer. The round of
 *  those began with ACK 65: six of the third window, and the second of the fourth is the eighth. */
static void rise(void)
{
	begin_slow_start();
	after_ms(100);
	ack_each(0, 10);
	after_ms(100);
	ack_each(10, 30);
	after_ms(113);
	ack_each(30, 70);
	status_is(cwnd, 80 * SMSS);
	after_ms(113);
	ack_each(70, 71);
	status_is(cwnd, 81 * SMSS);
}

SCRIPT(a_longer_round_trip_quarters_the_growth_and_ends_slow_start_after_five)
{
	uint32_t acked = 150;

	rise();
	ack_each(71, 150);
	status_is(cwnd, 81 * SMSS + 79 * (SMSS / 4));
	for (uint32_t round = 0; round < 4; round++) {
		uint32_t outstanding = script_status(HERE)->in_flight / SMSS;

		status_is(ssthresh, UINT32_MAX / 2);
		after_ms(113);
		ack_each(acked, acked + outstanding);
		acked += outstanding;
	}
	/* Four windows more and the rest of the fourth are five round trips: 1.25 to the fifth. */
	status_is(ssthresh, 341640);
	status_is(cwnd, 341640);
}

SCRIPT(slow_start_goes_on_when_the_round_trip_falls_again)
{
	rise();
	ack_each(71, 150);
	status_is(cwnd, 81 * SMSS + 79 * (SMSS / 4));
	after_ms(100);
	ack_each(150, 170);
	status_is(cwnd, 81 * SMSS + 79 * (SMSS / 4) + 20 * SMSS);
	status_is(ssthresh, UINT32_MAX / 2);
}

SCRIPT(ack_of_more_than_eight_segments_counts_eight)
{
	begin_slow_start();
	after_ms(100);
	in(ACK, SEQ(1), ACK(SEGMENT(10)), WIN(WINDOW));
	status_is(cwnd, 18 * SMSS);
	must(take_all() == 18);
}
