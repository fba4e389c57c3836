/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * order.h: numbers between the order of the machine and that of the network: either way the same.
 *
 * As DPDK's rte_cpu_to_be_*(), but nothing that the compiler may not combine with what is done to
 * the number before and behind.
 */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stdint.h>

#define ORDER_IS_NETWORK (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

static inline uint16_t order_16(uint16_t number)
{
	return ORDER_IS_NETWORK ? number : __builtin_bswap16(number);
}

static inline uint32_t order_32(uint32_t number)
{
	return ORDER_IS_NETWORK ? number : __builtin_bswap32(number);
}

static inline uint64_t order_64(uint64_t number)
{
	return ORDER_IS_NETWORK ? number : __builtin_bswap64(number);
}

#endif
