/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How packet buffers are shared (lib/base/share.h): greedy connections hold the most of them, and a
 * connection that wants little finds it at once, for what it sends and for what it receives.
 */
#include <rte_mbuf.h>

#include "base/share.h"
#include "config/limits.h"
#include "hoard.h"
#include "sacked.h"

/** Where everybody else is: peer 8, from its usual port. */
static void select_somebody(void)
{
	peer(8);
	our_port(80);
	peer_port(40008);
}

/** A request, and an answer of a whole initial window, at once. */
static void request_and_answer(uint32_t seq)
{
	in(PSH | ACK, SEQ(1), ACK(seq), DATA("request"));
	app_got("request");
	app_send_n(10 * SMSS);
	for (uint32_t n = 0; n < 9; n++)
		out(ACK, SEQ(seq + n * SMSS), ACK(8), LEN(SMSS));
	out(PSH | ACK, SEQ(seq + 9 * SMSS), ACK(8), LEN(SMSS));
	in(ACK, SEQ(8), ACK(seq + 10 * SMSS));
	silence();
}

/* ---- sending ---- */

SCRIPT(answers_leave_at_once_while_peers_that_never_read_hold_the_rest)
{
	struct hogs hogs = { .count = 0 };

	listen_on(80);
	hogs_come(&hogs, 20);
	hogs_queue(&hogs);
	must(script_usage()->mbufs > HOARD_POOL / 2);
	select_somebody();
	shake_hands();
	request_and_answer(1);
	stat_is(no_mbuf_deferred, 0);
	drop_is(no_buffers, 0);
}

/* With 150 of them a share is a few buffers, and the answer takes a few round trips more. */
SCRIPT(answers_leave_by_and_by_while_very_many_never_read)
{
	struct hogs hogs = { .count = 0 };
	const uint32_t pool = 8 * HOARD_POOL;
	uint32_t queued = 0, seen = 0;

	configure(max_connections, 200);
	configure(max_flights, 200);
	configure(mbufs, pool);
	listen_on(80);
	hogs_come(&hogs, 150);
	hogs_queue(&hogs);
	must(script_usage()->mbufs > pool - pool / SHARE_KEEPS_FREE);
	must(script_usage()->mbufs < pool - pool / SHARE_SHORT);
	select_somebody();
	shake_hands();
	while (queued < 10 * SMSS) {
		ssize_t taken = app_try_send_n(10 * SMSS - queued);

		must(taken > 2 * SMSS || queued + (uint32_t)taken == 10 * SMSS);
		queued += (uint32_t)taken;
		while (frames_sent() > 0)
			seen += out_any().size;
		in(ACK, SEQ(1), ACK(1 + seen));
		while (frames_sent() > 0)
			seen += out_any().size;
		in(ACK, SEQ(1), ACK(1 + seen));
		must(seen == queued);
	}
}

/** What a queue has taken of so many when it holds as much as a share has become. */
static uint32_t taken_of(uint32_t spare)
{
	uint32_t held = 0;

	while (held < (spare - held) / SHARE_PART)
		held++;
	return held;
}

/* A share is a quarter of what is to be shared: the first takes a fifth, four being left. */
SCRIPT(each_that_never_reads_leaves_four_times_as_much_as_it_holds)
{
	struct hogs hogs = { .count = 0 };
	uint32_t free, before, held;

	listen_with(80, options->send_buffer = 4U << 20);
	hogs_come(&hogs, 1);
	free = HOARD_POOL - MBUF_RESERVE - HOARD_POOL / SHARE_KEEPS_FREE;
	hogs_queue(&hogs);
	held = script_usage()->mbufs;
	must(held == taken_of(free));
	hogs_come(&hogs, 1);
	before = held;
	hogs_queue(&hogs);
	held = script_usage()->mbufs;
	must(held - before == taken_of(free - before));
	/* The first holds more than a share is by now: the rest is for others. */
	must(la_send_room(script_worker(), hogs.conns[0]) == 0);
	/* It goes: the second may have what the first had. */
	hogs_select(0);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	must(la_send_room(script_worker(), hogs.conns[1]) > 0);
}

/* Nobody is asked again and again: an ACK tells who is curbed that there is room. */
SCRIPT(who_is_curbed_is_told_of_room_when_the_peer_takes_something)
{
	struct hoard hoard;

	reach(LA_ESTABLISHED);
	app_send_n(10 * SMSS);
	while (frames_sent() > 0)
		out_any();
	hoard_all_but(&hoard, HOARD_POOL / SHARE_SHORT);
	after_us(100);
	must(app_try_send_n(SMSS) == 0);
	app_asks_for_room();
	stat_is(sends_curbed, 1);
	in(ACK, SEQ(1), ACK(SEGMENT(4)));
	silence();
	in(ACK, SEQ(1), ACK(SEGMENT(10)));
	room_told();
	/* With nothing queued, a buffer is its share whatever others hold. */
	app_send_n(SMSS);
	out(PSH | ACK, SEQ(SEGMENT(10)), ACK(1), LEN(SMSS));
	hoard_release(&hoard);
	in(ACK, SEQ(1), ACK(SEGMENT(11)));
}

SCRIPT(who_has_nothing_queued_is_told_of_room_when_buffers_come_back)
{
	struct hoard hoard;

	reach(LA_ESTABLISHED);
	/* It still has the flight record of what was sent before. */
	app_send_n(10);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	in(ACK, SEQ(1), ACK(11));
	hoard_all_but(&hoard, HOARD_POOL / SHARE_LAST - 1);
	after_us(100);
	must(app_try_send_n(10) == 0);
	app_asks_for_room();
	stat_is(sends_curbed, 1);
	after_ms(100);
	silence();
	hoard_release(&hoard);
	after_ms(1.1);
	room_told();
	app_send_n(10);
	out(PSH | ACK, SEQ(11), ACK(1), LEN(10));
	in(ACK, SEQ(1), ACK(21));
}

/* Else an echo could wait for room for ever, and everybody for what it has not read. */
SCRIPT(what_is_unread_is_sent_back_when_no_text_is_taken)
{
	struct hoard hoard;
	struct rte_mbuf *chain;
	char bytes[SMSS];

	reach(LA_ESTABLISHED);
	app_leaves_unread();
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	in(ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(SEGMENT(2)), ANY_WIN);
	hoard_all_but(&hoard, HOARD_POOL / SHARE_UNREAD - 1);
	after_us(100);
	/* One buffer, whether it is its own or a new one. */
	must(la_send_room(script_worker(), script_conn()) == 2048);
	one_breath
	{
		chain = la_recv_mbuf(script_worker(), script_conn(), SMSS);
		must(chain != NULL && chain->pkt_len == SMSS);
		must(la_send_mbuf(script_worker(), script_conn(), chain, 0) == 0);
		must(la_send_room(script_worker(), script_conn()) == 0);
	}
	must(out_any().size == SMSS);
	while (frames_sent() > 0)
		out_any();
	in(ACK, SEQ(SEGMENT(2)), ACK(SEGMENT(1)));
	one_breath
	{
		must(la_recv(script_worker(), script_conn(), bytes, SMSS) == SMSS);
		must(la_send(script_worker(), script_conn(), bytes, SMSS, 0) == SMSS);
	}
	must(out_any().size == SMSS);
	while (frames_sent() > 0)
		out_any();
	in(ACK, SEQ(SEGMENT(2)), ACK(SEGMENT(2)));
	hoard_release(&hoard);
}

/* What there is room for is taken whole: a service may have read it for that. */
SCRIPT(room_is_no_more_than_the_share)
{
	struct hoard hoard;

	reach(LA_ESTABLISHED);
	hoard_all_but(&hoard, HOARD_POOL / SHARE_KEEPS_FREE - 1);
	after_us(100);
	must(la_send_room(script_worker(), script_conn()) == SHARE_BUFFERS * 2048);
	app_send_n(SHARE_BUFFERS * 2048);
	must(la_send_room(script_worker(), script_conn()) == 0);
	while (frames_sent() > 0)
		out_any();
	hoard_release(&hoard);
	in(ACK, SEQ(1), ACK(SEGMENT(10)));
	while (frames_sent() > 0)
		out_any();
}

/* ---- receiving ---- */

SCRIPT(no_buffers_are_given_to_unread_text_beyond_its_share)
{
	struct hoard hoard;
	uint32_t n;

	listen_on(80);
	app_leaves_unread();
	shake_hands();
	hoard_all_but(&hoard, HOARD_POOL / SHARE_KEEPS_FREE - 1);
	after_us(100);
	/* Its share of sixteen has become fifteen by the fifteen that it holds. */
	for (n = 0; n < 15; n++) {
		in(ACK, SEQ(SEGMENT(n)), ACK(1), LEN(SMSS));
		while (frames_sent() > 0)
			out_any();
	}
	drop_is(no_buffers, 0);
	in(ACK, SEQ(SEGMENT(15)), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(SEGMENT(15)), ANY_WIN);
	drop_is(no_buffers, 1);
	/* Somebody else has a share, too. */
	select_somebody();
	shake_hands();
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	in(ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(SEGMENT(2)), ANY_WIN);
	drop_is(no_buffers, 1);
	/* And what is read makes room. */
	peer(1);
	app_reads_n(3 * SMSS);
	out(ACK, SEQ(1), ACK(SEGMENT(15)), ANY_WIN);
	in(ACK, SEQ(SEGMENT(15)), ACK(1), LEN(SMSS));
	drop_is(no_buffers, 1);
	while (frames_sent() > 0)
		out_any();
	hoard_release(&hoard);
	after_us(100);
	app_reads_n(13 * SMSS);
	while (frames_sent() > 0)
		out_any();
}

SCRIPT(reassembly_share_bounds_what_waits_beyond_a_gap)
{
	struct hoard hoard;
	uint32_t n;

	listen_on(80);
	shake_hands();
	hoard_all_but(&hoard, HOARD_POOL / SHARE_KEEPS_FREE - 1);
	after_us(100);
	for (n = 1; n <= 16; n++) {
		in(ACK, SEQ(SEGMENT(n)), ACK(1), LEN(SMSS));
		out(ACK, SEQ(1), ACK(1));
	}
	drop_is(reassembly_share, 1);
	app_got_nothing();
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(SEGMENT(16)), ANY_WIN);
	app_got_n(16 * SMSS);
	hoard_release(&hoard);
}

/* One in eight is free: what lies beyond gaps is forgotten, what fills them is not. */
SCRIPT(reassembly_share_is_nothing_when_buffers_are_short)
{
	struct hoard hoard;

	listen_on(80);
	shake_hands();
	in(ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(1));
	hoard_all_but(&hoard, HOARD_POOL / SHARE_SHORT - 2);
	after_us(100);
	in(ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(1));
	drop_is(reassembly_share, 1);
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(SEGMENT(2)), ANY_WIN);
	app_got_n(2 * SMSS);
	in(ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	in(ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(SEGMENT(4)), ANY_WIN);
	app_got_n(2 * SMSS);
	hoard_release(&hoard);
}

/* ACKs bring back many buffers; text comes again. */
SCRIPT(last_buffers_are_for_acks_and_for_what_fills_gaps)
{
	struct hoard hoard;

	reach(LA_ESTABLISHED);
	app_send_n(SMSS);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(SMSS));
	in(ACK, SEQ(SEGMENT(1)), ACK(1), LEN(SMSS));
	out(ACK, SEQ(SEGMENT(1)), ACK(1));
	hoard_all_but(&hoard, HOARD_POOL / SHARE_UNREAD - 2);
	after_us(100);
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	drop_is(last_buffers, 0);
	out(ACK, SEQ(SEGMENT(1)), ACK(SEGMENT(2)), ANY_WIN);
	app_got_n(2 * SMSS);
	/* What was read is free again; one more is taken away. */
	hoard_release(&hoard);
	hoard_all_but(&hoard, HOARD_POOL / SHARE_UNREAD - 2);
	after_us(100);
	in(PSH | ACK, SEQ(SEGMENT(2)), ACK(SEGMENT(1)), DATA("text"));
	drop_is(last_buffers, 1);
	out(ACK, SEQ(SEGMENT(1)), ACK(SEGMENT(2)), ANY_WIN);
	app_got_nothing();
	status_is(send_queued, 0);
	hoard_release(&hoard);
	after_us(100);
	in(PSH | ACK, SEQ(SEGMENT(2)), ACK(SEGMENT(1)), DATA("text"));
	app_got("text");
	out_after_ms(40, ACK, SEQ(SEGMENT(1)), ACK(SEGMENT(2) + 4), ANY_WIN);
}

/* ---- what waits below TCP ---- */

SCRIPT(fragments_are_not_kept_when_buffers_are_short)
{
	struct hoard hoard;

	reach(LA_ESTABLISHED);
	hoard_all_but(&hoard, HOARD_POOL / SHARE_SHORT - 1);
	after_us(100);
	in_fragments(512, PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	silence();
	drop_is(frag_full, 2);
	app_got_nothing();
	hoard_release(&hoard);
	after_us(100);
	in_fragments(512, PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	app_got_n(1000);
	out_after_ms(40, ACK, SEQ(1), ACK(1001));
}
