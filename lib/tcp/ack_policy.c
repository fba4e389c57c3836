/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ack_policy.h"

#include <assert.h>

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
	uint64_t buffer = options->receive_buffer;
	uint32_t most = TCP_WINDOW_MAX;

	if (doublings > 0) {
		buffer <<= doublings;
		if (buffer > options->receive_buffer_max)
			buffer = options->receive_buffer_max;
	}
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
	uint32_t wanted = receive_tuning_wanted(&flight->tuning);

	if (buffer >= wanted || flight->receive.bytes > buffer / RECEIVE_TUNING_UNREAD_SHARE)
		return;
	while (buffer_of(tcp, conn) < wanted && may_double(tcp, conn))
		conn->rcv_doublings = (conn->rcv_doublings + 1U) & 0xf;
	flight_of(tcp, conn)->whole_window = 0;
}

static uint32_t unread_of(const struct tcp_flight *flight)
{
	return flight == NULL ? 0 : flight->receive.bytes;
}

/* The receive buffer, and the window that what is free of it would allow. */
struct receive_room {
	uint32_t buffer, window;
};

static struct receive_room room_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint32_t unread = unread_of(flight_of(tcp, conn));
	uint32_t buffer = buffer_of(tcp, conn);
	uint32_t room = buffer > unread ? buffer - unread : 0;

	return (struct receive_room){ buffer, room & ~ack_policy_grain(conn) };
}

/* The right edge can move by step, or by half of the buffer, so many bytes being left. */
static bool is_gain(struct receive_room room, uint32_t left, uint32_t step)
{
	uint32_t gain = room.window - left;

	return room.window > left && (gain >= step || gain >= room.buffer / 2);
}

/* The buffer is empty: what it lets us offer is remembered, as long as it does not grow, if half of
 * it is more than any segment. */
static void note_whole(struct tcp_flight *flight, struct receive_room room)
{
	flight->whole_window = room.buffer / 2 > CONN_MSS_MOST ? room.window : 0;
}

uint32_t ack_policy_window(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct receive_room room = room_of(tcp, conn);
	/* The peer's FIN may have taken the last number of the window. */
	uint32_t left = seq_gt(conn->rcv_adv, conn->rcv_nxt) ? conn_rcv_wnd(conn) : 0;
	uint32_t rounded = (left + ack_policy_grain(conn)) & ~ack_policy_grain(conn);
	/* Behind a FIN nothing comes that would need room. */
	bool fin = conn_has(conn, CONN_FIN_RECEIVED);

	/* Nothing more can come, and a record does not remember what was offered: as much as the
	 * field can say retreats from nothing. */
	if (conn->state == LA_TIME_WAIT)
		return TCP_WINDOW_MAX << conn->rcv_shift;
	if (conn_is_synchronized(conn) && flight != NULL && flight->receive.bytes == 0)
		note_whole(flight, room);
	if (!fin && is_gain(room, left, conn->mss))
		left = room.window;
	else if (fin || rounded <= room.window)
		left = rounded;
	conn->rcv_adv = conn->rcv_nxt + left;
	return left;
}

/* The window has opened so far that the peer should hear of it without waiting for an ACK. */
static bool update_is_due(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t left = conn_rcv_wnd(conn);

	if (conn_has(conn, CONN_FIN_RECEIVED) || !conn_is_synchronized(conn))
		return false;
	/* Before the first text no reader has opened it; scaling alone may have (RFC 7323 2.2). */
	if (flight == NULL)
		return false;
	/* A peer that is nearly stopped hears of the first segment's worth, another of two. */
	return is_gain(room_of(tcp, conn), left, left < conn->mss ? conn->mss : 2U * conn->mss);
}

bool ack_policy_is_due(const struct tcp *tcp, const struct tcp_conn *conn)
{
	if (conn_has(conn, CONN_ACK_NOW) ||
	    (conn_has_news(conn) && tcp_options_of(tcp, conn)->delayed_ack_us == 0))
		return true;
	return update_is_due(tcp, conn);
}
