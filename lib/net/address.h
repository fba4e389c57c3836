/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * address.h: our own addresses: an index for each, and lookup of a destination in a few cycles.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdint.h>

#include "config/limits.h"
#include "lastack.h"

struct own_address {
	struct la_addr addr;
	uint16_t port;
	uint8_t prefix_length; /**< bits, of the IPv4 address where it is one */
};

struct address_table {
	unsigned int count;
	struct own_address list[ADDRESSES_MAX];
	uint16_t slots[ADDRESSES_MAX * 4]; /**< open addressing: index + 1, or 0 */
};

/** Adds an address; returns its index, -EEXIST or -ENOSPC. */
int address_add(struct address_table *table, const struct la_addr *addr, uint16_t port,
		uint8_t prefix_length);

/** The index of an own address, or -1. */
int address_find(const struct address_table *table, const struct la_addr *addr);

#endif
