/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 6582: NewReno's fast recovery, on top of RFC 5681 section 3.2.
 */
#include "bulk.h"

/* Twelve segments are out, 0 to 11 (two of them by limited transmit); segment 0 was sent again. */
static void reach_recovery(void)
{
	send_bulk(200000);
	out_segments(0, 9);
	in_ack(0);
	out_segment_alone(10);
	in_ack(0);
	out_segment_alone(11);
	in_ack(0);
	out_segment_alone(0);
	status_is(ssthresh, 5 * SMSS);
	status_is(cwnd, 8 * SMSS);
}

SCRIPT(each_further_duplicate_inflates_by_a_segment)
{
	uint32_t n;

	reach_recovery();
	/* Twelve outstanding: new text goes when cwnd has passed them. */
	for (n = 9; n <= 12; n++) {
		in_ack(0);
		silence();
		status_is(cwnd, n * SMSS);
	}
	in_ack(0);
	status_is(cwnd, 13 * SMSS);
	out_segment_alone(12);
	in_ack(0);
	out_segment_alone(13);
}

SCRIPT(duplicates_made_up_by_the_peer_inflate_within_bounds)
{
	uint32_t i;

	reach_recovery();
	for (i = 0; i < 200; i++) {
		in_ack(0);
		must(frames_sent() <= 1);
		while (frames_sent() > 0)
			out_any();
	}
	/* Twelve were in flight when the loss was found: more than twelve duplicates say nothing.
	 */
	status_is(cwnd, (5 + 12) * SMSS);
	must(script_status(HERE)->in_flight == 17 * SMSS);
}

SCRIPT(full_ack_ends_recovery_at_ssthresh_without_a_burst)
{
	reach_recovery();
	in_ack(12);
	/* min(ssthresh, max(flight, SMSS) + SMSS): nothing is in flight. */
	status_is(cwnd, 2 * SMSS);
	status_is(ssthresh, 5 * SMSS);
	out_segments(12, 13);
	silence();
	/* Slow start goes on up to ssthresh. */
	in_ack(14);
	status_is(cwnd, 4 * SMSS);
	out_segments(14, 17);
}

SCRIPT(full_ack_with_much_in_flight_leaves_ssthresh)
{
	uint32_t i;

	reach_recovery();
	for (i = 0; i < 9; i++) {
		in_ack(0);
		if (i >= 4)
			out_segment_alone(8 + i);
	}
	/* Recover is behind segment 11: five are in flight beyond it. */
	in_ack(12);
	status_is(cwnd, 5 * SMSS);
	silence();
	in_ack(13);
	out_segment_alone(17);
}

SCRIPT(partial_ack_sends_the_next_hole_and_deflates)
{
	reach_recovery();
	in_acks(4, 0);
	status_is(cwnd, 12 * SMSS);
	/* Segments 0 and 4 were lost. */
	in_ack(4);
	/* 12 segments less four acknowledged, one added. */
	status_is(cwnd, 9 * SMSS);
	out_segments(4, 4);
	/* Eight are out and nine may be. */
	out_segment_alone(12);
	status_is(ssthresh, 5 * SMSS);
	/* Every hole costs one round trip, and no duplicates are waited for. */
	in_ack(7);
	out_segments(7, 7);
	status_is(cwnd, 7 * SMSS);
	out_segment_alone(13);
	stat_is(fast_retransmits, 1);
	in_ack(12);
	status_is(cwnd, 3 * SMSS);
	out_segment_alone(14);
}

SCRIPT(partial_ack_of_less_than_a_segment_adds_nothing)
{
	reach_recovery();
	in(ACK, SEQ(1), ACK(1 + 1000));
	/* Deflated by 1,000, not inflated again; what is outstanding from there on is sent again.
	 */
	status_is(cwnd, 8 * SMSS - 1000);
	out(ACK, SEQ(1001), ACK(1), LEN(SMSS));
	silence();
}

SCRIPT(first_partial_ack_starts_the_timer_and_the_second_does_not)
{
	reach_recovery();
	after_ms(500);
	in_ack(2);
	out_segments(2, 2);
	while (frames_sent() > 0)
		out_any();
	after_ms(600);
	in_ack(4);
	out_segments(4, 4);
	while (frames_sent() > 0)
		out_any();
	/* One second after the first partial ACK. */
	out_after_ms(400, ACK, SEQ(SEGMENT(4)), ACK(1), LEN(SMSS));
	status_is(cwnd, SMSS);
	stat_is(retransmit_timeouts, 1);
}

SCRIPT(duplicates_before_recover_start_no_second_recovery)
{
	reach_recovery();
	in_ack(12);
	out_segments(12, 13);
	/* Three more that ask for the octet at recover: still of the old flight. */
	in_ack(12);
	out_segment_alone(14);
	in_ack(12);
	out_segment_alone(15);
	in_ack(12);
	silence();
	stat_is(fast_retransmits, 1);
	status_is(ssthresh, 5 * SMSS);
}

SCRIPT(a_loss_behind_recover_starts_a_recovery_of_its_own)
{
	reach_recovery();
	in_ack(12);
	out_segments(12, 13);
	in_ack(14);
	out_segments(14, 17);
	in_ack(14);
	out_segment_alone(18);
	in_ack(14);
	out_segment_alone(19);
	in_ack(14);
	out_segment_alone(14);
	stat_is(fast_retransmits, 2);
	status_is(ssthresh, 2 * SMSS);
}

SCRIPT(timeout_ends_recovery)
{
	reach_recovery();
	in_acks(3, 0);
	silence();
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	status_is(cwnd, SMSS);
	status_is(ssthresh, 6 * SMSS);
	in_ack(12);
	status_is(cwnd, 2 * SMSS);
	out_segments(12, 13);
}

SCRIPT(duplicates_of_what_a_timeout_sent_again_start_no_recovery)
{
	send_bulk(200000);
	out_segments(0, 9);
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	in_ack(1);
	out_segments(1, 2);
	in_acks(5, 1);
	silence();
	stat_is(fast_retransmits, 0);
	status_is(ssthresh, 5 * SMSS);
}
