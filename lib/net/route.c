/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/order.h"
#include "net/route.h"

static inline void load_words(const struct la_addr *addr, uint64_t words[2])
{
	memcpy(words, addr->bytes, 2 * sizeof(uint64_t));
	words[0] = order_64(words[0]);
	words[1] = order_64(words[1]);
}

static uint64_t mask_word(unsigned int bits)
{
	if (bits == 0)
		return 0;
	return bits >= 64 ? UINT64_MAX : UINT64_MAX << (64 - bits);
}

static bool same_way(const struct route *a, const struct route *b)
{
	return a->port == b->port && a->on_link == b->on_link &&
	       (a->on_link || la_addr_equal(&a->gateway, &b->gateway));
}

int route_add(struct route_table *table, const struct la_addr *prefix, unsigned int length,
	      uint16_t port, const struct la_addr *gateway)
{
	struct route route = { .port = port, .on_link = gateway == NULL };
	unsigned int at = 0;

	if (length > (la_addr_is_ipv4(prefix) ? 32U : 128U))
		return -EINVAL;
	route.length = (uint8_t)(la_addr_is_ipv4(prefix) ? length + ROUTE_IPV4_BITS : length);
	route.mask[0] = mask_word(route.length);
	route.mask[1] = route.length > 64 ? mask_word(route.length - 64U) : 0;
	load_words(prefix, route.prefix);
	if ((route.prefix[0] & ~route.mask[0]) != 0 || (route.prefix[1] & ~route.mask[1]) != 0)
		return -EINVAL;
	if (gateway != NULL)
		route.gateway = *gateway;
	for (; at < table->count && table->list[at].length >= route.length; at++) {
		const struct route *other = &table->list[at];

		if (other->length == route.length &&
		    memcmp(other->prefix, route.prefix, sizeof(route.prefix)) == 0)
			return same_way(other, &route) ? 0 : -EEXIST;
	}
	if (table->count == ROUTES_MAX)
		return -ENOSPC;
	memmove(&table->list[at + 1], &table->list[at], (table->count - at) * sizeof(route));
	table->list[at] = route;
	table->count++;
	assert(at == 0 || table->list[at - 1].length >= route.length);
	return 0;
}

const struct route *route_find(const struct route_table *table, const struct la_addr *remote)
{
	uint64_t words[2];

	assert(table->count <= ROUTES_MAX);
	load_words(remote, words);
	for (unsigned int i = 0; i < table->count; i++) {
		const struct route *route = &table->list[i];

		if ((((words[0] ^ route->prefix[0]) & route->mask[0]) |
		     ((words[1] ^ route->prefix[1]) & route->mask[1])) == 0)
			return route;
	}
	return NULL;
}
