/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain.h: the frame that nearly all frames are, read in one go: Ethernet without a tag, IPv4
 * without options, whole, TCP, correct, in one buffer.
 *
 * Says yes or no, and never why not: whatever is not plain goes the general way (ethernet.h,
 * ipv4.h, checksum.h), step by step, and has its verdict from there. What is plain there is nothing
 * against on that way. Whose addresses they are is lib/net's business here as well.
 */
#ifndef WIRE_PLAIN_H
#define WIRE_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/order.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

#define PLAIN_IP_OFFSET ETH_HEADER_BYTES
#define PLAIN_TCP_OFFSET (ETH_HEADER_BYTES + IPV4_HEADER_BYTES)
#define PLAIN_BYTES_MIN (PLAIN_TCP_OFFSET + 20U) /**< with a TCP header and no text */

/** What the plain frames of one port have in common; found once for a burst. */
struct plain_gate {
	uint64_t mac;       /**< of the port, as the first eight bytes of a frame */
	uint64_t flags;     /**< of a buffer: those that are believed */
	uint32_t bytes_min; /**< of a frame; UINT32_MAX: none is plain */
};

/** Of a plain frame. */
struct plain_frame {
	const uint8_t *ip;     /**< the IPv4 header */
	uint64_t flags;        /**< of the buffer, as far as they are believed */
	uint32_t total_length; /**< of the IPv4 packet; the frame may be longer */
};

/** That of a port whose frames have a tag or none. */
static inline struct plain_gate plain_gate(const uint8_t mac[6], uint64_t flags, bool tagged)
{
	struct plain_gate gate = { .flags = flags };

	memcpy(&gate.mac, mac, 6);
	gate.bytes_min = tagged ? UINT32_MAX : PLAIN_BYTES_MIN;
	return gate;
}

static inline uint32_t plain_load(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Bytes of a frame as they stand there, the first one leftmost. */
#define PLAIN_WORD(bytes) order_64(UINT64_C(bytes))
#define PLAIN_HALF(bytes) order_32(UINT32_C(bytes))

/*
 * What is the same in all plain frames: to our MAC address, from that of one host; IPv4, its first
 * byte; no fragment (MF and offset), TCP.
 */
static inline bool plain_is_usual(const uint8_t *at, const struct plain_gate *gate)
{
	uint64_t to = (checksum_load(at) ^ gate->mac) & PLAIN_WORD(0xffffffffffff0100);
	uint32_t type = (plain_load(at + 12) & PLAIN_HALF(0xffffff00)) ^ PLAIN_HALF(0x08004500);
	uint32_t whole = (plain_load(at + 20) & PLAIN_HALF(0x3fff00ff)) ^ PLAIN_HALF(0x00000006);

	_Static_assert(ETH_TYPE_IPV4 == 0x0800 && IPV4_FIXED_FIRST == 0x45 &&
			       (IPV4_MORE_FRAGMENTS | 0x1fffU) == 0x3fff && IP_PROTOCOL_TCP == 6,
		       "as above");
	/* Nobody's address is zero, with the type behind it. */
	return (to | type | whole) == 0 && checksum_load(at + 6) != PLAIN_WORD(0x0000000000000800);
}

/** The header's own sum: two words and the addresses, which stand as one. */
static inline bool plain_header_is_right(const uint8_t *ip, uint64_t addresses)
{
	return checksum_is_right(
		checksum_add(checksum_add(addresses, plain_load(ip + 8)), checksum_load(ip)));
}

static inline bool plain_segment_is_right(const uint8_t *tcp, uint32_t bytes, uint64_t addresses)
{
	uint64_t rest = (uint64_t)order_32(bytes) + order_16(IP_PROTOCOL_TCP);

	return checksum_is_right(
		checksum_add(checksum_add(addresses, rest), checksum_sum(tcp, bytes)));
}

/* What a port may say of a frame that changes what is to be looked at here. */
#define PLAIN_FLAGS \
	(RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_MASK)

/* Some of these flags are set: true if the frame had no tag, and both sums are right or vouched
 * for. */
bool plain_is_vouched_for(const uint8_t *ip, uint32_t total_length, uint64_t flags);

/** True if the frame is plain and came in by the gate. */
static inline bool plain_parse(const struct rte_mbuf *mbuf, const struct plain_gate *gate,
			       struct plain_frame *out)
{
	const uint8_t *at = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	const uint8_t *ip = at + PLAIN_IP_OFFSET;
	uint32_t bytes = rte_pktmbuf_data_len(mbuf), total_length;
	uint64_t addresses;

	if (bytes != rte_pktmbuf_pkt_len(mbuf) || bytes < gate->bytes_min ||
	    !plain_is_usual(at, gate))
		return false;
	total_length = load_16(ip + 2);
	/* Less than two headers become a large number. */
	if (total_length - (PLAIN_BYTES_MIN - PLAIN_IP_OFFSET) > bytes - PLAIN_BYTES_MIN ||
	    ip[8] == 0)
		return false;
	out->ip = ip;
	out->flags = mbuf->ol_flags & gate->flags;
	out->total_length = total_length;
	if (unlikely((out->flags & PLAIN_FLAGS) != 0))
		return plain_is_vouched_for(ip, total_length, out->flags);
	addresses = checksum_load(ip + 12);
	return plain_header_is_right(ip, addresses) &&
	       plain_segment_is_right(ip + IPV4_HEADER_BYTES, total_length - IPV4_HEADER_BYTES,
				      addresses);
}

#endif
