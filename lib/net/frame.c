/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include <rte_mbuf.h>

#include "base/buffer.h"
#include "net/frame.h"
#include "net/net.h"

void net_drop(struct net *net, struct rte_mbuf *mbuf, enum verdict reason)
{
	assert(reason > VERDICT_DONE && reason < VERDICTS);
	assert(mbuf != NULL);
	drop_count(&net->env->counters, reason);
	buffer_give_chain(mbuf);
}

bool frame_is_sole(const struct rte_mbuf *mbuf)
{
	for (; mbuf != NULL; mbuf = mbuf->next) {
		if (rte_mbuf_refcnt_read(mbuf) != 1)
			return false;
	}
	return true;
}

/* Gets one more buffer at the end of the chain that starts with first (NULL: starts it). */
static struct rte_mbuf *grow(struct env *env, struct rte_mbuf **first, struct rte_mbuf *last)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(env->mbufs);

	if (mbuf == NULL)
		return NULL;
	if (*first == NULL) {
		*first = mbuf;
	} else {
		last->next = mbuf;
		(*first)->nb_segs++;
	}
	return mbuf;
}

struct rte_mbuf *frame_copy(struct env *env, struct rte_mbuf *mbuf)
{
	struct rte_mbuf *first = NULL, *last = NULL;
	uint32_t length = rte_pktmbuf_pkt_len(mbuf), done = 0;

	do {
		uint8_t *room;
		const uint8_t *bytes;
		uint32_t part;

		last = grow(env, &first, last);
		if (last == NULL) {
			rte_pktmbuf_free(first);
			return NULL;
		}
		part = RTE_MIN(length - done, (uint32_t)rte_pktmbuf_tailroom(last));
		assert(part > 0 || length == 0);
		room = rte_pktmbuf_mtod(last, uint8_t *);
		last->data_len = (uint16_t)part;
		bytes = part == 0 ? room : rte_pktmbuf_read(mbuf, done, part, room);
		assert(bytes != NULL);
		if (bytes != room)
			rte_memcpy(room, bytes, part);
		done += part;
	} while (done < length);
	first->pkt_len = length;
	first->port = mbuf->port;
	rte_pktmbuf_free(mbuf);
	return first;
}

void frame_trim_to(struct rte_mbuf *mbuf, uint32_t length)
{
	struct rte_mbuf *segment = mbuf;
	uint32_t before = 0;

	assert(length <= rte_pktmbuf_pkt_len(mbuf));
	if (length == rte_pktmbuf_pkt_len(mbuf))
		return;
	assert(frame_is_sole(mbuf));
	mbuf->nb_segs = 1;
	while (before + segment->data_len < length) {
		before += segment->data_len;
		segment = segment->next;
		mbuf->nb_segs++;
	}
	segment->data_len = (uint16_t)(length - before);
	mbuf->pkt_len = length;
	rte_pktmbuf_free(segment->next);
	segment->next = NULL;
}
