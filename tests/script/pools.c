/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each pool run dry on purpose: what gives way, which counter tells, that all goes on afterwards;
 * and somebody who was connected before is served meanwhile, to the microsecond, as ever.
 */
#include <errno.h>

#include "config/limits.h"
#include "hoard.h"

#define ASKED 100U
#define ANSWERED 2920U
#define UNRESOLVED_HOSTS 20U
#define OPENS_TO_EACH 8U
#define KEEPER_PORT 42000U

static const struct la_service nobody = { .name = "nobody" };

/** Peer 8, connected before the pool ran dry. */
struct bystander {
	uint32_t rcv_nxt, snd_nxt;
};

static void select_bystander(void)
{
	peer(8);
	our_port(80);
	peer_port(40008);
}

static void bystander_begins(struct bystander *bystander)
{
	select_bystander();
	shake_hands();
	bystander->rcv_nxt = bystander->snd_nxt = 1;
}

/** A request, an answer of two segments at this very instant, and an ACK after 40 ms. */
static void bystander_is_served(struct bystander *bystander)
{
	uint32_t seq, ack;

	select_bystander();
	in(PSH | ACK, SEQ(bystander->rcv_nxt), ACK(bystander->snd_nxt), LEN(ASKED));
	app_got_n(ASKED);
	bystander->rcv_nxt += ASKED;
	app_send_n(ANSWERED);
	seq = bystander->snd_nxt;
	ack = bystander->rcv_nxt;
	out(ACK, SEQ(seq), ACK(ack), LEN(1460));
	out(PSH | ACK, SEQ(seq + 1460), ACK(ack), LEN(ANSWERED - 1460));
	bystander->snd_nxt += ANSWERED;
	in(PSH | ACK, SEQ(ack), ACK(bystander->snd_nxt), LEN(ASKED));
	app_got_n(ASKED);
	bystander->rcv_nxt += ASKED;
	out_after_ms(40, ACK, SEQ(bystander->snd_nxt), ACK(bystander->rcv_nxt));
	status_is(send_queued, 0);
}

static void take_away_what_was_sent(void)
{
	size_t size;

	while (frames_sent() > 0)
		out_frame(&size);
}

SCRIPT(connections_run_dry)
{
	struct bystander bystander;
	unsigned int n;

	configure(max_connections, 4);
	listen_on(80);
	bystander_begins(&bystander);
	for (n = 1; n <= 3; n++) {
		peer(n);
		shake_hands();
	}
	for (n = 4; n <= 7; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		silence();
	}
	drop_is(listen_no_connection, 4);
	must(try_connect(81) == -ENOBUFS);
	bystander_is_served(&bystander);
	peer(1);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	peer(4);
	shake_hands();
	bystander_is_served(&bystander);
}

/** A connection that keeps a flight: its peer has closed the window, and an octet waits. */
static void keeper_comes(unsigned int n)
{
	peer(1 + n % 7);
	peer_port((uint16_t)(KEEPER_PORT + n));
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	accepted();
	app_send("x");
	silence();
}

/* Of 32 two are left to those who are connected, and one of them is the bystander's. */
SCRIPT(flights_run_dry)
{
	struct bystander bystander;
	unsigned int n;

	configure(max_flights, 2 * OPEN_KEEPS_FLIGHTS);
	listen_on(80);
	bystander_begins(&bystander);
	bystander_is_served(&bystander);
	for (n = 0; n < 2 * OPEN_KEEPS_FLIGHTS - 2; n++)
		keeper_comes(n);
	peer(1);
	peer_port(KEEPER_PORT - 1);
	in(SYN, SEQ(0), MSS(1460));
	silence();
	drop_is(listen_no_flight, 1);
	bystander_is_served(&bystander);
	bystander_is_served(&bystander);
	drop_is(no_flight_record, 0);
	peer(1);
	peer_port(KEEPER_PORT);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	peer_port(KEEPER_PORT - 1);
	shake_hands();
	bystander_is_served(&bystander);
}

SCRIPT(embryos_run_dry)
{
	struct bystander bystander;
	unsigned int n;

	configure(max_embryos, 4);
	listen_on(80);
	bystander_begins(&bystander);
	for (n = 1; n <= 7; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		take_away_what_was_sent();
	}
	must(drop_rise(listen_full) >= 3);
	must(script_usage()->embryos <= 4);
	bystander_is_served(&bystander);
	peer(1);
	in(RST, SEQ(1));
	peer(7);
	shake_hands();
	bystander_is_served(&bystander);
}

SCRIPT(time_waits_run_dry)
{
	struct bystander bystander;
	unsigned int n;

	configure(max_time_waits, 2);
	listen_on(80);
	bystander_begins(&bystander);
	for (n = 1; n <= 5; n++) {
		peer(n);
		shake_hands();
		app_end();
		out(FIN | ACK, SEQ(1), ACK(1));
		in(FIN | ACK, SEQ(1), ACK(2));
		out(ACK, SEQ(2), ACK(2));
		peer_closed_told();
		closed_because(LA_REASON_DONE);
	}
	usage_is(time_waits, 2);
	stat_is(time_wait_recycled, 3);
	bystander_is_served(&bystander);
	after_ms(60001);
	usage_is(time_waits, 0);
	bystander_is_served(&bystander);
}

SCRIPT(profiles_run_dry)
{
	struct la_endpoint remote = { la_addr_from_ipv4(IP(192, 0, 2, 11)), 81 };
	struct bystander bystander;
	struct la_tcp_options options;
	struct la_conn conn, first;
	unsigned int n;
	int rc = 0;

	configure(max_connections, 5000);
	configure(max_flights, 5000);
	configure(mbufs, 16384);
	listen_on(80);
	bystander_begins(&bystander);
	la_tcp_options_init(&options);
	for (n = 0; rc == 0 && n <= PROFILES_MAX; n++) {
		options.rto_max_us = 60000000 + n;
		rc = la_connect(script_worker(), NULL, &remote, &nobody, NULL, &options, &conn);
		if (n == 0)
			first = conn;
		one_breath
		{
		}
		take_away_what_was_sent();
	}
	must(rc == -ENOBUFS);
	must(n > PROFILES_MAX - 10);
	bystander_is_served(&bystander);
	la_abort(script_worker(), first);
	one_breath
	{
	}
	must(la_connect(script_worker(), NULL, &remote, &nobody, NULL, &options, &conn) == 0);
	one_breath
	{
	}
	take_away_what_was_sent();
	bystander_is_served(&bystander);
}

/* SYNs to hosts that do not answer ARP. */
SCRIPT(packets_that_wait_for_arp_run_dry)
{
	struct bystander bystander;
	struct la_conn conns[UNRESOLVED_HOSTS][OPENS_TO_EACH];
	unsigned int host, n;

	configure(max_connections, 500);
	configure(max_flights, 500);
	listen_on(80);
	bystander_begins(&bystander);
	for (host = 0; host < UNRESOLVED_HOSTS; host++) {
		struct la_endpoint remote = { la_addr_from_ipv4(IP(192, 0, 2, 200) + host), 81 };

		for (n = 0; n < OPENS_TO_EACH; n++)
			must(la_connect(script_worker(), NULL, &remote, &nobody, NULL, NULL,
					&conns[host][n]) == 0);
		one_breath
		{
		}
		take_away_what_was_sent();
	}
	usage_is(neighbour_waiting, HOARD_POOL / NEIGHBOUR_WAITING_SHARE);
	drop_is(tx_neighbour_full,
		UNRESOLVED_HOSTS * OPENS_TO_EACH - HOARD_POOL / NEIGHBOUR_WAITING_SHARE);
	bystander_is_served(&bystander);
	for (host = 0; host < UNRESOLVED_HOSTS; host++)
		for (n = 0; n < OPENS_TO_EACH; n++)
			la_abort(script_worker(), conns[host][n]);
	one_breath
	{
	}
	/* ARP gives up after three questions, and what waited is dropped. */
	for (n = 0; n < ARP_RETRIES + 1; n++) {
		take_away_what_was_sent();
		after_ms(1000);
	}
	take_away_what_was_sent();
	usage_is(neighbour_waiting, 0);
	usage_is(mbufs, 0);
	bystander_is_served(&bystander);
}

SCRIPT(packet_buffers_run_dry_by_what_is_sent)
{
	struct hogs hogs = { .count = 0 };
	struct bystander bystander;

	listen_on(80);
	bystander_begins(&bystander);
	hogs_come(&hogs, 20);
	hogs_queue(&hogs);
	must(script_usage()->mbufs > HOARD_POOL / 2);
	bystander_is_served(&bystander);
	for (unsigned int n = 0; n < hogs.count; n++) {
		hogs_select(n);
		in(RST, SEQ(1));
		closed_because(LA_REASON_RESET);
	}
	must(script_usage()->mbufs == 0);
	bystander_is_served(&bystander);
}

SCRIPT(packet_buffers_run_dry_by_what_is_out_of_order)
{
	struct bystander bystander;
	unsigned int n, hog;

	listen_on(80);
	bystander_begins(&bystander);
	for (hog = 1; hog <= 7; hog++) {
		for (unsigned int port = 0; port < 3; port++) {
			peer(hog);
			peer_port((uint16_t)(KEEPER_PORT + port));
			shake_hands();
			for (n = 1; n <= 40; n++) {
				in(ACK, SEQ(1 + n * 1460), ACK(1), LEN(1460));
				out(ACK, SEQ(1), ACK(1));
			}
		}
	}
	must(drop_rise(reassembly_share) > 0);
	must(script_usage()->mbufs > HOARD_POOL / 2);
	must(script_usage()->mbufs < HOARD_POOL - HOARD_POOL / SHARE_SHORT);
	bystander_is_served(&bystander);
}
