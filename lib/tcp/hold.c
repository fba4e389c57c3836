/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/hold.h"

#include "tcp/tcp.h"

#define TICKS_PER_SECOND (1000000U / WHEEL_TICK_US)

void hold_acknowledged(const struct tcp *tcp, struct tcp_conn *conn, uint32_t bytes)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);
	uint64_t rate = options->stall_bytes_per_second;
	uint64_t bought = (uint64_t)bytes * TICKS_PER_SECOND; /* ticks, times the rate */

	if (options->stall_timeout_us == 0)
		return;
	if (bought < (tcp->env->now_tick - flight->held_tick) * rate)
		flight->held_tick += (uint32_t)(bought / rate);
	else
		flight->held_tick = tcp->env->now_tick;
}

/* What was let go in this breath comes back at its end: so much is not asked for twice. */
static bool memory_is_short(const struct tcp *tcp)
{
	uint32_t conns = tcp->config.max_connections / STALL_RESERVE_SHARE;
	uint32_t flights = tcp->config.max_flights / STALL_RESERVE_SHARE;
	uint32_t buffers = tcp->env->share.total / SHARE_KEEPS_FREE / STALL_RESERVE_SHARE;

	return pool_left(&tcp->conns) + tcp->let_go < conns ||
	       pool_left(&tcp->flights) + tcp->idle_flights.length + tcp->let_go < flights ||
	       (share_spare(&tcp->env->share) < buffers && tcp->let_go == 0);
}

bool hold_is_over(struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t patience_us = tcp_options_of(tcp, conn)->stall_timeout_us;

	if (!conn_is_synchronized(conn) || patience_us == 0 ||
	    tcp->env->now_tick - flight->held_tick < ticks_from_us(patience_us) ||
	    !memory_is_short(tcp))
		return false;
	tcp->let_go++;
	return true;
}
