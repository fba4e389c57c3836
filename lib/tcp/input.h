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

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/verdict.h"
#include "tcp/conn.h"
#include "tcp/quick_input.h"
#include "tcp/segment.h"
#include "tcp/table.h"
#include "tcp/tcp.h"

/** One segment on its way through the steps, and the connection it is for. */
struct arrival {
	struct tcp *tcp;
	struct tcp_seg *seg;
	struct tcp_conn *conn;    /**< a connection, or scratch */
	struct table_entry entry; /**< the record behind it */
	uint32_t fin_seq;         /**< number of the segment's FIN, if it has one */
	struct tcp_conn *scratch; /**< room for a thawed record; nothing is in it before */
};

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

/** The short cut, to the end of the connection if there is a FIN, or ours was sent. False: nothing
 *  has changed. */
static __rte_always_inline bool arrival_takes_short_cut(struct tcp *tcp, struct tcp_conn *conn,
							struct tcp_seg *seg)
{
	if (!quick_input(tcp, conn, seg))
		return false;
	if ((seg->flags & TCP_FIN) != 0 || conn_has(conn, CONN_FIN_SENT))
		arrives_at_end(tcp, conn, seg);
	return true;
}

/** tcp_segment_arrives() by all of the steps; refused: the connection whose short cut was asked
 *  already, or NULL. */
void tcp_segment_arrives_at_length(struct tcp *tcp, struct tcp_seg *seg, struct tcp_conn *refused);

/* The connection that was seen ahead is the segment's own, and not over: it stands in the table
 * still, where a tuple is once at most. */
static inline bool arrives_where_seen(const struct tcp_seg *seg)
{
	return seg->ahead != NULL && conn_has(seg->ahead, CONN_TABLED) &&
	       table_is_record_of(seg->ahead, &seg->tuple);
}

/** Deals with one segment and owns its buffer. Counts the drop, if it is one. */
static inline void tcp_segment_arrives(struct tcp *tcp, struct tcp_seg *seg)
{
	assert(seg->mbuf != NULL);
	if (unlikely(ladder_on(&tcp->env->ladder) || !arrives_where_seen(seg)))
		tcp_segment_arrives_at_length(tcp, seg, NULL);
	else if (unlikely(!arrival_takes_short_cut(tcp, seg->ahead, seg)))
		tcp_segment_arrives_at_length(tcp, seg, seg->ahead);
	if (seg->mbuf != NULL)
		buffer_give_chain(seg->mbuf);
}

#endif
