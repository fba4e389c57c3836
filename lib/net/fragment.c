/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_ip_frag.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/buffer.h"
#include "base/order.h"
#include "config/tcp_constants.h"
#include "net/frame.h"
#include "net/net.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

#define TABLE_BUCKETS \
	64U /**< of rte_ip_frag, times the ways below: four times what slots can ask for */
#define TABLE_WAYS 4U
#define DATAGRAM_MAX 65535U /**< RFC 791: bytes of a datagram, header included */
#define UNIT 8U             /**< bytes in which fragments are counted */
#define MIDDLES_MAX \
	(FRAGMENTS_PER_DATAGRAM_MAX - 2U) /**< rte_ip_frag keeps a place for both ends */

_Static_assert(FRAGMENTS_PER_DATAGRAM_MAX <= RTE_LIBRTE_IP_FRAG_MAX_FRAG,
	       "rte_ip_frag takes as many fragments as we let through");
_Static_assert(FRAGMENT_DATAGRAMS_MAX <= UINT16_MAX, "a slot's number is rte_ip_frag's key");

int fragment_create(struct net *net)
{
	struct fragment_table *table = &net->fragments;
	struct env *env = net->env;
	int rc = pool_create(&table->slots, "fragmented datagrams", sizeof(struct fragment_slot),
			     FRAGMENT_DATAGRAMS_MAX, env->numa_node);

	if (rc != 0)
		return rc;
	line_init(&table->line,
		  (struct timer_node_array){ .base = table->slots.records +
						     offsetof(struct fragment_slot, timer),
					     .stride = table->slots.record_size });
	table->death_row = rte_zmalloc_socket("fragments to free", sizeof(*table->death_row), 0,
					      env->numa_node);
	table->dpdk =
		rte_ip_frag_table_create(TABLE_BUCKETS, TABLE_WAYS, TABLE_BUCKETS * TABLE_WAYS,
					 FRAGMENT_TIMEOUT_US, env->numa_node);
	table->held = 0;
	table->held_max =
		RTE_MAX(env->mbufs->size / FRAGMENT_HELD_SHARE, FRAGMENTS_PER_DATAGRAM_MAX);
	return table->death_row == NULL || table->dpdk == NULL ? -ENOMEM : 0;
}

static void free_dead(struct fragment_table *table)
{
	rte_ip_frag_free_death_row(table->death_row, 0);
	assert(table->death_row->cnt == 0);
}

void fragment_destroy(struct net *net)
{
	struct fragment_table *table = &net->fragments;

	if (table->dpdk != NULL)
		rte_ip_frag_table_destroy(table->dpdk);
	rte_free(table->death_row);
	pool_destroy(&table->slots);
	memset(table, 0, sizeof(*table));
}

/*
 * Hands a fragment to rte_ip_frag under the number of its slot. The header it reads is a copy of
 * our making: key, place and length as we found them, or as we want them to be seen.
 */
static struct rte_mbuf *reassemble(struct net *net, const struct ingress_frame *frame,
				   uint32_t slot, const struct fragment_range *range, bool more)
{
	struct fragment_table *table = &net->fragments;
	struct rte_mbuf *mbuf = frame->mbuf;
	struct rte_ipv4_hdr header = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length =
			order_16((uint16_t)(range->end - range->start + frame->ip.header_length)),
		.packet_id = (uint16_t)slot,
		.fragment_offset = order_16(
			(uint16_t)(range->start / UNIT | (more ? RTE_IPV4_HDR_MF_FLAG : 0))),
	};
	struct rte_mbuf *whole;

	mbuf->l2_len = frame->ip_offset;
	mbuf->l3_len = frame->ip.header_length;
	whole = rte_ipv4_frag_reassemble_packet(table->dpdk, table->death_row, mbuf,
						net->env->now_us, &header);
	free_dead(table);
	return whole;
}

static void release(struct fragment_table *table, uint32_t index)
{
	line_remove(&table->line, index);
	pool_give(&table->slots, index);
}

static void count_drops(struct net *net, enum verdict reason, unsigned int count)
{
	counter_bump(&net->env->counters.drops[reason], count);
}

/*
 * Ends a datagram: what it holds is freed and counted under reason, frame (mbuf included) with it,
 * and whatever of it still comes is refused. rte_ip_frag has no call for this, but frees a datagram
 * whole when it meets a second first or last fragment, or a last one that ends before what it
 * holds.
 */
static void refuse(struct net *net, struct ingress_frame *frame, uint32_t index,
		   enum verdict reason)
{
	struct fragment_table *table = &net->fragments;
	struct fragment_slot *slot = pool_at(&table->slots, index);
	struct fragment_range lie = { .start = slot->has_first ? 0 : UNIT };
	struct rte_mbuf *whole;

	assert(slot->count > 0 && table->held >= slot->buffers);
	lie.end = lie.start + 1;
	whole = reassemble(net, frame, index, &lie, slot->has_first);
	assert(whole == NULL);
	(void)whole;
	frame->mbuf = NULL;
	count_drops(net, reason, slot->count + 1U);
	table->held -= slot->buffers;
	slot->buffers = 0;
	slot->count = 0;
	slot->refused = reason;
}

/* Frees what rte_ip_frag holds of datagrams past their time; ours and its clock are the same. */
static void expire_slot(struct net *net, uint32_t index)
{
	struct fragment_table *table = &net->fragments;
	struct fragment_slot *slot = pool_at(&table->slots, index);

	assert(net->env->now_us > slot->started_us + FRAGMENT_TIMEOUT_US);
	rte_ip_frag_table_del_expired_entries(table->dpdk, table->death_row, net->env->now_us);
	free_dead(table);
	count_drops(net, DROP_frag_timeout, slot->count);
	assert(table->held >= slot->buffers);
	table->held -= slot->buffers;
	if (slot->has_first && slot->refused == VERDICT_CONTINUE) {
		struct icmp_about about = {
			.bytes = slot->quote,
			.length = slot->quote_length,
			.src = slot->src,
			.local_index = slot->local_index,
		};

		icmp_error_send_about(net, &about, ICMP_TIME_EXCEEDED, ICMP_CODE_REASSEMBLY);
	}
	pool_give(&table->slots, index);
}

unsigned int fragment_expire(struct net *net)
{
	struct fragment_table *table = &net->fragments;
	unsigned int fired = 0;
	uint32_t index;

	while (fired < FRAGMENT_DATAGRAMS_MAX &&
	       (index = line_expire(&table->line, net->env->now_tick)) != TIMER_NODE_NONE) {
		expire_slot(net, index);
		fired++;
	}
	return fired;
}

bool fragment_next(const struct fragment_table *table, uint32_t *tick)
{
	return line_next(&table->line, tick);
}

static uint32_t find_slot(const struct fragment_table *table, const struct ipv4_header *ip)
{
	uint32_t index = table->line.head;

	/* At most FRAGMENT_DATAGRAMS_MAX: fragments are rare, and a scan cannot be aimed at. */
	while (index != TIMER_NODE_NONE) {
		const struct fragment_slot *slot = pool_at(&table->slots, index);

		if (slot->src == ip->src && slot->dst == ip->dst && slot->id == ip->id &&
		    slot->protocol == ip->protocol)
			return index;
		index = slot->timer.next;
	}
	return POOL_NONE;
}

/* A slot for a new datagram; those that only remember a refusal give way, the oldest first. */
static uint32_t new_slot(struct net *net, const struct ingress_frame *frame)
{
	struct fragment_table *table = &net->fragments;
	uint32_t index = table->line.head;
	struct fragment_slot *slot;

	if (pool_left(&table->slots) == 0) {
		while (index != TIMER_NODE_NONE) {
			slot = pool_at(&table->slots, index);
			if (slot->refused != VERDICT_CONTINUE)
				break;
			index = slot->timer.next;
		}
		if (index == TIMER_NODE_NONE)
			return POOL_NONE;
		release(table, index);
	}
	index = pool_take(&table->slots);
	slot = pool_at(&table->slots, index);
	memset(slot, 0, sizeof(*slot));
	slot->src = frame->ip.src;
	slot->dst = frame->ip.dst;
	slot->id = frame->ip.id;
	slot->protocol = frame->ip.protocol;
	slot->local_index = frame->local_index;
	slot->started_us = net->env->now_us;
	/* DPDK's table gives a datagram up only when its time is over, not when it is reached. */
	line_append(&table->line, index, env_tick_after(net->env, FRAGMENT_TIMEOUT_US + 1ULL));
	return index;
}

/* What can be said of a fragment by itself (RFC 791 3.2, RFC 1858 3.2). */
static enum verdict check_alone(const struct ingress_frame *frame, struct fragment_range *range)
{
	uint32_t length = frame_transport_length(frame);
	uint32_t header_min = frame->ip.protocol == IP_PROTOCOL_TCP ? TCP_HEADER_BYTES : UNIT;

	range->start = frame->ip.fragment_offset;
	range->end = range->start + length;
	if (length == 0 || (range->start == 0 && length < header_min))
		return DROP_frag_tiny;
	if ((frame->ip.more_fragments && length % UNIT != 0) ||
	    range->end > DATAGRAM_MAX - frame->ip.header_length)
		return DROP_frag_bounds;
	return VERDICT_CONTINUE;
}

/* How it fits with the fragments that are there. */
static enum verdict check_against(const struct fragment_slot *slot,
				  const struct fragment_range *range, bool more)
{
	unsigned int middles = slot->count - slot->has_first - slot->has_last;

	for (unsigned int i = 0; i < slot->count; i++) {
		const struct fragment_range *other = &slot->ranges[i];

		if (range->start == other->start && range->end == other->end &&
		    more == !(slot->has_last && other->end == slot->payload_end))
			return DROP_frag_duplicate;
		if (range->start < other->end && other->start < range->end)
			return DROP_frag_overlap;
		if (!more && other->end > range->end)
			return DROP_frag_overlap;
	}
	if (slot->has_last && (!more || range->end >= slot->payload_end))
		return DROP_frag_overlap;
	if (more && range->start != 0 && middles == MIDDLES_MAX)
		return DROP_frag_full;
	return VERDICT_CONTINUE;
}

static void remember(struct fragment_slot *slot, const struct ingress_frame *frame,
		     const struct fragment_range *range)
{
	assert(slot->count < FRAGMENTS_PER_DATAGRAM_MAX);
	slot->ranges[slot->count++] = *range;
	if ((frame->ip.tos & IP_ECN_FIELD) == IP_ECN_CE)
		slot->marked = true;
	if (!frame->ip.more_fragments) {
		slot->has_last = true;
		slot->payload_end = range->end;
	}
	if (range->start == 0) {
		uint32_t length = RTE_MIN((uint32_t)frame->ip.total_length,
					  frame->ip.header_length + (uint32_t)UNIT);
		const uint8_t *bytes =
			rte_pktmbuf_read(frame->mbuf, frame->ip_offset, length, slot->quote);

		assert(bytes != NULL && length <= FRAGMENT_QUOTE_BYTES);
		if (bytes != slot->quote)
			memcpy(slot->quote, bytes, length);
		slot->quote_length = (uint8_t)length;
		slot->has_first = true;
		slot->first = frame->ip;
	}
}

/*
 * Passes a fragment that fits on to rte_ip_frag, which changes lengths, links and the first header:
 * only of buffers that are ours.
 */
static enum verdict keep(struct net *net, struct ingress_frame *frame, uint32_t index,
			 const struct fragment_range *range)
{
	struct fragment_table *table = &net->fragments;
	struct fragment_slot *slot = pool_at(&table->slots, index);
	struct rte_mbuf *whole;

	if (!buffer_is_writable(frame->mbuf) ||
	    frame->mbuf->data_len < frame_transport_offset(frame)) {
		struct rte_mbuf *copy = frame_copy(net->env, frame->mbuf);

		if (copy == NULL)
			return DROP_rx_no_mbuf;
		frame->mbuf = copy;
	}
	remember(slot, frame, range);
	slot->buffers += frame->mbuf->nb_segs;
	table->held += frame->mbuf->nb_segs;
	whole = reassemble(net, frame, index, range, frame->ip.more_fragments);
	frame->mbuf = whole;
	if (whole == NULL)
		return VERDICT_DONE;
	assert(slot->has_first && slot->has_last);
	table->held -= slot->buffers;
	frame->ip = slot->first;
	frame->ip.more_fragments = false;
	/* RFC 3168 5.3: a mark on any of them is one on the whole. */
	if (slot->marked)
		frame->ip.tos |= IP_ECN_CE;
	frame->ip.total_length = (uint16_t)(slot->payload_end + slot->first.header_length);
	frame->ip_offset = (uint16_t)whole->l2_len;
	whole->ol_flags = 0;
	release(table, index);
	stat_count(&net->env->counters, STAT_ip_reassembled);
	assert(rte_pktmbuf_pkt_len(whole) == (uint32_t)frame->ip_offset + frame->ip.total_length);
	return VERDICT_CONTINUE;
}

enum verdict fragment_input(struct net *net, struct ingress_frame *frame)
{
	struct fragment_table *table = &net->fragments;
	struct fragment_range range;
	struct fragment_slot *slot;
	enum verdict verdict = check_alone(frame, &range);
	uint32_t index = find_slot(table, &frame->ip);
	bool has_room;

	stat_count(&net->env->counters, STAT_ip_fragments);
	if (index != POOL_NONE) {
		slot = pool_at(&table->slots, index);
		if (net->env->now_us > slot->started_us + FRAGMENT_TIMEOUT_US) {
			line_remove(&table->line, index);
			expire_slot(net, index);
			index = POOL_NONE;
		} else if (slot->refused != VERDICT_CONTINUE) {
			return slot->refused;
		}
	}
	if (verdict != VERDICT_CONTINUE)
		return verdict;
	has_room = table->held + frame->mbuf->nb_segs <= table->held_max &&
		   !share_is_short(&net->env->share);
	if (index == POOL_NONE && has_room)
		index = new_slot(net, frame);
	if (index == POOL_NONE)
		return DROP_frag_full;
	verdict = check_against(pool_at(&table->slots, index), &range, frame->ip.more_fragments);
	if (verdict == VERDICT_CONTINUE && !has_room)
		return DROP_frag_full;
	if (verdict == VERDICT_CONTINUE)
		return keep(net, frame, index, &range);
	if (verdict == DROP_frag_duplicate)
		return verdict;
	refuse(net, frame, index, verdict);
	return VERDICT_DONE;
}
