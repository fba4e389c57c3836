/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ports.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "tcp/tcp.h"

/** A walk through the ports for one destination. */
struct port_walk {
	struct tcp_tuple tuple;
	struct home_peer peer;
	uint32_t at;   /**< number of the port to be looked at next */
	uint32_t left; /**< ports not yet looked at */
};

/** Candidates of a walk, looked up together. */
struct port_burst {
	unsigned int count;
	uint16_t found[BURST_FRAMES];
	uint32_t after[BURST_FRAMES]; /**< the number behind each */
	uint64_t hashes[BURST_FRAMES];
};

_Static_assert((PORT_LINES & (PORT_LINES - 1)) == 0, "lines are taken by the low bits of a hash");

void ports_init(struct ports *ports, const struct siphash_key *key, const struct tcp_config *config)
{
	memset(ports, 0, sizeof(*ports));
	ports->key = *key;
	ports->first = config->ephemeral_first;
	ports->last = config->ephemeral_last;
	if (ports->first == 0) {
		ports->first = EPHEMERAL_PORT_FIRST;
		ports->last = EPHEMERAL_PORT_LAST;
	}
	home_ports_init(&ports->home, config->rss, config->worker, ports->first, ports->last);
	for (uint64_t i = 0; i < PORT_LINES; i++)
		ports->next[i] = (uint16_t)(siphash_2_4(key, &i, 1) % ports->home.count);
}

/* A secret function of everything but the local port: it gives line, mark and beginning. */
static uint64_t destination_hash(const struct ports *ports, const struct tcp_tuple *tuple)
{
	uint64_t words[2];
	uint32_t ipv4;

	if (likely(addr_to_ipv4(&tuple->remote, &ipv4)))
		return siphash_1_3_ten(&ports->key, (uint64_t)tuple->remote_port << 32 | ipv4,
				       tuple->local_index);
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
	       (listener_none(&tcp->listeners, tuple->local_port) ||
		listener_find(&tcp->listeners, tuple->local_port, tuple->local_index) == NULL);
}

/* From where the last choice in this place ended, once through all ports. */
static void begin_walk(const struct tcp *tcp, uint64_t hash, const struct tcp_tuple *tuple,
		       struct port_walk *walk)
{
	const struct ports *ports = &tcp->ports;

	walk->tuple = *tuple;
	walk->peer = home_ports_peer(&ports->home, &tuple->remote, address_of(tcp, tuple),
				     tuple->remote_port);
	walk->at =
		wrapped(beginning_of(ports, hash), ports->next[place_of(hash)], ports->home.count);
	walk->left = ports->home.count;
}

/* Goes on to a port that is in the range and not listened on. False: that were all. */
static bool walk_on(const struct tcp *tcp, struct port_walk *walk)
{
	const struct home_ports *home = &tcp->ports.home;

	while (walk->left > 0) {
		walk->tuple.local_port = home_ports_at(home, walk->peer, walk->at);
		walk->at = wrapped(walk->at, 1, home->count);
		walk->left--;
		if (is_offered(tcp, &walk->tuple))
			return true;
	}
	return false;
}

/* The number of a port in steps from where its destination begins. */
static uint16_t steps_to(const struct ports *ports, uint64_t hash, uint32_t number)
{
	return (uint16_t)wrapped(number, ports->home.count - beginning_of(ports, hash),
				 ports->home.count);
}

static void gather(const struct tcp *tcp, struct port_walk *walk, struct port_burst *burst,
		   unsigned int wanted)
{
	burst->count = 0;
	while (burst->count < wanted && walk_on(tcp, walk)) {
		burst->found[burst->count] = walk->tuple.local_port;
		burst->after[burst->count] = walk->at;
		burst->hashes[burst->count++] = table_hash(&tcp->table, &walk->tuple);
	}
}

/* The first of the burst that no record has; count when all are in use. */
static unsigned int first_free(struct tcp *tcp, struct port_walk *walk,
			       const struct port_burst *burst)
{
	struct table_hint hints[BURST_FRAMES];
	unsigned int i;

	if (burst->count == 0)
		return 0;
	table_look_ahead(&tcp->table, burst->hashes, hints, burst->count);
	for (i = 0; i < burst->count; i++) {
		walk->tuple.local_port = burst->found[i];
		if (table_find_hinted(&tcp->table, &walk->tuple, burst->hashes[i], hints[i]).kind ==
		    RECORD_NONE)
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

/* Goes through all ports. */
static bool search(struct tcp *tcp, uint64_t hash, struct tcp_tuple *tuple)
{
	struct port_walk walk;
	struct port_burst burst;
	unsigned int wanted = 1;

	begin_walk(tcp, hash, tuple, &walk);
	while (walk.left > 0) {
		unsigned int free;

		gather(tcp, &walk, &burst, wanted);
		free = first_free(tcp, &walk, &burst);
		if (free < burst.count) {
			tcp->ports.next[place_of(hash)] =
				steps_to(&tcp->ports, hash, burst.after[free]);
			tuple->local_port = burst.found[free];
			return true;
		}
		wanted = wanted * 4 < BURST_FRAMES ? wanted * 4 : BURST_FRAMES;
	}
	return false;
}

/* When listeners have changed, other ports may be left than those that were given back. */
static void forget_spares(struct tcp *tcp)
{
	struct ports *ports = &tcp->ports;

	if (likely(ports->listener_changes == tcp->listeners.changes))
		return;
	ports->listener_changes = tcp->listeners.changes;
	spare_ports_init(&ports->spares);
}

int ports_choose(struct tcp *tcp, struct tcp_tuple *tuple)
{
	struct ports *ports = &tcp->ports;
	uint64_t hash = destination_hash(ports, tuple);

	forget_spares(tcp);
	if (spare_ports_knows(&ports->spares, place_of(hash), mark_of(hash)))
		return take_spare(tcp, place_of(hash), tuple) ? 0 : -EADDRNOTAVAIL;
	if (search(tcp, hash, tuple))
		return 0;
	spare_ports_begin(&ports->spares, place_of(hash), mark_of(hash));
	return -EADDRNOTAVAIL;
}

bool ports_guess(struct tcp *tcp, struct tcp_tuple *tuple, struct port_guess *guess)
{
	uint64_t hash = destination_hash(&tcp->ports, tuple);
	struct port_walk walk;

	forget_spares(tcp);
	if (spare_ports_knows(&tcp->ports.spares, place_of(hash), mark_of(hash)))
		return false;
	begin_walk(tcp, hash, tuple, &walk);
	if (!walk_on(tcp, &walk))
		return false;
	tuple->local_port = walk.tuple.local_port;
	guess->place = (uint16_t)place_of(hash);
	guess->next = steps_to(&tcp->ports, hash, walk.at);
	return true;
}

void ports_guessed_right(struct tcp *tcp, const struct port_guess *guess)
{
	tcp->ports.next[guess->place] = guess->next;
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
