/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 5682: time-outs that were none (F-RTO); RFC 3522 and RFC 4015: losses that were none (Eifel),
 * known by D-SACK (RFC 3708) or by timestamps.
 */
#include "sacked.h"

/* Ten are out, nothing comes for as long as the probe and the timer take: segment 0 is sent again.
 */
static void reach_timeout(void)
{
	reach_ten_out();
	/* The tail loss probe is new text. */
	out_after_ms(50, ACK, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS));
	out_after_ms(200, ACK, SEQ(1), ACK(1), LEN(SMSS));
	status_is(cwnd, SMSS);
	status_is(ssthresh, 5 * SMSS);
	stat_is(retransmit_timeouts, 1);
}

SCRIPT(ack_of_what_was_sent_once_shows_that_the_timeout_was_none)
{
	reach_timeout();
	/* Less than a round trip after: 0 and 1 were only late. */
	after_ms(5);
	in_ack(2);
	stat_is(spurious_recoveries, 1);
	/* The window stands again, two more for two acknowledged, and what is outstanding is not
	 * sent again. */
	out_segments(11, 13);
	silence();
	stat_is(retransmits, 1);
	must(script_status(HERE)->ssthresh > 1U << 30);
}

SCRIPT(real_timeout_is_not_undone)
{
	reach_timeout();
	after_ms(50);
	/* Only the segment that was sent again came. */
	in_ack(1);
	out_segments(1, 2);
	silence();
	stat_is(spurious_recoveries, 0);
	status_is(cwnd, 2 * SMSS);
	status_is(ssthresh, 5 * SMSS);
}

SCRIPT(d_sack_of_all_that_was_sent_again_undoes_a_fast_recovery)
{
	reach_ten_out();
	in_sack(0, 1, 4);
	out_segment_alone(0);
	status_is(ssthresh, 5 * SMSS);
	/* The original arrives, late, and then the retransmission. */
	after_ms(40);
	in_ack(4);
	while (frames_sent() > 0)
		out_any();
	after_ms(10);
	in(ACK, SEQ(1), ACK(SEGMENT(4)), SACK(1, SEGMENT(1)));
	stat_is(spurious_recoveries, 1);
	must(script_status(HERE)->ssthresh > 1U << 30);
	must(script_status(HERE)->cwnd >= 10 * SMSS);
}

SCRIPT(d_sack_of_a_part_undoes_nothing)
{
	reach_ten_out();
	in(ACK, SEQ(1), ACK(1), SACK(SEGMENT(5), SEGMENT(10), SEGMENT(1), SEGMENT(2)));
	out_segments(0, 0);
	out_segments(2, 4);
	while (frames_sent() > 0)
		out_any();
	after_ms(45);
	in(ACK, SEQ(1), ACK(SEGMENT(2)), SACK(1, SEGMENT(1), SEGMENT(5), SEGMENT(10)));
	while (frames_sent() > 0)
		out_any();
	stat_is(spurious_recoveries, 0);
	status_is(ssthresh, 5 * SMSS);
}

SCRIPT(echo_of_a_timestamp_from_before_the_retransmission_undoes_a_fast_recovery)
{
	reach_sacked_stamped();
	app_send_n(200000);
	out_stamped_segments(0, 9);
	after_ms(50);
	in(ACK, SEQ(1), ACK(1), TS(200, 50), SACK(STAMPED(1), STAMPED(4)));
	out(ACK, SEQ(1), ACK(1), LEN(STAMPED_SMSS), TS(NOW, 200));
	status_is(ssthresh, 5 * STAMPED_SMSS);
	/* 60 ms later, so it might answer either; the echo says that it is the first. */
	after_ms(60);
	in(ACK, SEQ(1), ACK(STAMPED(4)), TS(260, 50));
	stat_is(spurious_recoveries, 1);
	must(script_status(HERE)->ssthresh > 1U << 30);
	while (frames_sent() > 0)
		out_any();
}

SCRIPT(echo_of_the_retransmission_proves_the_loss)
{
	reach_sacked_stamped();
	app_send_n(200000);
	out_stamped_segments(0, 9);
	after_ms(50);
	in(ACK, SEQ(1), ACK(1), TS(200, 50), SACK(STAMPED(1), STAMPED(4)));
	out(ACK, SEQ(1), ACK(1), LEN(STAMPED_SMSS), TS(NOW, 200));
	after_ms(60);
	in(ACK, SEQ(1), ACK(STAMPED(4)), TS(260, 100));
	stat_is(spurious_recoveries, 0);
	status_is(ssthresh, 5 * STAMPED_SMSS);
	while (frames_sent() > 0)
		out_any();
}
