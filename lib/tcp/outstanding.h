/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * outstanding.h: what was sent and is not yet acknowledged: how much of it is in the network, and
 * what of it is presumed lost and goes out again next.
 *
 * Knows neither windows nor timers. With SACK the scoreboard tells (sack.h). Without, everything
 * behind one pointer is presumed lost (flight.resend, with CONN_RESENDING).
 */
#ifndef TCP_OUTSTANDING_H
#define TCP_OUTSTANDING_H

#include <stdbool.h>
#include <stdint.h>

struct tcp;
struct tcp_conn;
struct tcp_flight;

/** Numbers [seq, end) of the stream; empty when they are equal. */
struct stretch {
	uint32_t seq, end;
};

/** The lowest stretch that is presumed lost and was not sent again since, as far as a segment needs
 *  to know; empty: none. */
struct stretch outstanding_lost(const struct tcp *tcp, const struct tcp_conn *conn);

/** The number that goes out next: of what is presumed lost, else SND.NXT. Needs a flight. */
uint32_t outstanding_next(const struct tcp *tcp, const struct tcp_conn *conn);

/** Bytes presumed in the network. */
uint32_t outstanding_bytes(const struct tcp *tcp, const struct tcp_conn *conn);

/** True while something is in the network that only the retransmission timer can save. */
bool outstanding_any(const struct tcp *tcp, const struct tcp_conn *conn);

/** True while text or a FIN waits that has not been sent, or was sent and is presumed lost. */
bool outstanding_waiting(const struct tcp *tcp, const struct tcp_conn *conn);

/** A stretch was sent, for the first time or again. SND.NXT is already behind it. */
void outstanding_sent(struct tcp *tcp, struct tcp_conn *conn, struct stretch sent, bool again);

/** SND.UNA has moved to where it is now. */
void outstanding_acknowledged(struct tcp *tcp, struct tcp_conn *conn);

/** Everything from seq on is presumed lost. */
void outstanding_presume_lost(struct tcp *tcp, struct tcp_conn *conn, uint32_t seq);

#endif
