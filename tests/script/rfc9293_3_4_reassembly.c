/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.4 and SHLD-31: text in any order, any overlap, across the wrap of sequence
 * numbers (which begin five octets before it), gives the same stream; memory for it is bounded.
 */
#include "bulk.h"

/*
 * Two islands wait, octets 10 to 19 and 30 to 39 from base on; then [from, to) arrives, then all.
 * Ours knows base, the next octet expected.
 */
static void two_islands_and(uint32_t base, uint32_t from, uint32_t to)
{
	uint32_t octet, kept = 0, next = base;

	in(ACK, SEQ(base + 10), ACK(1), LEN(10));
	out(ACK, SEQ(1), ACK(base), ANY_WIN);
	in(ACK, SEQ(base + 30), ACK(1), LEN(10));
	out(ACK, SEQ(1), ACK(base), ANY_WIN);
	status_is(out_of_order, 20);
	in(ACK, SEQ(base + from), ACK(1), LEN(to - from));
	for (octet = 0; octet < 50; octet++) {
		bool there = (octet >= 10 && octet < 20) || (octet >= 30 && octet < 40) ||
			     (octet >= from && octet < to);

		if (there && next == base + octet)
			next++;
		else
			kept += there;
	}
	out(ACK, SEQ(1), ACK(next), ANY_WIN);
	status_is(out_of_order, kept);
	in(ACK, SEQ(base), ACK(1), LEN(50));
	app_got_n(50);
	/* At once where it filled a gap or was known already; else with the usual delay. */
	if (frames_sent() == 0)
		after_ms(41);
	out(ACK, SEQ(1), ACK(base + 50), ANY_WIN);
	status_is(out_of_order, 0);
}

SCRIPT(every_overlap_with_two_islands_gives_the_same_stream)
{
	static const uint32_t edges[] = { 0,  5,  9,  10, 11, 15, 19, 20, 21,
					  25, 29, 30, 31, 35, 39, 40, 41, 50 };
	uint32_t base = 1;

	establish();
	for (unsigned int i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		for (unsigned int j = i + 1; j < sizeof(edges) / sizeof(edges[0]); j++) {
			two_islands_and(base, edges[i], edges[j]);
			base += 50;
		}
	}
	after_ms(1000);
	silence();
}

SCRIPT(segments_in_every_order_of_five_give_the_same_stream)
{
	uint32_t base = 1;

	establish();
	for (unsigned int order = 0; order < 120; order++) {
		unsigned int left[5] = { 0, 1, 2, 3, 4 }, rest = order, count = 5;

		while (count > 0) {
			unsigned int pick = rest % count, n = left[pick];

			rest /= count;
			left[pick] = left[--count];
			in(ACK, SEQ(base + n * 7), ACK(1), LEN(7));
			while (frames_sent() > 0)
				out_any();
		}
		app_got_n(35);
		base += 35;
	}
}

SCRIPT(duplicates_of_what_waits_add_nothing)
{
	uint32_t i;

	establish();
	for (i = 0; i < 20; i++) {
		in(ACK, SEQ(101), ACK(1), LEN(100));
		out(ACK, SEQ(1), ACK(1));
		status_is(out_of_order, 100);
	}
	must(script_usage()->mbufs <= 2);
	in(ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(201));
	app_got_n(200);
}

SCRIPT(retransmission_over_the_edge_brings_only_the_new)
{
	establish();
	in(ACK, SEQ(1), ACK(1), LEN(100));
	app_got_n(100);
	in(ACK, SEQ(51), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(151));
	app_got_n(50);
	stat_is(bytes_in, 150);
}

SCRIPT(sixty_four_gaps_are_remembered_and_no_more)
{
	uint32_t i;

	establish();
	for (i = 0; i < 64; i++) {
		in(ACK, SEQ(101 + i * 100), ACK(1), LEN(50));
		out(ACK, SEQ(1), ACK(1));
	}
	status_is(out_of_order, 64 * 50);
	drop_is(reassembly_full, 0);
	in(ACK, SEQ(101 + 64 * 100), ACK(1), LEN(50));
	out(ACK, SEQ(1), ACK(1));
	drop_is(reassembly_full, 1);
	status_is(out_of_order, 64 * 50);
	/* What closes up to an island makes no new gap, and what fills the first is always taken.
	 */
	in(ACK, SEQ(151), ACK(1), LEN(10));
	out(ACK, SEQ(1), ACK(1));
	status_is(out_of_order, 64 * 50 + 10);
	in(ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(161));
	app_got_n(160);
	/* One island less: there is room for another. */
	in(ACK, SEQ(101 + 64 * 100), ACK(1), LEN(50));
	out(ACK, SEQ(1), ACK(161));
	drop_is(reassembly_full, 1);
}

SCRIPT(odd_octets_are_bounded_and_the_stream_is_whole_in_the_end)
{
	uint32_t i, next;

	establish();
	for (i = 0; i < 1000; i++) {
		in(ACK, SEQ(2 + 2 * i), ACK(1), LEN(1));
		out(ACK, SEQ(1), ACK(1));
	}
	status_is(out_of_order, 64);
	drop_is(reassembly_full, 1000 - 64);
	/* The peer sends again what is not acknowledged. */
	for (i = 0, next = 1; i < 1000; i++) {
		in(ACK, SEQ(next), ACK(1), LEN(1));
		if (frames_sent() == 0)
			after_ms(41);
		next = out_any().ack;
	}
	must(next == 1000 + 64 + 1);
	app_got_n(1000 + 64);
	status_is(out_of_order, 0);
}

SCRIPT(fin_behind_islands_waits_for_all_of_them)
{
	establish();
	in(FIN | ACK, SEQ(301), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(101), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(201));
	app_got_n(200);
	peer_close_not_told();
	state_is(ESTABLISHED);
	in(ACK, SEQ(201), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(402));
	app_got_n(200);
	peer_closed_told();
	state_is(CLOSE_WAIT);
}

SCRIPT(fin_sent_again_while_it_waits_is_one_fin)
{
	establish();
	in(FIN | ACK, SEQ(101), ACK(1));
	out(ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(51), ACK(1), LEN(50));
	out(ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(102));
	app_got_n(100);
	peer_closed_told();
	state_is(CLOSE_WAIT);
}

SCRIPT(text_beyond_the_window_is_cut_at_its_edge)
{
	listen_with(80, options->receive_buffer = 4096, options->delayed_ack_us = 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(4096));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(ACK, SEQ(4001), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1), WIN(4096));
	status_is(out_of_order, 96);
	drop_is(window_text, 1);
}

SCRIPT(whole_window_arrives_backwards_over_the_wrap)
{
	uint32_t n;

	establish();
	for (n = 44; n > 0; n--) {
		in(ACK, SEQ(1 + n * SMSS), ACK(1), LEN(n == 44 ? 65535 - 44 * SMSS : SMSS));
		out(ACK, SEQ(1), ACK(1));
	}
	status_is(out_of_order, 65535 - SMSS);
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(65536));
	app_got_n(65535);
}
