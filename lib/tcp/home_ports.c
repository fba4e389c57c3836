/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/home_ports.h"

#include <string.h>

/*
 * The kernel's members in ascending order share their upper bits with their neighbours: those below
 * the range of ephemeral ports would all be met in a row. Numbered by the reversed bits of their
 * place, neighbours are as far apart as can be.
 */
static uint32_t reversed(uint32_t place)
{
	uint32_t result = 0;

	for (uint32_t bit = 1; bit < HOME_PORTS_PER_ENTRY; bit <<= 1)
		result = result << 1 | ((place & bit) != 0);
	return result;
}

static void tabulate(struct home_map *map, const struct rss *rss, bool ipv4)
{
	uint32_t members = 0, reached = 0;
	bool seen[RSS_OWNERS] = { false };

	for (uint32_t port = 0; port < HOME_PORTS_ALL; port++) {
		uint32_t change = rss_port_share(rss, ipv4, (uint16_t)port) % RSS_OWNERS;

		if (change == 0)
			map->kernel[reversed(members++)] = (uint16_t)port;
		if (!seen[change]) {
			seen[change] = true;
			map->leads[change] = (uint16_t)port;
			reached++;
		}
	}
	/* So it is with the keys that rss_init() takes. */
	assert(reached == RSS_OWNERS && members == HOME_PORTS_PER_ENTRY);
}

void home_ports_init(struct home_ports *home, const struct rss *rss, unsigned int worker,
		     uint16_t first, uint16_t last)
{
	assert(first > 0 && first <= last);
	memset(home, 0, sizeof(*home));
	home->first = first;
	if (rss == NULL || rss->workers == 1) {
		home->count = last - first + 1U;
		return;
	}
	assert(worker < rss->workers);
	home->rss = rss;
	home->worker = worker;
	for (uint32_t entry = 0; entry < RSS_OWNERS; entry++) {
		if (rss_owner(rss, entry) != worker)
			continue;
		home->entries[home->count / HOME_PORTS_PER_ENTRY] = (uint8_t)entry;
		home->count += HOME_PORTS_PER_ENTRY;
	}
	tabulate(&home->ipv4, rss, true);
	tabulate(&home->ipv6, rss, false);
}

struct home_peer home_ports_peer(const struct home_ports *home, const struct la_addr *remote,
				 const struct la_addr *local, uint16_t remote_port)
{
	uint32_t hash;

	if (home->rss == NULL)
		return (struct home_peer){ .map = NULL };
	hash = rss_hash(home->rss, remote, local, remote_port, 0);
	return (struct home_peer){
		.map = la_addr_is_ipv4(remote) && la_addr_is_ipv4(local) ? &home->ipv4
									 : &home->ipv6,
		.entry = (uint8_t)(hash % RSS_OWNERS),
	};
}
