/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "net/address.h"
#include "wire/ipv4.h"

_Static_assert((ADDRESS_SLOTS & (ADDRESS_SLOTS - 1)) == 0, "slots are taken by mask");

static void add_prefix(struct address_table *table, uint32_t addr, uint16_t port,
		       unsigned int length)
{
	uint32_t mask = length == 0 ? 0 : ~0U << (32 - length);

	assert(length <= 32);
	for (unsigned int i = 0; i < table->prefix_count; i++) {
		const struct address_prefix *prefix = &table->prefixes[i];

		if (prefix->mask == mask && prefix->network == (addr & mask) &&
		    prefix->port == port)
			return;
	}
	assert(table->prefix_count < ADDRESSES_MAX);
	table->prefixes[table->prefix_count++] =
		(struct address_prefix){ .network = addr & mask, .mask = mask, .port = port };
}

int address_add(struct address_table *table, const struct la_addr *addr, uint16_t port,
		uint8_t prefix_length)
{
	unsigned int slot = address_slot(addr);

	if (address_find(table, addr) >= 0)
		return -EEXIST;
	if (table->count == ADDRESSES_MAX)
		return -ENOSPC;
	if (prefix_length > (la_addr_is_ipv4(addr) ? 32 : 128))
		return -EINVAL;
	table->list[table->count] =
		(struct own_address){ .addr = *addr, .port = port, .prefix_length = prefix_length };
	table->count++;
	while (table->slots[slot] != 0)
		slot = (slot + 1) & (ADDRESS_SLOTS - 1);
	table->slots[slot] = (uint16_t)table->count;
	if (la_addr_is_ipv4(addr))
		add_prefix(table, la_addr_to_ipv4(addr), port, prefix_length);
	assert(address_find(table, addr) == (int)table->count - 1);
	return (int)table->count - 1;
}

bool address_is_broadcast(const struct address_table *table, uint32_t addr)
{
	if (addr == UINT32_MAX)
		return true;
	for (unsigned int i = 0; i < table->prefix_count; i++) {
		const struct address_prefix *prefix = &table->prefixes[i];
		uint32_t host = addr & ~prefix->mask;

		/* A /31 or /32 has no broadcast address (RFC 3021). */
		if (prefix->mask >= 0xfffffffeU || (addr & prefix->mask) != prefix->network)
			continue;
		if (host == 0 || host == ~prefix->mask)
			return true;
	}
	return false;
}

int address_on_link(const struct address_table *table, uint16_t port, const struct la_addr *addr)
{
	uint32_t remote;

	if (!la_addr_is_ipv4(addr))
		return -1;
	remote = la_addr_to_ipv4(addr);
	for (unsigned int i = 0; i < table->count; i++) {
		const struct own_address *own = &table->list[i];
		unsigned int length = own->prefix_length;
		uint32_t mask = length == 0 ? 0 : ~0U << (32 - length);

		if (own->port == port && la_addr_is_ipv4(&own->addr) &&
		    ((la_addr_to_ipv4(&own->addr) ^ remote) & mask) == 0)
			return (int)i;
	}
	return -1;
}
