/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.8.4: keepalive: off unless asked for (MUST-24, 25), sent only while nothing
 * else is under way and nothing came (MUST-26), two hours by default (MUST-27, 28), and no single
 * lost probe is taken for a death (MUST-29).
 */
#include "reach.h"

#define HOUR_MS 3600000.0
#define MINUTE_MS 60000.0

/** Keepalive with a minute of quiet, ten seconds between probes, and so many of them. */
static void establish_with_keepalive(uint8_t probes)
{
	listen_with(80, options->keepalive = true, options->keepalive_idle_us = 60000000,
		    options->keepalive_interval_us = 10000000, options->keepalive_probes = probes);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(keepalive_is_off_by_default)
{
	establish();
	after_ms(24 * HOUR_MS);
	silence();
	stat_is(keepalive_probes, 0);
	state_is(ESTABLISHED);
}

SCRIPT(keepalive_waits_two_hours_by_default)
{
	listen_with(80, options->keepalive = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	out_after_ms(2 * HOUR_MS, ACK, SEQ(0), ACK(1));
	stat_is(keepalive_probes, 1);
	in(ACK, SEQ(1), ACK(1));
	out_after_ms(2 * HOUR_MS, ACK, SEQ(0), ACK(1));
}

SCRIPT(keepalive_waits_for_a_delayed_ack_that_takes_longer)
{
	listen_with(80, options->keepalive = true, options->keepalive_idle_us = 10000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	app_got("text");
	/* The probe is the ACK. */
	out_after_ms(40, ACK, SEQ(0), ACK(5));
	stat_is(keepalive_probes, 1);
}

SCRIPT(keepalive_default_probes_are_nine_and_75_seconds_apart)
{
	unsigned int i;

	listen_with(80, options->keepalive = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	out_after_ms(2 * HOUR_MS, ACK, SEQ(0), ACK(1));
	for (i = 1; i < 9; i++)
		out_after_ms(75000, ACK, SEQ(0), ACK(1));
	after_ms(74999);
	state_is(ESTABLISHED);
	after_ms(1.2);
	closed_because(LA_REASON_TIMEOUT);
	silence();
	stat_is(keepalive_probes, 9);
	nothing_leaked();
}

SCRIPT(one_lost_probe_is_no_death)
{
	establish_with_keepalive(2);
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(1));
	out_after_ms(10000, ACK, SEQ(0), ACK(1));
	after_ms(9000);
	in(ACK, SEQ(1), ACK(1));
	not_closed();
	/* All probes may be lost again from here on. */
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(1));
	out_after_ms(10000, ACK, SEQ(0), ACK(1));
	after_ms(10001);
	closed_because(LA_REASON_TIMEOUT);
	silence();
}

SCRIPT(text_of_the_peer_starts_the_quiet_time_anew)
{
	establish_with_keepalive(2);
	after_ms(59000);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	app_got("hello");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
	out_after_ms(59960, ACK, SEQ(0), ACK(6));
}

SCRIPT(an_ack_that_moves_nothing_starts_the_quiet_time_anew)
{
	establish_with_keepalive(2);
	after_ms(59000);
	in(ACK, SEQ(1), ACK(1), WIN(30000));
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(1));
}

SCRIPT(a_segment_with_wrong_numbers_does_not)
{
	establish_with_keepalive(2);
	after_ms(59000);
	in(ACK, SEQ(500000), ACK(1));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(500000));
	out(ACK, SEQ(1), ACK(1));
	out_after_ms(1000, ACK, SEQ(0), ACK(1));
}

SCRIPT(text_between_probes_ends_them)
{
	establish_with_keepalive(3);
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(1));
	out_after_ms(10000, ACK, SEQ(0), ACK(1));
	after_ms(1000);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	app_got("hello");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
	out_after_ms(59960, ACK, SEQ(0), ACK(6));
	out_after_ms(10000, ACK, SEQ(0), ACK(6));
	out_after_ms(10000, ACK, SEQ(0), ACK(6));
	after_ms(10001);
	closed_because(LA_REASON_TIMEOUT);
}

/* MUST-26: what is outstanding asks the peer already. */
SCRIPT(nothing_is_probed_while_text_is_outstanding)
{
	establish_with_keepalive(2);
	after_ms(59900);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	out_after_ms(400, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
	out_after_ms(MINUTE_MS, ACK, SEQ(5), ACK(1));
	stat_is(keepalive_probes, 1);
}

SCRIPT(nothing_is_probed_while_a_closed_window_is)
{
	establish_with_keepalive(2);
	in(ACK, SEQ(1), ACK(1), WIN(0));
	after_ms(59900);
	app_send("hello");
	out_after_ms(200, ACK, SEQ(1), ACK(1), DATA("h"));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	out_after_ms(400, ACK, SEQ(1), ACK(1), DATA("h"));
	stat_is(keepalive_probes, 0);
	stat_is(window_probes, 2);
	in(ACK, SEQ(1), ACK(1), WIN(1000));
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
	out_after_ms(MINUTE_MS, ACK, SEQ(5), ACK(1));
}

SCRIPT(text_sent_between_probes_takes_over)
{
	establish_with_keepalive(2);
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(1));
	after_ms(5000);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(ACK, SEQ(1), ACK(6));
	out_after_ms(MINUTE_MS, ACK, SEQ(5), ACK(1));
}

SCRIPT(a_peer_that_has_forgotten_the_connection_resets_it)
{
	establish_with_keepalive(2);
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(1));
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(keepalive_goes_on_in_CLOSE_WAIT_and_FIN_WAIT_2)
{
	establish_with_keepalive(1);
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(2));
	peer_closed_told();
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(2));
	after_ms(10001);
	closed_because(LA_REASON_TIMEOUT);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	out_after_ms(MINUTE_MS, ACK, SEQ(1), ACK(1));
	after_ms(10001);
	closed_because(LA_REASON_TIMEOUT);
	silence();
}

SCRIPT(an_active_open_is_kept_alive_too)
{
	connect_with(80, options->keepalive = true, options->keepalive_idle_us = 60000000);
	out(SYN, SEQ(0));
	after_ms(500);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	out_after_ms(MINUTE_MS, ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
}

/* Probes that are longer apart than the quiet time do not put the next quiet time off. */
SCRIPT(an_answered_probe_is_followed_after_the_quiet_time)
{
	listen_with(80, options->keepalive = true, options->keepalive_idle_us = 10000000,
		    options->keepalive_interval_us = 100000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	out_after_ms(10000, ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	out_after_ms(10000, ACK, SEQ(0), ACK(1));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	app_got("x");
	out_after_ms(40, ACK, SEQ(1), ACK(2));
	out_after_ms(9960, ACK, SEQ(0), ACK(2));
}

/* From a second to most of a day: entries move between lines and wheel. */
SCRIPT(quiet_times_of_every_length_are_kept_exactly)
{
	uint64_t quiet;

	for (quiet = 1; quiet < 86400; quiet = quiet * 2 + 1) {
		peer_port((uint16_t)(40100 + quiet % 10007));
		our_port((uint16_t)(1000 + quiet % 40009));
		listen_with((uint16_t)(1000 + quiet % 40009), options->keepalive = true,
			    options->keepalive_idle_us = quiet * 1000000);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1));
		accepted();
		out_after_ms((double)quiet * 1000, ACK, SEQ(0), ACK(1));
		app_abort();
		out(RST | ACK, SEQ(1), ACK(1));
		closed_because(LA_REASON_ABORTED);
	}
}
