/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linger.c: FIN-WAIT-2 that nobody reads any more. RFC 9293 lets it wait for ever; a peer that
 * vanished must not pin a record so long (config/tcp_constants.h: TCP_FIN_WAIT_2_US).
 */
#include "reach.h"

SCRIPT(FIN_WAIT_2_after_la_close_ends_after_a_minute)
{
	establish();
	app_close();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
	after_ms(59999);
	state_is(FIN_WAIT_2);
	after_ms(2);
	closed_because(LA_REASON_TIMEOUT);
	silence();
	in(FIN | ACK, SEQ(1), ACK(2));
	out(RST, SEQ(2));
}

SCRIPT(FIN_WAIT_2_after_la_close_lasts_as_long_as_the_setting_says)
{
	listen_with(80, options->fin_wait_2_us = 3600000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_close();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	after_ms(3599999);
	state_is(FIN_WAIT_2);
	after_ms(2);
	closed_because(LA_REASON_TIMEOUT);
	silence();
}

SCRIPT(la_close_in_FIN_WAIT_2_starts_the_minute)
{
	establish();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	after_ms(100000);
	state_is(FIN_WAIT_2);
	app_close();
	after_ms(59999);
	state_is(FIN_WAIT_2);
	after_ms(2);
	closed_because(LA_REASON_TIMEOUT);
}

/* Nobody is left to abort it: answers to probes do not keep it (RFC 6429). */
SCRIPT(a_closed_window_after_la_close_is_given_up_at_r2_though_probes_are_answered)
{
	uint64_t began;

	listen_with(80, options->r2_us = 10000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(ACK, SEQ(1), ACK(1), WIN(0));
	began = script_now_us();
	app_send("hello");
	app_close();
	while (script_now_us() - began < 10000000) {
		state_is(FIN_WAIT_1);
		after_ms(200);
		while (frames_sent() > 0) {
			out(ACK, SEQ(1), ACK(1), DATA("h"));
			in(ACK, SEQ(1), ACK(1), WIN(0));
		}
	}
	/* The probe that is due next is not sent any more. */
	after_ms(2601);
	silence();
	closed_because(LA_REASON_TIMEOUT);
	nothing_leaked();
}

SCRIPT(a_reader_in_FIN_WAIT_2_may_wait_for_ever)
{
	establish();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	after_ms(3600000);
	state_is(FIN_WAIT_2);
	in(ACK | PSH, SEQ(1), ACK(2), DATA("late"));
	app_got("late");
	in(FIN | ACK, SEQ(5), ACK(2));
	out(ACK, SEQ(2), ACK(6));
	state_is(TIME_WAIT);
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}
