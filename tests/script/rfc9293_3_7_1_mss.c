/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 section 3.7.1: the maximum segment size: what is announced, assumed and used. */
#include "reach.h"

static void established_by(uint32_t mss)
{
	in(SYN, SEQ(0), MSS(mss));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/* ---- MUST-14, MUST-67, SHLD-5, SHLD-6: announced ---- */

SCRIPT(mss_announced_is_the_mtu_less_forty)
{
	listen_on(80);
	in(SYN, SEQ(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
}

SCRIPT(mss_announced_follows_a_small_mtu)
{
	port_mtu(1006);
	connect_to(80);
	out(SYN, SEQ(0), MSS(966));
}

/* Jumbo frames, with packet buffers to match. */
SCRIPT(mss_announced_follows_a_large_mtu)
{
	configure(mbuf_size, 128 + 9000);
	port_mtu(9000);
	listen_on(80);
	in(SYN, SEQ(0), MSS(8960));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(8960));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(mss, 8960);
}

/* A port that takes no chains sends what one packet buffer holds. */
SCRIPT(mss_announced_is_no_more_than_a_packet_buffer_holds)
{
	port_mtu(9000);
	connect_to(80);
	out(SYN, SEQ(0), MSS(2048 + 20 - 40));
}

/* 536 is what its absence would mean, and it is sent all the same. */
SCRIPT(mss_is_announced_even_if_it_is_the_default)
{
	port_mtu(576);
	listen_on(80);
	in(SYN, SEQ(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(536));
}

SCRIPT(mss_setting_lowers_what_is_announced_and_what_is_used)
{
	listen_with(80, options->mss = 500, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(500));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(mss, 500);
	app_send_n(800);
	out(ACK, SEQ(1), ACK(1), LEN(500));
	out(PSH | ACK, SEQ(501), ACK(1), LEN(300));
}

SCRIPT(mss_setting_cannot_exceed_the_mtu)
{
	connect_with(80, options->mss = 9000);
	out(SYN, SEQ(0), MSS(1460));
}

/* A peer that is told 500 may not send more, but what comes is taken. */
SCRIPT(larger_segments_than_announced_are_taken)
{
	listen_with(80, options->mss = 500);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(500));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(1460));
	app_got_n(1460);
	out(ACK, SEQ(1), ACK(1461), WIN(65535));
}

/* ---- MUST-15: 536 without the option ---- */

SCRIPT(without_the_option_segments_of_536_are_sent_passive)
{
	listen_with(80, options->no_delay = true);
	in(SYN, SEQ(0));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(1000);
	out(ACK, SEQ(1), ACK(1), LEN(536));
	out(PSH | ACK, SEQ(537), ACK(1), LEN(464));
}

SCRIPT(without_the_option_segments_of_536_are_sent_active)
{
	connect_with(80, options->no_delay = true);
	out(SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1));
	out(ACK, SEQ(1), ACK(1));
	opened();
	app_send_n(1000);
	out(ACK, SEQ(1), ACK(1), LEN(536));
	out(PSH | ACK, SEQ(537), ACK(1), LEN(464));
}

/* ---- MUST-16: the smaller of what the peer takes and what the path carries ---- */

SCRIPT(segments_are_no_longer_than_the_peer_said)
{
	listen_with(80, options->no_delay = true);
	established_by(700);
	app_send_n(1500);
	out(ACK, SEQ(1), ACK(1), LEN(700));
	out(ACK, SEQ(701), ACK(1), LEN(700));
	out(PSH | ACK, SEQ(1401), ACK(1), LEN(100));
}

SCRIPT(segments_are_no_longer_than_the_mtu_allows)
{
	listen_with(80, options->no_delay = true);
	established_by(9000);
	status_is(mss, 1460);
	app_send_n(2000);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(1461), ACK(1), LEN(540));
}

/* Text and headers, options counted (we send none with text), fill the MTU to the last octet. */
SCRIPT(full_segment_fills_the_packet_to_the_mtu)
{
	size_t size;

	port_mtu(1006);
	listen_on(80);
	established_by(1460);
	app_send_n(966);
	out_frame(&size);
	must(size == 14 + 1006);
}

/* ---- an MSS that is an attack on our CPU ---- */

static void tiny_mss_is_taken_for_64(uint32_t mss)
{
	listen_with(80, options->no_delay = true);
	established_by(mss);
	status_is(mss, 64);
	app_send_n(100);
	out(ACK, SEQ(1), ACK(1), LEN(64));
	out(PSH | ACK, SEQ(65), ACK(1), LEN(36));
	in(ACK, SEQ(1), ACK(101));
}

SCRIPT(mss_of_0_is_taken_for_64)
{
	tiny_mss_is_taken_for_64(0);
}

SCRIPT(mss_of_1_is_taken_for_64)
{
	tiny_mss_is_taken_for_64(1);
}

SCRIPT(mss_of_8_is_taken_for_64)
{
	tiny_mss_is_taken_for_64(8);
}

SCRIPT(mss_of_48_is_taken_for_64)
{
	tiny_mss_is_taken_for_64(48);
}

SCRIPT(mss_of_65_is_taken_as_it_is)
{
	listen_on(80);
	established_by(65);
	status_is(mss, 65);
}
