/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ecn.h: explicit congestion notification (RFC 3168): what its bits in both headers mean, and which
 * of them our segments carry.
 *
 * By what a mark makes the window smaller is congestion control's business (RFC 8511).
 */
#ifndef TCP_ECN_H
#define TCP_ECN_H

#include <stdbool.h>
#include <stdint.h>

struct la_tcp_options;
struct tcp;
struct tcp_conn;
struct tcp_flight;
struct tcp_seg;
struct transmit_request;

/** These are the flags of a SYN that asks for ECN, and the options let us agree. */
bool ecn_asked(const struct la_tcp_options *options, uint8_t flags);

/** A SYN or SYN-ACK came to SYN-SENT: what it makes of our own SYN. */
void ecn_answered(struct tcp_conn *conn, const struct la_tcp_options *options, uint8_t flags);

/** What our SYN, or SYN-ACK, carries besides its flags. */
uint8_t ecn_syn_flags(const struct tcp_conn *conn, const struct la_tcp_options *options);

/** What a later segment with these flags carries besides. */
uint8_t ecn_flags(const struct tcp_conn *conn, uint8_t flags);

/** A segment with new text is about to leave: it is ECN-capable, and may say that we heard. */
void ecn_mark_text(struct tcp_conn *conn, struct tcp_flight *flight,
		   struct transmit_request *request);

/** Text was accepted: CE is echoed from here on, until CWR. */
void ecn_text_arrived(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg);

/**
 * An acceptable ACK came, before anything else is made of it. Cuts the window if it tells of a mark
 * for the first time in this round trip. True: it tells of one, and no window grows.
 */
bool ecn_ack_arrived(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg);

/** The window was cut for another reason: the peer hears of that as well (RFC 3168 6.1.2). */
void ecn_window_cut(struct tcp_conn *conn);

#endif
