/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * address.h: our own addresses: an index for each, lookup of a destination in a few cycles, and
 * what their prefixes say about other addresses (broadcasts, neighbours).
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "config/limits.h"
#include "lastack.h"

struct own_address {
	struct la_addr addr;
	uint16_t port;
	uint8_t prefix_length; /**< bits, of the IPv4 address where it is one */
};

/** One on-link IPv4 prefix; many addresses may share it. */
struct address_prefix {
	uint32_t network, mask; /**< host order */
	uint16_t port;
};

struct address_table {
	unsigned int count;
	unsigned int prefix_count;
	struct own_address list[ADDRESSES_MAX];
	uint16_t slots[ADDRESSES_MAX * 4];             /**< open addressing: index + 1, or 0 */
	struct address_prefix prefixes[ADDRESSES_MAX]; /**< each once */
};

/** Adds an address; returns its index, -EEXIST, -ENOSPC, or -EINVAL (prefix longer than 32). */
int address_add(struct address_table *table, const struct la_addr *addr, uint16_t port,
		uint8_t prefix_length);

#define ADDRESS_SLOTS (ADDRESSES_MAX * 4)

/* Nobody but the operator chooses own addresses, so the hash needs no key. */
static inline unsigned int address_slot(const struct la_addr *addr)
{
	uint64_t words[2];

	memcpy(words, addr->bytes, sizeof(words));
	return (unsigned int)(((words[0] ^ words[1]) * 0x9e3779b97f4a7c15ULL) >> 40) &
	       (ADDRESS_SLOTS - 1);
}

/** The index of an own address, or -1. */
static inline int address_find(const struct address_table *table, const struct la_addr *addr)
{
	unsigned int slot = address_slot(addr);

	/* Three slots in four are empty, so this ends. */
	while (table->slots[slot] != 0) {
		unsigned int index = table->slots[slot] - 1U;

		assert(index < table->count);
		if (addr_equal(&table->list[index].addr, addr))
			return (int)index;
		slot = (slot + 1) & (ADDRESS_SLOTS - 1);
	}
	return -1;
}

/** The same of an IPv4 address in host order. */
static inline int address_find_ipv4(const struct address_table *table, uint32_t ipv4)
{
	struct la_addr addr = addr_from_ipv4(ipv4);

	return address_find(table, &addr);
}

/** True for 255.255.255.255 and for the broadcast addresses of our prefixes, all-zeros form
 * included. */
bool address_is_broadcast(const struct address_table *table, uint32_t addr);

/** The own address on port whose prefix covers addr, or -1. */
int address_on_link(const struct address_table *table, uint16_t port, const struct la_addr *addr);

#endif
