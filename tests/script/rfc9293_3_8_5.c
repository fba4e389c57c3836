/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.8.5: urgent data, sending side. The pointer is to the octet after the last
 * urgent one (RFC 6093), however much is urgent (MUST-31).
 */
#include "bulk.h"

SCRIPT(pointer_more_than_65535_ahead_says_65535)
{
	listen_with(80, options->rto_min_us = 1000000, options->send_buffer = 200000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	one_breath
	{
		app_send_n(70000);
		app_send_urgent("!");
	}
	/* The octet behind the urgent one is 70,002. */
	for (uint32_t n = 0; n < 10; n++) {
		uint32_t ahead = 70002 - SEGMENT(n);

		out(URG | ACK, SEQ(SEGMENT(n)), ACK(1), LEN(SMSS),
		    URGENT(ahead < 65535 ? ahead : 65535));
	}
	silence();
}

SCRIPT(urgent_text_is_pointed_at_when_it_is_sent_again)
{
	reach(LA_ESTABLISHED);
	app_send_urgent("now");
	out(URG | PSH | ACK, SEQ(1), ACK(1), DATA("now"), URGENT(3));
	out_after_ms(1000, URG | PSH | ACK, SEQ(1), ACK(1), DATA("now"), URGENT(3));
	in(ACK, SEQ(1), ACK(3));
	out_after_ms(2000, URG | PSH | ACK, SEQ(3), ACK(1), DATA("w"), URGENT(1));
	in(ACK, SEQ(1), ACK(4));
	app_send("calm");
	out(PSH | ACK, SEQ(4), ACK(1), DATA("calm"));
}

SCRIPT(text_behind_the_urgent_octet_is_not_urgent)
{
	reach(LA_ESTABLISHED);
	one_breath
	{
		app_send_urgent("!");
		app_send_n(2 * SMSS);
	}
	out(URG | ACK, SEQ(1), ACK(1), LEN(SMSS), URGENT(1));
	out(ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	silence();
}

SCRIPT(urgent_text_does_not_wait_for_nagle)
{
	reach(LA_ESTABLISHED);
	app_send("a");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_send_urgent("b");
	out(URG | PSH | ACK, SEQ(2), ACK(1), DATA("b"), URGENT(1));
}

SCRIPT(a_later_urgent_octet_moves_the_pointer)
{
	reach(LA_ESTABLISHED);
	one_breath
	{
		app_send_urgent("one");
		app_send_urgent("two");
	}
	out(URG | PSH | ACK, SEQ(1), ACK(1), DATA("onetwo"), URGENT(6));
}

SCRIPT(urgent_text_waits_for_the_window)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send_urgent("now");
	silence();
	out_after_ms(1000, URG | ACK, SEQ(1), ACK(1), DATA("n"), URGENT(3));
	in(ACK, SEQ(1), ACK(1), WIN(100));
	out(URG | PSH | ACK, SEQ(1), ACK(1), DATA("now"), URGENT(3));
}
