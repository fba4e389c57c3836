/* SPDX-License-Identifier: BSD-3-Clause */
#include "reach.h"

#include <assert.h>

void establish(void)
{
	reach(LA_ESTABLISHED);
}

struct place reach_simultaneous_open(void)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	state_is(SYN_RECEIVED);
	return (struct place){ .snd_una = 0, .snd_nxt = 1, .rcv_nxt = 1 };
}

/** Our side ends first. */
static struct place end_first(enum la_state state)
{
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	if (state == LA_FIN_WAIT_1)
		return (struct place){ .snd_una = 1, .snd_nxt = 2, .rcv_nxt = 1 };
	if (state == LA_CLOSING) {
		in(FIN | ACK, SEQ(1), ACK(1));
		out(ACK, SEQ(2), ACK(2));
		peer_closed_told();
		return (struct place){ .snd_una = 1, .snd_nxt = 2, .rcv_nxt = 2 };
	}
	in(ACK, SEQ(1), ACK(2));
	if (state == LA_FIN_WAIT_2)
		return (struct place){ .snd_una = 2, .snd_nxt = 2, .rcv_nxt = 1 };
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	return (struct place){ .snd_una = 2, .snd_nxt = 2, .rcv_nxt = 2 };
}

/** The peer ends first. */
static struct place end_second(enum la_state state)
{
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(2));
	peer_closed_told();
	if (state == LA_CLOSE_WAIT)
		return (struct place){ .snd_una = 1, .snd_nxt = 1, .rcv_nxt = 2 };
	app_end();
	out(FIN | ACK, SEQ(1), ACK(2));
	return (struct place){ .snd_una = 1, .snd_nxt = 2, .rcv_nxt = 2 };
}

struct place reach_from_established(enum la_state state)
{
	struct place place = { .snd_una = 1, .snd_nxt = 1, .rcv_nxt = 1 };

	if (state == LA_CLOSE_WAIT || state == LA_LAST_ACK)
		place = end_second(state);
	else if (state != LA_ESTABLISHED)
		place = end_first(state);
	script_state_is(HERE, state);
	return place;
}

struct place reach(enum la_state state)
{
	assert(state >= LA_SYN_RECEIVED && state <= LA_TIME_WAIT);
	/* However short the handshake was measured, the retransmission timer starts at a second. */
	listen_with(80, options->rto_min_us = 1000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	if (state == LA_SYN_RECEIVED) {
		script_state_is(HERE, state);
		return (struct place){ .snd_una = 0, .snd_nxt = 1, .rcv_nxt = 1 };
	}
	in(ACK, SEQ(1), ACK(1));
	accepted();
	return reach_from_established(state);
}
