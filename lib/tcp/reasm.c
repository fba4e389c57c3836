/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/reasm.h"

#include <assert.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/seq.h"
#include "config/limits.h"

/* What the first buffer of a range knows of it. */
struct range_links {
	struct rte_mbuf *tail; /* last buffer of this range */
	struct rte_mbuf *next; /* first buffer of the next one */
};

_Static_assert(sizeof(struct range_links) <= MBUF_PRIVATE_BYTES, "they have to fit a buffer");

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

static struct range_links *links_of(const struct rte_mbuf *first)
{
	return rte_mbuf_to_priv((struct rte_mbuf *)(uintptr_t)first);
}

static uint32_t range_end(const struct rte_mbuf *first)
{
	return end_of(links_of(first)->tail);
}

struct rte_mbuf *reasm_read_range(const struct rte_mbuf *first, struct reasm_range *out)
{
	out->from = seq_of(first);
	out->to = range_end(first);
	assert(seq_lt(out->from, out->to));
	return links_of(first)->next;
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
	if (mbuf->data_len > COALESCE_BYTES || !buffer_is_writable(before) ||
	    rte_pktmbuf_tailroom(before) < mbuf->data_len)
		return false;
	memcpy(rte_pktmbuf_mtod_offset(before, void *, before->data_len),
	       rte_pktmbuf_mtod(mbuf, const void *), mbuf->data_len);
	before->data_len = (uint16_t)(before->data_len + mbuf->data_len);
	before->pkt_len = before->data_len;
	return true;
}

/*
 * Finds the last range that begins at or before seq, NULL when all begin behind it. False when that
 * takes too many steps: what arrives as TCP sends it is near the last range, near the first gap
 * that is left, or near what arrived just before.
 */
static bool range_before(const struct reasm *reasm, uint32_t seq, struct rte_mbuf **found)
{
	struct rte_mbuf *range = reasm->last;
	unsigned int steps;

	*found = range;
	if (range == NULL || seq_leq(seq_of(range), seq))
		return true;
	range = reasm->latest;
	if (range == NULL || seq_gt(seq_of(range), seq))
		range = reasm->head;
	*found = NULL;
	if (seq_gt(seq_of(range), seq))
		return true;
	for (steps = 0; steps < REASSEMBLY_STEPS_MAX; steps++) {
		/* The last range begins behind seq, so there is a next one. */
		struct rte_mbuf *next = links_of(range)->next;

		*found = range;
		if (seq_gt(seq_of(next), seq))
			return true;
		range = next;
	}
	return false;
}

static struct rte_mbuf *range_after(const struct reasm *reasm, const struct rte_mbuf *before)
{
	return before == NULL ? reasm->head : links_of(before)->next;
}

bool reasm_find(const struct reasm *reasm, uint32_t seq, uint32_t length, struct reasm_range *out)
{
	struct rte_mbuf *range;

	if (!range_before(reasm, seq, &range))
		return false;
	if (range == NULL || seq_leq(range_end(range), seq))
		range = range_after(reasm, range);
	if (range == NULL || seq_geq(seq_of(range), seq + length))
		return false;
	out->from = seq_max(seq_of(range), seq);
	out->to = seq_min(range_end(range), seq + length);
	return true;
}

/* What follows the range `before`, or is the first, is from now on `range`. */
static void link_after(struct reasm *reasm, struct rte_mbuf *before, struct rte_mbuf *range)
{
	if (before == NULL)
		reasm->head = range;
	else
		links_of(before)->next = range;
	if (range == NULL)
		reasm->last = before;
	else if (links_of(range)->next == NULL)
		reasm->last = range;
}

/* The range is no more. */
static void forget(struct reasm *reasm, const struct rte_mbuf *range)
{
	if (reasm->latest == range)
		reasm->latest = NULL;
}

/* Frees the range behind `before` with all its buffers. */
static void drop_after(struct reasm *reasm, struct rte_mbuf *before)
{
	struct rte_mbuf *mbuf = range_after(reasm, before);

	forget(reasm, mbuf);
	link_after(reasm, before, links_of(mbuf)->next);
	reasm->ranges--;
	while (mbuf != NULL) {
		struct rte_mbuf *next = mbuf->next;

		reasm->bytes -= mbuf->data_len;
		reasm->buffers--;
		buffer_give(mbuf);
		mbuf = next;
	}
}

/*
 * Cuts off what is there already, and frees the ranges behind `before` that the buffer covers
 * whole. False when nothing new is left.
 */
static bool cut_known(struct reasm *reasm, struct rte_mbuf *before, struct rte_mbuf *mbuf)
{
	struct rte_mbuf *after;

	if (before != NULL && seq_gt(range_end(before), seq_of(mbuf))) {
		uint32_t known = range_end(before) - seq_of(mbuf);

		if (known >= mbuf->data_len)
			return false;
		trim_front(mbuf, known);
	}
	while ((after = range_after(reasm, before)) != NULL &&
	       seq_lt(seq_of(after), end_of(mbuf))) {
		if (seq_gt(range_end(after), end_of(mbuf))) {
			mbuf->data_len = (uint16_t)(seq_of(after) - seq_of(mbuf));
			mbuf->pkt_len = mbuf->data_len;
			break;
		}
		drop_after(reasm, before);
	}
	return true;
}

/* Puts the buffer behind the last one of a range. Owns it. */
static void append_take(struct reasm *reasm, struct rte_mbuf *range, struct rte_mbuf *mbuf)
{
	struct range_links *links = links_of(range);

	if (append_small(links->tail, mbuf)) {
		buffer_give(mbuf);
		return;
	}
	links->tail->next = mbuf;
	links->tail = mbuf;
	reasm->buffers++;
}

/* The range behind `before` has grown up to it: the two are one. */
static void join_after(struct reasm *reasm, struct rte_mbuf *before)
{
	struct rte_mbuf *after = range_after(reasm, before);
	struct range_links *links = links_of(before);

	forget(reasm, after);
	links->tail->next = after;
	links->tail = links_of(after)->tail;
	link_after(reasm, before, links_of(after)->next);
	reasm->ranges--;
}

/* Makes the buffer a range of its own behind `before`. Owns it. */
static void begin_take(struct reasm *reasm, struct rte_mbuf *before, struct rte_mbuf *mbuf)
{
	*links_of(mbuf) = (struct range_links){ .tail = mbuf, .next = range_after(reasm, before) };
	link_after(reasm, before, mbuf);
	reasm->ranges++;
	reasm->buffers++;
}

/* Buffers with little in them cost more than they are worth: an attacker sends single bytes. */
static bool is_well_filled(const struct reasm *reasm)
{
	return reasm->bytes / REASSEMBLY_FILL_BYTES >= reasm->buffers;
}

/* Puts one buffer, whose sequence number is noted in it, in its place. Owns it. */
static bool insert_take(struct reasm *reasm, struct rte_mbuf *mbuf)
{
	bool poor = !is_well_filled(reasm);
	unsigned int ranges_max = poor ? REASSEMBLY_POOR_RANGES : REASSEMBLY_RANGES_MAX;
	struct rte_mbuf *before, *after, *range;
	bool joins_before, joins_after;

	/* Before anything is replaced: what was kept once is not forgotten for want of room. */
	if ((poor && reasm->buffers >= REASSEMBLY_POOR_MBUFS) ||
	    !range_before(reasm, seq_of(mbuf), &before)) {
		buffer_give(mbuf);
		return false;
	}
	if (!cut_known(reasm, before, mbuf)) {
		buffer_give(mbuf);
		reasm->latest = before;
		return true;
	}
	after = range_after(reasm, before);
	joins_before = before != NULL && range_end(before) == seq_of(mbuf);
	joins_after = after != NULL && seq_of(after) == end_of(mbuf);
	if (!joins_before && !joins_after && reasm->ranges >= ranges_max) {
		buffer_give(mbuf);
		return false;
	}
	reasm->bytes += mbuf->data_len;
	range = joins_before ? before : mbuf;
	if (joins_before)
		append_take(reasm, before, mbuf);
	else
		begin_take(reasm, before, mbuf);
	if (joins_after)
		join_after(reasm, range);
	reasm->latest = range;
	return true;
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
		if (length == 0)
			buffer_give(chain);
		else
			kept = insert_take(reasm, chain) && kept;
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

		link_after(reasm, NULL, links_of(mbuf)->next);
		reasm->ranges--;
		forget(reasm, mbuf);
		while (mbuf != NULL) {
			struct rte_mbuf *next = mbuf->next;
			uint32_t known = rcv_nxt - seq_of(mbuf);

			reasm->bytes -= mbuf->data_len;
			reasm->buffers--;
			mbuf->next = NULL;
			if (known >= mbuf->data_len) {
				buffer_give(mbuf);
			} else {
				trim_front(mbuf, known);
				pulled += mbuf->data_len;
				rcv_nxt += mbuf->data_len;
				mbufq_append_take(queue, mbuf);
			}
			mbuf = next;
		}
	}
	return pulled;
}

void reasm_free(struct reasm *reasm)
{
	while (reasm->head != NULL)
		drop_after(reasm, NULL);
	assert(reasm->buffers == 0 && reasm->bytes == 0);
	reasm_init(reasm);
}
