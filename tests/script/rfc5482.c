/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 5482: the user timeout option. Off unless a value to be told is set; told in the SYN and
 * again in the first segment behind it; what the peer tells changes R2 within limits (section 3.1).
 */
#include "reach.h"

#define MSS_1460 2, 4, 1460 >> 8, 1460 & 255
#define TIMEOUT(value) 28, 4, (value) >> 8, (value)&255
#define MINUTES 0x8000

/** Tells 200 s; the peer's first segment behind its SYN tells this. */
static void establish_told(uint16_t told)
{
	listen_with(80, options->user_timeout_us = 200000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(MSS_1460, TIMEOUT(200)));
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(told)));
	accepted();
	out(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(200)));
}

/** R2 is so many seconds: text is given up at the first expiry behind it. */
static void text_is_given_up_after(double seconds)
{
	uint64_t began = script_now_us();

	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	while (script_now_us() - began < (uint64_t)(seconds * 1e6)) {
		state_is(ESTABLISHED);
		after_ms(1000);
		while (frames_sent() > 0)
			out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	}
	after_ms(60000);
	silence();
	closed_because(LA_REASON_TIMEOUT);
}

SCRIPT(option_is_not_sent_and_not_heeded_by_default)
{
	listen_on(80);
	in(SYN, SEQ(0), RAW_OPTIONS(MSS_1460, TIMEOUT(2000)));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(2000)));
	accepted();
	silence();
	stat_is(user_timeouts_adopted, 0);
}

SCRIPT(option_is_told_in_the_syn_ack_and_in_the_first_segment_behind_it)
{
	establish_told(200);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
}

SCRIPT(option_is_told_in_the_syn_and_in_the_first_segment_behind_it)
{
	connect_with(80, options->user_timeout_us = 90500000);
	out(SYN, SEQ(0), RAW_OPTIONS(MSS_1460, TIMEOUT(91)));
	in(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(MSS_1460, TIMEOUT(MINUTES | 10)));
	out(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(91)));
	opened();
	stat_is(user_timeouts_adopted, 1);
}

SCRIPT(longer_one_of_the_two_counts)
{
	establish_told(300);
	stat_is(user_timeouts_adopted, 1);
	text_is_given_up_after(300);
}

SCRIPT(ours_counts_when_it_is_longer)
{
	establish_told(100);
	text_is_given_up_after(200);
}

SCRIPT(minutes_are_minutes)
{
	establish_told(MINUTES | 10);
	text_is_given_up_after(600);
}

SCRIPT(what_the_peer_tells_is_rounded_up_to_a_step)
{
	establish_told(301);
	text_is_given_up_after(450);
}

SCRIPT(no_less_than_a_hundred_seconds_are_adopted)
{
	listen_with(80, options->user_timeout_us = 5000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(MSS_1460, TIMEOUT(5)));
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(3)));
	accepted();
	out(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(5)));
	text_is_given_up_after(100);
}

SCRIPT(no_more_than_the_limit_is_adopted)
{
	listen_with(80, options->user_timeout_us = 200000000,
		    options->user_timeout_max_us = 250000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(MSS_1460, TIMEOUT(200)));
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(MINUTES | 0x7fff)));
	accepted();
	out(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(200)));
	text_is_given_up_after(250);
}

SCRIPT(value_of_zero_is_ignored)
{
	establish_told(0);
	stat_is(user_timeouts_adopted, 0);
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(MINUTES)));
	stat_is(user_timeouts_adopted, 0);
}

SCRIPT(what_is_not_changeable_does_not_change)
{
	listen_with(80, options->user_timeout_us = 200000000,
		    options->user_timeout_changeable = false, options->r2_us = 30000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(MSS_1460, TIMEOUT(200)));
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(300)));
	accepted();
	out(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(200)));
	text_is_given_up_after(30);
}

SCRIPT(value_that_changes_is_told)
{
	establish_told(200);
	app_sets(options->user_timeout_us = 400000000);
	out(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(400)));
	app_sets(options->user_timeout_us = 0);
	silence();
}

SCRIPT(option_of_a_wrong_length_is_none)
{
	establish_told(0);
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(28, 3, 1, 0));
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(28, 8, 1, 0, 1, 0, 1, 0));
	stat_is(user_timeouts_adopted, 0);
}

/* Section 4.2. */
SCRIPT(keepalive_does_not_ask_before_the_timeout_that_was_told)
{
	listen_with(80, options->user_timeout_us = 200000000, options->keepalive = true,
		    options->keepalive_idle_us = 60000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), RAW_OPTIONS(MSS_1460, TIMEOUT(200)));
	in(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(300)));
	accepted();
	out(ACK, SEQ(1), ACK(1), RAW_OPTIONS(TIMEOUT(200)));
	out_after_ms(300000, ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	out_after_ms(300000, ACK, SEQ(0), ACK(1));
}
