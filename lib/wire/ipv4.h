/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ipv4.h: the IPv4 header (RFC 791, RFC 1122 section 3.2.1): checked parsing, emitting.
 *
 * Knows only the header itself; whose addresses they are is lib/net's business.
 */
#ifndef WIRE_IPV4_H
#define WIRE_IPV4_H

#include <stdbool.h>
#include <stdint.h>

#include "base/order.h"
#include "base/verdict.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

struct rte_mbuf;

#define IPV4_HEADER_BYTES 20U
#define IP_PROTOCOL_ICMP 1U
#define IP_PROTOCOL_TCP 6U
#define IP_PROTOCOL_UDP 17U

/* The ECN field: the low two bits of TOS or traffic class (RFC 3168 section 5); the rest is DSCP.
 */
#define IP_ECN_FIELD 0x03U
#define IP_ECN_ECT_0 0x02U
#define IP_ECN_CE 0x03U

struct ipv4_header {
	uint32_t src, dst;     /**< host order */
	uint16_t total_length; /**< bytes, header included; never past the frame */
	uint16_t id;
	uint16_t fragment_offset; /**< bytes */
	bool more_fragments, dont_fragment;
	uint8_t header_length; /**< bytes, options included */
	uint8_t ttl, protocol, tos;
};

/**
 * Parses and verifies the header at offset (checksum in software unless the mbuf says it is good).
 * Continue, or ip_short, ip_version, ip_header_length, ip_total_length, ip_checksum, ip_options,
 * ip_source_route, ip_ttl. Does not look at addresses or fragments.
 */
enum verdict ipv4_parse(const struct rte_mbuf *mbuf, uint32_t offset, struct ipv4_header *out);

/**
 * The same, but judges the lengths alone (as far as ip_total_length): for who prints frames, whose
 * checksum the port may yet have to fill in.
 */
enum verdict ipv4_parse_lengths(const struct rte_mbuf *mbuf, uint32_t offset,
				struct ipv4_header *out);

#define IPV4_FIXED_FIRST 0x45U /**< version 4, five words of header */
#define IPV4_DONT_FRAGMENT 0x4000U
#define IPV4_MORE_FRAGMENTS 0x2000U

/** Writes IPV4_HEADER_BYTES bytes with checksum; header_length is ignored (no options). */
static inline void ipv4_emit(uint8_t *at, const struct ipv4_header *header)
{
	uint32_t fragment = header->fragment_offset / 8U;
	uint64_t first, second, sum;

	assert(header->total_length >= IPV4_HEADER_BYTES);
	assert(header->fragment_offset % 8 == 0);
	fragment |= header->more_fragments ? IPV4_MORE_FRAGMENTS : 0;
	fragment |= header->dont_fragment ? IPV4_DONT_FRAGMENT : 0;
	first = (uint64_t)(IPV4_FIXED_FIRST << 8 | header->tos) << 48 |
		(uint64_t)header->total_length << 32 | (uint32_t)header->id << 16 | fragment;
	second = (uint64_t)(header->ttl << 8 | header->protocol) << 48 | header->src;
	/* Of numbers in the order of the machine, since they are at hand. */
	sum = (first >> 32) + (uint32_t)first + (second >> 32) + (uint32_t)second + header->dst;
	store_64(at, first);
	store_64(at + 8, second | (uint64_t)(uint16_t)~checksum_fold(sum) << 32);
	store_32(at + 16, header->dst);
}

/* The first half of the one's complement of what a ready header claims for its length. */
#define IPV4_READY_OFF ((uint16_t)~order_16(IPV4_HEADER_BYTES))

/**
 * Writes the header that stands in ready, but for that total length. ready is what ipv4_emit()
 * wrote for IPV4_HEADER_BYTES: a header without anything behind it (RFC 1624).
 */
static inline void ipv4_emit_ready(uint8_t *at, const uint8_t ready[IPV4_HEADER_BYTES],
				   uint16_t total_length)
{
	uint16_t length = order_16(total_length), checksum;
	uint32_t sum;

	memcpy(&checksum, ready + 10, sizeof(checksum));
	sum = (uint32_t)(uint16_t)~checksum + IPV4_READY_OFF + length;
	sum += sum << 16 | sum >> 16;
	checksum = (uint16_t)(~sum >> 16);
	memcpy(at, ready, IPV4_HEADER_BYTES);
	memcpy(at + 2, &length, sizeof(length));
	memcpy(at + 10, &checksum, sizeof(checksum));
}

static inline bool ipv4_is_multicast(uint32_t addr)
{
	return addr >> 28 == 0xe;
}

static inline bool ipv4_is_loopback(uint32_t addr)
{
	return addr >> 24 == 127;
}

#endif
