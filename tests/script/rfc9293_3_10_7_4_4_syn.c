/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.10.7.4, fourth: check the SYN bit. A synchronized connection challenges it
 * wherever it is (RFC 5961 section 4.2). The third, security, is not applicable.
 */
#include "reach.h"

static void challenged(enum la_state state, uint32_t seq_from_rcv_nxt)
{
	struct place place = reach(state);

	in(SYN, SEQ(place.rcv_nxt + seq_from_rcv_nxt), MSS(1460));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	in(SYN | ACK, SEQ(place.rcv_nxt + seq_from_rcv_nxt), ACK(place.snd_nxt), MSS(1460));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	script_state_is(HERE, state);
	not_closed();
}

#define IN_SIX_STATES(event)         \
	IN_STATE(event, ESTABLISHED) \
	IN_STATE(event, FIN_WAIT_1)  \
	IN_STATE(event, FIN_WAIT_2)  \
	IN_STATE(event, CLOSE_WAIT)  \
	IN_STATE(event, CLOSING)     \
	IN_STATE(event, LAST_ACK)

static void syn_at_rcv_nxt_is_challenged(enum la_state state)
{
	challenged(state, 0);
	drop_is(syn_challenged, 2);
}
IN_SIX_STATES(syn_at_rcv_nxt_is_challenged)

static void syn_in_the_window_is_challenged(enum la_state state)
{
	challenged(state, 1000);
	drop_is(syn_challenged, 2);
}
IN_SIX_STATES(syn_in_the_window_is_challenged)

static void syn_before_the_window_is_challenged(enum la_state state)
{
	challenged(state, (uint32_t)-1000);
}
IN_SIX_STATES(syn_before_the_window_is_challenged)

static void syn_behind_the_window_is_challenged(enum la_state state)
{
	challenged(state, 100000);
}
IN_SIX_STATES(syn_behind_the_window_is_challenged)

static void syn_of_the_connection_itself_is_acknowledged(enum la_state state)
{
	struct place place = reach(state);

	in(SYN, SEQ(0), MSS(1460));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	script_state_is(HERE, state);
	not_closed();
}
IN_SEVEN_SYNCHRONIZED_STATES(syn_of_the_connection_itself_is_acknowledged)

static void syn_with_text_changes_nothing(enum la_state state)
{
	struct place place = reach(state);

	in(SYN | PSH, SEQ(place.rcv_nxt), MSS(1460), LEN(100));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt));
	script_state_is(HERE, state);
	app_got_nothing();
}
IN_SIX_STATES(syn_with_text_changes_nothing)

/* SYN-RECEIVED. */

SCRIPT(syn_sent_again_in_SYN_RECEIVED_is_answered_again)
{
	reach(LA_SYN_RECEIVED);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	state_is(SYN_RECEIVED);
	usage_is(embryos, 1);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(syn_in_the_window_returns_SYN_RECEIVED_to_LISTEN)
{
	reach(LA_SYN_RECEIVED);
	in(SYN, SEQ(1), MSS(1460));
	silence();
	state_is(LISTEN);
	not_accepted();
	nothing_leaked();
}

SCRIPT(syn_in_SYN_RECEIVED_of_an_active_open_is_challenged)
{
	reach_simultaneous_open();
	in(SYN, SEQ(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	state_is(SYN_RECEIVED);
	drop_is(syn_challenged, 1);
	in(ACK, SEQ(1), ACK(1));
	opened();
}

/* TIME-WAIT: see also rfc9293_3_5_connection.c, where an acceptable one reopens. */

SCRIPT(old_syn_in_TIME_WAIT_is_acknowledged)
{
	struct place place = reach(LA_TIME_WAIT);

	in(SYN, SEQ(place.rcv_nxt - 1000), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	state_is(TIME_WAIT);
}
