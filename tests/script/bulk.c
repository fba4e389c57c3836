/* SPDX-License-Identifier: BSD-3-Clause */
#include "bulk.h"

void reach_avoidance(void)
{
	send_bulk(150000);
	out_segments(0, 9);
	/* All are lost but the timer finds out: ssthresh is half of ten segments, cwnd one. */
	out_after_ms(1000, ACK, SEQ(1), ACK(1), LEN(SMSS));
	status_is(ssthresh, 5 * SMSS);
	status_is(cwnd, SMSS);
	/* The peer had the other nine after all. */
	in_ack(10);
	out_segments(10, 11);
	status_is(cwnd, 2 * SMSS);
	/* Slow start up to ssthresh, an ACK for each segment. */
	in_ack(11);
	out_segments(12, 13);
	in_ack(12);
	out_segments(14, 15);
	in_ack(13);
	out_segments(16, 17);
	status_is(cwnd, 5 * SMSS);
}
