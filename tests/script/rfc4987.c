/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SYN floods (RFC 4987): half-open records are bounded and shared out among listeners, and under
 * pressure SYNs are answered by cookies (3.6), of which nothing is kept.
 *
 * Of the 32 bits of a cookie the lowest tells its slot of time, the next three the class of MSS.
 */
#include "config/limits.h"
#include "reach.h"

#define SLOT_MS (COOKIE_SLOT_US / 1000.0)

static void listen_with_cookies(uint16_t port)
{
	listen_with(port, options->syn_cookies = LA_COOKIES_ALWAYS);
}

static void listen_under_pressure(uint16_t port)
{
	listen_with(port, options->syn_cookies = LA_COOKIES_PRESSURE);
}

/** The current peer gets a SYN-ACK, and no record. */
static void gets_a_cookie(void)
{
	uint32_t before = script_usage()->embryos;

	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	usage_is(embryos, before);
}

static void gets_an_embryo(void)
{
	uint32_t before = script_usage()->embryos;

	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	usage_is(embryos, before + 1);
	state_is(SYN_RECEIVED);
}

/* ---- what a cookie carries ---- */

SCRIPT(cookie_opens_a_connection)
{
	listen_with_cookies(80);
	gets_a_cookie();
	state_is(CLOSED);
	usage_is(table_entries, 0);
	usage_is(timers, 0);
	stat_is(passive_opens, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	state_is(ESTABLISHED);
	stat_is(cookies_sent, 1);
	stat_is(cookies_accepted, 1);
	stat_is(cookies_refused, 0);
	stat_is(passive_opens, 1);
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(PSH | ACK, SEQ(1), ACK(6), DATA("world"));
	app_got("world");
	app_end();
	out(FIN | ACK, SEQ(6), ACK(6));
	in(FIN | ACK, SEQ(6), ACK(7));
	out(ACK, SEQ(7), ACK(7));
	state_is(TIME_WAIT);
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}

static void listen_with_modern_cookies(void)
{
	listen_with(80, options->syn_cookies = LA_COOKIES_ALWAYS,
		    options->timestamps = options->window_scaling = options->sack = true,
		    options->receive_buffer_max = 6291456);
}

/** The echo of our timestamp brings window scale and SACK back. */
SCRIPT(cookie_keeps_the_options_in_its_timestamp)
{
	listen_with_modern_cookies();
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(100, 0), WS(4));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED, TS(0, 100), WS(7));
	usage_is(embryos, 0);
	in(ACK, SEQ(1), ACK(1), TS(101, 0), WIN(1600));
	accepted();
	stat_is(cookies_accepted, 1);
	status_is(snd_wnd, 1600);
	status_is(mss, 1448);
	app_abort();
	must(out_any().ts_value != 0);
	closed_because(LA_REASON_ABORTED);
}

SCRIPT(cookie_without_timestamps_keeps_the_mss_alone)
{
	listen_with_modern_cookies();
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, WS(4));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1), WIN(1600));
	accepted();
	status_is(snd_wnd, 1600);
	status_is(mss, 1460);
}

/** What the echo claims is taken at most as far as the listener wants it. */
SCRIPT(echo_of_a_cookie_brings_no_option_that_is_not_wanted)
{
	listen_with(80, options->syn_cookies = LA_COOKIES_ALWAYS, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED, TS(100, 0), WS(4));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 100));
	/* One less: the bits that say so claim a shift. */
	in(ACK, SEQ(1), ACK(1), TS(101, -1), WIN(1600));
	accepted();
	status_is(snd_wnd, 1600);
}

SCRIPT(text_with_the_ack_of_a_cookie_is_taken_in_the_same_pass)
{
	listen_with_cookies(80);
	app_echoes();
	gets_a_cookie();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET"));
	accepted();
	app_got("GET");
	out(PSH | ACK, SEQ(1), ACK(4), DATA("GET"));
	state_is(ESTABLISHED);
}

SCRIPT(fin_with_the_ack_of_a_cookie_is_taken_in_the_same_pass)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("bye"));
	out(ACK, SEQ(1), ACK(5));
	accepted();
	app_got("bye");
	peer_closed_told();
	state_is(CLOSE_WAIT);
}

/** The peer offers mss; the first segment of a long text is so long. */
static void offers_and_gets(unsigned int n, uint16_t mss, uint16_t expected)
{
	struct sent_segment first;

	peer_port((uint16_t)(41000 + n));
	in(SYN, SEQ(0), MSS(mss));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(3000);
	first = out_any();
	must(first.size == expected);
	while (frames_sent() > 0)
		out_any();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
}

SCRIPT(mss_of_a_cookie_is_the_class_below_what_was_offered)
{
	static const uint16_t offers[][2] = {
		{ 1, 64 },      { 64, 64 },     { 535, 64 },    { 536, 536 },   { 1219, 536 },
		{ 1220, 1220 }, { 1299, 1220 }, { 1300, 1300 }, { 1359, 1300 }, { 1360, 1360 },
		{ 1399, 1360 }, { 1400, 1400 }, { 1439, 1400 }, { 1440, 1440 }, { 1459, 1440 },
		{ 1460, 1460 }, { 9000, 1460 },
	};
	unsigned int n;

	listen_with_cookies(80);
	for (n = 0; n < sizeof(offers) / sizeof(offers[0]); n++)
		offers_and_gets(n, offers[n][0], offers[n][1]);
	stat_is(cookies_accepted, n);
}

SCRIPT(syn_without_mss_gets_536_through_a_cookie)
{
	listen_with_cookies(80);
	in(SYN, SEQ(0));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(600);
	out(ACK, SEQ(1), ACK(1), LEN(536));
}

SCRIPT(round_trip_of_a_cookie_is_not_known)
{
	listen_with_cookies(80);
	gets_a_cookie();
	after_ms(500);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(srtt_us, 0);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(1000, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

/* ---- nothing is kept, so nothing is sent again ---- */

SCRIPT(cookie_is_not_sent_again)
{
	listen_with_cookies(80);
	gets_a_cookie();
	after_ms(200000);
	silence();
	stat_is(retransmits, 0);
	stat_is(embryo_timeouts, 0);
}

SCRIPT(syn_that_comes_again_gets_its_cookie_again)
{
	listen_with_cookies(80);
	gets_a_cookie();
	after_ms(1000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(first_text_makes_good_for_a_lost_ack)
{
	listen_with_cookies(80);
	gets_a_cookie();
	after_ms(20000);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("here I am"));
	accepted();
	app_got("here I am");
	out_after_ms(40, ACK, SEQ(1), ACK(10));
}

/* The path has put the ACK behind what follows it. A RST would end the peer's connection. */
SCRIPT(text_that_overtakes_the_ack_of_a_cookie_is_not_reset)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(PSH | ACK, SEQ(6), ACK(1), DATA("world"));
	in(FIN | ACK, SEQ(11), ACK(1));
	silence();
	drop_is(listen_cookie, 2);
	stat_is(cookies_refused, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	in(FIN | PSH | ACK, SEQ(6), ACK(1), DATA("world"));
	out(ACK, SEQ(1), ACK(12));
	app_got("helloworld");
	peer_closed_told();
}

/* The peer has sent text, which is lost, and answers a SYN-ACK that came twice. */
SCRIPT(ack_of_a_later_number_is_not_reset)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(ACK, SEQ(6), ACK(1));
	silence();
	drop_is(listen_cookie, 1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	accepted();
	app_got("hello");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
}

/* ---- a cookie is good once ---- */

SCRIPT(late_duplicate_of_the_ack_of_a_cookie_opens_nothing)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("pay"));
	accepted();
	app_got("pay");
	in(FIN | ACK, SEQ(4), ACK(1));
	out(ACK, SEQ(1), ACK(5));
	peer_closed_told();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(5));
	in(ACK, SEQ(5), ACK(2));
	state_is(CLOSED);
	closed_because(LA_REASON_DONE);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("pay"));
	out(RST, SEQ(1));
	in(RST, SEQ(1));
	in(ACK, SEQ(1), ACK(1));
	out(RST, SEQ(1));
	not_accepted();
	state_is(CLOSED);
	usage_is(connections, 0);
	stat_is(cookies_accepted, 1);
	stat_is(time_wait_entered, 0);
	after_ms(59000);
	usage_is(time_waits, 1);
	after_ms(2000);
	usage_is(time_waits, 0);
	stat_is(time_wait_expired, 0);
	state_is(CLOSED);
}

SCRIPT(cookie_of_a_reset_connection_opens_nothing)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("late"));
	out(RST, SEQ(1));
	not_accepted();
}

SCRIPT(syn_opens_where_a_cookie_was_spent)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	anew(1000);
	gets_a_cookie();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("again"));
	accepted();
	app_got("again");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
}

/* TIME-WAIT proper is worth more than the memory of a cookie. */
SCRIPT(spent_cookie_takes_no_record_from_time_wait)
{
	configure(max_time_waits, 1);
	listen_with_cookies(80);
	peer(2);
	gets_a_cookie();
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	peer(1);
	gets_a_cookie();
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	stat_is(time_wait_recycled, 0);
	peer(2);
	state_is(TIME_WAIT);
}

SCRIPT(cookie_is_not_kept_in_mind_longer_than_it_is_good)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(ACK, SEQ(1), ACK(1));
	accepted();
	after_ms(2 * SLOT_MS);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	usage_is(time_waits, 0);
}

/* The first SYN-ACK was a cookie, the second an embryo's; the peer heard the first. */
SCRIPT(ack_of_a_cookie_is_good_though_its_syn_made_an_embryo_later)
{
	configure(max_embryos, 4);
	listen_under_pressure(80);
	peer(2);
	gets_an_embryo();
	peer(3);
	gets_an_embryo();
	peer(4);
	gets_an_embryo();
	peer(1);
	gets_a_cookie();
	peer(3);
	in(RST, SEQ(1));
	peer(4);
	in(RST, SEQ(1));
	peer(1);
	in(SYN, SEQ(0), MSS(1460));
	must(out_any().seq != 0);
	usage_is(embryos, 2);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("old"));
	accepted();
	app_got("old");
	usage_is(embryos, 1);
	stat_is(cookies_accepted, 1);
	out_after_ms(40, ACK, SEQ(1), ACK(4));
}

/* ---- what is no cookie ---- */

/** An ACK that says this opens nothing; it belongs to a cookie, and is not answered. */
static void ack_is_elsewhere(uint32_t seq, uint32_t ack)
{
	int64_t dropped = drop_rise(listen_cookie);

	in(ACK, ABSOLUTE_SEQ(seq), ABSOLUTE_ACK(ack));
	silence();
	must(drop_rise(listen_cookie) == dropped + 1);
	not_accepted();
}

/** An ACK that says this is refused, by one RST. */
static void ack_is_refused(uint32_t seq, uint32_t ack)
{
	int64_t refused = stat_rise(cookies_refused);

	in(ACK, ABSOLUTE_SEQ(seq), ABSOLUTE_ACK(ack));
	must(stat_rise(cookies_refused) == refused + 1);
	must(frames_sent() == 1);
	must(out_any().flags == RST);
	not_accepted();
}

SCRIPT(cookie_with_any_bit_changed_is_refused)
{
	unsigned int bit, refused = 0;

	listen_with_cookies(80);
	gets_a_cookie();
	/* From bit 4 on the peer's ISN is added: what is somewhat less is the cookie of an ISN
	 * before, and a segment behind it. */
	for (bit = 0; bit < 32; bit++) {
		if (bit >= 4 && bit <= 20 && (our_seq(0) >> bit & 1) != 0) {
			ack_is_elsewhere(peer_seq(1), (our_seq(0) ^ 1U << bit) + 1);
			continue;
		}
		ack_is_refused(peer_seq(1), (our_seq(0) ^ 1U << bit) + 1);
		refused++;
		after_ms(1000);
	}
	drop_is(listen_ack, refused);
	usage_is(connections, 0);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(cookie_is_good_for_one_number_of_the_peer)
{
	unsigned int bit;

	listen_with_cookies(80);
	gets_a_cookie();
	for (bit = 0; bit < 28; bit++) {
		/* Behind the first segment, by no more than a window; or nowhere. */
		if (bit <= 16 && (peer_seq(0) >> bit & 1) == 0) {
			ack_is_elsewhere((peer_seq(0) ^ 1U << bit) + 1, our_seq(1));
			continue;
		}
		ack_is_refused((peer_seq(0) ^ 1U << bit) + 1, our_seq(1));
		after_ms(1000);
	}
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(cookie_is_good_for_one_pair_of_endpoints)
{
	uint32_t ours, theirs;

	listen_with_cookies(80);
	listen_with_cookies(81);
	our_port(80);
	gets_a_cookie();
	ours = our_seq(1);
	theirs = peer_seq(1);
	peer_port(40009);
	ack_is_refused(theirs, ours);
	peer_port(40001);
	our_port(81);
	ack_is_refused(theirs, ours);
	our_port(80);
	peer(2);
	ack_is_refused(theirs, ours);
	peer(1);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(cookie_of_another_secret_is_refused)
{
	another_secret(7);
	listen_with_cookies(80);
	gets_a_cookie();
	/* What the first secret makes of the same numbers at the same time. */
	must(our_seq(0) != 0);
	ack_is_refused(peer_seq(1), our_seq(1) ^ 1U << 31);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(cookie_is_good_for_at_least_a_slot)
{
	listen_with_cookies(80);
	gets_a_cookie();
	after_ms(SLOT_MS);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(cookie_is_bad_after_two_slots)
{
	listen_with_cookies(80);
	gets_a_cookie();
	after_ms(2 * SLOT_MS);
	/* Others keep being made. */
	peer(2);
	gets_a_cookie();
	peer(1);
	in(ACK, SEQ(1), ACK(1));
	out(RST, SEQ(1));
	stat_is(cookies_refused, 1);
	not_accepted();
	peer(2);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(acks_are_not_taken_for_cookies_when_none_was_sent_of_late)
{
	listen_with_cookies(80);
	in(ACK, SEQ(1), ACK(1));
	out(RST, SEQ(1));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out(RST, SEQ(1));
	peer(2);
	gets_a_cookie();
	after_ms(2 * SLOT_MS);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out(RST, SEQ(1));
	stat_is(cookies_refused, 0);
	drop_is(listen_cookie, 0);
}

SCRIPT(acks_are_not_taken_for_cookies_where_none_is_sent)
{
	listen_with_cookies(80);
	gets_a_cookie();
	listen_with(81, options->syn_cookies = LA_COOKIES_NEVER);
	our_port(81);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out(RST, SEQ(1));
	stat_is(cookies_refused, 0);
}

SCRIPT(cookies_outlive_the_key_that_made_them)
{
	unsigned int n;

	listen_with_cookies(80);
	for (n = 0; n < 3 * COOKIE_KEY_SLOTS; n++) {
		peer_port((uint16_t)(41000 + n));
		gets_a_cookie();
		after_ms(SLOT_MS);
		in(ACK, SEQ(1), ACK(1));
		accepted();
		in(RST, SEQ(1));
		closed_because(LA_REASON_RESET);
	}
	stat_is(cookies_accepted, n);
}

SCRIPT(ack_of_a_cookie_to_a_listener_that_closed_is_reset)
{
	listen_with_cookies(80);
	gets_a_cookie();
	listen_end();
	in(ACK, SEQ(1), ACK(1));
	out(RST, SEQ(1));
	not_accepted();
}

SCRIPT(reset_ends_no_cookie)
{
	listen_with_cookies(80);
	gets_a_cookie();
	in(RST, SEQ(1));
	in(RST | ACK, SEQ(1), ACK(1));
	silence();
	not_accepted();
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/* ---- pressure ---- */

SCRIPT(pressed_listener_sends_cookies_and_keeps_its_embryos)
{
	unsigned int n;

	configure(max_embryos, 8);
	listen_under_pressure(80);
	/* Three for each that is left: six of eight. */
	for (n = 0; n < 6; n++) {
		peer_port((uint16_t)(41000 + n));
		gets_an_embryo();
	}
	peer_port(41006);
	gets_a_cookie();
	stat_is(cookies_sent, 1);
	/* It stays pressed while it has as many as are left ... */
	peer_port(41000);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer_port(41001);
	in(RST, SEQ(1));
	usage_is(embryos, 4);
	peer_port(41007);
	gets_a_cookie();
	/* ... and no longer. */
	peer_port(41002);
	in(RST, SEQ(1));
	peer_port(41008);
	gets_an_embryo();
	stat_is(cookies_sent, 2);
	/* What began before and during pressure is completed. */
	peer_port(41003);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer_port(41006);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	drop_is(listen_full, 0);
	peer_port(41004);
	in(RST, SEQ(1));
	peer_port(41005);
	in(RST, SEQ(1));
	peer_port(41008);
	in(RST, SEQ(1));
}

SCRIPT(without_cookies_syns_beyond_the_share_are_dropped)
{
	unsigned int n;

	configure(max_embryos, 8);
	listen_with(80, options->syn_cookies = LA_COOKIES_NEVER);
	for (n = 0; n < 6; n++) {
		peer_port((uint16_t)(41000 + n));
		gets_an_embryo();
	}
	peer_port(41006);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_full, 1);
	for (n = 0; n < 6; n++) {
		peer_port((uint16_t)(41000 + n));
		in(RST, SEQ(1));
	}
}

SCRIPT(listener_under_attack_leaves_embryos_to_another)
{
	unsigned int n;

	configure(max_embryos, 16);
	listen_under_pressure(80);
	listen_under_pressure(81);
	our_port(80);
	must(flood(SYN, 1000).syn_acks == 1000);
	usage_is(embryos, 12);
	our_port(81);
	for (n = 0; n < 3; n++) {
		peer_port((uint16_t)(41000 + n));
		gets_an_embryo();
	}
	peer_port(41003);
	gets_a_cookie();
	for (n = 0; n < 4; n++) {
		peer_port((uint16_t)(41000 + n));
		in(ACK, SEQ(1), ACK(1));
		accepted();
	}
}

SCRIPT(embryos_of_a_listener_that_closed_are_not_charged_to_the_next)
{
	unsigned int n;

	configure(max_embryos, 8);
	listen_with(80, options->syn_cookies = LA_COOKIES_NEVER);
	for (n = 0; n < 4; n++) {
		peer_port((uint16_t)(41000 + n));
		gets_an_embryo();
	}
	listen_end();
	listen_with(81, options->syn_cookies = LA_COOKIES_NEVER);
	our_port(81);
	peer_port(41004);
	gets_an_embryo();
	/* They still belong to the one that made them. */
	our_port(80);
	for (n = 0; n < 4; n++) {
		peer_port((uint16_t)(41000 + n));
		in(ACK, SEQ(1), ACK(1));
		accepted();
	}
	usage_is(embryos, 1);
}

/* Its ISS must lie beyond the old numbers, which a cookie does not know. */
SCRIPT(reopened_time_wait_gets_an_embryo_even_under_pressure)
{
	configure(max_embryos, 4);
	listen_under_pressure(80);
	gets_an_embryo();
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	peer(2);
	gets_an_embryo();
	peer(3);
	gets_an_embryo();
	peer(4);
	gets_an_embryo();
	peer(5);
	gets_a_cookie();
	peer(1);
	in(SYN, SEQ(100), MSS(1460));
	must(out_any().seq > 2);
	state_is(SYN_RECEIVED);
	usage_is(embryos, 4);
	stat_is(cookies_sent, 1);
}

SCRIPT(cookie_without_a_connection_record_is_good_for_later)
{
	configure(max_connections, 1);
	listen_with_cookies(80);
	peer(2);
	gets_a_cookie();
	peer(1);
	gets_a_cookie();
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(2);
	in(ACK, SEQ(1), ACK(1));
	silence();
	not_accepted();
	drop_is(no_connection_record, 1);
	peer(1);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	peer(2);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("again"));
	accepted();
	app_got("again");
	out_after_ms(40, ACK, SEQ(1), ACK(6));
}

/* ---- floods ---- */

/** Peer n's handshake and an exchange of text; then it resets. */
static void bystander_is_served(unsigned int n)
{
	peer(1 + n % 8);
	peer_port((uint16_t)(41000 + n));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	after_ms(1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	accepted();
	app_got("hello");
	out(PSH | ACK, SEQ(1), ACK(6), DATA("hello"));
	in(RST, SEQ(6));
	closed_because(LA_REASON_RESET);
}

SCRIPT(a_million_syns_lose_no_legitimate_connection)
{
	struct flood_answers answers = { 0 }, part;
	unsigned int n;

	listen_under_pressure(80);
	app_echoes();
	for (n = 0; n < 200; n++) {
		part = flood(SYN, 5000);
		answers.syn_acks += part.syn_acks;
		answers.resets += part.resets;
		answers.others += part.others;
		bystander_is_served(n);
		after_ms(4);
	}
	must(answers.syn_acks == 1000000);
	must(answers.resets == 0 && answers.others == 0);
	usage_is(connections, 0);
	usage_is(embryos, 48);
	stat_is(cookies_refused, 0);
	stat_is(cookies_sent, 1000000 - 48 + 200);
	stat_is(cookies_accepted, 200);
	stat_is(established, 200);
}

/* One in 2^28 guesses is right, one in 2^12 looks like a segment behind a right one. */
SCRIPT(guessed_cookies_open_nothing_and_are_reset_seldom)
{
	struct flood_answers answers;

	listen_under_pressure(80);
	app_echoes();
	flood(SYN, 100);
	answers = flood(ACK, 200000);
	must(stat_rise(cookies_refused) + drop_rise(listen_cookie) == 200000);
	must(drop_rise(listen_cookie) < 100);
	stat_is(cookies_accepted, 0);
	usage_is(connections, 0);
	must(answers.syn_acks == 0 && answers.others == 0);
	must(answers.resets <= RESET_BUCKETS * RESETS_PER_BUCKET * 2);
	must(answers.resets > 0);
	bystander_is_served(1);
}

/* ---- RSTs to strangers: a limit that tells nobody of anybody else ---- */

SCRIPT(floods_at_closed_and_listening_ports_get_at_most_one_reset_each)
{
	struct flood_answers answers;

	listen_under_pressure(80);
	app_echoes();
	our_port(81);
	answers = flood(SYN, 50000);
	must(answers.resets <= RESET_BUCKETS * RESETS_PER_BUCKET * 2 && answers.resets > 0);
	must(answers.syn_acks == 0 && answers.others == 0);
	must(drop_rise(closed_answered) == answers.resets);
	must(drop_rise(closed_rate) == 50000 - answers.resets);
	must(flood(RST, 50000).resets == 0);
	must(flood(FIN | ACK, 50000).resets <= 100);
	our_port(80);
	must(flood(RST | ACK, 50000).resets == 0);
	answers = flood(FIN, 50000);
	must(answers.syn_acks == 0 && answers.resets == 0 && answers.others == 0);
	drop_is(listen_no_syn, 50000);
	bystander_is_served(1);
}

/** Peer n provokes resets until no more come; returns how many came. */
static unsigned int resets_until_limit(unsigned int n)
{
	unsigned int i, resets = 0;

	peer(n);
	for (i = 0; i < 4 * RESETS_PER_BUCKET; i++) {
		in(ACK, SEQ(1), ACK(1));
		for (; frames_sent() > 0; resets++)
			out(RST, SEQ(1));
	}
	return resets;
}

/* CVE-2016-5696 in another place: who counts must not see what others were answered. */
SCRIPT(resets_to_one_source_are_not_seen_by_another)
{
	unsigned int first, second;

	listen_on(80);
	our_port(81);
	first = resets_until_limit(1);
	second = resets_until_limit(2);
	must(first > RESETS_PER_BUCKET / 2 && first < 2 * RESETS_PER_BUCKET);
	must(second > RESETS_PER_BUCKET / 2 && second < 2 * RESETS_PER_BUCKET);
	/* Nor is the number exact. */
	must(resets_until_limit(3) != first || second != first);
	/* After a second there are as many again. */
	after_ms(1000);
	must(resets_until_limit(1) > RESETS_PER_BUCKET / 2);
}
