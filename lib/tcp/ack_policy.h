/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ack_policy.h: when an ACK is owed and which window it offers: delayed, immediate and challenge
 * ACKs (RFC 9293 sections 3.8.6.2.2 and 3.8.6.3, RFC 5961 section 7).
 */
#ifndef TCP_ACK_POLICY_H
#define TCP_ACK_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct tcp;
struct tcp_conn;

/** An ACK leaves at the end of this breath. */
void ack_policy_now(struct tcp *tcp, struct tcp_conn *conn);

/** A segment came beyond a gap: a duplicate ACK for each of them (RFC 5681 4.2). */
void ack_policy_gap(struct tcp *tcp, struct tcp_conn *conn);

/** A segment with text came in order: every second one is acknowledged at once, others delayed. */
void ack_policy_text(struct tcp *tcp, struct tcp_conn *conn);

/** Text from seq to RCV.NXT came in order: notes how much comes in a round trip. */
void ack_policy_tune(struct tcp *tcp, struct tcp_conn *conn, uint32_t seq);

/**
 * The service read. If it keeps up, the receive buffer grows with what comes in a round trip, by
 * doubling, up to receive_buffer_max. It never shrinks.
 */
void ack_policy_read(const struct tcp *tcp, struct tcp_conn *conn);

/** A challenge ACK, unless this connection has had its share of this second. True if it goes out.
 */
bool ack_policy_challenge(struct tcp *tcp, struct tcp_conn *conn);

/**
 * The window to advertise. Moves the right edge only forward, and only by steps worth it: half of
 * the buffer or a full segment (MUST-34, MUST-39).
 */
uint32_t ack_policy_window(struct tcp *tcp, struct tcp_conn *conn);

/** The window has opened so far that the peer should hear of it without waiting for an ACK. */
bool ack_policy_update_due(const struct tcp *tcp, const struct tcp_conn *conn);

#endif
