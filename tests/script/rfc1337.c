/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 1337: the hazards of a TIME-WAIT that ends too soon. An old segment makes us answer, the
 * peer, which has forgotten the connection, resets the answer, and that RST must not end TIME-WAIT;
 * so no old segment finds a later connection of the same four numbers.
 */
#include "reach.h"

/** An old segment arrives, and what the peer says to the answer. */
static void is_assassinated_by(uint32_t reset_seq)
{
	struct place place = reach(LA_TIME_WAIT);

	in(PSH | ACK, SEQ(1), ACK(1), DATA("o"));
	out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt), ANY_WIN);
	in(RST, SEQ(reset_seq == 0 ? place.rcv_nxt : reset_seq));
	silence();
	state_is(TIME_WAIT);
}

SCRIPT(reset_with_the_number_of_our_answer_does_not_end_TIME_WAIT)
{
	is_assassinated_by(0);
	drop_is(time_wait_reset, 1);
}

SCRIPT(reset_in_the_window_does_not_end_TIME_WAIT)
{
	is_assassinated_by(100);
	drop_is(time_wait_reset, 1);
}

SCRIPT(reset_does_not_prolong_TIME_WAIT)
{
	struct place place = reach(LA_TIME_WAIT);
	uint64_t began = script_now_us();

	after_ms(50000);
	in(RST, SEQ(place.rcv_nxt));
	after_ms(9999 - (double)(script_now_us() - began - 50000000) / 1000);
	state_is(TIME_WAIT);
	after_ms(2);
	state_is(CLOSED);
}

/* Hazards 1 and 2: text and ACKs of the old connection are answered, and change nothing. */
SCRIPT(old_text_and_old_acks_do_not_reach_a_user)
{
	struct place place = reach(LA_TIME_WAIT);

	in(PSH | ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt), DATA("late"));
	in(ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt + 5));
	while (frames_sent() > 0)
		must(out_any().flags == ACK);
	state_is(TIME_WAIT);
}
