/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * address.h: our own addresses: an index for each, lookup of a destination in a few cycles, and
 * what their prefixes say about other addresses (broadcasts, neighbours).
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

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

/** The index of an own address, or -1. */
int address_find(const struct address_table *table, const struct la_addr *addr);

/** True for 255.255.255.255 and for the broadcast addresses of our prefixes, all-zeros form
 * included. */
bool address_is_broadcast(const struct address_table *table, uint32_t addr);

/** The own address on port whose prefix covers addr, or -1. */
int address_on_link(const struct address_table *table, uint16_t port, const struct la_addr *addr);

#endif
