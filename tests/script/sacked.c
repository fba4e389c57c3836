/* SPDX-License-Identifier: BSD-3-Clause */
#include "sacked.h"

#define ROUND_TRIP_MS 50U

void reach_sacked(void)
{
	listen_with(80, options->sack = true);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	after_ms(ROUND_TRIP_MS);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(srtt_us, ROUND_TRIP_MS * 1000);
}

void reach_sacked_stamped(void)
{
	listen_with(80, options->sack = options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(100, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 100));
	after_ms(ROUND_TRIP_MS);
	in(ACK, SEQ(1), ACK(1), TS(150, 0));
	accepted();
	status_is(srtt_us, ROUND_TRIP_MS * 1000);
}

void reach_ten_out(void)
{
	reach_sacked();
	app_send_n(200000);
	out_segments(0, 9);
	after_ms(ROUND_TRIP_MS);
	silence();
}
