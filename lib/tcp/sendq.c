/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/sendq.h"

#include <assert.h>
#include <string.h>

#include "base/seq.h"
#include "config/limits.h"

uint32_t sendq_acknowledge_part(struct sendq *queue, uint32_t seq)
{
	uint32_t count;

	if (seq_leq(seq, queue->seq))
		return 0;
	count = seq - queue->seq;
	assert(count <= queue->bytes.bytes);
	/* The first buffer is cut or freed: a cursor before the new front is of no use. */
	if (queue->cursor != NULL && seq_leq(queue->cursor_seq, seq))
		queue->cursor = NULL;
	mbufq_trim(&queue->bytes, count);
	queue->seq = seq;
	if (seq_lt(queue->push_seq, seq))
		queue->push_seq = seq;
	return count;
}

/* Moves the cursor to the buffer that holds seq. */
static inline void seek(struct sendq *queue, uint32_t seq)
{
	if (queue->cursor == NULL || seq_lt(seq, queue->cursor_seq)) {
		queue->cursor = queue->bytes.head;
		queue->cursor_seq = queue->seq;
	}
	while (seq - queue->cursor_seq >= queue->cursor->data_len) {
		queue->cursor_seq += queue->cursor->data_len;
		queue->cursor = queue->cursor->next;
		assert(queue->cursor != NULL);
	}
}

static bool fill_copy(const struct rte_mbuf *from, uint32_t offset, uint32_t length,
		      struct rte_mbuf *segment)
{
	uint8_t *to = rte_pktmbuf_mtod_offset(segment, uint8_t *, segment->data_len);

	assert(segment->next == NULL);
	if (rte_pktmbuf_tailroom(segment) < length)
		return false;
	segment->data_len = (uint16_t)(segment->data_len + length);
	segment->pkt_len = segment->data_len;
	while (length > 0) {
		uint32_t piece = from->data_len - offset;

		if (piece > length)
			piece = length;
		memcpy(to, rte_pktmbuf_mtod_offset(from, const void *, offset), piece);
		to += piece;
		length -= piece;
		offset = 0;
		from = from->next;
	}
	return true;
}

static bool fill_attach(struct rte_mbuf *from, uint32_t offset, uint32_t length,
			struct rte_mbuf *segment, struct rte_mempool *pool)
{
	struct rte_mbuf *last = segment;

	assert(segment->next == NULL);
	while (length > 0) {
		uint32_t piece = from->data_len - offset;
		struct rte_mbuf *clone = buffer_take(pool);

		if (clone == NULL) {
			rte_pktmbuf_free(segment->next);
			segment->next = NULL;
			segment->nb_segs = 1;
			segment->pkt_len = segment->data_len;
			return false;
		}
		if (piece > length)
			piece = length;
		rte_pktmbuf_attach(clone, from);
		clone->data_off = (uint16_t)(clone->data_off + offset);
		clone->data_len = (uint16_t)piece;
		clone->pkt_len = piece;
		clone->next = NULL;
		clone->nb_segs = 1;
		last->next = clone;
		last = clone;
		segment->nb_segs++;
		segment->pkt_len += piece;
		/* nb_segs of the rest is what a chain that is freed as one has to say */
		segment->next->nb_segs = (uint16_t)(segment->nb_segs - 1);
		length -= piece;
		offset = 0;
		from = from->next;
	}
	return true;
}

/* How many buffers the bytes stand in. */
static unsigned int pieces_of(const struct rte_mbuf *from, uint32_t offset, uint32_t length)
{
	unsigned int pieces = 1;

	for (uint32_t held = from->data_len - offset; held < length; pieces++) {
		from = from->next;
		held += from->data_len;
	}
	return pieces;
}

bool sendq_fill(struct sendq *queue, uint32_t seq, uint32_t length, struct rte_mbuf *segment,
		struct rte_mempool *pool, bool copy)
{
	assert(length > 0);
	assert(seq_geq(seq, queue->seq) && seq_leq(seq + length, sendq_end(queue)));
	seek(queue, seq);
	if (copy || pieces_of(queue->cursor, seq - queue->cursor_seq, length) > SEGMENT_PIECES_MAX)
		return fill_copy(queue->cursor, seq - queue->cursor_seq, length, segment);
	return fill_attach(queue->cursor, seq - queue->cursor_seq, length, segment, pool);
}

void sendq_free(struct sendq *queue)
{
	mbufq_free(&queue->bytes);
	queue->cursor = NULL;
}
