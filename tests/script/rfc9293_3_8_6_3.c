/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.8.6.3: delayed acknowledgements: 40 ms, below the half second of MUST-40;
 * every second segment at once (SHLD-19); many segments together are acknowledged once (MUST-58,
 * 59).
 */
#include "bulk.h"

SCRIPT(ack_is_delayed_by_40_ms)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	app_got_n(10);
	after_us(39800);
	silence();
	after_us(300);
	out(ACK, SEQ(1), ACK(11));
	stat_is(delayed_acks, 1);
	after_ms(1000);
	silence();
}

SCRIPT(the_delay_counts_from_the_first_segment)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	app_got_n(10);
	out_after_ms(40, ACK, SEQ(1), ACK(11));
	after_ms(25);
	in(PSH | ACK, SEQ(11), ACK(1), LEN(10));
	app_got_n(10);
	out_after_ms(40, ACK, SEQ(1), ACK(21));
}

SCRIPT(second_segment_is_acknowledged_at_once)
{
	uint32_t n;

	establish();
	for (n = 0; n < 10; n += 2) {
		in(ACK, SEQ(1 + n * SMSS), ACK(1), LEN(SMSS));
		silence();
		in(ACK, SEQ(1 + (n + 1) * SMSS), ACK(1), LEN(SMSS));
		out(ACK, SEQ(1), ACK(1 + (n + 2) * SMSS));
	}
	app_got_n(10 * SMSS);
	stat_is(delayed_acks, 0);
	after_ms(1000);
	silence();
}

SCRIPT(segments_of_one_breath_are_acknowledged_once)
{
	uint32_t n;

	establish();
	one_breath
	{
		for (n = 0; n < 20; n++)
			in(ACK, SEQ(1 + n * SMSS), ACK(1), LEN(SMSS));
	}
	app_got_n(20 * SMSS);
	out(ACK, SEQ(1), ACK(1 + 20 * SMSS));
	silence();
}

SCRIPT(all_that_waits_is_looked_at_before_the_ack)
{
	establish();
	one_breath
	{
		in(ACK, SEQ(2921), ACK(1), LEN(SMSS));
		in(ACK, SEQ(1461), ACK(1), LEN(SMSS));
		in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	}
	app_got_n(3 * SMSS);
	/* No duplicate ACK for what was only out of order within the burst. */
	out(ACK, SEQ(1), ACK(1 + 3 * SMSS));
	silence();
}

SCRIPT(ack_rides_on_text)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("question"));
	app_got("question");
	after_ms(39);
	app_send("answer");
	out(PSH | ACK, SEQ(1), ACK(9), DATA("answer"));
	in(ACK, SEQ(9), ACK(7));
	after_ms(1000);
	silence();
	stat_is(delayed_acks, 0);
}

SCRIPT(ack_rides_on_fin)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("question"));
	app_got("question");
	app_end();
	out(FIN | ACK, SEQ(1), ACK(9));
	in(ACK, SEQ(9), ACK(2));
	after_ms(1000);
	silence();
}

SCRIPT(the_delay_is_settable)
{
	listen_with(80, options->delayed_ack_us = 500000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	app_got_n(10);
	out_after_ms(500, ACK, SEQ(1), ACK(11));
}

SCRIPT(without_delay_each_segment_is_acknowledged_at_once)
{
	listen_with(80, options->delayed_ack_us = 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	out(ACK, SEQ(1), ACK(11));
	in(PSH | ACK, SEQ(11), ACK(1), LEN(10));
	out(ACK, SEQ(1), ACK(21));
	app_got_n(20);
}

SCRIPT(fin_is_acknowledged_at_once)
{
	establish();
	in(FIN | ACK, SEQ(1), ACK(1), LEN(10));
	app_got_n(10);
	out(ACK, SEQ(1), ACK(12));
	peer_closed_told();
}
