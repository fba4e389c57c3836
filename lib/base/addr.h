/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * addr.h: IPv4 in addresses of 16 bytes, mapped (RFC 4291 2.5.5.2), for who looks at each packet:
 * what lastack.h offers to everybody, without a call.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/order.h"
#include "lastack.h"

/** The second word of a mapped address as it stands in memory: ffff, then the IPv4 address. */
static inline uint64_t addr_mapped_word(uint32_t ipv4)
{
	return order_64(UINT64_C(0xffff) << 32 | ipv4);
}

static inline struct la_addr addr_from_ipv4(uint32_t ipv4)
{
	uint64_t words[2] = { 0, addr_mapped_word(ipv4) };
	struct la_addr addr;

	memcpy(addr.bytes, words, sizeof(addr.bytes));
	return addr;
}

/** True for a mapped address, which is written to *ipv4 in host order. */
static inline bool addr_to_ipv4(const struct la_addr *addr, uint32_t *ipv4)
{
	uint64_t words[2];

	memcpy(words, addr->bytes, sizeof(words));
	words[1] = order_64(words[1]);
	*ipv4 = (uint32_t)words[1];
	return (words[0] | (words[1] >> 32 ^ 0xffff)) == 0;
}

static inline bool addr_equal(const struct la_addr *a, const struct la_addr *b)
{
	uint64_t left[2], right[2];

	memcpy(left, a->bytes, sizeof(left));
	memcpy(right, b->bytes, sizeof(right));
	return ((left[0] ^ right[0]) | (left[1] ^ right[1])) == 0;
}

#endif
