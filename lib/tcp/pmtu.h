/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pmtu.h: how large the segments of a connection may be: ICMP errors about them and what of these
 * is believed (RFC 5927, RFC 1191), black holes, and the search for a larger size (RFC 4821, RFC
 * 8899).
 *
 * A probe of a larger size is a segment of new text that travels alone: what is outstanding is
 * waited for, and nothing follows until it is acknowledged or times out. So its loss tells of the
 * size, needs no retransmission in kind and is no sign of congestion. What is found belongs to the
 * connection: shared by all to the same address, one behind it could shrink the segments of others.
 */
#ifndef TCP_PMTU_H
#define TCP_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"

struct packet;
struct tcp;
struct tcp_conn;

/**
 * An ICMP error quotes a segment of ours. It counts only if the quoted number is in flight. A hard
 * error ends an active open in SYN-SENT and nothing else; "too big" lowers the send MSS; all others
 * are soft. Done, or DROP_icmp_quote.
 */
enum verdict pmtu_icmp_error(struct tcp *tcp, const struct packet *packet);

/** What new text may be sent, as far as the path is concerned. */
enum pmtu_advice {
	PMTU_PLAIN, /**< segments of conn.mss */
	PMTU_HOLD, /**< nothing: a probe is outstanding, or what is must be waited for before one */
	PMTU_PROBE, /**< one segment of *size bytes of text */
};

/** queued bytes of new text wait, of which the windows would let usable out if nothing else were
 *  outstanding. */
enum pmtu_advice pmtu_advise(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t queued,
			     uint32_t usable, uint16_t *size);

/** A segment with so many bytes of text left: new text up to SND.NXT, or again what had left. */
void pmtu_sent(struct tcp *tcp, struct tcp_conn *conn, uint32_t length, bool again);

/** SND.UNA has moved by so many bytes. */
void pmtu_acknowledged(struct tcp *tcp, struct tcp_conn *conn, uint32_t acked);

/**
 * The retransmission timer expired. True: for a reason that is not congestion; everything
 * outstanding is presumed lost and goes out in smaller segments. False: all the rest of a time-out
 * follows, perhaps with smaller segments.
 */
bool pmtu_timed_out(struct tcp *tcp, struct tcp_conn *conn);

#endif
