/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * checksum.h: the Internet checksum (RFC 1071) over mbuf chains, with the pseudo headers of IPv4
 * and IPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1).
 */
#ifndef WIRE_CHECKSUM_H
#define WIRE_CHECKSUM_H

#include <stdint.h>

#include "lastack.h"

struct rte_mbuf;

/**
 * The checksum, as it stands on the wire (big endian in memory), of length bytes at offset of the
 * chain, with the pseudo header of the two addresses (both IPv4-mapped: that of IPv4). 0 when the
 * bytes include a correct checksum field. The range must lie within the chain.
 */
uint16_t checksum_transport(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			    const struct la_addr *src, const struct la_addr *dst, uint8_t protocol);

/** The same without a pseudo header (IPv4 header, ICMP). */
uint16_t checksum_plain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length);

/** The same over length bytes that are contiguous in memory, at any alignment. */
uint16_t checksum_bytes(const uint8_t *at, uint32_t length);

#endif
