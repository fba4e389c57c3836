/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/hold.h"

#include "base/seq.h"
#include "tcp/tcp.h"

#define TICKS_PER_SECOND (1000000U / WHEEL_TICK_US)

void hold_acknowledged(const struct tcp *tcp, struct tcp_conn *conn, uint32_t bytes)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	uint64_t rate = tcp_options_of(tcp, conn)->stall_bytes_per_second;
	uint32_t most = hold_patience(tcp, conn);
	uint64_t bought = (uint64_t)bytes * TICKS_PER_SECOND; /* ticks, times the rate */
	uint32_t room;

	if (tcp_options_of(tcp, conn)->stall_timeout_us == 0)
		return;
	/* There is more patience than may be where stall_timeout was lowered meanwhile. */
	room = seq_lt(flight->patience_tick, most) ? most - flight->patience_tick : 0;
	if (bought < room * rate)
		flight->patience_tick += (uint32_t)(bought / rate);
	else
		flight->patience_tick = most;
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

	if (!conn_is_synchronized(conn) || tcp_options_of(tcp, conn)->stall_timeout_us == 0 ||
	    seq_lt(tcp->env->now_tick, flight->patience_tick) || !memory_is_short(tcp))
		return false;
	tcp->let_go++;
	return true;
}
