/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linger.c: FIN-WAIT-2 that nobody reads any more. RFC 9293 lets it wait for ever; a peer that vanished
 * must not pin a record so long (config/tcp_constants.h: TCP_FIN_WAIT_2_US).
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
