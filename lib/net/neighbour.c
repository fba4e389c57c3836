/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/memory.h"
#include "base/seq.h"
#include "net/egress.h"
#include "net/frame.h"
#include "net/net.h"

/** A packet that waits. */
struct neighbour_cell {
	struct rte_mbuf *mbuf;
	uint32_t next; /**< cell of the next packet for the same neighbour, or POOL_NONE */
	uint32_t padding;
};

static struct timer_node_array nodes_of(const struct pool *entries)
{
	return (struct timer_node_array){
		.base = entries->records + offsetof(struct neighbour, timer),
		.stride = entries->record_size,
	};
}

int neighbour_create(struct net *net, uint32_t capacity, uint64_t expiry_us)
{
	struct neighbour_table *table = &net->neighbours;
	struct env *env = net->env;
	uint32_t cells =
		RTE_MIN(env->mbufs->size / NEIGHBOUR_WAITING_SHARE, NEIGHBOURS_WAITING_MAX);
	int rc;

	assert(capacity >= NEIGHBOURS_MIN && capacity <= NEIGHBOURS_MAX);
	rc = pool_create(&table->entries, "neighbours", sizeof(struct neighbour), capacity,
			 env->numa_node);
	if (rc != 0)
		return rc;
	rc = pool_create(&table->cells, "packets waiting for ARP", sizeof(struct neighbour_cell),
			 RTE_MAX(cells, 2 * NEIGHBOUR_WAITING_MAX), env->numa_node);
	if (rc != 0)
		return rc;
	table->bucket_count = rte_align32pow2(capacity);
	table->buckets =
		memory_reserve(table->bucket_count * sizeof(table->buckets[0]), env->numa_node);
	if (table->buckets == NULL)
		return -ENOMEM;
	memset(table->buckets, 0xff, table->bucket_count * sizeof(table->buckets[0]));
	table->incomplete = 0;
	table->expiry_ticks = ticks_from_us(expiry_us);
	table->key.k0 = random_u64(&env->random);
	table->key.k1 = random_u64(&env->random);
	line_init(&table->asked, nodes_of(&table->entries));
	line_init(&table->confirmed, nodes_of(&table->entries));
	return 0;
}

static uint32_t *bucket_of(const struct neighbour_table *table, uint16_t port,
			   const struct la_addr *addr)
{
	uint64_t words[2];

	memcpy(words, addr->bytes, sizeof(words));
	return &table->buckets[siphash_1_3(&table->key, words[0], words[1], port) &
			       (table->bucket_count - 1)];
}

static struct neighbour *find(const struct neighbour_table *table, uint16_t port,
			      const struct la_addr *addr)
{
	uint32_t index = *bucket_of(table, port, addr);

	while (index != POOL_NONE) {
		struct neighbour *entry = pool_at(&table->entries, index);

		if (entry->port == port && memcmp(&entry->addr, addr, sizeof(*addr)) == 0)
			return entry;
		index = entry->bucket_next;
	}
	return NULL;
}

/* The oldest packet that waits, no longer in the entry; NULL when none does. */
static struct rte_mbuf *take_waiting(struct neighbour_table *table, struct neighbour *entry)
{
	uint32_t index = entry->waiting_head;
	struct neighbour_cell *cell;
	struct rte_mbuf *mbuf;

	if (index == POOL_NONE)
		return NULL;
	cell = pool_at(&table->cells, index);
	mbuf = cell->mbuf;
	entry->waiting_head = cell->next;
	if (entry->waiting_head == POOL_NONE)
		entry->waiting_tail = POOL_NONE;
	assert(entry->waiting > 0);
	entry->waiting--;
	pool_give(&table->cells, index);
	return mbuf;
}

/* Enters a state: the one place that moves an entry from line to line. */
static void enter(struct net *net, struct neighbour *entry, enum neighbour_state state)
{
	struct neighbour_table *table = &net->neighbours;
	uint32_t index = pool_index(&table->entries, entry);
	uint32_t now = net->env->now_tick;

	entry->state = (uint8_t)state;
	if (state == NEIGHBOUR_REACHABLE) {
		entry->requests = 0;
		line_append(&table->confirmed, index, now + table->expiry_ticks);
	} else {
		line_append(&table->asked, index, now + ticks_from_us(ARP_INTERVAL_US));
	}
}

static void leave(struct neighbour_table *table, const struct neighbour *entry)
{
	uint32_t index = pool_index(&table->entries, entry);

	line_remove(entry->state == NEIGHBOUR_REACHABLE ? &table->confirmed : &table->asked, index);
}

/* Forgets an entry that stands in no line; what waits for it is dropped. */
static void forget(struct net *net, struct neighbour *entry)
{
	struct neighbour_table *table = &net->neighbours;
	uint32_t *link = bucket_of(table, entry->port, &entry->addr);
	uint32_t index = pool_index(&table->entries, entry);
	struct rte_mbuf *mbuf;

	while ((mbuf = take_waiting(table, entry)) != NULL)
		net_drop(net, mbuf, DROP_tx_neighbour_timeout);
	if (entry->state == NEIGHBOUR_INCOMPLETE) {
		assert(table->incomplete > 0);
		table->incomplete--;
	}
	while (*link != index) {
		assert(*link != POOL_NONE);
		link = &((struct neighbour *)pool_at(&table->entries, *link))->bucket_next;
	}
	*link = entry->bucket_next;
	pool_give(&table->entries, index);
	ways_forget(&net->ways);
}

/*
 * Makes room: of the NEIGHBOUR_REPLACE_SCAN entries confirmed longest ago, the one least recently
 * used goes. Entries that packets wait for are in the other line and never touched.
 */
static bool replace_one(struct net *net)
{
	struct neighbour_table *table = &net->neighbours;
	uint32_t index = table->confirmed.head;
	struct neighbour *oldest = NULL;

	for (unsigned int i = 0; i < NEIGHBOUR_REPLACE_SCAN && index != TIMER_NODE_NONE; i++) {
		struct neighbour *entry = pool_at(&table->entries, index);

		if (oldest == NULL || seq_lt(entry->last_used_tick, oldest->last_used_tick))
			oldest = entry;
		index = entry->timer.next;
	}
	if (oldest == NULL)
		return false;
	leave(table, oldest);
	forget(net, oldest);
	return true;
}

/* A new entry, asked for; NULL when the table is full of those that are being asked for. */
static struct neighbour *create(struct net *net, uint16_t port, const struct la_addr *addr)
{
	struct neighbour_table *table = &net->neighbours;
	uint32_t *bucket = bucket_of(table, port, addr);
	struct neighbour *entry;
	uint32_t index;

	if (table->incomplete >= table->entries.capacity / 2)
		return NULL;
	if (pool_left(&table->entries) == 0 && !replace_one(net))
		return NULL;
	index = pool_take(&table->entries);
	assert(index != POOL_NONE);
	entry = pool_at(&table->entries, index);
	*entry = (struct neighbour){
		.addr = *addr,
		.port = port,
		.bucket_next = *bucket,
		.waiting_head = POOL_NONE,
		.waiting_tail = POOL_NONE,
		.requests = 1,
	};
	memcpy(entry->link + 6, net->ports[port]->mac, 6);
	eth_emit_type(entry->link, ETH_TYPE_IPV4, 0);
	*bucket = index;
	table->incomplete++;
	enter(net, entry, NEIGHBOUR_INCOMPLETE);
	arp_request_send(net, port, addr, NULL);
	return entry;
}

static enum verdict let_wait(struct net *net, struct neighbour *entry, struct rte_mbuf *mbuf)
{
	struct neighbour_table *table = &net->neighbours;
	struct neighbour_cell *cell;
	uint32_t index = POOL_NONE;

	if (entry != NULL && entry->waiting < NEIGHBOUR_WAITING_MAX &&
	    !share_is_scarce(&net->env->share))
		index = pool_take(&table->cells);
	if (index == POOL_NONE) {
		net_drop(net, mbuf, DROP_tx_neighbour_full);
		return DROP_tx_neighbour_full;
	}
	cell = pool_at(&table->cells, index);
	cell->mbuf = mbuf;
	cell->next = POOL_NONE;
	if (entry->waiting_tail == POOL_NONE)
		entry->waiting_head = index;
	else
		((struct neighbour_cell *)pool_at(&table->cells, entry->waiting_tail))->next =
			index;
	entry->waiting_tail = index;
	entry->waiting++;
	return VERDICT_CONTINUE;
}

enum verdict neighbour_send(struct net *net, const struct neighbour_hop *hop, struct rte_mbuf *mbuf,
			    uint32_t *index)
{
	struct neighbour_table *table = &net->neighbours;
	struct neighbour *entry = find(table, hop->port, &hop->addr);

	assert(hop->port < net->port_count);
	if (entry == NULL)
		entry = create(net, hop->port, &hop->addr);
	*index = entry == NULL ? POOL_NONE : pool_index(&table->entries, entry);
	if (neighbour_use(table, *index, net->env->now_tick) == NULL)
		return let_wait(net, entry, mbuf);
	egress_link(net, hop->port, entry->link, ETH_TYPE_IPV4, mbuf);
	return VERDICT_CONTINUE;
}

bool neighbour_learn(struct net *net, uint16_t port, const struct la_addr *addr,
		     const uint8_t mac[6], bool asked_only)
{
	struct neighbour_table *table = &net->neighbours;
	struct neighbour *entry = find(table, port, addr);
	struct rte_mbuf *mbuf;

	assert(!eth_is_group(mac));
	if (entry == NULL || (asked_only && entry->state == NEIGHBOUR_REACHABLE))
		return false;
	leave(table, entry);
	if (entry->state == NEIGHBOUR_INCOMPLETE) {
		assert(table->incomplete > 0);
		table->incomplete--;
		entry->last_used_tick = net->env->now_tick;
		stat_count(&net->env->counters, STAT_arp_resolved);
	}
	memcpy(entry->link, mac, 6);
	entry->used = false;
	enter(net, entry, NEIGHBOUR_REACHABLE);
	while ((mbuf = take_waiting(table, entry)) != NULL) {
		entry->used = true;
		egress_link(net, port, entry->link, ETH_TYPE_IPV4, mbuf);
	}
	return true;
}

/* Nobody answered the last request, or the entry is due to be asked about for the first time. */
static void ask_again(struct net *net, struct neighbour *entry, enum neighbour_state state)
{
	if (entry->requests >= ARP_RETRIES) {
		forget(net, entry);
		return;
	}
	entry->requests++;
	enter(net, entry, state);
	/* RFC 1122 2.3.2.1: an entry in use is asked about at its own address first. */
	arp_request_send(net, entry->port, &entry->addr,
			 state == NEIGHBOUR_STALE ? entry->link : NULL);
}

void neighbour_suspect(struct net *net, uint16_t port, const struct la_addr *addr)
{
	struct neighbour *entry = find(&net->neighbours, port, addr);

	if (entry == NULL || entry->state != NEIGHBOUR_REACHABLE)
		return;
	leave(&net->neighbours, entry);
	ask_again(net, entry, NEIGHBOUR_STALE);
}

unsigned int neighbour_expire(struct net *net)
{
	struct neighbour_table *table = &net->neighbours;
	uint32_t now = net->env->now_tick, index;
	unsigned int fired = 0;

	while (fired < LINE_PER_BREATH &&
	       (index = line_expire(&table->asked, now)) != TIMER_NODE_NONE) {
		struct neighbour *entry = pool_at(&table->entries, index);

		ask_again(net, entry, (enum neighbour_state)entry->state);
		fired++;
	}
	while (fired < 2 * LINE_PER_BREATH &&
	       (index = line_expire(&table->confirmed, now)) != TIMER_NODE_NONE) {
		struct neighbour *entry = pool_at(&table->entries, index);

		if (entry->used)
			ask_again(net, entry, NEIGHBOUR_STALE);
		else
			forget(net, entry);
		fired++;
	}
	return fired;
}

bool neighbour_next(const struct neighbour_table *table, uint32_t now_tick, uint32_t *tick)
{
	uint32_t asked, confirmed;
	bool has_asked = line_next(&table->asked, &asked);
	bool has_confirmed = line_next(&table->confirmed, &confirmed);

	if (has_asked && has_confirmed)
		*tick = (int32_t)(asked - now_tick) < (int32_t)(confirmed - now_tick) ? asked
										      : confirmed;
	else
		*tick = has_asked ? asked : confirmed;
	return has_asked || has_confirmed;
}

void neighbour_destroy(struct net *net)
{
	struct neighbour_table *table = &net->neighbours;

	if (table->buckets != NULL) {
		for (uint32_t i = table->asked.head; i != TIMER_NODE_NONE;) {
			struct neighbour *entry = pool_at(&table->entries, i);
			struct rte_mbuf *mbuf;

			while ((mbuf = take_waiting(table, entry)) != NULL)
				rte_pktmbuf_free(mbuf);
			i = entry->timer.next;
		}
		memory_release(table->buckets, table->bucket_count * sizeof(table->buckets[0]));
	}
	pool_destroy(&table->cells);
	pool_destroy(&table->entries);
	memset(table, 0, sizeof(*table));
}
