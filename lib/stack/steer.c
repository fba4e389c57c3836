/* SPDX-License-Identifier: BSD-3-Clause */
#include "stack/steer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_ring_elem.h>

#include "base/memory.h"
#include "net/frame.h"
#include "wire/tcp_header.h"

enum parcel_kind {
	PARCEL_PACKET,
	PARCEL_NEWS,
	PARCEL_DOUBT, /**< what this worker was handed was not its own */
};

/** What lies on a ring. */
struct parcel {
	uint32_t kind; /**< enum parcel_kind */
	union {
		struct packet packet;
		struct neighbour_news news;
	};
};

_Static_assert(sizeof(struct parcel) % 4 == 0, "rte_ring takes elements of words");

size_t steer_ring_memory(void)
{
	ssize_t bytes = rte_ring_get_memsize_elem(sizeof(struct parcel), STEER_RING);

	assert(bytes > 0);
	return (size_t)bytes;
}

int steer_create(struct steer *steer, struct env *env, struct net *net, const struct rss *rss,
		 unsigned int self)
{
	assert(self < rss->workers && rss->workers <= WORKERS_MAX);
	*steer = (struct steer){
		.env = env, .net = net, .rss = rss, .self = self, .workers = rss->workers
	};
	for (unsigned int i = 0; i < steer->workers; i++) {
		if (i == self)
			continue;
		steer->in[i] = memory_reserve(steer_ring_memory(), env->numa_node);
		if (steer->in[i] == NULL)
			return -ENOMEM;
		rte_ring_init(steer->in[i], "steer", STEER_RING, RING_F_SP_ENQ | RING_F_SC_DEQ);
	}
	return 0;
}

void steer_join(struct steer *from, struct steer *to)
{
	assert(from->self != to->self);
	from->out[to->self] = to->in[from->self];
}

void steer_destroy(struct steer *steer)
{
	struct parcel parcel;

	for (unsigned int i = 0; i < WORKERS_MAX; i++) {
		struct rte_ring *ring = steer->in[i];

		if (ring == NULL)
			continue;
		while (rte_ring_sc_dequeue_elem(ring, &parcel, sizeof(parcel)) == 0)
			if (parcel.kind == PARCEL_PACKET)
				rte_pktmbuf_free(parcel.packet.mbuf);
		memory_release(ring, steer_ring_memory());
	}
	memset(steer, 0, sizeof(*steer));
}

/* The hash by which the owner of the packet's connection is known: the port's, where it has one
 * that is right, or our own. */
static uint32_t hash_of(struct steer *steer, const struct packet *packet)
{
	const struct la_addr *local = &steer->net->addresses.list[packet->local_index].addr;
	const struct rte_mbuf *mbuf = packet->mbuf;
	struct rss_trust *trust = &steer->trust[packet->port];
	uint16_t remote_port, local_port;
	uint32_t hash;

	if (unlikely(packet->kind == PACKET_ICMP_ERROR))
		return rss_hash(steer->rss, &packet->remote, local, packet->icmp.remote_port,
				packet->icmp.local_port);
	if ((mbuf->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0 &&
	    rss_trust_believes(trust, tcp_header_is_syn(mbuf, packet->offset)))
		return mbuf->hash.rss;
	tcp_header_ports(mbuf, packet->offset, &remote_port, &local_port);
	hash = rss_hash(steer->rss, &packet->remote, local, remote_port, local_port);
	stat_count(&steer->env->counters, STAT_steer_hashed);
	if ((mbuf->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0 &&
	    rss_trust_compare(trust, mbuf->hash.rss, hash))
		stat_count(&steer->env->counters, STAT_rss_refuted);
	return hash;
}

/* Sends the packets of a burst that are worker to's, and marks them as sent. */
static void hand_over(struct steer *steer, unsigned int to, const struct packet *packets,
		      uint16_t *owners, unsigned int count)
{
	struct parcel parcels[BURST_FRAMES];
	unsigned int filled = 0, taken;

	for (unsigned int i = 0; i < count; i++) {
		if (owners[i] != to)
			continue;
		parcels[filled].kind = PARCEL_PACKET;
		parcels[filled++].packet = packets[i];
		owners[i] = WORKERS_MAX;
	}
	taken = rte_ring_sp_enqueue_burst_elem(steer->out[to], parcels, sizeof(parcels[0]), filled,
					       NULL);
	stat_add(&steer->env->counters, STAT_steer_out, taken);
	for (unsigned int i = taken; i < filled; i++) {
		drop_count(&steer->env->counters, DROP_steer_full);
		rte_pktmbuf_free(parcels[i].packet.mbuf);
	}
}

unsigned int steer_out(struct steer *steer, struct packet *packets, unsigned int count)
{
	uint16_t owners[BURST_FRAMES];
	unsigned int kept = 0, foreign = 0;

	assert(count <= BURST_FRAMES);
	for (unsigned int i = 0; i < count; i++) {
		owners[i] = (uint16_t)rss_owner(steer->rss, hash_of(steer, &packets[i]));
		foreign += owners[i] != steer->self;
	}
	if (foreign == 0)
		return count;
	for (unsigned int i = 0; i < count; i++)
		if (owners[i] != steer->self && owners[i] != WORKERS_MAX)
			hand_over(steer, owners[i], packets, owners, count);
	for (unsigned int i = 0; i < count; i++)
		if (owners[i] == steer->self)
			packets[kept++] = packets[i];
	return kept;
}

/* Text may be kept: then in a buffer that no other worker has to do with. False: there is none. */
static bool adopt(struct steer *steer, struct packet *packet)
{
	struct tcp_header header;
	struct rte_mbuf *copy;

	if (packet->kind != PACKET_TCP ||
	    tcp_header_parse(packet->mbuf, packet->offset, packet->length, &header) !=
		    VERDICT_CONTINUE ||
	    packet->length == header.length)
		return true;
	copy = frame_copy(steer->env, packet->mbuf);
	if (unlikely(copy == NULL)) {
		net_drop(steer->net, packet->mbuf, DROP_rx_no_mbuf);
		return false;
	}
	packet->mbuf = copy;
	stat_count(&steer->env->counters, STAT_steer_copied);
	return true;
}

/* Every hash is our own from here on. */
static void believe_no_port(struct steer *steer)
{
	for (unsigned int i = 0; i < steer->net->port_count; i++)
		if (rss_trust_refute(&steer->trust[i]))
			stat_count(&steer->env->counters, STAT_rss_refuted);
}

void steer_doubt(struct steer *steer, unsigned int from)
{
	struct parcel parcel = { .kind = PARCEL_DOUBT };

	/* One that is lost is told again with the next packet that goes astray. */
	if (from == steer->self)
		believe_no_port(steer);
	else
		(void)rte_ring_sp_enqueue_elem(steer->out[from], &parcel, sizeof(parcel));
}

static void hear(struct steer *steer, const struct parcel *parcel)
{
	const struct neighbour_news *news = &parcel->news;

	if (parcel->kind == PARCEL_DOUBT)
		believe_no_port(steer);
	else
		neighbour_learn(steer->net, news->port, &news->addr, news->mac, news->asked_only);
}

unsigned int steer_in(struct steer *steer, unsigned int from, struct packet *packets)
{
	struct parcel parcels[BURST_FRAMES];
	unsigned int taken, count = 0;

	if (steer->in[from] == NULL)
		return 0;
	taken = rte_ring_sc_dequeue_burst_elem(steer->in[from], parcels, sizeof(parcels[0]),
					       BURST_FRAMES, NULL);
	for (unsigned int i = 0; i < taken; i++) {
		if (unlikely(parcels[i].kind != PARCEL_PACKET)) {
			hear(steer, &parcels[i]);
			continue;
		}
		stat_count(&steer->env->counters, STAT_steer_in);
		packets[count] = parcels[i].packet;
		count += adopt(steer, &packets[count]);
	}
	return count;
}

bool steer_waits(const struct steer *steer)
{
	for (unsigned int i = 0; i < steer->workers; i++)
		if (steer->in[i] != NULL && !rte_ring_empty(steer->in[i]))
			return true;
	return false;
}

void steer_tell(void *ctx, const struct neighbour_news *news)
{
	struct steer *steer = ctx;
	struct parcel parcel = { .kind = PARCEL_NEWS, .news = *news };

	/* One that is lost is asked for again: whoever needs it goes on asking. */
	for (unsigned int i = 0; i < steer->workers; i++)
		if (steer->out[i] != NULL)
			(void)rte_ring_sp_enqueue_elem(steer->out[i], &parcel, sizeof(parcel));
}
