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

static uint32_t buffer_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return ack_policy_buffer(tcp_options_of(tcp, conn), conn, conn->rcv_doublings);
}

static bool may_double(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint32_t doubled;

	if (conn->rcv_doublings == RECEIVE_DOUBLINGS_MAX)
		return false;
	doubled = ack_policy_buffer(tcp_options_of(tcp, conn), conn, conn->rcv_doublings + 1U);
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
}

static uint32_t unread_of(const struct tcp_flight *flight)
{
	return flight == NULL ? 0 : flight->receive.bytes;
}

uint32_t ack_policy_window(struct tcp *tcp, struct tcp_conn *conn)
{
	/* Nothing more can come, and a record does not remember what was offered: as much as the
	 * field can say retreats from nothing. */
	if (conn->state == LA_TIME_WAIT)
		return TCP_WINDOW_MAX << conn->rcv_shift;
	return ack_policy_offer(tcp_options_of(tcp, conn), conn, unread_of(flight_of(tcp, conn)));
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
	return receive_room_is_gain(
		ack_policy_room(tcp_options_of(tcp, conn), conn, flight->receive.bytes), left,
		left < conn->mss ? conn->mss : 2U * conn->mss);
}

bool ack_policy_is_due(const struct tcp *tcp, const struct tcp_conn *conn)
{
	if (conn_has(conn, CONN_ACK_NOW) ||
	    (conn_has_news(conn) && tcp_options_of(tcp, conn)->delayed_ack_us == 0))
		return true;
	return update_is_due(tcp, conn);
}
