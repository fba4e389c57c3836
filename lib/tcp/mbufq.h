/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mbufq.h: a queue of packet buffers read as a stream of bytes. Send and receive queue are made of
 * it.
 *
 * Owns its buffers. They hang together by mbuf.next, each a packet of one segment by itself, so
 * their number is not bounded by nb_segs. Small text is copied behind the last buffer where that
 * one is ours alone, so that many small segments do not hold many large buffers.
 */
#ifndef TCP_MBUFQ_H
#define TCP_MBUFQ_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct mbufq {
	struct rte_mbuf *head, *tail;
	uint32_t bytes;
	uint32_t buffers;
};

/** Empty: so is one that is all zero. */
static inline void mbufq_init(struct mbufq *queue)
{
	*queue = (struct mbufq){ 0 };
}

/** A buffer with size bytes becomes the only one of an empty queue, which owns it. */
static inline void mbufq_begin(struct mbufq *queue, struct rte_mbuf *mbuf, uint16_t size)
{
	assert(queue->buffers == 0 && size > 0);
	mbuf->data_len = size;
	mbuf->pkt_len = size;
	*queue = (struct mbufq){ mbuf, mbuf, size, 1 };
}

/** mbufq_append_take() of any chain to any queue. */
void mbufq_append_chain(struct mbufq *queue, struct rte_mbuf *chain);

/** Appends all of a chain and owns it; buffers without bytes are freed. */
static inline void mbufq_append_take(struct mbufq *queue, struct rte_mbuf *chain)
{
	if (likely(queue->buffers == 0 && chain->nb_segs == 1 && chain->data_len > 0))
		mbufq_begin(queue, chain, chain->data_len);
	else
		mbufq_append_chain(queue, chain);
}

/** Appends a copy of size bytes; returns how many fitted before pool ran dry. */
uint32_t mbufq_append_copy(struct mbufq *queue, struct rte_mempool *pool, const void *bytes,
			   uint32_t size);

/** Takes the only buffer of a queue. */
static inline struct rte_mbuf *mbufq_take_only(struct mbufq *queue)
{
	struct rte_mbuf *mbuf = queue->head;

	assert(queue->buffers == 1);
	/* The compiler knows by this that there is one. */
	if (mbuf == NULL)
		__builtin_unreachable();
	*queue = (struct mbufq){ 0 };
	return mbuf;
}

/** mbufq_trim() of any part of any queue. */
void mbufq_trim_part(struct mbufq *queue, uint32_t count);

/** Frees count bytes at the front; count is at most queue->bytes. */
static inline void mbufq_trim(struct mbufq *queue, uint32_t count)
{
	/* Nearly always what one segment brought, as a whole. */
	if (likely(count == queue->bytes && queue->buffers == 1)) {
		buffer_give(mbufq_take_only(queue));
	} else {
		mbufq_trim_part(queue, count);
	}
}

/** Copies count bytes from the front and leaves them there. */
void mbufq_peek(const struct mbufq *queue, void *out, uint32_t count);

/** mbufq_take() of any part of any queue. */
struct rte_mbuf *mbufq_take_part(struct mbufq *queue, struct rte_mempool *pool, uint32_t max);

/**
 * Takes at most max bytes off the front as a regular chain, the caller's. A buffer that has to be
 * split is shared with a clone from pool. NULL when the queue is empty or pool is dry.
 */
static inline struct rte_mbuf *mbufq_take(struct mbufq *queue, struct rte_mempool *pool,
					  uint32_t max)
{
	return likely(queue->buffers == 1 && queue->bytes <= max)
		       ? mbufq_take_only(queue)
		       : mbufq_take_part(queue, pool, max);
}

void mbufq_free(struct mbufq *queue);

/** mbufq_chain_trim_front() where it takes whole buffers. */
struct rte_mbuf *mbufq_chain_drop_front(struct rte_mbuf *chain, uint32_t count);

/** Takes count bytes off the front of a chain, freeing what becomes empty. Returns the rest, which
 *  is NULL only when nothing is left. */
static inline struct rte_mbuf *mbufq_chain_trim_front(struct rte_mbuf *chain, uint32_t count)
{
	if (unlikely(count >= chain->data_len))
		return mbufq_chain_drop_front(chain, count);
	chain->data_off = (uint16_t)(chain->data_off + count);
	chain->data_len = (uint16_t)(chain->data_len - count);
	chain->pkt_len -= count;
	return chain;
}

/** Cuts a chain to its first length bytes, length > 0. */
void mbufq_chain_cut(struct rte_mbuf *chain, uint32_t length);

#endif
