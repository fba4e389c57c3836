/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9937: proportional rate reduction, ACK by ACK. */
#include "sacked.h"

/*
 * One loss of ten, NewReno: ssthresh is five. RecoverFS is ten segments: of what arrives half goes
 * out, the first retransmission at once.
 */
SCRIPT(one_loss_sends_for_every_other_segment_that_arrives)
{
	reach_ten_out();
	in_sack(0, 1, 4);
	out_segment_alone(0);
	/* Four arrived: two may have left. */
	in_sack(0, 1, 5);
	out_segment_alone(10);
	/* Two and a half. */
	in_sack(0, 1, 6);
	silence();
	/* Now five are in flight, as many as ssthresh: one leaves for one that arrives. */
	in_sack(0, 1, 7);
	silence();
	in_sack(0, 1, 8);
	out_segment_alone(11);
	in_sack(0, 1, 9);
	out_segment_alone(12);
}

SCRIPT(window_is_ssthresh_when_recovery_ends)
{
	reach_ten_out();
	in_sack(0, 1, 4);
	out_segment_alone(0);
	after_ms(50);
	in_ack(10);
	status_is(ssthresh, 5 * SMSS);
	status_is(cwnd, 5 * SMSS);
	out_segments(10, 14);
	silence();
}

/* Seven of ten are lost: packets are conserved, and then grow as slow start does. */
SCRIPT(heavy_loss_is_mended_as_slow_start_would)
{
	reach_ten_out();
	/* One for one. */
	in_sack(0, 7, 10);
	out_segments(0, 2);
	silence();
	after_ms(50);
	/* It filled its gap, and nothing more was found lost: two for one. */
	in_sack(1, 7, 10);
	out_segments(3, 4);
	silence();
	in_sack(2, 7, 10);
	out_segments(5, 6);
	silence();
	/* Five are in flight, and ssthresh is five: one for one again. */
	in_sack(3, 7, 10);
	out_segment_alone(10);
	in_sack(4, 7, 10);
	out_segment_alone(11);
}
