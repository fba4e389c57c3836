/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * input.h: SEGMENT ARRIVES (RFC 9293 section 3.10.7). Changes state and marks what is due; sends
 * nothing itself but the answers of reply.h.
 *
 * There is one state machine for three kinds of record. An embryo or a TIME-WAIT record is thawed
 * into a scratch connection, which goes through the same steps.
 */
#ifndef TCP_INPUT_H
#define TCP_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"
#include "tcp/conn.h"
#include "tcp/segment.h"
#include "tcp/table.h"

struct tcp;

/** One segment on its way through the steps, and the connection it is for. */
struct arrival {
	struct tcp *tcp;
	struct tcp_seg *seg;
	struct tcp_conn *conn;    /**< a connection, or scratch */
	struct table_entry entry; /**< the record behind it */
	uint32_t fin_seq;         /**< number of the segment's FIN, if it has one */
	struct tcp_conn *scratch; /**< room for a thawed record; nothing is in it before */
};

/** Deals with one segment and owns its buffer. Counts the drop, if it is one. */
void tcp_segment_arrives(struct tcp *tcp, struct tcp_seg *seg);

/** 3.10.7.4: SYN-RECEIVED and the seven states after it. */
enum verdict arrives_otherwise(struct arrival *arrival);

/** What FINs lead to, after quick_input(): our own, which may be acknowledged now, and the
 *  segment's, which is the next octet. */
void arrives_at_end(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg);

/** What a SYN tells of its sender, but for the MSS, into a connection in SYN-SENT. */
void input_take_syn(const struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg);

/** True if the arrival's connection is a full one, not a thawed record. */
static inline bool arrival_is_full(const struct arrival *arrival)
{
	return arrival->conn != arrival->scratch;
}

/** An ACK is owed: at the end of the breath for a connection; at once, and seldom, for a small
 *  record. */
void arrival_owes_ack(struct arrival *arrival);

/** A challenge ACK (RFC 5961), within the limit of the connection. */
void arrival_challenge(struct arrival *arrival);

/** Sixth to eighth step, for SYN-SENT, which joins them once it is ESTABLISHED. */
enum verdict arrives_from_sixth(struct arrival *arrival);

#endif
