/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * buffer.h: one packet buffer, taken from its pool and given back.
 *
 * What rte_pktmbuf_alloc() and rte_pktmbuf_free_seg() do, with the usual case in line: the lcore
 * has a cache, which is neither empty nor full, and nobody else holds the buffer. Anything else is
 * theirs. Pools are made by mbufs.h.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "config/limits.h"

/** buffer_take() where the cache is empty, or there is none. */
struct rte_mbuf *buffer_take_anywhere(struct rte_mempool *pool) __rte_cold;

/** What is at hand where nothing is: a cache both empty and full, never written. */
struct rte_mempool_cache *buffers_none(void);

/** Where buffers are at hand: the cache of this lcore for a pool, or buffers_none(). */
struct rte_mempool_cache *buffers_at_hand(struct rte_mempool *pool);

/* The first words of a fresh header, which lie side by side: as drivers write them. */
struct buffer_rearm {
	uint16_t data_off, refcnt, nb_segs, port;
};

_Static_assert(offsetof(struct rte_mbuf, port) + sizeof(uint16_t) -
			       offsetof(struct rte_mbuf, data_off) ==
		       sizeof(struct buffer_rearm),
	       "they are what a header has there");

/* One that was in the cache until now: it is as fresh as from the pool. What rte_pktmbuf_reset()
 * does, knowing that each buffer of ours has all of its headroom and none is external by nature. */
static inline struct rte_mbuf *buffer_of_cache(struct rte_mbuf *mbuf)
{
	const struct buffer_rearm fresh = { RTE_PKTMBUF_HEADROOM, 1, 1, RTE_MBUF_PORT_INVALID };

	RTE_MEMPOOL_CHECK_COOKIES(mbuf->pool, (void **)&mbuf, 1, 1);
	assert(mbuf->refcnt == 1);
	memcpy(&mbuf->data_off, &fresh, sizeof(fresh));
	mbuf->next = NULL;
	mbuf->ol_flags = 0;
	mbuf->packet_type = 0;
	mbuf->pkt_len = 0;
	mbuf->data_len = 0;
	mbuf->vlan_tci = 0;
	mbuf->vlan_tci_outer = 0;
	mbuf->tx_offload = 0;
	return mbuf;
}

/** A fresh buffer, the caller's; NULL when the pool is dry. */
static inline struct rte_mbuf *buffer_take(struct rte_mempool *pool)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(pool, rte_lcore_id());

	if (unlikely(cache == NULL || cache->len == 0))
		return buffer_take_anywhere(pool);
	return buffer_of_cache(cache->objs[--cache->len]);
}

/** The same of those at hand (buffers_at_hand()), without a call; NULL: just now there is none. */
static inline struct rte_mbuf *buffer_take_at_hand(struct rte_mempool_cache *cache)
{
	if (unlikely(cache->len == 0))
		return NULL;
	return buffer_of_cache(cache->objs[--cache->len]);
}

/** The lines of a free buffer come into the cache that headers and a little text will be in. */
static inline void buffer_prefetch_room(const struct rte_mbuf *mbuf)
{
	const uint8_t *text =
		(const uint8_t *)(mbuf + 1) + MBUF_PRIVATE_BYTES + RTE_PKTMBUF_HEADROOM;

	rte_prefetch0(text - RTE_CACHE_LINE_SIZE);
	rte_prefetch0(text);
	rte_prefetch0(text + RTE_CACHE_LINE_SIZE);
}

/**
 * buffer_take(), of those at hand if there are any. The one that is taken next comes into the CPU's
 * cache while this one is written: its header, and the lines that headers and a little text will be
 * in. It may have been out with a peer for long.
 */
static inline struct rte_mbuf *buffer_take_ahead(struct rte_mempool *pool,
						 struct rte_mempool_cache *cache)
{
	struct rte_mbuf *mbuf, *next;

	if (unlikely(cache->len < 2))
		return buffer_take_anywhere(pool);
	mbuf = cache->objs[--cache->len];
	next = cache->objs[cache->len - 1];
	rte_prefetch0(next);
	rte_prefetch0(&next->next);
	buffer_prefetch_room(next);
	return buffer_of_cache(mbuf);
}

/** True if bytes may be written into the buffer: direct and not shared. */
static inline bool buffer_is_writable(const struct rte_mbuf *mbuf)
{
	return RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1;
}

_Static_assert(offsetof(struct rte_mbuf, nb_segs) ==
		       offsetof(struct rte_mbuf, refcnt) + sizeof(uint16_t),
	       "both are read at once");

/** True if it is no chain, and nobody else holds it. */
static inline bool buffer_is_single(const struct rte_mbuf *mbuf)
{
	uint32_t refcnt_and_segments;

	memcpy(&refcnt_and_segments, &mbuf->refcnt, sizeof(refcnt_and_segments));
	return refcnt_and_segments == 0x00010001;
}

/** buffer_give() of one that is not writable, or where the cache is full, or there is none. */
void buffer_give_anyhow(struct rte_mbuf *mbuf) __rte_cold;

/** Frees one buffer, which may be linked to others: these are not touched. */
static inline void buffer_give(struct rte_mbuf *mbuf)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(mbuf->pool, rte_lcore_id());

	if (unlikely(cache == NULL || cache->len >= cache->flushthresh ||
		     !buffer_is_writable(mbuf))) {
		buffer_give_anyhow(mbuf);
		return;
	}
	mbuf->next = NULL;
	mbuf->nb_segs = 1;
	RTE_MEMPOOL_CHECK_COOKIES(mbuf->pool, (void **)&mbuf, 1, 0);
	cache->objs[cache->len++] = mbuf;
}

/**
 * buffer_give() of one that is linked to no other: to those at hand of pool (buffers_at_hand()), if
 * it is theirs and nobody else holds it.
 */
static inline void buffer_give_at_hand(struct rte_mbuf *mbuf, const struct rte_mempool *pool,
				       struct rte_mempool_cache *cache)
{
	if (unlikely(mbuf->pool != pool || cache->len >= cache->flushthresh ||
		     !buffer_is_single(mbuf) || !RTE_MBUF_DIRECT(mbuf))) {
		buffer_give(mbuf);
		return;
	}
	RTE_MEMPOOL_CHECK_COOKIES(mbuf->pool, (void **)&mbuf, 1, 0);
	cache->objs[cache->len++] = mbuf;
}

/** Frees a chain. */
static inline void buffer_give_chain(struct rte_mbuf *chain)
{
	if (likely(chain->next == NULL))
		buffer_give(chain);
	else
		rte_pktmbuf_free(chain);
}

#endif
