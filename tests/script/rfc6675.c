/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 6675: what the scoreboard lets out, and in which order; RFC 2018 section 8: reneging. */
#include "sacked.h"

/* ---- 4, 5: pipe ---- */

SCRIPT(each_sacked_segment_lets_a_new_one_go_before_a_loss_is_found)
{
	reach_ten_out();
	in_sack(0, 1, 2);
	out_segment_alone(10);
	in_sack(0, 1, 3);
	out_segment_alone(11);
	status_is(cwnd, 10 * SMSS);
}

SCRIPT(block_that_comes_again_lets_nothing_go)
{
	reach_ten_out();
	in_sack(0, 1, 2);
	out_segment_alone(10);
	in_sack(0, 1, 2);
	in_sack(0, 1, 2);
	silence();
}

SCRIPT(blocks_that_cannot_be_are_not_believed)
{
	reach_ten_out();
	/* Never sent, empty, inside out. */
	in_sack(0, 40, 41);
	in(ACK, SEQ(1), ACK(1), SACK(SEGMENT(3), SEGMENT(3)));
	in(ACK, SEQ(1), ACK(1), SACK(SEGMENT(5), SEGMENT(3)));
	silence();
	status_is(in_flight, 10 * SMSS);
}

SCRIPT(blocks_are_not_believed_where_sack_was_not_agreed_on)
{
	send_bulk(200000);
	out_segments(0, 9);
	/* A duplicate ACK: limited transmit, and no more (RFC 3042). */
	in_sack(0, 1, 9);
	out_segment_alone(10);
}

/* ---- 4 NextSeg: holes from the lowest on, then new text ---- */

SCRIPT(holes_are_mended_from_the_lowest_on_and_each_once)
{
	reach_ten_out();
	/* 0, 2 and 4 are missing, and 5 to 9 came: ssthresh is five segments. */
	in(ACK, SEQ(1), ACK(1),
	   SACK(SEGMENT(5), SEGMENT(10), SEGMENT(3), SEGMENT(4), SEGMENT(1), SEGMENT(2)));
	out_segments(0, 0);
	out_segments(2, 2);
	out_segments(4, 4);
	/* Nothing is left to mend: of the five two may be new. */
	out_segments(10, 11);
	silence();
	stat_is(retransmits, 3);
}

SCRIPT(what_the_peer_has_is_never_sent_again)
{
	reach_ten_out();
	in_sack(0, 1, 10);
	out_segments(0, 0);
	out_segments(10, 13);
	silence();
	after_ms(50);
	in_ack(10);
	out_segment_alone(14);
	stat_is(retransmits, 1);
}

/* ---- RFC 2018 section 8 ---- */

/*
 * The peer SACKs everything but the first segment, takes that, and does not acknowledge what it
 * had: when the timer says so, it is believed that it has forgotten.
 */
SCRIPT(peer_that_reneges_gets_everything_again)
{
	reach_sacked();
	app_send_n(4 * SMSS);
	out_segments(0, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	after_ms(50);
	in_sack(0, 1, 4);
	out_segment_alone(0);
	after_ms(50);
	in_ack(1);
	silence();
	/* The head is SACKed and not acknowledged; a round trip was measured at 50 ms. */
	out_after_ms(200, ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	stat_is(retransmit_timeouts, 1);
	in_ack(2);
	out_segments(2, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	in_ack(4);
	status_is(in_flight, 0);
}

SCRIPT(peer_that_has_it_all_and_closes_its_window_is_probed_and_given_up)
{
	reach_sacked();
	app_sets(options->r2_us = 3000000);
	app_send_n(2 * SMSS);
	out_segments(0, 0);
	out(PSH | ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	in(ACK, SEQ(1), ACK(1), WIN(0), SACK(SEGMENT(0), SEGMENT(2)));
	/* The RTO: what it has and does not acknowledge counts as lost, and the window is probed.
	 */
	out_after_ms(200, ACK, SEQ(1), ACK(1), LEN(1));
	stat_is(window_probes, 1);
	after_ms(6000);
	while (frames_sent() > 0)
		must(out_any().seq == 1);
	closed_because(LA_REASON_TIMEOUT);
}

SCRIPT(hole_beyond_the_edge_of_a_window_whose_beginning_is_known_is_mended)
{
	reach_ten_out();
	in(ACK, SEQ(1), ACK(1), WIN(1000), SACK(SEGMENT(0), SEGMENT(1), SEGMENT(9), SEGMENT(10)));
	silence();
	/* The reordering timer, then the RTO. */
	out_after_ms(212.5, ACK, SEQ(1), ACK(1), LEN(1000));
	stat_is(retransmit_timeouts, 1);
}
