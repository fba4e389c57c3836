/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/way.h"

#include <assert.h>
#include <string.h>

#include <rte_branch_prediction.h>

#include "base/addr.h"
#include "net/net.h"

_Static_assert((WAYS & (WAYS - 1)) == 0, "places are taken by mask");

void ways_init(struct ways *ways)
{
	memset(ways, 0, sizeof(*ways));
	ways->generation = 1;
}

void ways_forget(struct ways *ways)
{
	ways->generation++;
	if (ways->generation == 0)
		ways_init(ways);
}

static struct way *look_for(struct net *net, const struct la_addr *remote, struct way *way)
{
	const struct route *route =
		net_peer_legal(net, remote) ? route_find(&net->routes, remote) : NULL;

	if (route == NULL)
		return NULL;
	way->route = route;
	way->generation = net->ways.generation;
	way->neighbour = POOL_NONE;
	way->plain_port = NULL;
	way->plain_hop = NULL;
	way->plain_bytes = 0;
	(void)addr_to_ipv4(remote, &way->remote);
	return way;
}

void way_make_ready(const struct net *net, struct way *way, struct way_from from)
{
	struct ipv4_header header = {
		.dst = way->remote,
		.total_length = IPV4_HEADER_BYTES,
		.dont_fragment = true,
		.ttl = way_ttl(from.marks),
		.protocol = IP_PROTOCOL_TCP,
		.tos = way_tos(from.marks),
	};

	assert(from.local_index < net->addresses.count);
	(void)addr_to_ipv4(&net->addresses.list[from.local_index].addr, &header.src);
	ipv4_emit(way->plain_ip, &header);
	way->from = from;
}

struct way *way_find(struct net *net, const struct la_addr *remote)
{
	struct way *way;
	uint32_t ipv4;

	/* There are no others yet (net_peer_legal). */
	if (unlikely(!addr_to_ipv4(remote, &ipv4)))
		return NULL;
	way = &net->ways.list[ways_place(ipv4)];
	if (likely(way_leads_to(&net->ways, way, ipv4)))
		return way;
	return look_for(net, remote, way);
}
