/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ports.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "tcp/tcp.h"

/** The search for a port for one destination, begun with one port and going on in bursts. */
struct port_search {
	struct tcp_tuple tuple;
	struct home_peer peer;
	uint32_t at;   /**< number of the port to be looked at next */
	uint32_t left; /**< ports not yet looked at */
	unsigned int count;
	uint16_t found[BURST_FRAMES]; /**< candidates of this burst */
	uint32_t after[BURST_FRAMES]; /**< the number behind each */
	uint64_t hashes[BURST_FRAMES];
};

_Static_assert((PORT_LINES & (PORT_LINES - 1)) == 0, "lines are taken by the low bits of a hash");

void ports_init(struct ports *ports, const struct siphash_key *key, const struct rss *rss,
		unsigned int worker)
{
	memset(ports, 0, sizeof(*ports));
	ports->key = *key;
	ports->first = EPHEMERAL_PORT_FIRST;
	ports->last = EPHEMERAL_PORT_LAST;
	home_ports_init(&ports->home, rss, worker, ports->first, ports->last);
	for (uint64_t i = 0; i < PORT_LINES; i++)
		ports->next[i] = (uint16_t)(siphash_2_4(key, &i, 1) % ports->home.count);
}

/* A secret function of everything but the local port: it gives line, mark and beginning. */
static uint64_t destination_hash(const struct ports *ports, const struct tcp_tuple *tuple)
{
	uint64_t words[2];

	memcpy(words, tuple->remote.bytes, sizeof(words));
	return siphash_1_3(&ports->key, words[0], words[1],
			   (uint64_t)tuple->remote_port << 16 | tuple->local_index);
}

static unsigned int place_of(uint64_t hash)
{
	return (unsigned int)(hash % PORT_LINES);
}

static uint32_t mark_of(uint64_t hash)
{
	return (uint32_t)(hash / PORT_LINES) | 1;
}

static uint32_t beginning_of(const struct ports *ports, uint64_t hash)
{
	return (uint32_t)(((hash >> 32) * ports->home.count) >> 32);
}

/* a + b, where both are below count */
static uint32_t wrapped(uint32_t a, uint32_t b, uint32_t count)
{
	return a + b < count ? a + b : a + b - count;
}

static const struct la_addr *address_of(const struct tcp *tcp, const struct tcp_tuple *tuple)
{
	assert(tuple->local_index < tcp->net->addresses.count);
	return &tcp->net->addresses.list[tuple->local_index].addr;
}

/* True for a port in the range that nobody listens on. */
static bool is_offered(const struct tcp *tcp, const struct tcp_tuple *tuple)
{
	return tuple->local_port >= tcp->ports.first && tuple->local_port <= tcp->ports.last &&
	       listener_find(&tcp->listeners, tuple->local_port, tuple->local_index) == NULL;
}

/* Looks for up to wanted ports that are in the range and not listened on. */
static void gather(const struct tcp *tcp, struct port_search *search, unsigned int wanted)
{
	const struct ports *ports = &tcp->ports;

	search->count = 0;
	while (search->count < wanted && search->left > 0) {
		search->tuple.local_port = home_ports_at(&ports->home, search->peer, search->at);
		search->at = wrapped(search->at, 1, ports->home.count);
		search->left--;
		if (!is_offered(tcp, &search->tuple))
			continue;
		search->found[search->count] = search->tuple.local_port;
		search->after[search->count] = search->at;
		search->hashes[search->count++] = table_hash(&tcp->table, &search->tuple);
	}
}

/* The first of the burst that no record has; count when all are in use. */
static unsigned int first_free(const struct tcp *tcp, struct port_search *search)
{
	struct table_hint hints[BURST_FRAMES];
	unsigned int i;

	if (search->count == 0)
		return 0;
	table_look_ahead(&tcp->table, search->hashes, hints, search->count);
	for (i = 0; i < search->count; i++) {
		search->tuple.local_port = search->found[i];
		if (table_find_hinted(&tcp->table, &search->tuple, search->hashes[i], hints[i])
			    .kind == RECORD_NONE)
			break;
	}
	return i;
}

/* The port that this destination gave back first, of those that are still unused. */
static bool take_spare(struct tcp *tcp, unsigned int place, struct tcp_tuple *tuple)
{
	do {
		tuple->local_port = spare_ports_take(&tcp->ports.spares, place);
		if (tuple->local_port == 0)
			return false;
	} while (!is_offered(tcp, tuple) ||
		 table_find(&tcp->table, tuple, table_hash(&tcp->table, tuple)).kind !=
			 RECORD_NONE);
	return true;
}

/* Goes through all ports, from where the last search in this place ended. */
static bool search(struct tcp *tcp, uint64_t hash, struct tcp_tuple *tuple)
{
	const struct home_ports *home = &tcp->ports.home;
	uint16_t *next = &tcp->ports.next[place_of(hash)];
	uint32_t beginning = beginning_of(&tcp->ports, hash);
	struct port_search search = {
		.tuple = *tuple,
		.peer = home_ports_peer(home, &tuple->remote, address_of(tcp, tuple),
					tuple->remote_port),
		.at = wrapped(beginning, *next, home->count),
		.left = home->count,
	};
	unsigned int burst = 1;

	while (search.left > 0) {
		unsigned int free;

		gather(tcp, &search, burst);
		free = first_free(tcp, &search);
		if (free < search.count) {
			*next = (uint16_t)wrapped(search.after[free], home->count - beginning,
						  home->count);
			tuple->local_port = search.found[free];
			return true;
		}
		burst = burst * 4 < BURST_FRAMES ? burst * 4 : BURST_FRAMES;
	}
	return false;
}

int ports_choose(struct tcp *tcp, struct tcp_tuple *tuple)
{
	struct ports *ports = &tcp->ports;
	uint64_t hash = destination_hash(ports, tuple);

	if (ports->listener_changes != tcp->listeners.changes) {
		/* Other ports may be left than those that were given back. */
		ports->listener_changes = tcp->listeners.changes;
		spare_ports_init(&ports->spares);
	}
	if (spare_ports_knows(&ports->spares, place_of(hash), mark_of(hash)))
		return take_spare(tcp, place_of(hash), tuple) ? 0 : -EADDRNOTAVAIL;
	if (search(tcp, hash, tuple))
		return 0;
	spare_ports_begin(&ports->spares, place_of(hash), mark_of(hash));
	return -EADDRNOTAVAIL;
}

bool ports_come_home(const struct tcp *tcp, const struct tcp_tuple *tuple)
{
	const struct home_ports *home = &tcp->ports.home;
	uint32_t hash;

	if (home->rss == NULL)
		return true;
	hash = rss_hash(home->rss, &tuple->remote, address_of(tcp, tuple), tuple->remote_port,
			tuple->local_port);
	return rss_owner(home->rss, hash) == home->worker;
}

void ports_note_shortage(struct tcp *tcp, const struct la_addr *remote, uint16_t remote_port)
{
	struct port_shortage *place = &tcp->ports.shortages[0];

	assert(remote_port != 0);
	stat_count(&tcp->env->counters, STAT_ports_exhausted);
	for (unsigned int i = 0; i < PORT_SHORTAGES; i++) {
		struct port_shortage *other = &tcp->ports.shortages[i];

		if (other->remote_port == remote_port && la_addr_equal(&other->remote, remote)) {
			place = other;
			break;
		}
		/* A new one takes an empty place, or that of which nothing was heard for longest.
		 */
		if (other->last_us < place->last_us)
			place = other;
	}
	if (place->remote_port != remote_port || !la_addr_equal(&place->remote, remote))
		*place = (struct port_shortage){ .remote = *remote, .remote_port = remote_port };
	place->refused++;
	place->last_us = tcp->env->now_us;
}

void ports_give(struct ports *ports, const struct tcp_tuple *tuple)
{
	uint64_t hash = destination_hash(ports, tuple);

	spare_ports_give(&ports->spares, place_of(hash), mark_of(hash), tuple->local_port,
			 ports->home.count / PORT_SPARES_SHARE);
}
