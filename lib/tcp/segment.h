/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * segment.h: a TCP segment as the state machine sees it: host order, valid, text located. Nobody
 * below reads header bytes again.
 */
#ifndef TCP_SEGMENT_H
#define TCP_SEGMENT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/verdict.h"
#include "net/packet.h"
#include "tcp/conn.h"
#include "tcp/mbufq.h"
#include "tcp/table.h"
#include "wire/tcp_header.h"

struct tcp_seg {
	struct tcp_tuple tuple; /**< from our side */
	uint8_t flags;          /**< TCP_SYN, ... */
	uint8_t tos;
	uint32_t seq, ack, wnd; /**< SEG.SEQ, SEG.ACK, SEG.WND */
	uint32_t text;          /**< bytes of text */
	uint16_t urgent;        /**< SEG.UP; meant with TCP_URG */
	uint16_t text_offset;   /**< of the text in mbuf; 0 once the mbuf was trimmed to it */
	struct rte_mbuf *mbuf;  /**< owned by the arrival until the text is taken; then NULL */
	bool hashed;            /**< hash is meant; the steps of who has no connection want it */
	uint64_t hash;          /**< of the tuple, in the table */
	struct table_hint hint; /**< where the burst's look ahead saw the tuple */
	struct tcp_conn *ahead; /**< the connection that the slot led to then, its own or one with
				 * the same tag; or NULL. It may be over by now */
	struct tcp_options options;
};

/** SEG.LEN of a segment that has no SYN. */
static inline uint32_t segment_length_synless(const struct tcp_seg *seg)
{
	return seg->text + ((seg->flags & TCP_FIN) != 0);
}

/** SEG.LEN: text, SYN and FIN. */
static inline uint32_t segment_length(const struct tcp_seg *seg)
{
	return segment_length_synless(seg) + ((seg->flags & TCP_SYN) != 0);
}

/**
 * Reads a packet of kind PACKET_TCP. Continue and *out owns the mbuf; or the reason for which it is
 * to be dropped (the caller's then). Where its connection is, is not looked for.
 */
static inline enum verdict segment_read(const struct packet *packet, struct tcp_seg *out)
{
	const uint8_t *at = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->offset);
	struct tcp_header header;
	enum verdict verdict = tcp_header_read(at, packet->length, &header);

	if (unlikely(verdict != VERDICT_CONTINUE))
		return verdict;
	if (unlikely(header.src_port == 0 || header.dst_port == 0))
		return DROP_tcp_ports;
	if (unlikely((header.flags & TCP_SYN) != 0 && (header.flags & (TCP_FIN | TCP_RST)) != 0))
		return DROP_tcp_flags;
	out->tuple.remote = packet->remote;
	out->tuple.remote_port = header.src_port;
	out->tuple.local_port = header.dst_port;
	out->tuple.local_index = packet->local_index;
	out->flags = header.flags;
	out->tos = packet->tos;
	out->seq = header.seq;
	out->ack = header.ack;
	out->wnd = header.window;
	out->urgent = header.urgent;
	out->text = packet->length - header.length;
	out->text_offset = (uint16_t)(packet->offset + header.length);
	out->mbuf = packet->mbuf;
	out->hashed = false;
	tcp_options_read(at, header.length, &out->options);
	return VERDICT_CONTINUE;
}

/** The hash of the segment's tuple in the table; from here on it is meant. */
static inline uint64_t segment_hash(struct tcp_seg *seg, const struct table *table)
{
	if (!seg->hashed)
		seg->hash = table_hash(table, &seg->tuple);
	seg->hashed = true;
	return seg->hash;
}

/** The same of one that was hashed before. */
static inline uint64_t segment_hash_known(const struct tcp_seg *seg)
{
	assert(seg->hashed);
	return seg->hash;
}

/** Takes count bytes of text off the front; SEG.SEQ moves along. */
void segment_trim_front(struct tcp_seg *seg, uint32_t count);

/** Cuts the text to length bytes; a FIN behind it is gone then. */
void segment_cut(struct tcp_seg *seg, uint32_t length);

/** Leaves nothing but text in the mbuf, which becomes NULL if there is none. */
static inline void segment_strip_headers(struct tcp_seg *seg)
{
	if (seg->text_offset == 0)
		return;
	seg->mbuf = mbufq_chain_trim_front(seg->mbuf, seg->text_offset);
	seg->text_offset = 0;
}

/** The text alone as a chain, the caller's; NULL when there is none. */
static inline struct rte_mbuf *segment_take_text(struct tcp_seg *seg)
{
	struct rte_mbuf *text;

	if (seg->text == 0)
		return NULL;
	segment_strip_headers(seg);
	text = seg->mbuf;
	seg->mbuf = NULL;
	seg->text = 0;
	return text;
}

/** The same of a segment with text in one buffer that is as it came: the buffer, whose data begins
 *  with the text now. How much that is, the caller says. */
static inline struct rte_mbuf *segment_take_buffer(struct tcp_seg *seg)
{
	struct rte_mbuf *mbuf = seg->mbuf;

	mbuf->data_off = (uint16_t)(mbuf->data_off + seg->text_offset);
	seg->mbuf = NULL;
	seg->text = 0;
	return mbuf;
}

#endif
