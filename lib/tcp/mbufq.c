/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/mbufq.h"

#include <assert.h>
#include <string.h>

#include "config/limits.h"

/* Copies what fits behind the data of a buffer; returns how much that is. */
static inline uint32_t write_behind(struct rte_mbuf *mbuf, const void *bytes, uint32_t size)
{
	uint32_t room = rte_pktmbuf_tailroom(mbuf);

	if (room > size)
		room = size;
	memcpy(rte_pktmbuf_mtod_offset(mbuf, void *, mbuf->data_len), bytes, room);
	mbuf->data_len = (uint16_t)(mbuf->data_len + room);
	mbuf->pkt_len = mbuf->data_len;
	return room;
}

/* Copies a small buffer's bytes behind the last one; false when that may not be written. */
static bool coalesce(struct mbufq *queue, const void *bytes, uint32_t size)
{
	struct rte_mbuf *tail = queue->tail;

	if (tail == NULL || size > COALESCE_BYTES || !buffer_is_writable(tail) ||
	    rte_pktmbuf_tailroom(tail) < size)
		return false;
	queue->bytes += write_behind(tail, bytes, size);
	return true;
}

static void append_buffer(struct mbufq *queue, struct rte_mbuf *mbuf)
{
	assert(mbuf->data_len > 0);
	mbuf->next = NULL;
	mbuf->nb_segs = 1;
	mbuf->pkt_len = mbuf->data_len;
	if (queue->tail == NULL)
		queue->head = mbuf;
	else
		queue->tail->next = mbuf;
	queue->tail = mbuf;
	queue->bytes += mbuf->data_len;
	queue->buffers++;
}

void mbufq_append_chain(struct mbufq *queue, struct rte_mbuf *chain)
{
	while (chain != NULL) {
		struct rte_mbuf *next = chain->next;

		if (chain->data_len == 0 ||
		    coalesce(queue, rte_pktmbuf_mtod(chain, void *), chain->data_len))
			buffer_give(chain);
		else
			append_buffer(queue, chain);
		chain = next;
	}
}

uint32_t mbufq_append_copy(struct mbufq *queue, struct rte_mempool *pool, const void *bytes,
			   uint32_t size)
{
	const uint8_t *from = bytes;
	uint32_t left = size;

	while (left > 0) {
		struct rte_mbuf *tail = queue->tail;
		uint32_t room;

		if (tail != NULL && buffer_is_writable(tail) && rte_pktmbuf_tailroom(tail) > 0) {
			room = write_behind(tail, from, left);
			queue->bytes += room;
		} else {
			tail = buffer_take(pool);
			if (tail == NULL)
				break;
			room = write_behind(tail, from, left);
			append_buffer(queue, tail);
		}
		from += room;
		left -= room;
	}
	return size - left;
}

static struct rte_mbuf *pop_buffer(struct mbufq *queue)
{
	struct rte_mbuf *head = queue->head;

	assert(head != NULL);
	queue->head = head->next;
	if (queue->head == NULL)
		queue->tail = NULL;
	queue->bytes -= head->data_len;
	queue->buffers--;
	head->next = NULL;
	return head;
}

void mbufq_trim_part(struct mbufq *queue, uint32_t count)
{
	assert(count <= queue->bytes);
	while (count > 0) {
		struct rte_mbuf *head = queue->head;

		if (count < head->data_len) {
			head->data_off = (uint16_t)(head->data_off + count);
			head->data_len = (uint16_t)(head->data_len - count);
			head->pkt_len = head->data_len;
			queue->bytes -= count;
			return;
		}
		count -= head->data_len;
		buffer_give(pop_buffer(queue));
	}
}

void mbufq_peek(const struct mbufq *queue, void *out, uint32_t count)
{
	const struct rte_mbuf *mbuf = queue->head;
	uint8_t *to = out;

	assert(count <= queue->bytes);
	while (count > 0) {
		uint32_t piece = mbuf->data_len < count ? mbuf->data_len : count;

		memcpy(to, rte_pktmbuf_mtod(mbuf, const void *), piece);
		to += piece;
		count -= piece;
		mbuf = mbuf->next;
	}
}

/* A clone of the first count bytes of the head buffer, which keeps the rest. */
static struct rte_mbuf *split_head(struct mbufq *queue, struct rte_mempool *pool, uint32_t count)
{
	struct rte_mbuf *clone = buffer_take(pool);

	if (clone == NULL)
		return NULL;
	rte_pktmbuf_attach(clone, queue->head);
	clone->data_len = (uint16_t)count;
	clone->pkt_len = count;
	clone->next = NULL;
	clone->nb_segs = 1;
	mbufq_trim(queue, count);
	return clone;
}

struct rte_mbuf *mbufq_take_part(struct mbufq *queue, struct rte_mempool *pool, uint32_t max)
{
	struct rte_mbuf *first = NULL, *last = NULL;
	uint32_t bytes = 0;
	uint16_t segments = 0;

	while (queue->head != NULL && bytes < max && segments < CHAIN_BUFFERS_MAX) {
		struct rte_mbuf *mbuf;

		if (queue->head->data_len <= max - bytes)
			mbuf = pop_buffer(queue);
		else
			mbuf = split_head(queue, pool, max - bytes);
		if (mbuf == NULL)
			break;
		if (first == NULL)
			first = mbuf;
		else
			last->next = mbuf;
		last = mbuf;
		bytes += mbuf->data_len;
		segments++;
	}
	if (first != NULL) {
		first->nb_segs = segments;
		first->pkt_len = bytes;
	}
	return first;
}

void mbufq_free(struct mbufq *queue)
{
	while (queue->head != NULL)
		buffer_give(pop_buffer(queue));
	assert(queue->bytes == 0 && queue->buffers == 0);
}

struct rte_mbuf *mbufq_chain_drop_front(struct rte_mbuf *chain, uint32_t count)
{
	uint32_t left = chain->pkt_len;

	assert(count <= left);
	left -= count;
	while (chain != NULL && count >= chain->data_len && (count > 0 || chain->data_len == 0)) {
		struct rte_mbuf *next = chain->next;
		uint16_t segments = chain->nb_segs;

		count -= chain->data_len;
		buffer_give(chain);
		chain = next;
		if (chain != NULL) {
			chain->nb_segs = (uint16_t)(segments - 1);
			chain->pkt_len = left;
		}
	}
	if (chain != NULL && count > 0) {
		chain->data_off = (uint16_t)(chain->data_off + count);
		chain->data_len = (uint16_t)(chain->data_len - count);
		chain->pkt_len = left;
	}
	return chain;
}

void mbufq_chain_cut(struct rte_mbuf *chain, uint32_t length)
{
	struct rte_mbuf *mbuf = chain;
	uint32_t left = length;
	uint16_t segments = 1;

	assert(length > 0 && length <= chain->pkt_len);
	while (left > mbuf->data_len) {
		left -= mbuf->data_len;
		mbuf = mbuf->next;
		segments++;
	}
	mbuf->data_len = (uint16_t)left;
	while (mbuf->next != NULL) {
		struct rte_mbuf *extra = mbuf->next;

		mbuf->next = extra->next;
		buffer_give(extra);
	}
	chain->nb_segs = segments;
	chain->pkt_len = length;
}
