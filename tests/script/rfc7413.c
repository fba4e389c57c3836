/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP Fast Open (RFC 7413): text in the SYN, for who has shown before that it is where it says. Off
 * unless asked for.
 */
#include "config/limits.h"
#include "reach.h"

#define COOKIE_BYTES 8U
#define MSS_OPTION 2, 4, 0x05, 0xb4

/** A list of options: MSS, and Fast Open with this cookie. */
struct list {
	uint8_t bytes[24];
	size_t size;
};

static const struct list asking = { { MSS_OPTION, 1, 1, 34, 2 }, 8 };

#define OPTIONS(list) ((struct field){ FIELD_OPTIONS, 0, (list).bytes, (list).size })

static struct list with_cookie(const uint8_t *cookie)
{
	struct list list = { { MSS_OPTION, 1, 1, 34, 2 + COOKIE_BYTES }, 8 + COOKIE_BYTES };

	memcpy(list.bytes + 8, cookie, COOKIE_BYTES);
	return list;
}

/** The cookie in a segment that must bring one, and nothing else but MSS. */
static struct list cookie_of(struct sent_segment segment)
{
	static const uint8_t head[] = { MSS_OPTION, 1, 1, 34, 2 + COOKIE_BYTES };

	must(segment.options_size == sizeof(head) + COOKIE_BYTES);
	must(memcmp(segment.options, head, sizeof(head)) == 0);
	return with_cookie(segment.options + sizeof(head));
}

static void listen_fast(void)
{
	listen_with(80, options->fast_open = true);
}

/** The current peer asks for a cookie, and goes away again. */
static struct list get_cookie(void)
{
	struct sent_segment answer;
	struct list list;

	in(SYN, SEQ(0), OPTIONS(asking));
	answer = out_any();
	must(answer.flags == (SYN | ACK) && answer.seq == 0 && answer.ack == 1);
	list = cookie_of(answer);
	in(RST, SEQ(1));
	anew(1000);
	return list;
}

/* ---- the server: cookies ---- */

SCRIPT(fast_open_is_off_unless_asked_for)
{
	listen_on(80);
	in(SYN, SEQ(0), OPTIONS(asking), DATA("GET"));
	out(SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(who_does_not_ask_gets_no_cookie)
{
	listen_fast();
	in(SYN, SEQ(0), MSS(1460), DATA("GET"));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET"));
	accepted();
	app_got("GET");
	stat_is(fast_opens, 0);
	out_after_ms(40, ACK, SEQ(1), ACK(4));
}

SCRIPT(who_asks_gets_a_cookie_and_a_common_handshake)
{
	listen_fast();
	in(SYN, SEQ(0), OPTIONS(asking), DATA("GET"));
	cookie_of(out_any());
	usage_is(embryos, 1);
	app_got_nothing();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET"));
	accepted();
	app_got("GET");
	stat_is(fast_opens, 0);
	out_after_ms(40, ACK, SEQ(1), ACK(4));
}

SCRIPT(syn_ack_sent_again_brings_no_cookie)
{
	listen_fast();
	in(SYN, SEQ(0), OPTIONS(asking));
	cookie_of(out_any());
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(cookies_are_of_the_address_and_not_of_the_port)
{
	struct list first, again, other;

	listen_fast();
	first = get_cookie();
	peer_port(41000);
	again = get_cookie();
	must(memcmp(first.bytes, again.bytes, first.size) == 0);
	peer(2);
	other = get_cookie();
	must(memcmp(first.bytes, other.bytes, first.size) != 0);
}

/* ---- the server: text with the SYN ---- */

SCRIPT(text_with_a_good_cookie_is_there_at_once)
{
	struct list cookie;

	listen_fast();
	app_echoes();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	out(PSH | ACK, SEQ(1), ACK(4), DATA("GET"));
	silence();
	state_is(SYN_RECEIVED);
	usage_is(embryos, 0);
	stat_is(fast_opens, 1);
	stat_is(established, 0);
	in(ACK, SEQ(4), ACK(4));
	state_is(ESTABLISHED);
	stat_is(established, 1);
	in(PSH | ACK, SEQ(4), ACK(4), DATA("more"));
	app_got("more");
	out(PSH | ACK, SEQ(4), ACK(8), DATA("more"));
	in(ACK, SEQ(8), ACK(8));
	silence();
}

SCRIPT(good_cookie_without_text_opens_at_once)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie));
	accepted();
	out(SYN | ACK, SEQ(0), ACK(1));
	app_send("220 ready");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("220 ready"));
	in(ACK, SEQ(1), ACK(10));
	state_is(ESTABLISHED);
	silence();
}

SCRIPT(more_text_is_taken_before_the_handshake_is_over)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("one"));
	accepted();
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	in(PSH | ACK, SEQ(4), ACK(1), DATA("two"));
	app_got("onetwo");
	state_is(ESTABLISHED);
	out_after_ms(40, ACK, SEQ(1), ACK(7));
}

SCRIPT(first_flight_of_a_fast_open_is_the_initial_window)
{
	struct list cookie;
	unsigned int n;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	app_send_n(30000);
	for (n = 0; n < 9; n++)
		out(ACK, SEQ(1 + n * 1460), ACK(4), LEN(1460));
	silence();
	in(ACK, SEQ(4), ACK(1 + 9 * 1460));
	state_is(ESTABLISHED);
	must(frames_sent() > 9);
	while (frames_sent() > 0)
		out_any();
}

SCRIPT(service_may_end_before_the_handshake_is_over)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	one_breath
	{
		app_send("page");
		app_end();
	}
	out(FIN | PSH | ACK, SEQ(1), ACK(4), DATA("page"));
	state_is(SYN_RECEIVED);
	in(ACK, SEQ(4), ACK(6));
	state_is(FIN_WAIT_2);
	in(FIN | ACK, SEQ(4), ACK(6));
	out(ACK, SEQ(6), ACK(5));
	state_is(TIME_WAIT);
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}

SCRIPT(wrong_cookie_gets_a_new_one_and_its_text_is_not_taken)
{
	struct list cookie, fresh;

	listen_fast();
	cookie = get_cookie();
	cookie.bytes[10] ^= 1;
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	fresh = cookie_of(out_any());
	cookie.bytes[10] ^= 1;
	must(memcmp(fresh.bytes, cookie.bytes, fresh.size) == 0);
	not_accepted();
	app_got_nothing();
	stat_is(fast_opens_refused, 1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("GET"));
	accepted();
	app_got("GET");
	out_after_ms(40, ACK, SEQ(1), ACK(4));
}

SCRIPT(cookie_of_another_address_is_wrong)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	peer(2);
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	must(out_any().ack == 1);
	not_accepted();
	stat_is(fast_opens_refused, 1);
}

SCRIPT(cookie_is_good_for_one_to_two_hours)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	after_ms(3700000);
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	in(RST, SEQ(4));
	closed_because(LA_REASON_RESET);
	peer(2);
	get_cookie();
	peer(1);
	after_ms(3600000);
	anew(1000);
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	must(out_any().ack == 1);
	not_accepted();
}

SCRIPT(cookies_of_lengths_that_cannot_be_are_no_cookies)
{
	static const uint8_t lengths[] = { 3, 4, 5, 7, 19, 20 };
	unsigned int n;

	listen_fast();
	for (n = 0; n < sizeof(lengths); n++) {
		struct list list = { { MSS_OPTION, 34, lengths[n] }, 24 };

		peer_port((uint16_t)(41000 + n));
		in(SYN, SEQ(0), OPTIONS(list), DATA("GET"));
		out(SYN | ACK, SEQ(0), ACK(1));
	}
	stat_is(fast_opens_refused, 0);
}

/* ---- the server: loss ---- */

SCRIPT(syn_that_comes_again_is_answered_and_its_text_not_taken_twice)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	app_got("GET");
	in(ACK, SEQ(4), ACK(1));
	state_is(ESTABLISHED);
	usage_is(connections, 1);
}

SCRIPT(lost_syn_ack_of_a_fast_open_is_sent_again_without_text)
{
	struct list cookie;

	listen_fast();
	app_echoes();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	out(PSH | ACK, SEQ(1), ACK(4), DATA("GET"));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	silence();
	/* What had left behind the first one is presumed lost with it. */
	in(ACK, SEQ(4), ACK(1));
	out(PSH | ACK, SEQ(1), ACK(4), DATA("GET"));
	in(ACK, SEQ(4), ACK(4));
	silence();
	state_is(ESTABLISHED);
}

/* With SACK no loss probe takes the place of the SYN-ACK, without which the peer can do nothing. */
SCRIPT(lost_syn_ack_of_a_fast_open_with_sack_is_sent_again_as_soon)
{
	struct list cookie;

	listen_with(80, options->fast_open = options->sack = true);
	app_echoes();
	cookie = get_cookie();
	memcpy(cookie.bytes + cookie.size, (uint8_t[]){ 4, 2, 1, 1 }, 4);
	cookie.size += 4;
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), MSS(1460), SACK_PERMITTED, WIN(65532));
	out(PSH | ACK, SEQ(1), ACK(4), DATA("GET"));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(4), MSS(1460), SACK_PERMITTED, WIN(65532));
	silence();
	in(ACK, SEQ(4), ACK(1));
	out(PSH | ACK, SEQ(1), ACK(4), DATA("GET"));
	in(ACK, SEQ(4), ACK(4));
	silence();
	stat_is(tail_loss_probes, 0);
}

SCRIPT(fast_open_that_nobody_completes_is_given_up_at_r2_of_syn)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	out_after_ms(2000, SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	after_ms(400000);
	while (frames_sent() > 0)
		out_any();
	closed_because(LA_REASON_TIMEOUT);
	usage_is(connections, 0);
}

SCRIPT(wrong_ack_of_a_fast_open_is_reset)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	in(ACK, SEQ(4), ACK(2));
	out(RST, SEQ(2));
	state_is(SYN_RECEIVED);
	in(ACK, SEQ(4), ACK(1));
	state_is(ESTABLISHED);
}

/* ---- the server: limits ---- */

SCRIPT(reset_ends_a_fast_open)
{
	struct list cookie;

	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("GET"));
	accepted();
	app_got("GET");
	out(SYN | ACK, SEQ(0), ACK(4), WIN(65532));
	in(RST, SEQ(4));
	closed_because(LA_REASON_RESET);
	usage_is(connections, 0);
}

/* RFC 7413 5.1: those that were reset count on, else a forger could go on for ever. */
SCRIPT(fast_opens_that_are_pending_or_were_reset_are_limited)
{
	struct list cookie;
	unsigned int n;

	listen_fast();
	cookie = get_cookie();
	for (n = 0; n < FAST_OPEN_PENDING_MAX; n++) {
		in(SYN, SEQ(0), OPTIONS(cookie), DATA("x"));
		accepted();
		app_got("x");
		must(out_any().ack == 2);
		in(RST, SEQ(2));
		closed_because(LA_REASON_RESET);
		anew(1000);
	}
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("x"));
	must(out_any().ack == 1);
	not_accepted();
	stat_is(fast_opens_refused, 1);
	in(RST, SEQ(1));
	after_ms(FAST_OPEN_RESET_US / 1000);
	anew(1000);
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("x"));
	accepted();
	app_got("x");
	must(out_any().ack == 2);
	stat_is(fast_opens, FAST_OPEN_PENDING_MAX + 1);
}

SCRIPT(completed_fast_opens_do_not_count)
{
	struct list cookie;
	unsigned int n;

	listen_fast();
	cookie = get_cookie();
	for (n = 0; n < FAST_OPEN_PENDING_MAX + 10; n++) {
		in(SYN, SEQ(0), OPTIONS(cookie), DATA("x"));
		accepted();
		app_got("x");
		must(out_any().ack == 2);
		in(ACK, SEQ(2), ACK(1));
		in(RST, SEQ(2));
		closed_because(LA_REASON_RESET);
		anew(1000);
	}
	stat_is(fast_opens_refused, 0);
}

SCRIPT(fast_open_without_a_connection_record_is_refused_like_any_syn)
{
	struct list cookie;

	configure(max_connections, 1);
	listen_fast();
	cookie = get_cookie();
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("x"));
	accepted();
	app_got("x");
	out(SYN | ACK, SEQ(0), ACK(2), WIN(65534));
	peer_port(41000);
	in(SYN, SEQ(0), OPTIONS(cookie), DATA("x"));
	silence();
	drop_is(listen_no_connection, 1);
}

/* ---- the client ---- */

static const uint8_t their_cookie[COOKIE_BYTES] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/** Asks the current peer for a cookie, gets it, and the connection ends. */
static void earn_cookie(void)
{
	connect_with(80, options->fast_open = true);
	out(SYN, SEQ(0), OPTIONS(asking));
	in(SYN | ACK, SEQ(0), ACK(1), OPTIONS(with_cookie(their_cookie)));
	opened();
	out(ACK, SEQ(1), ACK(1));
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	anew(1000);
}

SCRIPT(client_asks_for_a_cookie_and_sends_its_text_later)
{
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0), OPTIONS(asking));
	in(SYN | ACK, SEQ(0), ACK(1), OPTIONS(with_cookie(their_cookie)));
	opened();
	out(PSH | ACK, SEQ(1), ACK(1), DATA("GET"));
}

SCRIPT(client_with_a_cookie_sends_its_text_with_the_syn)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)), DATA("GET"));
	stat_is(fast_open_texts, 1);
	in(SYN | ACK, SEQ(0), ACK(4), MSS(1460));
	opened();
	out(ACK, SEQ(4), ACK(1));
	in(PSH | ACK, SEQ(1), ACK(4), DATA("page"));
	app_got("page");
	app_send("more");
	out(PSH | ACK, SEQ(4), ACK(5), DATA("more"));
	in(ACK, SEQ(5), ACK(8));
	silence();
}

SCRIPT(client_with_a_cookie_and_nothing_to_say_shows_it)
{
	earn_cookie();
	connect_with(80, options->fast_open = true);
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)));
	stat_is(fast_open_texts, 0);
}

SCRIPT(client_that_does_not_ask_shows_no_cookie)
{
	earn_cookie();
	connect_to(80);
	out(SYN, SEQ(0));
}

SCRIPT(no_more_goes_with_the_syn_than_the_mss_takes)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send_n(5000);
	}
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)), LEN(1460 - 16));
	in(SYN | ACK, SEQ(0), ACK(1 + 1444), MSS(1460));
	opened();
	out(ACK, SEQ(1445), ACK(1), LEN(1460));
	out(ACK, SEQ(2905), ACK(1), LEN(1460));
	in(ACK, SEQ(1), ACK(4365));
	out(PSH | ACK, SEQ(4365), ACK(1), LEN(636));
}

/* 4.2.2 in a simultaneous open: nobody has the text, and it may go in smaller segments. */
SCRIPT(text_that_crossed_the_peers_own_syn_goes_again_at_once)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = options->sack = options->no_delay = true);
		app_send_n(250);
	}
	must(out_any().flags == SYN);
	stat_is(fast_open_texts, 1);
	in(SYN, SEQ(0), MSS(100), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	in(ACK, SEQ(1), ACK(1));
	opened();
	out(ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(101), ACK(1), LEN(100));
	out(PSH | ACK, SEQ(201), ACK(1), LEN(50));
	in(ACK, SEQ(1), ACK(251));
	after_ms(5000);
	silence();
}

SCRIPT(text_that_the_syn_ack_leaves_out_goes_again_at_once)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)), DATA("GET"));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	opened();
	out(PSH | ACK, SEQ(1), ACK(1), DATA("GET"));
	in(ACK, SEQ(1), ACK(4));
	silence();
}

SCRIPT(text_of_which_the_syn_ack_takes_a_part_goes_on_from_there)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)), DATA("GET"));
	in(SYN | ACK, SEQ(0), ACK(2), MSS(1460));
	opened();
	out(PSH | ACK, SEQ(2), ACK(1), DATA("ET"));
}

SCRIPT(lost_syn_goes_again_without_option_and_text_and_so_does_the_next)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)), DATA("GET"));
	out_after_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	opened();
	out(PSH | ACK, SEQ(1), ACK(1), DATA("GET"));
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	anew(1000);
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0));
	in(RST | ACK, SEQ(0), ACK(1));
	closed_because(LA_REASON_REFUSED);
	after_ms(FAST_OPEN_REFUSED_US / 1000);
	anew(1000);
	connect_with(80, options->fast_open = true);
	out(SYN, SEQ(0), OPTIONS(asking));
}

/* The first SYN was not lost, its answer was late. */
SCRIPT(text_is_acknowledged_though_the_syn_went_again_without)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)), DATA("GET"));
	out_after_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(4), MSS(1460));
	opened();
	out(ACK, SEQ(4), ACK(1));
}

SCRIPT(servers_have_cookies_of_their_own)
{
	earn_cookie();
	peer(2);
	connect_with(80, options->fast_open = true);
	out(SYN, SEQ(0), OPTIONS(asking));
}

SCRIPT(cookie_that_nobody_asked_for_is_not_kept)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), OPTIONS(with_cookie(their_cookie)));
	opened();
	out(ACK, SEQ(1), ACK(1));
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	anew(1000);
	connect_with(80, options->fast_open = true);
	out(SYN, SEQ(0), OPTIONS(asking));
}

SCRIPT(refused_fast_open_tells_the_user)
{
	earn_cookie();
	one_breath
	{
		connect_with(80, options->fast_open = true);
		app_send("GET");
	}
	out(SYN, SEQ(0), OPTIONS(with_cookie(their_cookie)), DATA("GET"));
	in(RST | ACK, SEQ(0), ACK(4));
	closed_because(LA_REASON_REFUSED);
}
