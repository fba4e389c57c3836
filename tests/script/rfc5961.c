/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 5961 section 7: answers to what cannot be used are limited, for each record by itself, to
 * ten a second. Without it two ends that find each other's answers unacceptable would go on for
 * ever. The checks themselves are in rfc9293_3_10_7_4_*.c and attacks.c.
 */
#include "config/limits.h"
#include "reach.h"

#define ATTEMPTS 100U

static void forget_answers(void)
{
	while (frames_sent() > 0)
		out_any();
}

/** So many ACKs far outside of the window; exactly so many of the first are answered. */
static void only_so_many_are_answered(struct place place, unsigned int answers)
{
	int64_t limited = drop_rise(challenge_limit);
	unsigned int i;

	for (i = 0; i < ATTEMPTS; i++) {
		in(ACK, SEQ(place.rcv_nxt + 500000), ACK(place.snd_nxt));
		if (i < answers)
			out(ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt), ANY_WIN);
		silence();
	}
	must(drop_rise(challenge_limit) == limited + ATTEMPTS - answers);
}

static void answers_are_limited(enum la_state state)
{
	struct place place;

	at_ms(900);
	place = reach(state);
	/* A second begins with the clock and not with the first answer. */
	only_so_many_are_answered(place, CHALLENGE_ACKS_MAX);
	script_state_is(HERE, state);
	after_ms(99);
	only_so_many_are_answered(place, 0);
	after_ms(901);
	while (frames_sent() > 0)
		out_any();
	only_so_many_are_answered(place, CHALLENGE_ACKS_MAX);
}

IN_STATE(answers_are_limited, TIME_WAIT)

SCRIPT(answers_of_a_half_open_record_are_limited)
{
	struct place place = reach(LA_SYN_RECEIVED);

	/* Its SYN is not acknowledged by them: nothing but the sequence number is looked at. */
	only_so_many_are_answered(place, CHALLENGE_ACKS_MAX);
	state_is(SYN_RECEIVED);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(limit_of_one_half_open_record_does_not_bind_another)
{
	struct place place = reach(LA_SYN_RECEIVED);

	only_so_many_are_answered(place, CHALLENGE_ACKS_MAX);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	only_so_many_are_answered(place, CHALLENGE_ACKS_MAX);
}

/*
 * CVE-2016-5696: a stranger with a connection of his own counts the challenge ACKs that it gets in
 * a second, and forges RSTs and SYNs in another's name meanwhile. He counts ten, whatever he
 * forges.
 */
SCRIPT(forged_segments_on_one_connection_are_not_seen_on_another)
{
	unsigned int i, seen = 0;

	establish();
	at_ms(1000);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	for (i = 0; i < ATTEMPTS; i++) {
		peer(1);
		in(RST, SEQ(100 + i));
		forget_answers();
		in(SYN, SEQ(1000 + i));
		forget_answers();
		in(ACK, SEQ(1), ACK(500000 + i));
		forget_answers();
	}
	peer(2);
	for (i = 0; i < ATTEMPTS; i++) {
		in(RST, SEQ(100));
		seen += frames_sent();
		forget_answers();
	}
	must(seen == CHALLENGE_ACKS_MAX);
	not_closed();
}

/* A fresh FIN in TIME-WAIT means that our last ACK was lost: it is answered beyond any limit. */
SCRIPT(fin_sent_again_in_TIME_WAIT_is_answered_beyond_the_limit)
{
	struct place place = reach(LA_TIME_WAIT);

	only_so_many_are_answered(place, CHALLENGE_ACKS_MAX);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
}

/*
 * SYNs forged in each other's name have made a half-open record at both of two servers. Each finds
 * the other's numbers unacceptable and says so, to which the other says so.
 */
SCRIPT(two_half_open_records_do_not_answer_each_other_for_ever)
{
	unsigned int answers = 0;

	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(SYN | ACK, SEQ(800000000), ACK(900000000), MSS(1460));
	while (frames_sent() > 0 && answers <= CHALLENGE_ACKS_MAX) {
		out(ACK, SEQ(1), ACK(1));
		answers++;
		in(ACK, SEQ(800000001), ACK(900000000));
	}
	must(answers == CHALLENGE_ACKS_MAX);
	drop_is(challenge_limit, 1);
}
