/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "net/net.h"

static int out_of_memory(struct net *net, const char *what, const char *setting,
			 struct la_error *err)
{
	net_destroy(net);
	snprintf(err->text, sizeof(err->text), "no memory for %s: lower %s, or give EAL more", what,
		 setting);
	return -ENOMEM;
}

int net_create(struct net *net, struct env *env, const struct net_config *config,
	       struct la_error *err)
{
	assert(env->mbufs != NULL);
	memset(net, 0, sizeof(*net));
	net->env = env;
	net->announces = config->announces;
	if (config->neighbours < NEIGHBOURS_MIN || config->neighbours > NEIGHBOURS_MAX) {
		snprintf(err->text, sizeof(err->text), "neighbours is %u; %u to %u are possible",
			 config->neighbours, NEIGHBOURS_MIN, NEIGHBOURS_MAX);
		return -EINVAL;
	}
	if (config->arp_expiry_us < ARP_INTERVAL_US || config->arp_expiry_us > ARP_EXPIRY_MAX_US) {
		snprintf(err->text, sizeof(err->text),
			 "the ARP expiry is %llu us; 1 second to %u hours are possible",
			 (unsigned long long)config->arp_expiry_us,
			 (unsigned int)(ARP_EXPIRY_MAX_US / 3600000000U));
		return -EINVAL;
	}
	arp_init(&net->arp);
	icmp_limiter_init(&net->icmp_limiter, env->now_us);
	ip_id_init(&net->ip_id, &env->random);
	ways_init(&net->ways);
	if (neighbour_create(net, config->neighbours, config->arp_expiry_us) != 0)
		return out_of_memory(net, "the neighbours", "neighbours", err);
	if (fragment_create(net) != 0)
		return out_of_memory(net, "the reassembly of fragments", "other tables", err);
	return 0;
}

void net_destroy(struct net *net)
{
	if (net->env == NULL)
		return;
	fragment_destroy(net);
	neighbour_destroy(net);
	memset(net, 0, sizeof(*net));
}

int net_port_add(struct net *net, struct port *port, struct la_error *err)
{
	if (net->port_count == PORTS_MAX) {
		snprintf(err->text, sizeof(err->text), "port %s is one too many; %u are possible",
			 port->name, PORTS_MAX);
		return -ENOSPC;
	}
	ways_forget(&net->ways);
	port->index = (uint16_t)net->port_count;
	net->ports[net->port_count++] = port;
	return 0;
}

static int refused(const char *what, const struct la_addr *addr, unsigned int length,
		   const char *why, struct la_error *err)
{
	char text[LA_ADDR_TEXT_SIZE];

	snprintf(err->text, sizeof(err->text), "%s %s/%u: %s", what,
		 la_addr_format(addr, text, sizeof(text)), length, why);
	return -EINVAL;
}

/* The prefix that an IPv4 address lies in. */
static struct la_addr prefix_of(const struct la_addr *addr, unsigned int length)
{
	uint32_t mask = length == 0 ? 0 : ~0U << (32 - length);

	assert(length <= 32);
	return la_addr_from_ipv4(la_addr_to_ipv4(addr) & mask);
}

int net_address_add(struct net *net, unsigned int port, const struct la_addr *addr,
		    unsigned int prefix_length, struct la_error *err)
{
	struct la_addr prefix;
	int index, rc;

	if (port >= net->port_count)
		return refused("address", addr, prefix_length, "there is no such port", err);
	if (!la_addr_is_ipv4(addr))
		return refused("address", addr, prefix_length, "only IPv4 is possible", err);
	if (prefix_length < 1 || prefix_length > 32)
		return refused("address", addr, prefix_length, "the prefix length must be 1 to 32",
			       err);
	prefix = prefix_of(addr, prefix_length);
	if (address_find(&net->addresses, addr) >= 0) {
		(void)refused("address", addr, prefix_length, "it is there already", err);
		return -EEXIST;
	}
	if (net->addresses.count == ADDRESSES_MAX) {
		(void)refused("address", addr, prefix_length,
			      "too many addresses; 256 are possible", err);
		return -ENOSPC;
	}
	if (!net_peer_legal(net, addr) ||
	    (prefix_length < 31 &&
	     (la_addr_equal(&prefix, addr) ||
	      la_addr_to_ipv4(addr) == (la_addr_to_ipv4(&prefix) | (UINT32_MAX >> prefix_length)))))
		return refused("address", addr, prefix_length,
			       "not an address that a host can have", err);
	ways_forget(&net->ways);
	rc = route_add(&net->routes, &prefix, prefix_length, (uint16_t)port, NULL);
	if (rc != 0) {
		(void)refused("address", addr, prefix_length,
			      rc == -EEXIST ? "another port or gateway leads to its prefix already"
					    : "too many routes",
			      err);
		return rc;
	}
	index = address_add(&net->addresses, addr, (uint16_t)port, (uint8_t)prefix_length);
	assert(index >= 0);
	if (net->announces)
		arp_announce(net, (unsigned int)index);
	return 0;
}

int net_route_add(struct net *net, unsigned int port, const struct la_addr *prefix,
		  unsigned int length, const struct la_addr *gateway, struct la_error *err)
{
	int rc;

	if (port >= net->port_count)
		return refused("route", prefix, length, "there is no such port", err);
	if (!la_addr_is_ipv4(prefix) || !la_addr_is_ipv4(gateway))
		return refused("route", prefix, length, "only IPv4 is possible", err);
	if (length > 32)
		return refused("route", prefix, length, "the prefix length must be 0 to 32", err);
	if (!net_peer_legal(net, gateway) ||
	    address_on_link(&net->addresses, (uint16_t)port, gateway) < 0)
		return refused("route", prefix, length,
			       "the gateway is in no prefix of the port's addresses", err);
	ways_forget(&net->ways);
	rc = route_add(&net->routes, prefix, length, (uint16_t)port, gateway);
	if (rc == 0)
		return 0;
	(void)refused("route", prefix, length,
		      rc == -EEXIST   ? "that prefix has a route already"
		      : rc == -ENOSPC ? "too many routes"
				      : "bits are set behind the prefix",
		      err);
	return rc;
}

void net_suspect(struct net *net, const struct la_addr *remote)
{
	const struct route *route = route_find(&net->routes, remote);

	if (route != NULL)
		neighbour_suspect(net, route->port, route->on_link ? remote : &route->gateway);
}

unsigned int net_expire(struct net *net)
{
	return arp_expire(net) + neighbour_expire(net) + fragment_expire(net);
}

/* The first microsecond of a tick that lies at most half of serial time from now. */
static uint64_t us_of_tick(const struct net *net, uint32_t tick)
{
	uint64_t now_ticks = net->env->now_us / WHEEL_TICK_US;
	int32_t ahead = (int32_t)(tick - net->env->now_tick);

	return ahead <= 0 ? net->env->now_us : (now_ticks + (uint64_t)ahead) * WHEEL_TICK_US;
}

uint64_t net_next_event_us(const struct net *net)
{
	uint64_t next = RTE_MAX(net->arp.next_us, net->env->now_us);
	uint32_t tick;

	if (neighbour_next(&net->neighbours, net->env->now_tick, &tick))
		next = RTE_MIN(next, us_of_tick(net, tick));
	if (fragment_next(&net->fragments, &tick))
		next = RTE_MIN(next, us_of_tick(net, tick));
	return next;
}

unsigned int net_flush(struct net *net)
{
	unsigned int sent = 0;

	for (unsigned int i = 0; i < net->port_count; i++)
		sent += port_flush(net->ports[i]);
	return sent;
}
