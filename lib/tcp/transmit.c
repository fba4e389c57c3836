/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/transmit.h"

#include <assert.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "base/gauge.h"
#include "config/limits.h"
#include "tcp/ladder_note.h"
#include "tcp/tcp.h"
#include "wire/ipv4.h"

static struct rte_mbuf *take_reserved(struct tcp *tcp)
{
	gauge_add(&tcp->reserved, -1);
	return tcp->reserve[tcp->reserved];
}

/*
 * The buffer that is taken next comes into the cache while this one is written: its header, and the
 * lines that headers and a little text will be in. It may have been out with a peer for long.
 */
static void prefetch_next(struct rte_mempool *pool)
{
	const struct rte_mempool_cache *cache = rte_mempool_default_cache(pool, rte_lcore_id());
	const struct rte_mbuf *next;

	if (cache == NULL || cache->len == 0)
		return;
	next = cache->objs[cache->len - 1];
	rte_prefetch0(next);
	rte_prefetch0(&next->next);
	rte_prefetch0((const uint8_t *)(next + 1) + MBUF_PRIVATE_BYTES + RTE_PKTMBUF_HEADROOM -
		      RTE_CACHE_LINE_SIZE);
	rte_prefetch0((const uint8_t *)(next + 1) + MBUF_PRIVATE_BYTES + RTE_PKTMBUF_HEADROOM);
}

struct rte_mbuf *transmit_buffer(struct tcp *tcp, bool from_reserve)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(tcp->env->mbufs);

	if (mbuf == NULL && from_reserve && tcp->reserved > 0)
		mbuf = take_reserved(tcp);
	prefetch_next(tcp->env->mbufs);
	return mbuf;
}

/* Never scaled in a SYN (RFC 7323 2.2). */
static uint8_t shift_of(const struct transmit_request *request)
{
	return (request->flags & TCP_SYN) != 0 ? 0 : request->wnd_shift;
}

static uint16_t window_field(const struct transmit_request *request)
{
	uint32_t window = request->wnd >> shift_of(request);

	return (uint16_t)(window < TCP_WINDOW_MAX ? window : TCP_WINDOW_MAX);
}

static void note_departure(struct tcp *tcp, const struct transmit_request *request,
			   const struct tcp_header *header)
{
	struct ladder_departure departure = {
		.tuple = request->tuple,
		.header = header,
		.options = request->options,
		.text = request->text,
		.window = (uint32_t)header->window << shift_of(request),
		.state = request->state,
		.retransmit = request->retransmit,
	};

	ladder_note_departure(tcp, &departure);
}

void transmit_segment(struct tcp *tcp, struct rte_mbuf *mbuf,
		      const struct transmit_request *request)
{
	struct tcp_header header = {
		.src_port = request->tuple->local_port,
		.dst_port = request->tuple->remote_port,
		.seq = request->seq,
		.ack = (request->flags & TCP_ACK) != 0 ? request->ack : 0,
		.window = window_field(request),
		.urgent = request->urgent,
		.flags = request->flags,
		.length = TCP_HEADER_BYTES,
	};
	struct egress_to to = {
		.remote = request->tuple->remote,
		.local_index = request->tuple->local_index,
		.protocol = IP_PROTOCOL_TCP,
		.ttl = request->ttl,
		.tos = request->tos,
		.dont_fragment = true,
	};

	assert(mbuf->pkt_len == request->text);
	header.length = (uint8_t)(TCP_HEADER_BYTES + tcp_options_length(request->options));
	to.sum = tcp_header_emit_sum((uint8_t *)rte_pktmbuf_prepend(mbuf, header.length), &header,
				     request->options);
	to.summed = header.length;
	if (unlikely(ladder_on(&tcp->env->ladder)))
		note_departure(tcp, request, &header);
	stat_count(&tcp->env->counters, STAT_segments_out);
	if ((request->flags & TCP_RST) != 0)
		stat_count(&tcp->env->counters, STAT_resets_out);
	egress_send(tcp->net, mbuf, &to);
}

bool transmit_bare(struct tcp *tcp, const struct transmit_request *request)
{
	/* A flood of SYNs must not use up what is kept for connections. */
	struct rte_mbuf *mbuf = transmit_buffer(tcp, (request->flags & TCP_SYN) == 0);

	assert(request->text == 0);
	if (mbuf == NULL)
		return false;
	transmit_segment(tcp, mbuf, request);
	return true;
}

void transmit_refill(struct tcp *tcp)
{
	while (tcp->reserved < MBUF_RESERVE) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(tcp->env->mbufs);

		if (mbuf == NULL)
			return;
		tcp->reserve[tcp->reserved] = mbuf;
		gauge_add(&tcp->reserved, 1);
	}
}

void transmit_count_buffers(struct tcp *tcp)
{
	/* rte_mempool_avail_count() would look into the cache of every lcore there could be. */
	struct rte_mempool *pool = tcp->env->mbufs;
	const struct rte_mempool_cache *cache = rte_mempool_default_cache(pool, rte_lcore_id());
	uint32_t free_now = rte_mempool_get_ops(pool->ops_index)->get_count(pool) +
			    (cache == NULL ? 0 : cache->len);

	share_count(&tcp->env->share, pool->size, free_now);
}

uint32_t transmit_share_bytes(const struct tcp *tcp)
{
	uint64_t free_bytes = (uint64_t)share_spare(&tcp->env->share) * RECEIVE_TUNING_FILL_BYTES;
	uint32_t sharers = tcp->flights.in_use > 0 ? tcp->flights.in_use : 1;

	return (uint32_t)(free_bytes / (RECEIVE_TUNING_SHARE * (uint64_t)sharers));
}

void transmit_drain(struct tcp *tcp)
{
	while (tcp->reserved > 0)
		rte_pktmbuf_free(take_reserved(tcp));
}
