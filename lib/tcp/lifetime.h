/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lifetime.h: how a connection record begins and ends: pool, generation, table, profile, what the
 * service is told last.
 */
#ifndef TCP_LIFETIME_H
#define TCP_LIFETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

struct tcp;
struct tcp_conn;

/** A record with a generation of its own, whose contents are the caller's to write; NULL when none
 * is left. */
struct tcp_conn *lifetime_take(struct tcp *tcp);

/** A record as a copy of *model, with a generation of its own, in no list; NULL when none is left.
 */
struct tcp_conn *lifetime_begin(struct tcp *tcp, const struct tcp_conn *model);

/**
 * SYN-RECEIVED by a Fast Open cookie (RFC 7413 4.2): flight, initial window, and the service is
 * told. False when there is no flight: the record is gone again.
 */
bool lifetime_fast_open(struct tcp *tcp, struct tcp_conn *conn);

/** ESTABLISHED was reached: initial window, and the service is told. */
void lifetime_established(struct tcp *tcp, struct tcp_conn *conn);

/**
 * The connection is over for this reason: out of the table, timers off, and closed() due. In order
 * (LA_REASON_DONE), what the service has not read yet it may still read first. State and RST are
 * the caller's business.
 */
void lifetime_end(struct tcp *tcp, struct tcp_conn *conn, enum la_reason reason);

/** closed() was called, or nobody is there to be told: the record goes. */
void lifetime_release(struct tcp *tcp, struct tcp_conn *conn);

/** True if closed() can be called now: all is read, or there is nobody who would read. */
bool lifetime_may_tell_closed(const struct tcp *tcp, const struct tcp_conn *conn);

#endif
