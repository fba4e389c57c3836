/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 7661: a congestion window that the application does not use. It does not grow (4.3), a loss
 * finds what was really outstanding (4.4.1), after five minutes half of it is gone (4.4.3), and
 * whoever has to begin anew may slow start up to three quarters of what was.
 */
#include "bulk.h"

#define SECOND_MS 1000.0

/** One segment, acknowledged after so many milliseconds. */
static void send_one(uint32_t n, double rtt_ms)
{
	app_send_n(SMSS);
	out(PSH | ACK, SEQ(SEGMENT(n)), ACK(1), LEN(SMSS));
	after_ms(rtt_ms);
	in_ack(n + 1);
}

SCRIPT(window_that_is_not_used_does_not_grow)
{
	reach(LA_ESTABLISHED);
	for (uint32_t n = 0; n < 30; n++)
		send_one(n, 10);
	status_is(cwnd, 10 * SMSS);
}

SCRIPT(window_half_of_which_is_used_grows)
{
	reach(LA_ESTABLISHED);
	app_send_n(5 * SMSS);
	out_segments(0, 3);
	out(PSH | ACK, SEQ(SEGMENT(4)), ACK(1), LEN(SMSS));
	in_ack(2);
	status_is(cwnd, 12 * SMSS);
}

/* At 900 ms from one to the next the RTO of one second never passes. */
SCRIPT(window_that_is_not_used_for_five_minutes_is_halved)
{
	uint32_t n = 40;

	send_bulk(n * SMSS);
	out_segments(0, 9);
	for (uint32_t acked = 1; acked <= 20; acked++) {
		in_ack(acked);
		while (frames_sent() > 0)
			out_any();
	}
	in_ack(n);
	status_is(cwnd, 32 * SMSS);
	after_ms(10);
	while (script_now_us() < 300 * 1000000ULL)
		send_one(n++, 900);
	status_is(cwnd, 32 * SMSS);
	while (script_now_us() < 362 * 1000000ULL)
		send_one(n++, 900);
	status_is(cwnd, 16 * SMSS);
	status_is(ssthresh, UINT32_MAX / 2);
	while (script_now_us() < 723 * 1000000ULL)
		send_one(n++, 900);
	/* But not below the initial window. */
	status_is(cwnd, 10 * SMSS);
}

/* A timeout has set ssthresh to five segments, and avoidance has come to twenty since. */
SCRIPT(restart_remembers_three_quarters)
{
	uint32_t n = 10;

	send_bulk(n * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	in_ack(n);
	while (script_status(HERE)->cwnd < 20 * SMSS) {
		uint32_t segments = script_status(HERE)->cwnd / SMSS;

		app_send_n(segments * SMSS);
		while (frames_sent() > 0)
			out_any();
		n += segments;
		in_ack(n);
	}
	status_is(cwnd, 20 * SMSS);
	status_is(ssthresh, 5 * SMSS);
	after_ms(3000);
	app_send_n(30 * SMSS);
	out_segments(n, n + 9);
	silence();
	status_is(cwnd, 10 * SMSS);
	status_is(ssthresh, 15 * SMSS);
	/* Slow start goes on from there. */
	in_ack(n + 1);
	status_is(cwnd, 11 * SMSS);
	out_segments(n + 10, n + 11);
}
