/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 6056: the local ports of active opens, as they are seen on the wire. How they are found is
 * told by tests/unit/tcp/test_ports.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "config/limits.h"
#include "reach.h"

#define EPHEMERAL_PORTS (EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1U)
#define OTHER_OF_OURS IP(192, 0, 2, 5)

static const struct la_service nobody = { .name = "nobody" };

/** Opens to port 80 of the peer from this address of ours (0: any). Returns la_connect()'s. */
static int open_from(uint32_t ip, struct la_conn *conn)
{
	struct la_endpoint local = { la_addr_from_ipv4(ip), 0 };
	struct la_endpoint remote = { la_addr_from_ipv4(IP(192, 0, 2, 11)), 80 };

	return la_connect(script_worker(), ip == 0 ? NULL : &local, &remote, &nobody, NULL, NULL,
			  conn);
}

static void drain(void)
{
	size_t size;

	one_breath
	{
	}
	while (frames_sent() > 0)
		out_frame(&size);
}

/** Opens until it is refused; returns how many, and how many of them were from OTHER_OF_OURS. */
static unsigned int open_all(uint32_t ip, unsigned int *from_other, struct la_conn *last)
{
	unsigned int count = 0;
	struct la_conn conn;

	while (open_from(ip, &conn) == 0) {
		struct la_status status;

		must(la_status(script_worker(), conn, &status) == 0);
		*from_other += la_addr_to_ipv4(&status.local.addr) == OTHER_OF_OURS;
		*last = conn;
		if (++count % 256 == 0)
			drain();
	}
	must(open_from(ip, &conn) == -EADDRNOTAVAIL);
	drain();
	return count;
}

SCRIPT(another_address_of_ours_serves_when_one_has_no_port_left)
{
	struct la_port_shortage shortages[2];
	unsigned int from_other = 0;
	struct la_conn last;

	configure(max_connections, 3 * EPHEMERAL_PORTS);
	configure(max_flights, 3 * EPHEMERAL_PORTS);
	silence();
	also_our_address(192, 0, 2, 5);
	must(open_all(IP(192, 0, 2, 1), &from_other, &last) == EPHEMERAL_PORTS && from_other == 0);
	stat_is(ports_exhausted, 2);
	/* Who names no address is given a port of the other. */
	must(open_all(0, &from_other, &last) == EPHEMERAL_PORTS && from_other == EPHEMERAL_PORTS);
	stat_is(ports_exhausted, 4);
	/* Whoever asks is told of whom. */
	must(la_port_shortages(script_worker(), shortages, 2) == 1);
	must(la_addr_to_ipv4(&shortages[0].remote.addr) == IP(192, 0, 2, 11) &&
	     shortages[0].remote.port == 80 && shortages[0].refused == 4);
	usage_is(connections, 2 * EPHEMERAL_PORTS);
	/* What is given back serves again, and it alone. */
	must(la_abort(script_worker(), last) == 0);
	drain();
	must(open_from(0, &last) == 0);
	must(open_from(0, &last) == -EADDRNOTAVAIL);
	drain();
}

/* 3.2: who has to tell a firewall which ports may come may say so. */
SCRIPT(ports_are_taken_from_the_range_that_is_configured)
{
	unsigned int count = 0;
	struct la_conn conn;

	configure(ephemeral_first, 65280);
	configure(ephemeral_last, 65535);
	configure(max_connections, 2 * EPHEMERAL_PORTS_MIN);
	configure(max_flights, 2 * EPHEMERAL_PORTS_MIN);
	silence();
	for (; open_from(0, &conn) == 0; count++) {
		struct la_status status;

		must(la_status(script_worker(), conn, &status) == 0);
		must(status.local.port >= 65280);
	}
	drain();
	must(count == EPHEMERAL_PORTS_MIN);
	must(open_from(0, &conn) == -EADDRNOTAVAIL);
}

/* RFC 9293 MUST-13: none but the peer's SYN may end TIME-WAIT. */
SCRIPT(port_in_TIME_WAIT_is_not_taken_for_the_same_peer)
{
	struct la_endpoint local = { la_addr_from_ipv4(IP(192, 0, 2, 1)), 50001 };
	struct la_endpoint remote = { la_addr_from_ipv4(IP(192, 0, 2, 11)), 80 };
	struct la_conn conn;
	int result = 0;

	our_port(50001);
	peer_port(80);
	connect_to(80);
	out(SYN, SEQ(0));
	in(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	out(ACK, SEQ(1), ACK(1));
	opened();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	state_is(TIME_WAIT);
	closed_because(LA_REASON_DONE);
	after_ms(59000);
	one_breath
	{
		result = la_connect(script_worker(), &local, &remote, &nobody, NULL,
				    script_options(), &conn);
	}
	must(result == -EADDRINUSE);
	silence();
	state_is(TIME_WAIT);
	/* Another peer is another connection: there the port is free. */
	remote.port = 81;
	one_breath
	{
		result = la_connect(script_worker(), &local, &remote, &nobody, NULL,
				    script_options(), &conn);
	}
	must(result == 0);
	peer_port(81);
	out(SYN, SEQ(0));
	after_ms(1000);
	must(out_any().flags == SYN);
	remote.port = 80;
	one_breath
	{
		result = la_connect(script_worker(), &local, &remote, &nobody, NULL,
				    script_options(), &conn);
	}
	must(result == 0);
	must(out_any().dst_port == 80);
}
