/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bursts among so many connections that what is known of each is fetched ahead: whatever the
 * segments in front of one have done to its connection, it meets what it would meet alone.
 */
#include "config/limits.h"
#include "hoard.h"

#define SPEAKERS 6U

static const struct la_service nobody = { .name = "nobody" };

/** So many connections that never get beyond their SYNs. */
static void crowd_comes(void)
{
	struct la_endpoint remote = { la_addr_from_ipv4(IP(192, 0, 2, 11)), 80 };
	struct la_conn conn;
	size_t size;

	for (unsigned int i = 0; i <= CONNECTIONS_NEAR; i++) {
		must(la_connect(script_worker(), NULL, &remote, &nobody, NULL, NULL, &conn) == 0);
		if (i % 128 != 127 && i != CONNECTIONS_NEAR)
			continue;
		one_breath
		{
		}
		while (frames_sent() > 0)
			out_frame(&size);
	}
}

/** Peers 1 to 6 are connected, and an octet to each is under way. */
static void speakers_come(void)
{
	configure(max_connections, CONNECTIONS_NEAR + 1 + SPEAKERS);
	configure(max_flights, CONNECTIONS_NEAR + 1 + SPEAKERS);
	listen_on(80);
	for (unsigned int n = 1; n <= SPEAKERS; n++) {
		peer(n);
		shake_hands();
		app_send("x");
		out(PSH | ACK, SEQ(1), ACK(1), LEN(1));
	}
	crowd_comes();
}

SCRIPT(in_a_crowd_each_segment_of_a_burst_meets_its_connection)
{
	unsigned int n;

	speakers_come();
	one_breath
	{
		for (n = 1; n <= SPEAKERS; n++) {
			peer(n);
			in(PSH | ACK, SEQ(1), ACK(2), LEN(n));
		}
	}
	for (n = 1; n <= SPEAKERS; n++) {
		peer(n);
		app_got_n(n);
		status_is(send_queued, 0);
		app_send("y");
		out(PSH | ACK, SEQ(2), ACK(1 + n), LEN(1));
	}
}

SCRIPT(in_a_crowd_text_behind_a_reset_of_the_same_burst_finds_no_connection)
{
	unsigned int n;

	speakers_come();
	one_breath
	{
		peer(SPEAKERS);
		in(RST, SEQ(1));
		for (n = 1; n < SPEAKERS; n++) {
			peer(n);
			in(ACK, SEQ(1), ACK(2));
		}
		peer(SPEAKERS);
		in(PSH | ACK, SEQ(1), ACK(2), LEN(10));
	}
	peer(SPEAKERS);
	out(RST, SEQ(2));
	closed_because(LA_REASON_RESET);
	usage_is(connections, CONNECTIONS_NEAR + SPEAKERS);
	silence();
}
