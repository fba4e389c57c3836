/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 7765: with little outstanding the timer restarts from when that was sent. */
#include "sacked.h"

SCRIPT(age_of_the_oldest_counts_when_less_than_four_are_outstanding)
{
	reach_sacked();
	app_send_n(3 * SMSS);
	out_segments(0, 1);
	out(PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	/* The probe, after two round trips; no other is sent while it is out. */
	out_after_ms(100, PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	after_ms(10);
	in_ack(1);
	silence();
	/* The RTO is 200 ms, and segment 1 is 110 ms old. */
	out_after_ms(90, ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	stat_is(retransmit_timeouts, 1);
}

SCRIPT(age_does_not_count_while_there_is_more_to_send)
{
	reach_ten_out();
	/* The probe is new text. */
	out_after_ms(50, ACK, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS));
	after_ms(10);
	in(ACK, SEQ(1), ACK(SEGMENT(10)), WIN(SMSS));
	silence();
	status_is(rto_us, 200000);
	out_after_ms(200, ACK, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS));
	stat_is(retransmit_timeouts, 1);
}
