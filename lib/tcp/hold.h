/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hold.h: how long a peer may hold memory without taking what waits for it: a closed or tiny
 * window, a reader that takes next to nothing, one that acknowledges nothing. Each has patience for
 * stall_timeout; bytes that it acknowledges lengthen it at stall_bytes_per_second. When it is over,
 * and only while memory runs short, the connection may be let go.
 */
#ifndef TCP_HOLD_H
#define TCP_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/tcp.h"

/** The send queue was empty, and text or a FIN comes into it. */
static inline void hold_begins(struct tcp_flight *flight, uint32_t now_tick)
{
	flight->held_tick = now_tick;
}

/** So many bytes were acknowledged. Means nothing where nothing is queued any more. */
void hold_acknowledged(const struct tcp *tcp, struct tcp_conn *conn, uint32_t bytes);

/** True if the connection is to be let go now; it is counted then. Asked when a timer expires that
 *  waits for the peer. */
bool hold_is_over(struct tcp *tcp, const struct tcp_conn *conn);

#endif
