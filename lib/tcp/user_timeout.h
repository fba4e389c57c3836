/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * user_timeout.h: the user timeout option (RFC 5482): what each end tells the other of how long it
 * keeps unacknowledged text, and what becomes of R2 by it.
 *
 * ENABLED is a user_timeout_us (ADV_UTO) that is not 0, LOCAL USER TIMEOUT is r2_us. A connection
 * that adopts another R2 has options of its own from then on, so nothing of it is kept elsewhere;
 * therefore what the peer tells is rounded up to one of a few steps.
 */
#ifndef TCP_USER_TIMEOUT_H
#define TCP_USER_TIMEOUT_H

#include <stdint.h>

struct la_tcp_options;
struct tcp;
struct tcp_conn;

/** Granularity and value as on the wire (section 3), rounded up. us is not 0. */
uint16_t user_timeout_to_wire(uint32_t us);

/** Microseconds; 0: the option says nothing. */
uint64_t user_timeout_from_wire(uint16_t wire);

/** Section 3.1: R2 from what we told, what the peer told, and the limits. */
uint32_t user_timeout_adopted_us(const struct la_tcp_options *options, uint64_t remote_us);

/** The peer's segment carried the option. */
void user_timeout_told(struct tcp *tcp, struct tcp_conn *conn, uint16_t wire);

#endif
