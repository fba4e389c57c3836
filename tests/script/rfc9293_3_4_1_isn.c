/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.4.1 and RFC 6528: the initial sequence number is a clock that ticks every 4 us
 * plus a keyed function of both endpoints.
 */
#include "script.h"

#define CONNECTIONS 8U

/** Opens, is refused, and says with which number. */
static uint32_t isn_of_open(uint16_t port)
{
	struct sent_segment syn;

	connect_to(port);
	anew(0);
	syn = out_any();
	must(syn.flags == SYN);
	in(RST | ACK, SEQ(0), ACK(1));
	closed_because(LA_REASON_REFUSED);
	return syn.absolute_seq;
}

SCRIPT(isn_of_the_same_endpoints_follows_the_clock)
{
	uint32_t first = isn_of_open(80);

	after_us(4000);
	must(isn_of_open(80) - first == 1000);
	after_ms(4000);
	must(isn_of_open(80) - first == 1001000);
}

SCRIPT(isn_of_a_listener_follows_the_clock_too)
{
	uint32_t first;

	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	first = out_any().absolute_seq;
	in(RST, SEQ(1));
	after_us(40000);
	anew(0);
	in(SYN, SEQ(0), MSS(1460));
	must(out_any().absolute_seq - first == 10000);
}

/* Neighbouring ports at the same instant: neither equal nor equally far apart. */
SCRIPT(isn_of_other_endpoints_cannot_be_told_from_it)
{
	uint32_t isn[CONNECTIONS];
	unsigned int i, j;

	for (i = 0; i < CONNECTIONS; i++)
		isn[i] = isn_of_open((uint16_t)(80 + i));
	for (i = 0; i < CONNECTIONS; i++)
		for (j = 0; j < i; j++)
			must(isn[i] - isn[j] + 100000 > 200000);
	for (i = 2; i < CONNECTIONS; i++)
		must(isn[i] - isn[i - 1] != isn[i - 1] - isn[i - 2]);
}

SCRIPT(isn_depends_on_the_peers_address)
{
	uint32_t isn[3];
	unsigned int n;

	listen_on(80);
	for (n = 0; n < 3; n++) {
		peer(1 + n);
		peer_port(5000);
		in(SYN, SEQ(0), MSS(1460));
		isn[n] = out_any().absolute_seq;
	}
	must(isn[0] != isn[1] && isn[1] != isn[2] && isn[0] != isn[2]);
	must(isn[1] - isn[0] != isn[2] - isn[1]);
}
