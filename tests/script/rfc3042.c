/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 3042: limited transmit. Each of the first two duplicate ACKs lets one new segment go, beyond
 * cwnd but not beyond the peer's window; cwnd stays.
 */
#include "bulk.h"

SCRIPT(first_two_duplicates_let_a_new_segment_go_each)
{
	send_bulk(100000);
	out_segments(0, 9);
	in_ack(0);
	out_segment_alone(10);
	status_is(cwnd, 10 * SMSS);
	in_ack(0);
	out_segment_alone(11);
	status_is(cwnd, 10 * SMSS);
	/* The third is fast retransmit's. */
	in_ack(0);
	out_segment_alone(0);
}

SCRIPT(what_limited_transmit_sent_does_not_raise_ssthresh)
{
	send_bulk(100000);
	out_segments(0, 9);
	in_ack(0);
	out_segment_alone(10);
	in_ack(0);
	out_segment_alone(11);
	in_ack(0);
	out_segment_alone(0);
	/* RFC 5681 3.2 step 2: half of ten segments, not of twelve. */
	status_is(ssthresh, 5 * SMSS);
	status_is(cwnd, 8 * SMSS);
}

SCRIPT(limited_transmit_stays_in_the_peers_window)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(10 * SMSS));
	app_send_n(100000);
	out_segments(0, 9);
	in(ACK, SEQ(1), ACK(1), WIN(10 * SMSS));
	in(ACK, SEQ(1), ACK(1), WIN(10 * SMSS));
	silence();
}

SCRIPT(limited_transmit_needs_new_text)
{
	reach(LA_ESTABLISHED);
	app_send_n(4 * SMSS);
	out_segments(0, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	in_acks(2, 0);
	silence();
}

SCRIPT(limited_transmit_ends_when_the_gap_was_reordering)
{
	send_bulk(100000);
	out_segments(0, 9);
	in_ack(0);
	out_segment_alone(10);
	in_ack(0);
	out_segment_alone(11);
	in_ack(12);
	/* Twelve were out, cwnd grew by two: nothing was lost. */
	out_segments(12, 23);
	silence();
	status_is(cwnd, 12 * SMSS);
	stat_is(fast_retransmits, 0);
}
