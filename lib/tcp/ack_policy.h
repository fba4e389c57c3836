/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ack_policy.h: when an ACK is owed and which window it offers: delayed, immediate and challenge
 * ACKs (RFC 9293 sections 3.8.6.2.2 and 3.8.6.3, RFC 5961 section 7).
 */
#ifndef TCP_ACK_POLICY_H
#define TCP_ACK_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/transmit.h"

/** An ACK leaves at the end of this breath. */
void ack_policy_now(struct tcp *tcp, struct tcp_conn *conn);

/** A segment came beyond a gap: a duplicate ACK for each of them (RFC 5681 4.2). */
void ack_policy_gap(struct tcp *tcp, struct tcp_conn *conn);

_Static_assert(TCP_ACK_EVERY_SEGMENTS > 1, "one segment may wait for its ACK");

/** A segment with text came in order: every second one is acknowledged at once, others delayed,
 *  unless the answer of this breath acknowledges them. The connection is due, as whoever takes text
 *  notes. */
static inline void ack_policy_text(struct tcp_conn *conn)
{
	/* What was owed for a gap before this one would repeat a number that is no longer true. */
	conn->duplicate_acks = 0;
	/* The first of them waits. */
	if (likely(conn->ack_segments == 0)) {
		conn->ack_segments = 1;
		return;
	}
	if (conn->ack_segments < UINT8_MAX)
		conn->ack_segments++;
	if (conn->ack_segments >= TCP_ACK_EVERY_SEGMENTS)
		conn->flags |= CONN_ACK_NOW;
}

/** What is to be sent has left: an ACK is to leave by itself. */
bool ack_policy_is_due(const struct tcp *tcp, const struct tcp_conn *conn);

/** Text from seq to RCV.NXT came in order: notes how much comes in a round trip. */
static inline void ack_policy_tune(const struct tcp *tcp, const struct tcp_conn *conn,
				   struct tcp_flight *flight, uint32_t seq)
{
	uint32_t rtt_us = conn->rtt.srtt_us != 0 ? conn->rtt.srtt_us : RECEIVE_TUNING_RTT_US;

	receive_tuning_arrived(&flight->tuning, seq, conn->rcv_nxt, (uint32_t)tcp->env->now_us,
			       rtt_us);
}

/** As much comes in a round trip as not every receive buffer holds. */
static inline bool ack_policy_wants_more(const struct tcp_flight *flight)
{
	return flight->tuning.bytes > BUFFER_MIN / RECEIVE_TUNING_ROUND_TRIPS;
}

/** ack_policy_read() where the least receive buffer there is would not do. */
__rte_cold void ack_policy_grow(const struct tcp *tcp, struct tcp_conn *conn,
				const struct tcp_flight *flight);

/**
 * The service read. If it keeps up, the receive buffer grows with what comes in a round trip, by
 * doubling, up to receive_buffer_max. It never shrinks.
 */
static inline void ack_policy_read(const struct tcp *tcp, struct tcp_conn *conn,
				   const struct tcp_flight *flight)
{
	if (unlikely(ack_policy_wants_more(flight)))
		ack_policy_grow(tcp, conn, flight);
}

/** A challenge ACK, unless this connection has had its share of this second. True if it goes out.
 */
bool ack_policy_challenge(struct tcp *tcp, struct tcp_conn *conn);

/* The bits below what a window can be said in, which is 2^Rcv.Wind.Shift bytes. */
static inline uint32_t ack_policy_grain(const struct tcp_conn *conn)
{
	return (1U << conn->rcv_shift) - 1;
}

/**
 * The window to advertise, in bytes. Moves the right edge only forward, and only by steps worth it:
 * half of the buffer or a full segment (MUST-34, MUST-39).
 *
 * Where it does not move, what is left of the window is rounded up to what can be said. Rounded
 * down, the peer would see the edge go back; where there is no room for rounding up that is how it
 * is, and what was offered once is taken all the same (RFC 7323 2.4).
 */
uint32_t ack_policy_window(struct tcp *tcp, struct tcp_conn *conn);

/** The same from ESTABLISHED on, as segments say it. Mostly all is read, and less than a full
 *  segment, which is less than half of the buffer, has come since the right edge moved. */
static inline uint16_t ack_policy_window_said(struct tcp *tcp, struct tcp_conn *conn,
					      const struct tcp_flight *flight)
{
	uint32_t left = conn_rcv_wnd(conn), said;

	if (unlikely(flight->receive.bytes > 0 || flight->whole_window == 0 ||
		     flight->whole_window - left >= conn->mss))
		return transmit_window(ack_policy_window(tcp, conn), conn->rcv_shift);
	said = (left + ack_policy_grain(conn)) >> conn->rcv_shift;
	conn->rcv_adv = conn->rcv_nxt + (said << conn->rcv_shift);
	return (uint16_t)said;
}

#endif
