/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 5681: congestion control. Slow start and congestion avoidance by octets acknowledged (RFC
 * 3465, L = 2 segments), ssthresh, what a timeout does, fast retransmit, restart after idleness,
 * when a receiver acknowledges. Fast recovery is in rfc6582.c.
 */
#include "bulk.h"

/* ---- 3.1 slow start ---- */

SCRIPT(slow_start_grows_by_what_is_acknowledged)
{
	send_bulk(200000);
	out_segments(0, 9);
	in_ack(1);
	status_is(cwnd, 11 * SMSS);
	out_segments(10, 11);
	in_ack(3);
	status_is(cwnd, 13 * SMSS);
	out_segments(12, 15);
	silence();
}

SCRIPT(slow_start_grows_by_two_segments_for_one_ack_at_most)
{
	send_bulk(200000);
	out_segments(0, 9);
	in_ack(10);
	status_is(cwnd, 12 * SMSS);
	out_segments(10, 21);
	silence();
}

SCRIPT(split_acks_gain_nothing)
{
	uint32_t octet;

	send_bulk(200000);
	out_segments(0, 9);
	for (octet = 146; octet <= SMSS; octet += 146) {
		in(ACK, SEQ(1), ACK(1 + octet));
		if (octet == 5 * 146)
			out_segment_alone(10);
	}
	/* Ten ACKs of a tenth each brought what one ACK of all would have. */
	out_segment_alone(11);
	status_is(cwnd, 11 * SMSS);
}

SCRIPT(optimistic_ack_gains_nothing)
{
	send_bulk(200000);
	out_segments(0, 9);
	in_ack(11);
	out(ACK, SEQ(SEGMENT(10)), ACK(1));
	status_is(cwnd, 10 * SMSS);
	status_is(in_flight, 10 * SMSS);
	drop_is(ack_unsent, 1);
}

SCRIPT(window_that_was_not_used_does_not_grow)
{
	uint32_t n;

	reach(LA_ESTABLISHED);
	for (n = 0; n < 20; n++) {
		app_send_n(100);
		out(PSH | ACK, SEQ(1 + n * 100), ACK(1), LEN(100));
		in(ACK, SEQ(1), ACK(101 + n * 100));
	}
	status_is(cwnd, 10 * SMSS);
}

/* ---- 3.1 congestion avoidance ---- */

SCRIPT(avoidance_grows_by_one_segment_for_each_window)
{
	uint32_t n;

	reach_avoidance();
	/* Five are outstanding, 13 to 17; cwnd is ssthresh, five segments. */
	for (n = 14; n <= 17; n++) {
		in_ack(n);
		out_segment_alone(n + 4);
		status_is(cwnd, 5 * SMSS);
	}
	in_ack(18);
	out_segments(22, 23);
	silence();
	status_is(cwnd, 6 * SMSS);
	for (n = 19; n <= 23; n++) {
		in_ack(n);
		out_segment_alone(n + 5);
		status_is(cwnd, 6 * SMSS);
	}
	in_ack(24);
	status_is(cwnd, 7 * SMSS);
	out_segments(29, 30);
	silence();
}

SCRIPT(avoidance_counts_octets_not_acks)
{
	reach_avoidance();
	in_ack(18);
	/* One ACK for a whole window is worth as much as five. */
	status_is(cwnd, 6 * SMSS);
	out_segments(18, 23);
	silence();
}

SCRIPT(split_acks_gain_nothing_in_avoidance)
{
	uint32_t octet;

	reach_avoidance();
	for (octet = 146; octet <= SMSS; octet += 146)
		in(ACK, SEQ(1), ACK(SEGMENT(13) + octet));
	status_is(cwnd, 5 * SMSS);
	out_segment_alone(18);
}

/* ---- 3.1 timeout ---- */

SCRIPT(timeout_leaves_one_segment_and_half_the_flight_as_ssthresh)
{
	send_bulk(100000);
	out_segments(0, 9);
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	silence();
	status_is(cwnd, SMSS);
	status_is(ssthresh, 5 * SMSS);
}

SCRIPT(ssthresh_is_two_segments_at_least)
{
	reach(LA_ESTABLISHED);
	app_send_n(3 * SMSS);
	out_segments(0, 1);
	out(PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	status_is(ssthresh, 2 * SMSS);
}

SCRIPT(ssthresh_is_half_of_the_flight_and_not_of_cwnd)
{
	reach(LA_ESTABLISHED);
	app_send_n(6 * SMSS);
	out_segments(0, 4);
	out(PSH | ACK, SEQ(SEGMENT(5)), ACK(1), LEN(SMSS));
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	status_is(ssthresh, 3 * SMSS);
}

SCRIPT(second_timeout_of_the_same_text_leaves_ssthresh)
{
	send_bulk(100000);
	out_segments(0, 9);
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	out_after_ms(2000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	status_is(ssthresh, 5 * SMSS);
	status_is(cwnd, SMSS);
}

SCRIPT(after_a_timeout_everything_lost_is_sent_again_in_slow_start)
{
	send_bulk(100000);
	out_segments(0, 9);
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	in_ack(1);
	out_segments(1, 2);
	silence();
	in_ack(3);
	/* L is one segment while what was lost is sent again (RFC 3465 2.3). */
	status_is(cwnd, 3 * SMSS);
	out_segments(3, 5);
	silence();
	in_ack(4);
	out_segments(6, 7);
	in_ack(5);
	out_segments(8, 9);
	status_is(cwnd, 5 * SMSS);
	/* ssthresh is reached; what follows is new. */
	in_ack(6);
	out_segment_alone(10);
	status_is(cwnd, 5 * SMSS);
	stat_is(retransmits, 10);
}

SCRIPT(one_ack_for_all_after_a_timeout_sends_no_burst)
{
	send_bulk(100000);
	out_segments(0, 9);
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	in_ack(10);
	status_is(cwnd, 2 * SMSS);
	out_segments(10, 11);
	silence();
}

/* ---- 3.2 fast retransmit ---- */

SCRIPT(third_duplicate_sends_the_missing_segment_again_at_once)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_acks(2, 0);
	silence();
	status_is(ssthresh, UINT32_MAX / 2);
	in_ack(0);
	out_segment_alone(0);
	status_is(ssthresh, 5 * SMSS);
	status_is(cwnd, 8 * SMSS);
	stat_is(fast_retransmits, 1);
	stat_is(retransmit_timeouts, 0);
}

SCRIPT(three_duplicates_in_one_breath_are_three)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	one_breath
	{
		in_acks(3, 0);
	}
	out_segment_alone(0);
	status_is(ssthresh, 5 * SMSS);
}

SCRIPT(fast_retransmit_starts_the_timer_anew)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	after_ms(600);
	in_acks(3, 0);
	out_segment_alone(0);
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
}

SCRIPT(ack_with_text_is_no_duplicate)
{
	uint32_t i;

	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	for (i = 0; i < 6; i++) {
		in(PSH | ACK, SEQ(1 + i), ACK(1), LEN(1));
		if (i % 2 == 1)
			out(ACK, SEQ(SEGMENT(10)), ACK(2 + i));
	}
	app_got_n(6);
	stat_is(fast_retransmits, 0);
	stat_is(duplicate_acks, 0);
}

SCRIPT(ack_that_changes_the_window_is_no_duplicate)
{
	uint32_t i;

	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	for (i = 1; i <= 6; i++)
		in(ACK, SEQ(1), ACK(1), WIN(65535 - i));
	silence();
	stat_is(fast_retransmits, 0);
	stat_is(duplicate_acks, 0);
}

SCRIPT(ack_with_fin_is_no_duplicate)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_acks(2, 0);
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(SEGMENT(10)), ACK(2));
	silence();
	peer_closed_told();
	stat_is(fast_retransmits, 0);
}

SCRIPT(ack_when_nothing_is_outstanding_is_no_duplicate)
{
	uint32_t i;

	establish();
	for (i = 0; i < 5; i++)
		in(ACK, SEQ(1), ACK(1));
	silence();
	stat_is(duplicate_acks, 0);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(two_duplicates_an_ack_and_two_more_are_no_three)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_acks(2, 0);
	in_ack(1);
	in_acks(2, 1);
	silence();
	stat_is(fast_retransmits, 0);
}

SCRIPT(older_acks_are_no_duplicates)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_ack(5);
	in_acks(5, 3);
	silence();
	stat_is(duplicate_acks, 0);
}

/* ---- 4.1 restart ---- */

SCRIPT(after_a_timeout_of_idleness_the_window_is_the_initial_one)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_ack(2);
	in_ack(4);
	status_is(cwnd, 14 * SMSS);
	in_ack(10);
	/* Six of fourteen were outstanding: no growth for that. */
	status_is(cwnd, 14 * SMSS);
	after_ms(1100);
	app_send_n(30 * SMSS);
	out_segments(10, 19);
	silence();
	status_is(cwnd, 10 * SMSS);
}

SCRIPT(a_shorter_pause_leaves_the_window)
{
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_ack(2);
	in_ack(4);
	in_ack(10);
	after_ms(900);
	app_send_n(30 * SMSS);
	out_segments(10, 23);
	silence();
	status_is(cwnd, 14 * SMSS);
}

SCRIPT(idleness_does_not_widen_a_small_window)
{
	reach(LA_ESTABLISHED);
	app_send_n(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_acks(3, 0);
	out_segment_alone(0);
	in_ack(10);
	status_is(cwnd, 2 * SMSS);
	after_ms(5000);
	app_send_n(30 * SMSS);
	out_segments(10, 11);
	silence();
	status_is(cwnd, 2 * SMSS);
}

SCRIPT(window_and_ssthresh_outlive_the_flight_record)
{
	configure(flight_idle_us, 0);
	send_bulk(10 * SMSS);
	out_segments(0, 8);
	out(PSH | ACK, SEQ(SEGMENT(9)), ACK(1), LEN(SMSS));
	in_acks(3, 0);
	out_segment_alone(0);
	in_ack(10);
	usage_is(flights, 0);
	status_is(ssthresh, 5 * SMSS);
	status_is(cwnd, 2 * SMSS);
}

/* ---- 4.2 the receiver ---- */

SCRIPT(segment_out_of_order_is_acknowledged_at_once)
{
	establish();
	in(ACK, SEQ(1461), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(2921), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(1));
}

SCRIPT(segment_that_fills_part_of_a_gap_is_acknowledged_at_once)
{
	establish();
	in(ACK, SEQ(2001), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	/* In order, but the gap stays. */
	in(ACK, SEQ(1), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1001));
	in(ACK, SEQ(1001), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(2101));
	app_got_n(2100);
}

SCRIPT(a_burst_out_of_order_is_answered_for_fast_retransmit)
{
	uint32_t i;

	establish();
	for (i = 1; i <= 3; i++) {
		in(ACK, SEQ(1 + i * SMSS), ACK(1), LEN(SMSS));
		out(ACK, SEQ(1), ACK(1));
	}
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(1 + 4 * SMSS));
	app_got_n(4 * SMSS);
}

/* RFC 5681 section 4.2: one for each, or the peer never sees the three it waits for. */
SCRIPT(each_segment_beyond_a_gap_in_one_breath_has_its_duplicate)
{
	uint32_t i;

	establish();
	one_breath
	{
		for (i = 1; i <= 3; i++)
			in(ACK, SEQ(1 + i * SMSS), ACK(1), LEN(SMSS));
	}
	for (i = 1; i <= 3; i++)
		out(ACK, SEQ(1), ACK(1));
	silence();
}

SCRIPT(text_in_order_and_a_gap_in_one_breath_have_an_ack_and_the_duplicates)
{
	uint32_t i;

	establish();
	one_breath
	{
		in(ACK, SEQ(1), ACK(1), LEN(SMSS));
		in(ACK, SEQ(1 + 2 * SMSS), ACK(1), LEN(SMSS));
		in(ACK, SEQ(1 + 3 * SMSS), ACK(1), LEN(SMSS));
	}
	for (i = 1; i <= 3; i++)
		out(ACK, SEQ(1), ACK(1 + SMSS));
	silence();
	app_got_n(SMSS);
}

SCRIPT(a_gap_filled_in_the_same_breath_has_no_duplicate)
{
	establish();
	one_breath
	{
		in(ACK, SEQ(1 + SMSS), ACK(1), LEN(SMSS));
		in(ACK, SEQ(1 + 2 * SMSS), ACK(1), LEN(SMSS));
		in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	}
	out(ACK, SEQ(1), ACK(1 + 3 * SMSS));
	silence();
	app_got_n(3 * SMSS);
}

/* ---- the limits ---- */

SCRIPT(never_more_than_cwnd_nor_the_peers_window)
{
	uint32_t window = 20000, acked = 1, top = 1;

	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(window));
	app_send_n(200000);
	while (acked < 200001) {
		uint32_t sent = acked;

		while (frames_sent() > 0) {
			struct sent_segment segment = out_any();

			must(segment.seq + segment.size <= acked + window);
			sent = segment.seq + segment.size;
		}
		must(script_status(HERE)->in_flight <= script_status(HERE)->cwnd);
		must(script_status(HERE)->in_flight <= window);
		top = sent > top ? sent : top;
		acked = top > acked + SMSS ? acked + SMSS : top;
		in(ACK, SEQ(1), ACK(acked), WIN(window));
	}
}
