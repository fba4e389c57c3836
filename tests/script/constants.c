/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each constant of config/tcp_constants.h as it shows on the wire, in a script of its name. The
 * values are written out here: a test that took them from the header could not fail.
 */
#include "bulk.h"

static void open_from(uint32_t mss)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(mss));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

SCRIPT(TCP_HEADER_BYTES)
{
	size_t size;
	const uint8_t *frame;

	establish();
	in(FIN | ACK, SEQ(1), ACK(1));
	frame = out_frame(&size);
	/* Ethernet, IPv4, TCP; the data offset in words. */
	must(size == 14 + 20 + 20);
	must(frame[14 + 20 + 12] == 5 << 4);
	peer_closed_told();
}

SCRIPT(TCP_DEFAULT_MSS_IPV4)
{
	listen_on(80);
	in(SYN, SEQ(0));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(mss, 536);
	app_send_n(600);
	out(ACK, SEQ(1), ACK(1), LEN(536));
}

SCRIPT(TCP_MSS_FLOOR)
{
	open_from(8);
	status_is(mss, 64);
	app_send_n(100);
	out(ACK, SEQ(1), ACK(1), LEN(64));
}

SCRIPT(TCP_WINDOW_MAX)
{
	listen_with(80, options->receive_buffer = 1000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(65535));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(FIN | ACK, SEQ(1), ACK(1));
	out(ACK, SEQ(1), ACK(2), ANY_WIN);
	peer_closed_told();
}

SCRIPT(TCP_MSL_DEFAULT_US)
{
	struct la_stack_config config;

	la_stack_config_init(&config);
	must(config.msl_us == 30000000);
	reach(LA_TIME_WAIT);
	at_ms(59999);
	state_is(TIME_WAIT);
	at_ms(60001);
	state_is(CLOSED);
}

SCRIPT(TCP_RTO_INITIAL_US)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_after_ms(1000, SYN, SEQ(0));
}

SCRIPT(TCP_RTO_MIN_US)
{
	open_from(1460);
	app_send("x");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("x"));
	out_after_ms(200, PSH | ACK, SEQ(1), ACK(1), DATA("x"));
}

SCRIPT(TCP_RTO_MAX_US)
{
	connect_to(80);
	out(SYN, SEQ(0));
	at_ms(122000);
	while (frames_sent() > 0)
		out(SYN, SEQ(0));
	out_at_ms(123000, SYN, SEQ(0));
	status_is(rto_us, 60000000);
}

SCRIPT(TCP_RTO_SYN_TIMEOUT_US)
{
	connect_to(80);
	out(SYN, SEQ(0));
	out_after_ms(1000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	status_is(rto_us, 3000000);
}

SCRIPT(TCP_RTO_GRANULARITY_US)
{
	listen_with(80, options->rto_min_us = 1);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	/* SRTT of a microsecond, no variation: the timeout is that and one tick. */
	status_is(rto_us, 1 + 100);
}

SCRIPT(TCP_R1_RETRANSMITS)
{
	establish();
	must(script_options()->r1_retransmits == 3);
}

SCRIPT(TCP_R2_US)
{
	establish();
	must(script_options()->r2_us == 924600000);
}

SCRIPT(TCP_R2_SYN_US)
{
	connect_to(80);
	out(SYN, SEQ(0));
	at_ms(179999);
	while (frames_sent() > 0)
		out(SYN, SEQ(0));
	state_is(SYN_SENT);
	at_ms(183001);
	closed_because(LA_REASON_TIMEOUT);
	must(script_options()->r2_syn_us == 180000000);
}

SCRIPT(TCP_DELAYED_ACK_US)
{
	establish();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(1));
	app_got_n(1);
	out_after_ms(40, ACK, SEQ(1), ACK(2));
}

static int try_delay(uint32_t us)
{
	struct la_endpoint local = { la_addr_from_ipv4(0), 8080 };
	struct la_tcp_options *options = script_options();
	static const struct la_service none = { .name = "none" };
	struct la_error error;

	options->delayed_ack_us = us;
	return la_listen(script_stack(), &local, &none, NULL, options, &error);
}

SCRIPT(TCP_DELAYED_ACK_MAX_US)
{
	int listener;

	listen_on(80);
	must(try_delay(500001) == -22); /* -EINVAL */
	listener = try_delay(500000);
	must(listener >= 0);
	must(la_listen_end(script_stack(), listener) == 0);
}

SCRIPT(TCP_ACK_EVERY_SEGMENTS)
{
	establish();
	in(ACK, SEQ(1), ACK(1), LEN(SMSS));
	silence();
	in(ACK, SEQ(1 + SMSS), ACK(1), LEN(SMSS));
	out(ACK, SEQ(1), ACK(1 + 2 * SMSS));
	app_got_n(2 * SMSS);
}

SCRIPT(TCP_PERSIST_MAX_US)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(0));
	app_send("hello");
	at_ms(130000);
	while (frames_sent() > 0)
		out(ACK, SEQ(1), ACK(1), DATA("h"));
	out_at_ms(183000, ACK, SEQ(1), ACK(1), DATA("h"));
	out_after_ms(60000, ACK, SEQ(1), ACK(1), DATA("h"));
}

SCRIPT(TCP_SWS_OVERRIDE_US)
{
	reach(LA_ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(1000));
	app_send_n(3000);
	silence();
	out_after_ms(100, ACK, SEQ(1), ACK(1), LEN(1000));
}

SCRIPT(TCP_DUPLICATE_ACKS)
{
	send_bulk(4 * SMSS);
	out_segments(0, 2);
	out(PSH | ACK, SEQ(SEGMENT(3)), ACK(1), LEN(SMSS));
	in_acks(2, 0);
	silence();
	in_ack(0);
	out_segment_alone(0);
}

SCRIPT(TCP_INITIAL_WINDOW_SEGMENTS)
{
	open_from(100);
	app_send_n(2000);
	must(frames_sent() == 10);
	while (frames_sent() > 0)
		must(out_any().size == 100);
}

SCRIPT(TCP_INITIAL_WINDOW_BYTES)
{
	port_mtu(1940);
	open_from(1900);
	status_is(cwnd, 14600);
	app_send_n(30000);
	must(frames_sent() == 7);
	while (frames_sent() > 0)
		must(out_any().size == 1900);
}

SCRIPT(TCP_ISN_CLOCK_US)
{
	uint32_t first;

	connect_to(80);
	first = out_any().absolute_seq;
	in(RST | ACK, SEQ(0), ACK(1));
	closed_because(LA_REASON_REFUSED);
	after_us(4000);
	anew(1000);
	connect_to(80);
	/* The same four numbers 4 ms later: 1,000 ticks of the clock. */
	must(out_any().absolute_seq - first == 1000);
}
