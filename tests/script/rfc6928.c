/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 6928: the initial window is ten segments, or 14,600 octets where that is less, but never less
 * than two; one segment only after the SYN or SYN-ACK was retransmitted twice.
 */
#include "bulk.h"

SCRIPT(initial_window_is_ten_segments)
{
	send_bulk(100000);
	out_segments(0, 9);
	silence();
	status_is(cwnd, 10 * SMSS);
	status_is(in_flight, 10 * SMSS);
}

static void open_with_mss(uint32_t mss, uint32_t window)
{
	port_mtu(2040);
	listen_on(80);
	in(SYN, SEQ(0), MSS(mss));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(mss, mss);
	status_is(cwnd, window);
}

SCRIPT(initial_window_of_small_segments_is_ten_of_them)
{
	open_with_mss(536, 5360);
}

SCRIPT(initial_window_of_large_segments_is_14600_octets)
{
	open_with_mss(2000, 14600);
}

SCRIPT(initial_window_of_an_active_open_is_ten_segments)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(cwnd, 14600);
}

SCRIPT(one_lost_syn_leaves_the_initial_window)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_at_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(cwnd, 14600);
}

SCRIPT(two_lost_syns_make_the_initial_window_one_segment)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_at_ms(1000, SYN, SEQ(0));
	out_at_ms(3000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(cwnd, 1460);
	app_send_n(10000);
	out_segment_alone(0);
}

SCRIPT(one_lost_syn_ack_leaves_the_initial_window)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(cwnd, 14600);
}

SCRIPT(two_lost_syn_acks_make_the_initial_window_one_segment)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(1000, SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(3000, SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(cwnd, 1460);
	app_send_n(10000);
	out_segment_alone(0);
}
