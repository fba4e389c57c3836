/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * backlog.h: what becomes of a SYN to a listener (RFC 4987): an embryo, a SYN cookie, or nothing.
 *
 * A listener may have BACKLOG_SHARE embryos for each that is left in the pool, so that one under
 * attack always leaves some to the others. Beyond that it is *pressed*: its SYNs are answered by
 * cookies, and its embryos stay, until it has fewer than are left. A cookie's SYN-ACK is never sent
 * again: if it is lost the peer sends its SYN again; if the ACK to it is lost, the peer's first
 * text brings it again, and a peer that waits for our text first waits for nothing.
 */
#ifndef TCP_BACKLOG_H
#define TCP_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"
#include "tcp/cookie.h"

struct listener;
struct tcp;
struct tcp_conn;
struct tcp_seg;

/** The listener's connections on this worker, those of which the handshake is complete. */
uint32_t backlog_connections(const struct tcp *tcp, const struct listener *listener);

/** Why no SYN to this listener is taken now: connections that are there would suffer, or there are
 *  as many as a limit allows; or continue. */
enum verdict backlog_refuses(const struct tcp *tcp, const struct listener *listener);

/** Whether one more half-open connection of this listener may be kept. */
bool backlog_has_room(const struct tcp *tcp, const struct listener *listener);

/** A handshake with the listener of this number is complete, of an embryo or by a cookie: continue,
 *  or the reason for which no connection is made of it now. What comes next on it may find that
 *  changed. */
enum verdict backlog_may_complete(const struct tcp *tcp, uint16_t number);

/** A SYN to a listener. iss_floor as in embryo_create(): such a SYN gets no cookie. Done, or the
 *  reason for which it is dropped. */
enum verdict backlog_take_syn(struct tcp *tcp, const struct tcp_seg *seg,
			      const struct listener *listener, const uint32_t *iss_floor);

/**
 * A SYN with a Fast Open cookie (RFC 7413 4.2): if that is good, the connection in SYN-RECEIVED for
 * which it is meant, with a flight and in the table; else NULL. Its text is not taken yet.
 */
struct tcp_conn *backlog_fast_open(struct tcp *tcp, const struct tcp_seg *seg,
				   const struct listener *listener);

/** True while an ACK to this listener may answer a cookie. */
bool backlog_expects_cookie(const struct tcp *tcp, const struct listener *listener);

/** Does the segment acknowledge a cookie? If that is good, *out is the connection in SYN-RECEIVED.
 */
enum cookie_verdict backlog_take_cookie(const struct tcp *tcp, const struct tcp_seg *seg,
					const struct listener *listener, struct tcp_conn *out);

/** Makes a connection of what backlog_take_cookie() wrote; NULL when there is no record left. */
struct tcp_conn *backlog_promote(struct tcp *tcp, const struct tcp_conn *thawed);

#endif
