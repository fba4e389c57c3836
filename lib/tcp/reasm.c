/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/reasm.h"

#include <assert.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/seq.h"
#include "config/limits.h"

void reasm_init(struct reasm *reasm)
{
	*reasm = (struct reasm){ 0 };
}

static uint32_t seq_of(const struct rte_mbuf *mbuf)
{
	return mbuf->hash.usr;
}

static uint32_t end_of(const struct rte_mbuf *mbuf)
{
	return mbuf->hash.usr + mbuf->data_len;
}

static void trim_front(struct rte_mbuf *mbuf, uint32_t count)
{
	mbuf->data_off = (uint16_t)(mbuf->data_off + count);
	mbuf->data_len = (uint16_t)(mbuf->data_len - count);
	mbuf->pkt_len = mbuf->data_len;
	mbuf->hash.usr += count;
}

static bool append_small(struct rte_mbuf *before, const struct rte_mbuf *mbuf)
{
	if (before == NULL || end_of(before) != seq_of(mbuf) || mbuf->data_len > COALESCE_BYTES ||
	    !mbufq_is_writable(before) || rte_pktmbuf_tailroom(before) < mbuf->data_len)
		return false;
	memcpy(rte_pktmbuf_mtod_offset(before, void *, before->data_len),
	       rte_pktmbuf_mtod(mbuf, const void *), mbuf->data_len);
	before->data_len = (uint16_t)(before->data_len + mbuf->data_len);
	before->pkt_len = before->data_len;
	return true;
}

static unsigned int count_ranges(const struct reasm *reasm)
{
	const struct rte_mbuf *mbuf;
	unsigned int ranges = 0;
	uint32_t expected = 0;

	for (mbuf = reasm->head; mbuf != NULL; mbuf = mbuf->next) {
		if (ranges == 0 || seq_of(mbuf) != expected)
			ranges++;
		expected = end_of(mbuf);
	}
	return ranges;
}

/* Puts one buffer, whose sequence number is noted in it, in its place and owns it. */
static void insert_buffer(struct reasm *reasm, struct rte_mbuf *mbuf)
{
	struct rte_mbuf **link = &reasm->head, *before = NULL;

	/* Skip those that end at or before our start. */
	while (*link != NULL && seq_leq(end_of(*link), seq_of(mbuf))) {
		before = *link;
		link = &before->next;
	}
	/* The first bytes may be there already. */
	if (*link != NULL && seq_leq(seq_of(*link), seq_of(mbuf))) {
		uint32_t known = end_of(*link) - seq_of(mbuf);

		if (known >= mbuf->data_len) {
			mbufq_buffer_free(mbuf);
			return;
		}
		trim_front(mbuf, known);
		before = *link;
		link = &before->next;
	}
	/* Kept buffers that ours covers whole say nothing new; those it covers in part cut it. */
	while (*link != NULL && seq_lt(seq_of(*link), seq_of(mbuf) + mbuf->data_len)) {
		struct rte_mbuf *covered = *link;

		if (seq_gt(end_of(covered), end_of(mbuf))) {
			mbuf->data_len = (uint16_t)(seq_of(covered) - seq_of(mbuf));
			mbuf->pkt_len = mbuf->data_len;
			break;
		}
		*link = covered->next;
		reasm->bytes -= covered->data_len;
		reasm->buffers--;
		mbufq_buffer_free(covered);
	}
	reasm->bytes += mbuf->data_len;
	if (append_small(before, mbuf)) {
		mbufq_buffer_free(mbuf);
		return;
	}
	mbuf->next = *link;
	mbuf->nb_segs = 1;
	mbuf->pkt_len = mbuf->data_len;
	*link = mbuf;
	reasm->buffers++;
}

/* A new buffer is welcome while there are few, or when it closes up to one that is there. */
static bool has_room(const struct reasm *reasm, uint32_t seq)
{
	const struct rte_mbuf *mbuf;

	if (reasm->buffers >= REASSEMBLY_MBUFS_MAX)
		return false;
	if (count_ranges(reasm) < REASSEMBLY_RANGES_MAX)
		return true;
	for (mbuf = reasm->head; mbuf != NULL; mbuf = mbuf->next)
		if (end_of(mbuf) == seq)
			return true;
	return false;
}

bool reasm_insert(struct reasm *reasm, uint32_t seq, struct rte_mbuf *chain)
{
	bool kept = true;

	while (chain != NULL) {
		struct rte_mbuf *next = chain->next;
		uint32_t length = chain->data_len;

		chain->next = NULL;
		chain->nb_segs = 1;
		chain->pkt_len = length;
		chain->hash.usr = seq;
		if (length == 0) {
			mbufq_buffer_free(chain);
		} else if (!has_room(reasm, seq)) {
			mbufq_buffer_free(chain);
			kept = false;
		} else {
			insert_buffer(reasm, chain);
		}
		seq += length;
		chain = next;
	}
	return kept;
}

uint32_t reasm_pull(struct reasm *reasm, uint32_t rcv_nxt, struct mbufq *queue)
{
	uint32_t pulled = 0;

	while (reasm->head != NULL && seq_leq(seq_of(reasm->head), rcv_nxt)) {
		struct rte_mbuf *mbuf = reasm->head;
		uint32_t known = rcv_nxt - seq_of(mbuf);

		reasm->head = mbuf->next;
		reasm->bytes -= mbuf->data_len;
		reasm->buffers--;
		mbuf->next = NULL;
		if (known >= mbuf->data_len) {
			mbufq_buffer_free(mbuf);
			continue;
		}
		trim_front(mbuf, known);
		pulled += mbuf->data_len;
		rcv_nxt += mbuf->data_len;
		mbufq_append_take(queue, mbuf);
	}
	return pulled;
}

void reasm_free(struct reasm *reasm)
{
	while (reasm->head != NULL) {
		struct rte_mbuf *mbuf = reasm->head;

		reasm->head = mbuf->next;
		mbufq_buffer_free(mbuf);
	}
	reasm_init(reasm);
}
