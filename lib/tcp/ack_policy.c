/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ack_policy.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/transmit.h"

void ack_policy_now(struct tcp *tcp, struct tcp_conn *conn)
{
	conn->flags |= CONN_ACK_NOW;
	tcp_mark_due(tcp, conn);
}

void ack_policy_gap(struct tcp *tcp, struct tcp_conn *conn)
{
	if (conn->duplicate_acks < DUPLICATE_ACKS_MAX)
		conn->duplicate_acks++;
	ack_policy_now(tcp, conn);
}

bool ack_policy_challenge(struct tcp *tcp, struct tcp_conn *conn)
{
	if (!challenge_allow(&conn->challenge, tcp->env->now_tick))
		return false;
	stat_count(&tcp->env->counters, STAT_challenge_acks);
	ack_policy_now(tcp, conn);
	return true;
}

/* The receive buffer after so many doublings, as far as the window field can offer it. */
static uint32_t buffer_after(const struct tcp *tcp, const struct tcp_conn *conn,
			     unsigned int doublings)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);
	uint64_t buffer = (uint64_t)options->receive_buffer << doublings;
	uint32_t most = TCP_WINDOW_MAX;

	if (doublings > 0 && buffer > options->receive_buffer_max)
		buffer = options->receive_buffer_max;
	/* The window of a SYN is never scaled (RFC 7323 2.2). */
	if (conn_is_synchronized(conn))
		most <<= conn->rcv_shift;
	return buffer < most ? (uint32_t)buffer : most;
}

static uint32_t buffer_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return buffer_after(tcp, conn, conn->rcv_doublings);
}

static bool may_double(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint32_t doubled;

	if (conn->rcv_doublings == RECEIVE_DOUBLINGS_MAX)
		return false;
	doubled = buffer_after(tcp, conn, conn->rcv_doublings + 1U);
	return doubled > buffer_of(tcp, conn) && doubled <= transmit_share_bytes(tcp);
}

void ack_policy_grow(const struct tcp *tcp, struct tcp_conn *conn, const struct tcp_flight *flight)
{
	uint32_t buffer = buffer_of(tcp, conn);

	if (buffer >= flight->tuning.wanted ||
	    flight->receive.bytes > buffer / RECEIVE_TUNING_UNREAD_SHARE)
		return;
	while (buffer_of(tcp, conn) < flight->tuning.wanted && may_double(tcp, conn))
		conn->rcv_doublings = (conn->rcv_doublings + 1U) & 0xf;
}

/* What a window can be said in: 2^Rcv.Wind.Shift bytes, so that masks round. */
static uint32_t grain_of(const struct tcp_conn *conn)
{
	return 1U << conn->rcv_shift;
}

/** The receive buffer, and the window that what is free of it would allow. */
struct receive_room {
	uint32_t buffer, window;
};

static struct receive_room room_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t buffer = buffer_of(tcp, conn);
	uint32_t unread = flight == NULL ? 0 : flight->receive.bytes;
	uint32_t room = buffer > unread ? buffer - unread : 0;

	return (struct receive_room){ buffer, room & ~(grain_of(conn) - 1) };
}

/* How far the edge can move, if that is worth it; else 0. */
static uint32_t gain_of(const struct tcp_conn *conn, struct receive_room room, uint32_t segments)
{
	uint32_t edge = conn->rcv_nxt + room.window;
	uint32_t step = segments * conn->mss;

	if (step > room.buffer / 2)
		step = room.buffer / 2;
	if (seq_leq(edge, conn->rcv_adv) || edge - conn->rcv_adv < step)
		return 0;
	return edge - conn->rcv_adv;
}

/*
 * The window left, rounded up to what can be said. Rounded down, the peer would see the edge go
 * back; where there is no room for rounding up that is how it is, and what was offered once is
 * taken all the same (RFC 7323 2.4): rcv_adv stays.
 */
static void round_up(struct tcp_conn *conn, struct receive_room room)
{
	uint32_t left = conn_rcv_wnd(conn);
	uint32_t rounded = (left + grain_of(conn) - 1) & ~(grain_of(conn) - 1);

	/* Behind a FIN nothing comes that would need room. */
	if (rounded <= room.window || conn_has(conn, CONN_FIN_RECEIVED))
		conn->rcv_adv = conn->rcv_nxt + rounded;
}

uint32_t ack_policy_window(struct tcp *tcp, struct tcp_conn *conn)
{
	struct receive_room room;

	/* Nothing more can come, and a record does not remember what was offered: as much as the
	 * field can say retreats from nothing. */
	if (conn->state == LA_TIME_WAIT)
		return TCP_WINDOW_MAX << conn->rcv_shift;
	room = room_of(tcp, conn);
	if (!conn_has(conn, CONN_FIN_RECEIVED))
		conn->rcv_adv += gain_of(conn, room, 1);
	/* The peer's FIN may have taken the last number of the window. */
	if (seq_lt(conn->rcv_adv, conn->rcv_nxt))
		conn->rcv_adv = conn->rcv_nxt;
	round_up(conn, room);
	return conn->rcv_adv - conn->rcv_nxt;
}

bool ack_policy_update_due(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint32_t left = conn->rcv_adv - conn->rcv_nxt;

	if (conn_has(conn, CONN_FIN_RECEIVED) || !conn_is_synchronized(conn))
		return false;
	/* Before the first text no reader has opened it; scaling alone may have (RFC 7323 2.2). */
	if (flight_of(tcp, conn) == NULL)
		return false;
	/* A peer that is nearly stopped hears of the first segment's worth, another of two. */
	return gain_of(conn, room_of(tcp, conn), left < conn->mss ? 1 : 2) != 0;
}
