/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sendq.h: bytes the service gave and the peer has not acknowledged, by sequence number.
 *
 * Owns the bytes. Knows neither windows nor timers; output.c decides what leaves when.
 */
#ifndef TCP_SENDQ_H
#define TCP_SENDQ_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/mbufq.h"

struct sendq {
	struct mbufq bytes;
	uint32_t seq;            /**< sequence number of the first byte */
	uint32_t push_seq;       /**< behind the last byte that the service pushed (MUST-60) */
	struct rte_mbuf *cursor; /**< the buffer looked at last, or NULL */
	uint32_t cursor_seq;     /**< sequence number of its first byte */
};

/** Empty; the first byte is going to have this number. */
static inline void sendq_init(struct sendq *queue, uint32_t seq)
{
	*queue = (struct sendq){ .seq = seq, .push_seq = seq, .cursor_seq = seq };
}

/** The sequence number behind the last byte queued: that of a FIN. */
static inline uint32_t sendq_end(const struct sendq *queue)
{
	return queue->seq + queue->bytes.bytes;
}

/** Everything queued so far is to be pushed. */
static inline void sendq_push(struct sendq *queue)
{
	queue->push_seq = sendq_end(queue);
}

/** The first length bytes, where they lie in one buffer; else NULL. There are so many. */
static inline const uint8_t *sendq_front(const struct sendq *queue, uint32_t length)
{
	const struct rte_mbuf *first = queue->bytes.head;

	assert(length > 0 && length <= queue->bytes.bytes);
	return length <= first->data_len ? rte_pktmbuf_mtod(first, const uint8_t *) : NULL;
}

/** sendq_acknowledge() of any part of what is queued. */
uint32_t sendq_acknowledge_part(struct sendq *queue, uint32_t seq);

/**
 * sendq_acknowledge() where that is all there is, in one buffer, as mostly: what one answer was.
 * The buffer is the caller's then; NULL: it is not so, and the queue is as before.
 */
static inline struct rte_mbuf *sendq_acknowledge_only(struct sendq *queue, uint32_t seq)
{
	if (unlikely(seq != sendq_end(queue) || queue->bytes.buffers != 1))
		return NULL;
	queue->seq = seq;
	queue->push_seq = seq;
	queue->cursor = NULL;
	return mbufq_take_only(&queue->bytes);
}

/** The peer has everything before seq: frees it. Returns how many bytes. */
static inline uint32_t sendq_acknowledge(struct sendq *queue, uint32_t seq)
{
	uint32_t count = seq - queue->seq;
	struct rte_mbuf *only = sendq_acknowledge_only(queue, seq);

	if (unlikely(only == NULL))
		return sendq_acknowledge_part(queue, seq);
	buffer_give(only);
	return count;
}

/**
 * Puts bytes [seq, seq + length) behind what is in segment: copied into its tailroom, or attached
 * as clones from pool. The bytes must be queued. False when pool is dry or the tailroom too small;
 * segment is then as before.
 */
bool sendq_fill(struct sendq *queue, uint32_t seq, uint32_t length, struct rte_mbuf *segment,
		struct rte_mempool *pool, bool copy);

void sendq_free(struct sendq *queue);

#endif
