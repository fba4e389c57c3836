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

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct mbufq {
	struct rte_mbuf *head, *tail;
	uint32_t bytes;
	uint32_t buffers;
};

void mbufq_init(struct mbufq *queue);

/** Appends all of a chain and owns it; buffers without bytes are freed. */
void mbufq_append_take(struct mbufq *queue, struct rte_mbuf *chain);

/** Appends a copy of size bytes; returns how many fitted before pool ran dry. */
uint32_t mbufq_append_copy(struct mbufq *queue, struct rte_mempool *pool, const void *bytes,
			   uint32_t size);

/** Frees count bytes at the front; count is at most queue->bytes. */
void mbufq_trim(struct mbufq *queue, uint32_t count);

/** Copies count bytes from the front and leaves them there. */
void mbufq_peek(const struct mbufq *queue, void *out, uint32_t count);

/**
 * Takes at most max bytes off the front as a regular chain, the caller's. A buffer that has to be
 * split is shared with a clone from pool. NULL when the queue is empty or pool is dry.
 */
struct rte_mbuf *mbufq_take(struct mbufq *queue, struct rte_mempool *pool, uint32_t max);

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
