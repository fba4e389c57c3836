/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 8985: losses told from time (RACK), and the probe for a lost tail (TLP). */
#include "sacked.h"

/* ---- 6.2: what was sent sufficiently long before something that arrived is lost ---- */

SCRIPT(three_segments_beyond_a_gap_mend_it_at_once)
{
	reach_ten_out();
	in_sack(0, 1, 2);
	out_segment_alone(10);
	in_sack(0, 1, 3);
	out_segment_alone(11);
	in_sack(0, 1, 4);
	out_segment_alone(0);
	/* Half of ten: what limited transmit sent since does not count. */
	status_is(ssthresh, 5 * SMSS);
	stat_is(fast_retransmits, 1);
}

SCRIPT(fewer_than_three_beyond_a_gap_mend_it_after_a_quarter_of_the_round_trip)
{
	reach_ten_out();
	in_sack(0, 1, 2);
	out_segment_alone(10);
	/* RACK.rtt is 50 ms, and the shortest round trip is as long: 50 / 4. */
	out_after_ms(12.5, ACK, SEQ(1), ACK(1), LEN(SMSS));
	silence();
	stat_is(fast_retransmits, 1);
	stat_is(retransmit_timeouts, 0);
}

SCRIPT(what_fills_the_gap_in_time_was_only_late)
{
	reach_ten_out();
	in_sack(0, 1, 2);
	out_segment_alone(10);
	after_ms(12);
	in_ack(2);
	out_segments(11, 13);
	silence();
	after_ms(20);
	stat_is(fast_retransmits, 0);
	stat_is(retransmits, 0);
}

/* 6.2 step 4: once reordering was seen, three segments are no reason any more. */
SCRIPT(path_that_reorders_gets_its_window_of_time)
{
	reach_ten_out();
	in_sack(0, 1, 2);
	out_segment_alone(10);
	in_ack(2);
	out_segments(11, 13);
	/* Segment 2 is overtaken by three, and has its quarter of a round trip all the same. */
	in_sack(2, 3, 6);
	out_segments(14, 16);
	silence();
	out_after_ms(12.5, ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	stat_is(fast_retransmits, 1);
}

SCRIPT(all_that_is_overdue_is_lost_at_once)
{
	reach_ten_out();
	/* Only the last three arrived: seven are lost, and go as PRR lets them. */
	in_sack(0, 7, 10);
	out_segments(0, 2);
	silence();
	status_is(ssthresh, 5 * SMSS);
	status_is(in_flight, 10 * SMSS);
}

SCRIPT(lost_retransmission_is_found_by_what_was_sent_after_it)
{
	reach_ten_out();
	in_sack(0, 1, 4);
	out_segment_alone(0);
	after_ms(10);
	in_sack(0, 1, 7);
	out_segment_alone(10);
	after_ms(50);
	/* What was sent after the retransmission arrives, and it does not. In recovery nobody
	 * waits, as long as no reordering was seen. */
	in_sack(0, 1, 11);
	out_segments(0, 0);
	out_segments(11, 14);
	silence();
	stat_is(retransmits, 2);
	stat_is(retransmit_timeouts, 0);
}

/* ---- 7: tail loss probe ---- */

SCRIPT(lost_tail_is_probed_after_two_round_trips)
{
	reach_sacked();
	app_send_n(3 * SMSS);
	out_segments(0, 1);
	out(PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	out_after_ms(100, PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	stat_is(tail_loss_probes, 1);
	stat_is(retransmit_timeouts, 0);
	/* The probe, sent much later, tells of the rest. */
	after_ms(50);
	in_sack(0, 2, 3);
	out_segment_alone(0);
	in_sack(1, 2, 3);
	out_segment_alone(1);
	in_ack(3);
	stat_is(retransmit_timeouts, 0);
}

SCRIPT(single_segment_is_probed_later_by_the_delay_of_the_peers_ack)
{
	reach_sacked();
	app_sets(options->rto_min_us = 1000000);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	/* 2 SRTT + 200 ms */
	out_after_ms(300, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	stat_is(tail_loss_probes, 1);
}

SCRIPT(probe_is_new_text_when_there_is_some)
{
	reach_ten_out();
	out_after_ms(50, ACK, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS));
	silence();
	stat_is(tail_loss_probes, 1);
	stat_is(retransmits, 0);
	/* One probe, then the retransmission timer. */
	out_after_ms(200, ACK, SEQ(1), ACK(1), LEN(SMSS));
	stat_is(retransmit_timeouts, 1);
}

/* 7.2: no later than the RTO, which counts from the first of what is outstanding. */
SCRIPT(who_writes_little_and_often_does_not_put_the_probe_off_for_ever)
{
	reach_sacked();
	app_sets(options->no_delay = true);
	app_send_n(5 * SMSS);
	out_segments(0, 3);
	out(PSH | ACK, SEQ(SEGMENT(4)), ACK(1), LEN(SMSS));
	for (unsigned int n = 0; n < 4; n++) {
		after_ms(45);
		silence();
		app_send("x");
		out(PSH | ACK, SEQ(SEGMENT(5) + n), ACK(1), DATA("x"));
	}
	out_after_ms(20, PSH | ACK, SEQ(SEGMENT(5) + 4 - SMSS), ACK(1), LEN(SMSS));
	stat_is(tail_loss_probes, 1);
	/* Then the RTO, whatever is written meanwhile. */
	after_ms(150);
	app_send("x");
	out(PSH | ACK, SEQ(SEGMENT(5) + 4), ACK(1), DATA("x"));
	out_after_ms(50, ACK, SEQ(1), ACK(1), LEN(SMSS));
	stat_is(retransmit_timeouts, 1);
}

SCRIPT(loss_that_the_probe_repaired_makes_the_window_smaller)
{
	reach_sacked();
	app_send_n(4 * SMSS);
	out_segments(0, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	after_ms(50);
	in_ack(3);
	/* The RTO, 200 ms from the sending of it (RFC 7765), comes before 2 SRTT and the delay. */
	out_after_ms(150, PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	stat_is(tail_loss_probes, 1);
	after_ms(50);
	status_is(cwnd, 10 * SMSS);
	in_ack(4);
	/* Whether one arrived or both, only what comes next tells: 7.4.2. */
	status_is(cwnd, 10 * SMSS);
	app_send_n(SMSS);
	out(PSH | ACK, SEQ(SEGMENT(4)), ACK(1), LEN(SMSS));
	in_ack(5);
	status_is(ssthresh, 2 * SMSS);
	status_is(cwnd, 2 * SMSS);
	stat_is(fast_retransmits, 0);
}

SCRIPT(probe_that_was_needless_costs_nothing)
{
	reach_sacked();
	app_send_n(4 * SMSS);
	out_segments(0, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	after_ms(50);
	in_ack(3);
	out_after_ms(150, PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	in_ack(4);
	/* The D-SACK says that both arrived. */
	in(ACK, SEQ(1), ACK(SEGMENT(4)), SACK(SEGMENT(3), SEGMENT(4)));
	app_send_n(SMSS);
	out(PSH | ACK, SEQ(SEGMENT(4)), ACK(1), LEN(SMSS));
	in_ack(5);
	status_is(cwnd, 10 * SMSS);
	must(script_status(HERE)->ssthresh > 1U << 30);
}

/* ---- 6.3: the retransmission timer ---- */

/* Blocks alone prove the first time-out wrong and then find a loss: SND.UNA stands still. */
SCRIPT(timeout_in_a_fast_recovery_after_a_timeout_begins_anew)
{
	reach_ten_out();
	out_after_ms(50, ACK, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS));
	out_after_ms(200, ACK, SEQ(1), ACK(1), LEN(SMSS));
	stat_is(retransmit_timeouts, 1);
	in_sack(0, 5, 6);
	stat_is(spurious_recoveries, 1);
	silence();
	in_sack(0, 5, 8);
	out_segment_alone(1);
	stat_is(fast_retransmits, 1);
	/* Two samples of 300 ms after the 50: SRTT 108.6, RTTVAR 115.6, and nothing is backed off.
	 */
	out_after_ms(571.1, ACK, SEQ(1), ACK(1), LEN(SMSS));
	stat_is(retransmit_timeouts, 2);
	/* What is acknowledged now ends the recovery that the time-out began. */
	in_sack(1, 5, 8);
	out_segments(1, 2);
}
