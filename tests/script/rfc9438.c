/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9438: CUBIC. What the curve and Reno's estimate make of the window after a mark (which cuts
 * it without a hole to be mended), and what losses and time-outs leave. The numbers were computed
 * from the equations by themselves; a segment has 1,460 octets, so that C is 584 octets/s^3. The
 * curve is proved in tests/unit/tcp/test_cubic.c.
 */
#include "bulk.h"

/** ESTABLISHED with CUBIC and ECN, after a round trip of so many milliseconds. */
static void establish_cubic(uint32_t rtt_ms)
{
	listen_with(80, options->congestion = LA_CUBIC, options->ecn = LA_ECN_ACCEPT);
	in(SYN | ECE | CWR, SEQ(0), MSS(1460));
	out(SYN | ACK | ECE, SEQ(0), ACK(1));
	after_ms(rtt_ms);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

#define out_fresh(first, last)                                                                    \
	do {                                                                                      \
		for (uint32_t n_ = (first); n_ <= (last); n_++)                                   \
			script_out(HERE, ACK, FIELDS(SEQ(SEGMENT(n_)), ACK(1), LEN(SMSS), ECT0)); \
	} while (0)

/** The ten segments of the first window came, one of them marked: 8.5 are left. Nothing of that
 *  round trip is outstanding any more, segments 10 to 17 are. */
static void cut_by_a_mark(uint32_t rtt_ms)
{
	establish_cubic(rtt_ms);
	app_send_n(200000);
	out_fresh(0, 9);
	after_ms(rtt_ms);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(10)));
	status_is(cwnd, 12410);
	status_is(ssthresh, 12410);
	out(ACK | CWR, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS), ECT0);
	out_fresh(11, 17);
}

/* 4.3: W_cubic is below what Reno would have, a round trip of ten milliseconds after another. */
SCRIPT(short_round_trips_are_renos)
{
	cut_by_a_mark(10);
	/* 9/17 of 1460 for each 12410 octets acknowledged: 727 for 11680. */
	after_ms(10);
	in_ack(18);
	status_is(cwnd, 13137);
	out_fresh(18, 25);
	silence();
	/* 13137 + 11680 * 1460 * 9 / (17 * 13137). */
	after_ms(10);
	in_ack(26);
	status_is(cwnd, 13824);
	out_fresh(26, 34);
	silence();
	/* 13824 + 13140 * 1460 * 9 / (17 * 13824): as much as before the mark, or more. */
	after_ms(10);
	in_ack(35);
	status_is(cwnd, 14559);
	out_fresh(35, 43);
	after_ms(10);
	in_ack(44);
	status_is(cwnd, 15256);
	/* From here on a whole segment for each window, as Reno: 14600 * 1460 / 15256. */
	out_fresh(44, 53);
	after_ms(10);
	in_ack(54);
	status_is(cwnd, 16654);
	out_fresh(54, 64);
}

/*
 * 4.2, 4.4: K is the cube root of 2190 / 584, 1.553 s. Each ACK leads a part of the way to where
 * the curve will be a round trip later.
 */
SCRIPT(long_round_trips_follow_the_curve)
{
	cut_by_a_mark(900);
	after_ms(900);
	in_ack(18);
	/* 14600 + 584 * (1.8 - 1.553)^3 is 14608; 12410 + 11680 * (14608 - 12410) / 12410. */
	status_is(cwnd, 14478);
	out_fresh(18, 26);
	silence();
	after_ms(900);
	in_ack(27);
	/* 14600 + 584 * (2.7 - 1.553)^3 is 15481; 14478 + 13140 * (15481 - 14478) / 14478. */
	status_is(cwnd, 15388);
	out_fresh(27, 36);
	silence();
	after_ms(900);
	in_ack(37);
	/* Behind the plateau, ever faster: 14600 + 584 * (3.6 - 1.553)^3 is 19609 and a bit, for K
	 * is rounded down to a millisecond. */
	status_is(cwnd, 15388 + 14600 * (19611 - 15388) / 15388);
	out_fresh(37, 49);
}

/* 5.8: what an application that sends little leaves unused does not grow, and no time passes. */
SCRIPT(time_of_an_unused_window_does_not_count)
{
	listen_with(80, options->congestion = LA_CUBIC, options->ecn = LA_ECN_ACCEPT,
		    options->no_delay = true);
	in(SYN | ECE | CWR, SEQ(0), MSS(1460));
	out(SYN | ACK | ECE, SEQ(0), ACK(1));
	after_ms(900);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(18 * SMSS);
	out_fresh(0, 9);
	after_ms(900);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(10)));
	out(ACK | CWR, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS), ECT0);
	out_fresh(11, 16);
	out(PSH | ACK, SEQ(SEGMENT(17)), ACK(1), LEN(SMSS), ECT0);
	after_ms(900);
	in_ack(18);
	status_is(cwnd, 14478);
	for (uint32_t n = 18; n < 22; n++) {
		app_send_n(SMSS);
		out(PSH | ACK, SEQ(SEGMENT(n)), ACK(1), LEN(SMSS), ECT0);
		after_ms(900);
		in_ack(n + 1);
		status_is(cwnd, 14478);
	}
	/* As if the four round trips had not been: see long_round_trips_follow_the_curve. */
	app_send_n(20 * SMSS);
	out_fresh(22, 30);
	after_ms(900);
	in_ack(31);
	status_is(cwnd, 15388);
	out_fresh(31, 40);
}

/* 4.6, 4.8. */
SCRIPT(timeout_leaves_one_segment_and_seven_tenths)
{
	establish_cubic(10);
	app_send_n(100000);
	out_fresh(0, 9);
	out_after_ms(200, ACK, SEQ(1), ACK(1), LEN(SMSS));
	status_is(cwnd, SMSS);
	status_is(ssthresh, 7 * SMSS);
	in_ack(10);
	status_is(cwnd, 2 * SMSS);
	out(ACK | CWR, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS), ECT0);
	out_fresh(11, 11);
	in_ack(12);
	status_is(cwnd, 4 * SMSS);
	out_fresh(12, 15);
	in_ack(16);
	status_is(cwnd, 7 * SMSS);
	out_fresh(16, 22);
	/* The curve begins at its plateau, and Reno's estimate where it is: 9/17 of a segment. */
	in_ack(23);
	status_is(cwnd, 7 * SMSS + SMSS * 9 / 17);
	out_fresh(23, 29);
}

/* 4.7: who had to give way at less than before gives way some more. */
SCRIPT(second_cut_below_the_first_lowers_the_plateau)
{
	cut_by_a_mark(900);
	after_ms(900);
	in_ack(18);
	out_fresh(18, 26);
	/* 14478 is below 14600: the plateau is 0.85 of it, 12306. Nine segments were outstanding.
	 */
	after_ms(900);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(27)));
	status_is(cwnd, 11169);
	out(ACK | CWR, SEQ(SEGMENT(27)), ACK(1), LEN(SMSS), ECT0);
	out_fresh(28, 33);
	after_ms(900);
	in_ack(34);
	/* K is 1.248 s, 12306 + 584 * (1.8 - 1.248)^3 is 12404; with a plateau at 14478 it would be
	 * 14478. */
	status_is(cwnd, 11169 + 10220 * (12404 - 11169) / 11169);
	out_fresh(34, 41);
}

/* The record of the flight goes back with nothing outstanding, and the curve with it: from there on
 * the window grows more carefully, and goes on from where it stood. */
SCRIPT(window_goes_on_without_the_flight_record)
{
	configure(flight_idle_us, 0);
	establish_cubic(900);
	app_send_n(18 * SMSS);
	out_fresh(0, 9);
	after_ms(900);
	in(ACK | ECE, SEQ(1), ACK(SEGMENT(10)));
	out(ACK | CWR, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS), ECT0);
	out_fresh(11, 16);
	out(PSH | ACK, SEQ(SEGMENT(17)), ACK(1), LEN(SMSS), ECT0);
	after_ms(900);
	in_ack(18);
	usage_is(flights, 0);
	status_is(cwnd, 14478);
	status_is(ssthresh, 12410);
	app_send_n(20 * SMSS);
	out_fresh(18, 26);
	after_ms(900);
	in_ack(27);
	/* A plateau at 14478, and a segment for each window, as Reno: 13140 * 1460 / 14478. */
	status_is(cwnd, 14478 + 1325);
	out_fresh(27, 36);
}
