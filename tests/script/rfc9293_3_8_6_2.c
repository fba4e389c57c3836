/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.8.6.2: silly windows. The sender (MUST-38) waits until a segment is worth it,
 * or 100 ms; the receiver (MUST-39) moves its right edge by a segment or half its buffer, and never
 * back (MUST-34, SHLD-14).
 */
#include "bulk.h"

/* ---- 3.8.6.2.1 the sender ---- */

SCRIPT(full_segment_goes_through_any_window_that_takes_it)
{
	reach(LA_ESTABLISHED);
	app_send_n(1);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1));
	in(ACK, SEQ(1), ACK(2), WIN(SMSS));
	app_send_n(2 * SMSS);
	out(ACK, SEQ(2), ACK(1), LEN(SMSS));
	silence();
}

SCRIPT(half_of_the_greatest_window_is_worth_a_segment)
{
	peer(1);
	listen_with(80, options->rto_min_us = 1000000);
	in(SYN, SEQ(0), MSS(1460), WIN(2000));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), WIN(2000));
	accepted();
	app_send_n(3000);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	/* 540 more would fit: neither full nor half of 2,000, nor all there is. */
	silence();
	in(ACK, SEQ(1), ACK(1461), WIN(1000));
	out(ACK, SEQ(1461), ACK(1), LEN(1000));
}

SCRIPT(less_than_half_waits_for_the_override_of_100_ms)
{
	listen_with(80, options->rto_min_us = 1000000);
	in(SYN, SEQ(0), MSS(1460), WIN(2000));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), WIN(2000));
	accepted();
	app_send_n(3000);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	in(ACK, SEQ(1), ACK(1461), WIN(999));
	silence();
	out_after_ms(100, ACK, SEQ(1461), ACK(1), LEN(999));
	stat_is(window_probes, 0);
}

SCRIPT(a_wider_window_within_the_override_sends_at_once)
{
	listen_with(80, options->rto_min_us = 1000000);
	in(SYN, SEQ(0), MSS(1460), WIN(2000));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), WIN(2000));
	accepted();
	app_send_n(3000);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	in(ACK, SEQ(1), ACK(1461), WIN(900));
	after_ms(50);
	silence();
	in(ACK, SEQ(1), ACK(1461), WIN(2000));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
}

SCRIPT(last_of_the_queue_is_worth_a_segment_however_short)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(5));
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
}

SCRIPT(a_window_opened_octet_by_octet_is_not_used_octet_by_octet)
{
	uint32_t octets;

	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send_n(20000);
	for (octets = 1; octets < SMSS; octets += 100) {
		in(ACK, SEQ(1), ACK(1), WIN(octets));
		silence();
		after_ms(5);
	}
	in(ACK, SEQ(1), ACK(1), WIN(SMSS));
	out(ACK, SEQ(1), ACK(1), LEN(SMSS));
	silence();
}

/* ---- 3.8.6.2.2 the receiver ---- */

static void open_with_buffer(uint32_t bytes)
{
	listen_with(80, options->receive_buffer = bytes, options->delayed_ack_us = 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(bytes));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_leaves_unread();
}

SCRIPT(right_edge_moves_by_a_segment_at_least)
{
	open_with_buffer(10000);
	in(ACK, SEQ(1), ACK(1), LEN(1459));
	out(ACK, SEQ(1), ACK(1460), WIN(8541));
	app_reads_n(1459);
	/* 1,459 are free again: one short of a segment, so the edge stays. */
	silence();
	in(ACK, SEQ(1460), ACK(1), LEN(1));
	out(ACK, SEQ(1), ACK(1461), WIN(8540));
	app_reads_n(1);
	in(ACK, SEQ(1461), ACK(1), LEN(1));
	/* Now it is a segment's worth. */
	out(ACK, SEQ(1), ACK(1462), WIN(9999));
}

SCRIPT(right_edge_of_a_small_buffer_moves_by_half_of_it)
{
	open_with_buffer(2048);
	in(ACK, SEQ(1), ACK(1), LEN(1023));
	out(ACK, SEQ(1), ACK(1024), WIN(1025));
	app_reads_n(1023);
	silence();
	in(ACK, SEQ(1024), ACK(1), LEN(1));
	out(ACK, SEQ(1), ACK(1025), WIN(1024));
	app_reads_n(1);
	out(ACK, SEQ(1), ACK(1025), WIN(2048));
}

SCRIPT(full_buffer_closes_the_window_and_reading_tells_the_peer)
{
	open_with_buffer(4096);
	in(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1), ACK(1461), WIN(2636));
	in(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(ACK, SEQ(1), ACK(2921), WIN(1176));
	in(ACK, SEQ(2921), ACK(1), LEN(1176));
	out(ACK, SEQ(1), ACK(4097), WIN(0));
	status_is(rcv_wnd, 0);
	app_reads_n(1459);
	silence();
	app_reads_n(1);
	out(ACK, SEQ(1), ACK(4097), WIN(1460));
	app_reads_n(2636);
	out(ACK, SEQ(1), ACK(4097), WIN(4096));
}

SCRIPT(closed_window_answers_probes)
{
	open_with_buffer(2048);
	in(ACK, SEQ(1), ACK(1), LEN(1024));
	out(ACK, SEQ(1), ACK(1025), WIN(1024));
	in(ACK, SEQ(1025), ACK(1), LEN(1024));
	out(ACK, SEQ(1), ACK(2049), WIN(0));
	in(ACK, SEQ(2049), ACK(1), LEN(1));
	out(ACK, SEQ(1), ACK(2049), WIN(0));
	in(ACK, SEQ(2049), ACK(1), LEN(1));
	out(ACK, SEQ(1), ACK(2049), WIN(0));
	app_reads_n(2048);
	out(ACK, SEQ(1), ACK(2049), WIN(2048));
	in(ACK, SEQ(2049), ACK(1), LEN(1));
	out(ACK, SEQ(1), ACK(2050), WIN(2047));
	app_reads_n(1);
}

SCRIPT(peer_that_fills_octet_by_octet_is_offered_no_silly_window)
{
	uint32_t n;

	open_with_buffer(4096);
	for (n = 0; n < 4096; n++) {
		in(ACK, SEQ(1 + n), ACK(1), LEN(1));
		out(ACK, SEQ(1), ACK(2 + n), WIN(4095 - n));
	}
	for (n = 0; n < 1459; n++)
		app_reads_n(1);
	silence();
	app_reads_n(1);
	out(ACK, SEQ(1), ACK(4097), WIN(1460));
}

SCRIPT(edge_stays_while_text_waits_out_of_order)
{
	open_with_buffer(10000);
	in(ACK, SEQ(5001), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1), WIN(10000));
	in(ACK, SEQ(1), ACK(1), LEN(5000 - 4000));
	out(ACK, SEQ(1), ACK(1001), WIN(9000));
	app_reads_n(1000);
	silence();
	in(ACK, SEQ(1001), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(2001), WIN(8000));
	app_reads_n(1000);
	in(ACK, SEQ(2001), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(2101), WIN(9900));
}
