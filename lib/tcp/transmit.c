/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/transmit.h"

#include <assert.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "base/buffer.h"
#include "base/gauge.h"
#include "config/limits.h"
#include "tcp/ladder_note.h"
#include "tcp/tcp.h"
#include "tcp/transmit_plain.h"
#include "wire/ipv4.h"

static struct rte_mbuf *take_reserved(struct tcp *tcp)
{
	gauge_add(&tcp->reserved, -1);
	return tcp->reserve[tcp->reserved];
}

struct rte_mbuf *transmit_buffer(struct tcp *tcp, bool from_reserve)
{
	struct rte_mbuf *mbuf = buffer_take_ahead(tcp->env->mbufs, tcp->env->at_hand);

	if (unlikely(mbuf == NULL && from_reserve && tcp->reserved > 0))
		mbuf = take_reserved(tcp);
	return mbuf;
}

/* Never scaled in a SYN (RFC 7323 2.2). */
static uint8_t shift_of(const struct transmit_request *request)
{
	return (request->flags & TCP_SYN) != 0 ? 0 : request->wnd_shift;
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

/* The general way: the header in front of the text becomes the buffer's. */
static void send_otherwise(struct tcp *tcp, struct rte_mbuf *mbuf, const struct plain_to *plain,
			   uint64_t sum, uint8_t length)
{
	struct egress_to to = {
		.remote = *plain->remote,
		.local_index = plain->from.local_index,
		.protocol = IP_PROTOCOL_TCP,
		.ttl = way_ttl(plain->from.marks),
		.tos = way_tos(plain->from.marks),
		.dont_fragment = true,
		.sum = sum,
		.summed = length,
	};

	rte_pktmbuf_prepend(mbuf, length);
	egress_send(tcp->net, mbuf, &to);
}

void transmit_segment(struct tcp *tcp, struct rte_mbuf *mbuf,
		      const struct transmit_request *request)
{
	const struct tcp_tuple *tuple = request->tuple;
	struct tcp_header header = {
		.src_port = tuple->local_port,
		.dst_port = tuple->remote_port,
		.seq = request->seq,
		.ack = (request->flags & TCP_ACK) != 0 ? request->ack : 0,
		.window = transmit_window(request->wnd, shift_of(request)),
		.urgent = request->urgent,
		.flags = request->flags,
		.length = (uint8_t)(TCP_HEADER_BYTES + tcp_options_length(request->options)),
	};
	struct plain_to to = { .remote = &tuple->remote,
			       .from = { tuple->local_index, request->marks } };
	struct plain_header plain = { .at = rte_pktmbuf_mtod(mbuf, uint8_t *) - header.length,
				      .length = header.length };

	assert(mbuf->pkt_len == request->text);
	plain.unsummed = request->text;
	plain.sum = tcp_header_emit_sum(plain.at, &header, request->options);
	if (unlikely(ladder_on(&tcp->env->ladder)))
		note_departure(tcp, request, &header);
	stat_count(&tcp->env->counters, STAT_segments_out);
	if ((request->flags & TCP_RST) != 0)
		stat_count(&tcp->env->counters, STAT_resets_out);
	if (unlikely(!plain_output(tcp->net, mbuf, &to, plain)))
		send_otherwise(tcp, mbuf, &to, plain.sum, header.length);
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
