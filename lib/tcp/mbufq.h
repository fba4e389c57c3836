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

struct rte_mbuf;
struct rte_mempool;

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

/** Frees one buffer that was linked by next to others of its queue. */
void mbufq_buffer_free(struct rte_mbuf *mbuf);

/** True if bytes may be written into the buffer: direct and not shared. */
bool mbufq_is_writable(const struct rte_mbuf *mbuf);

/** Takes count bytes off the front of a chain, freeing what becomes empty. Returns the rest, which
 *  is NULL only when nothing is left. */
struct rte_mbuf *mbufq_chain_trim_front(struct rte_mbuf *chain, uint32_t count);

/** Cuts a chain to its first length bytes, length > 0. */
void mbufq_chain_cut(struct rte_mbuf *chain, uint32_t length);

#endif
