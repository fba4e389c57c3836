/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens when there is no more: of half-open records, connections, flights, TIME-WAIT
 * records, packet buffers, ports. New connections are refused before established ones suffer,
 * nothing is acknowledged that could not be kept, and afterwards all goes on.
 */
#include <errno.h>
#include <stdlib.h>

#include "config/limits.h"
#include "hoard.h"
#include "sacked.h"

#define EPHEMERAL_PORTS 55536U /**< 10000 to 65535 */

static const struct la_service nobody = { .name = "nobody" };

/* ---- records ---- */

SCRIPT(no_connection_record_leaves_the_half_open_one_waiting)
{
	configure(max_connections, 1);
	listen_on(80);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	peer(1);
	shake_hands();
	peer(2);
	in(ACK, SEQ(1), ACK(1));
	silence();
	drop_is(no_connection_record, 1);
	not_accepted();
	usage_is(embryos, 1);
	peer(1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unharmed"));
	app_got("unharmed");
	app_end();
	out(FIN | ACK, SEQ(1), ACK(9));
	in(FIN | ACK, SEQ(9), ACK(2));
	out(ACK, SEQ(2), ACK(10));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	/* Now there is a record: the handshake is completed by the next segment. */
	peer(2);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("at last"));
	accepted();
	app_got("at last");
	out_after_ms(40, ACK, SEQ(1), ACK(8));
}

/* Better not to begin than to complete a handshake for nothing. */
SCRIPT(listen_no_connection_drops_the_syn)
{
	configure(max_connections, 1);
	listen_on(80);
	shake_hands();
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_no_connection, 1);
	usage_is(embryos, 0);
	peer(1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unharmed"));
	app_got("unharmed");
	in(RST, SEQ(9));
	closed_because(LA_REASON_RESET);
	peer(2);
	shake_hands();
}

SCRIPT(listen_no_connection_leaves_time_wait_alone)
{
	configure(max_connections, 1);
	listen_on(80);
	peer(2);
	shake_hands();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	peer(1);
	shake_hands();
	peer(2);
	in(SYN, SEQ(100), MSS(1460));
	out(ACK, SEQ(2), ACK(2));
	state_is(TIME_WAIT);
}

SCRIPT(listen_no_flight_drops_the_syn_until_one_is_idle)
{
	configure(max_flights, 1);
	listen_on(80);
	app_leaves_unread();
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unread"));
	out_after_ms(40, ACK, SEQ(1), ACK(7), ANY_WIN);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_no_flight, 1);
	peer(1);
	app_reads("unread");
	peer(2);
	shake_hands();
}

SCRIPT(no_connection_record_refuses_to_connect)
{
	configure(max_connections, 1);
	connect_to(80);
	out(SYN, SEQ(0));
	peer(2);
	must(try_connect(80) == -ENOBUFS);
	silence();
	usage_is(connections, 1);
}

/* The n-th connection that was opened to a peer of its own, the n-th. */
static void select_open(unsigned int n)
{
	peer(n);
	our_port((uint16_t)(50000 + n));
	peer_port(80);
}

SCRIPT(no_flight_record_refuses_to_connect)
{
	configure(max_flights, 1);
	listen_on(80);
	app_leaves_unread();
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unread"));
	out_after_ms(40, ACK, SEQ(1), ACK(7), ANY_WIN);
	peer(2);
	must(try_connect(80) == -ENOBUFS);
	silence();
	usage_is(connections, 1);
	usage_is(table_entries, 1);
	peer(1);
	our_port(80);
	peer_port(40001);
	app_reads("unread");
	peer(2);
	must(try_connect(80) == 0);
	out(SYN, SEQ(0));
}

SCRIPT(open_takes_no_flight_until_its_syn_is_lost)
{
	configure(max_flights, 1);
	connect_to(80);
	out(SYN, SEQ(0));
	peer(2);
	connect_to(80);
	out(SYN, SEQ(0));
	usage_is(flights, 0);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	usage_is(flights, 0);
	select_open(1);
	out_after_ms(1000, SYN, SEQ(0));
	usage_is(flights, 1);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

SCRIPT(lost_syn_that_finds_no_flight_waits_for_as_long_again)
{
	configure(max_flights, 1);
	connect_to(80);
	out(SYN, SEQ(0));
	after_ms(1);
	peer(2);
	connect_to(80);
	out(SYN, SEQ(0));
	select_open(1);
	out_after_ms(999, SYN, SEQ(0));
	/* The second SYN should go by now. */
	after_ms(500);
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	select_open(2);
	out_after_ms(501, SYN, SEQ(0));
	/* Nothing was sent twice before: now the time is doubled. */
	out_after_ms(2000, SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
}

SCRIPT(lost_syn_that_never_finds_a_flight_ends_at_r2)
{
	configure(max_flights, 1);
	connect_with(80, options->r2_syn_us = 4000000);
	out(SYN, SEQ(0));
	listen_on(81);
	our_port(81);
	app_leaves_unread();
	peer(2);
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unread"));
	out_after_ms(40, ACK, SEQ(1), ACK(7), ANY_WIN);
	select_open(1);
	after_ms(3959);
	state_is(SYN_SENT);
	after_ms(2);
	closed_because(LA_REASON_TIMEOUT);
	stat_is(retransmits, 0);
}

SCRIPT(simultaneous_open_without_a_flight_is_left_to_the_peers_next_syn)
{
	configure(max_flights, 1);
	connect_to(80);
	out(SYN, SEQ(0));
	listen_on(81);
	our_port(81);
	app_leaves_unread();
	peer(2);
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unread"));
	out_after_ms(40, ACK, SEQ(1), ACK(7), ANY_WIN);
	select_open(1);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	state_is(SYN_SENT);
	drop_is(no_flight_record, 1);
	peer(2);
	our_port(81);
	peer_port(40002);
	app_reads("unread");
	select_open(1);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	state_is(SYN_RECEIVED);
}

SCRIPT(no_flight_record_leaves_text_unacknowledged)
{
	configure(max_flights, 1);
	listen_on(80);
	app_leaves_unread();
	peer(2);
	shake_hands();
	peer(1);
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unread"));
	out_after_ms(40, ACK, SEQ(1), ACK(7), ANY_WIN);
	peer(2);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	drop_is(no_flight_record, 1);
	must(app_try_send_n(1) == 0);
	after_ms(1000);
	while (frames_sent() > 0)
		must(out_any().ack == 1);
	app_got_nothing();
	peer(1);
	app_reads("unread");
	while (frames_sent() > 0)
		out_any();
	peer(2);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	app_reads("text");
	while (frames_sent() > 0)
		out_any();
	out_after_ms(40, ACK, SEQ(1), ACK(5), ANY_WIN);
	stat_is(flights_reclaimed, 1);
}

SCRIPT(flight_of_the_connection_idle_longest_is_taken)
{
	configure(max_flights, 2);
	listen_on(80);
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("a"));
	app_got("a");
	out_after_ms(40, ACK, SEQ(1), ACK(2));
	peer(2);
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("b"));
	app_got("b");
	out_after_ms(40, ACK, SEQ(1), ACK(2));
	usage_is(flights, 2);
	peer(3);
	shake_hands();
	app_send("c");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("c"));
	stat_is(flights_reclaimed, 1);
	peer(1);
	in(PSH | ACK, SEQ(2), ACK(1), DATA("d"));
	app_got("d");
	stat_is(flights_reclaimed, 2);
	out_after_ms(40, ACK, SEQ(1), ACK(3));
	peer(3);
	in(ACK, SEQ(1), ACK(2));
}

/* A word from the service to peer n, and its ACK. */
static void exchange_with(unsigned int n, uint32_t seq)
{
	peer(n);
	app_send("word");
	out(PSH | ACK, SEQ(seq), ACK(1), DATA("word"));
	in(ACK, SEQ(1), ACK(seq + 4));
}

SCRIPT(flights_that_run_low_go_back_at_once)
{
	unsigned int n;

	configure(max_flights, 8);
	listen_on(80);
	for (n = 1; n <= 8; n++) {
		peer(n);
		shake_hands();
	}
	/* All but one in eight stand idle with those who had them first. */
	for (n = 1; n <= 8; n++)
		exchange_with(n, 1);
	usage_is(flights, 7);
	/* Who goes on keeps his, and who comes back takes one of the others: nobody loses one. */
	for (n = 1; n <= 8; n++)
		exchange_with(n, 5);
	usage_is(flights, 7);
	stat_is(flights_reclaimed, 0);
	after_ms(1001);
	usage_is(flights, 0);
}

SCRIPT(listen_full_spares_the_half_open_and_the_established)
{
	unsigned int n;

	configure(max_embryos, 2);
	listen_on(80);
	peer(8);
	shake_hands();
	for (n = 1; n <= 7; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		if (n <= 2)
			out(SYN | ACK, SEQ(0), ACK(1));
		silence();
	}
	drop_is(listen_full, 5);
	usage_is(embryos, 2);
	peer(8);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unharmed"));
	app_got("unharmed");
	peer(2);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	peer(8);
	out_after_ms(40, ACK, SEQ(1), ACK(9));
}

SCRIPT(full_pool_of_time_wait_gives_up_the_oldest_and_no_connection)
{
	unsigned int n;

	configure(max_time_waits, 1);
	listen_on(80);
	peer(8);
	shake_hands();
	for (n = 1; n <= 3; n++) {
		peer(n);
		shake_hands();
		app_end();
		out(FIN | ACK, SEQ(1), ACK(1));
		in(FIN | ACK, SEQ(1), ACK(2));
		out(ACK, SEQ(2), ACK(2));
		peer_closed_told();
		closed_because(LA_REASON_DONE);
		usage_is(time_waits, 1);
	}
	stat_is(time_wait_recycled, 2);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer(1);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(RST, SEQ(2));
	peer(8);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("unharmed"));
	app_got("unharmed");
	out_after_ms(40, ACK, SEQ(1), ACK(9));
}

/* ---- packet buffers ---- */

SCRIPT(listen_no_buffers_drops_the_syn_and_serves_who_is_there)
{
	struct hoard hoard;

	listen_on(80);
	shake_hands();
	hoard_all_but(&hoard, 1024 / SHARE_SCARCE - 1);
	after_ms(1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("served"));
	app_got("served");
	out_after_ms(40, ACK, SEQ(1), ACK(7));
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_no_buffers, 1);
	hoard_release(&hoard);
	after_ms(1);
	peer(1);
	in(PSH | ACK, SEQ(7), ACK(1), DATA("on"));
	app_got("on");
	out_after_ms(40, ACK, SEQ(1), ACK(9));
	peer(2);
	shake_hands();
}

SCRIPT(acknowledgements_leave_from_the_reserve_when_the_pool_is_dry)
{
	struct hoard hoard;
	unsigned int i;

	establish();
	app_leaves_unread();
	for (i = 0; i < 8; i++) {
		in(PSH | ACK, SEQ(1 + i * 2000), ACK(1), LEN(1000));
		one_breath
		{
			in(PSH | ACK, SEQ(1001 + i * 2000), ACK(1), LEN(1000));
			hoard_all_but(&hoard, 0);
		}
		out(ACK, SEQ(1), ACK(2001 + i * 2000), ANY_WIN);
		hoard_release(&hoard);
		after_us(100);
	}
	app_reads_n(16000);
	while (frames_sent() > 0)
		out_any();
	stat_is(no_mbuf_deferred, 0);
}

/* Text waits for a buffer, and does not hold back what has one. */
SCRIPT(acknowledgements_leave_though_text_of_the_connection_cannot)
{
	struct hoard hoard;

	reach(LA_ESTABLISHED);
	app_leaves_unread();
	app_send_n(20 * 1460);
	must(frames_sent() == 10);
	while (frames_sent() > 0)
		out_any();
	one_breath
	{
		in(ACK, SEQ(1), ACK(1461), LEN(1460));
		in(ACK, SEQ(1461), ACK(1461), LEN(1460));
		hoard_all_but(&hoard, 0);
	}
	out(ACK, SEQ(14601), ACK(2921), ANY_WIN);
	must(stat_rise(no_mbuf_deferred) > 0);
	/* The ACK's buffer comes back and is as good for text as any. */
	out(ACK, SEQ(14601), ACK(2921), LEN(1460), ANY_WIN);
	out(ACK, SEQ(16061), ACK(2921), LEN(1460), ANY_WIN);
	hoard_release(&hoard);
	app_reads_n(2920);
	out(ACK, SEQ(17521), ACK(2921));
}

/* Its timer starts anew with the ACK, and there is one probe at a time. */
SCRIPT(loss_probe_that_waits_for_a_buffer_is_forgotten_when_an_ack_comes)
{
	struct hoard hoard;

	reach_sacked();
	app_send_n(3 * SMSS);
	out_segments(0, 1);
	out(PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	after_ms(99);
	hoard_all_but(&hoard, 0);
	after_ms(1.5);
	silence();
	must(stat_rise(no_mbuf_deferred) > 0);
	one_breath
	{
		hoard_release(&hoard);
		in_ack(1);
	}
	after_ms(50);
	silence();
	stat_is(tail_loss_probes, 0);
	/* 200 ms after it was sent (RFC 7765). */
	out_after_ms(49.5, PSH | ACK, SEQ(SEGMENT(2)), ACK(1), LEN(SMSS));
	stat_is(tail_loss_probes, 1);
	after_ms(100);
	in_ack(3);
}

/* Its first text is kept; more of it must not take the buffers that others live on. */
SCRIPT(no_buffers_are_given_to_a_service_that_leaves_text_unread)
{
	struct hoard hoard;

	listen_on(80);
	app_leaves_unread();
	shake_hands();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("kept"));
	out_after_ms(40, ACK, SEQ(1), ACK(5), ANY_WIN);
	hoard_all_but(&hoard, 4);
	after_us(100);
	in(PSH | ACK, SEQ(5), ACK(1), DATA("more"));
	out(ACK, SEQ(1), ACK(5), ANY_WIN);
	drop_is(no_buffers, 1);
	status_is(receive_queued, 4);
	hoard_release(&hoard);
	after_us(100);
	in(PSH | ACK, SEQ(5), ACK(1), DATA("more"));
	app_reads("keptmore");
	out_after_ms(40, ACK, SEQ(1), ACK(9), ANY_WIN);
}

SCRIPT(fin_leaves_from_the_reserve_when_the_pool_is_dry)
{
	struct hoard hoard;

	establish();
	hoard_all_but(&hoard, 0);
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	hoard_release(&hoard);
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
}

SCRIPT(reset_leaves_from_the_reserve_when_the_pool_is_dry)
{
	struct hoard hoard;

	establish();
	hoard_all_but(&hoard, 0);
	app_abort();
	out(RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_ABORTED);
	hoard_release(&hoard);
	nothing_leaked();
}

SCRIPT(send_takes_nothing_when_the_pool_is_dry_and_goes_on_afterwards)
{
	struct hoard hoard;

	establish();
	hoard_all_but(&hoard, 0);
	must(app_try_send_n(5000) == 0);
	silence();
	hoard_release(&hoard);
	after_us(100);
	app_send_n(1000);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	in(ACK, SEQ(1), ACK(1001));
}

SCRIPT(retransmission_waits_for_a_buffer)
{
	struct hoard hoard;

	establish();
	app_send_n(1000);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	hoard_all_but(&hoard, 0);
	after_ms(1500);
	while (frames_sent() > 0)
		must(out_any().seq == 1);
	hoard_release(&hoard);
	after_ms(2500);
	must(frames_sent() > 0);
	while (frames_sent() > 0)
		must(out_any().size == 1000);
	in(ACK, SEQ(1), ACK(1001));
	state_is(ESTABLISHED);
}

/* ---- ports ---- */

static void drain(void)
{
	size_t size;

	while (frames_sent() > 0)
		out_frame(&size);
}

SCRIPT(connect_without_a_port_left_says_so)
{
	struct la_endpoint remote = { la_addr_from_ipv4(IP(192, 0, 2, 11)), 80 };
	struct la_conn conn;
	uint8_t *seen = calloc(65536, 1);
	unsigned int i, again = 0, low = 0;

	must(seen != NULL);
	configure(max_connections, 56000);
	configure(max_flights, 56000);
	silence();
	for (i = 0; i < EPHEMERAL_PORTS; i++) {
		struct la_status status;

		if (la_connect(script_worker(), NULL, &remote, &nobody, NULL, NULL, &conn) != 0)
			break;
		must(la_status(script_worker(), conn, &status) == 0);
		again += seen[status.local.port];
		seen[status.local.port] = 1;
		low += status.local.port < 10000;
		if (i % 256 == 255) {
			one_breath
			{
			}
			drain();
		}
	}
	free(seen);
	must(i == EPHEMERAL_PORTS && again == 0 && low == 0);
	must(la_connect(script_worker(), NULL, &remote, &nobody, NULL, NULL, &conn) ==
	     -EADDRNOTAVAIL);
	/* To another port of the same peer every one of ours is free. */
	remote.port = 81;
	must(la_connect(script_worker(), NULL, &remote, &nobody, NULL, NULL, &conn) == 0);
	one_breath
	{
	}
	drain();
	usage_is(connections, EPHEMERAL_PORTS + 1);
}
