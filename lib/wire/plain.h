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

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

#define PLAIN_IP_OFFSET ETH_HEADER_BYTES
#define PLAIN_TCP_OFFSET (ETH_HEADER_BYTES + IPV4_HEADER_BYTES)
#define PLAIN_BYTES_MIN (PLAIN_TCP_OFFSET + 20U) /**< with a TCP header and no text */

/** Of a plain frame; numbers in host order. */
struct plain_frame {
	uint32_t src, dst;
	uint16_t total_length; /**< of the IPv4 packet; the frame may be longer */
	uint8_t tos, ttl;
};

static inline bool plain_sum_is_good(const uint8_t *segment, uint32_t bytes,
				     const struct plain_frame *frame)
{
	uint64_t sum = checksum_sum(segment, bytes);

	sum = checksum_add(sum, checksum_pseudo(frame->src, frame->dst, bytes, IP_PROTOCOL_TCP));
	return checksum_fold(sum) == UINT16_MAX;
}

/* First word of an IPv4 header: version, five words, TOS, length, identification, flags, offset. */
static inline bool plain_first_word(uint64_t word)
{
	const uint64_t whole = IPV4_MORE_FRAGMENTS | 0x1fffU;

	return word >> 56 == IPV4_FIXED_FIRST && (word & whole) == 0;
}

/** True if the frame is plain and sent to mac; flags are the buffer's, as far as they are believed.
 */
static inline bool plain_parse(const struct rte_mbuf *mbuf, uint64_t flags, const uint8_t mac[6],
			       struct plain_frame *out)
{
	const uint8_t *at = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	const uint8_t *ip = at + PLAIN_IP_OFFSET;
	uint64_t source, first, second;
	uint32_t bytes = rte_pktmbuf_data_len(mbuf);

	if (mbuf->nb_segs != 1 || bytes != rte_pktmbuf_pkt_len(mbuf) || bytes < PLAIN_BYTES_MIN ||
	    (flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 || memcmp(at, mac, 6) != 0)
		return false;
	source = load_64(at + 6); /* and the type behind it */
	if ((source & 0xffff) != ETH_TYPE_IPV4 || source >> 16 == 0 || (source >> 56 & 1) != 0)
		return false;
	first = load_64(ip);
	second = load_64(ip + 8);
	out->dst = load_32(ip + 16);
	out->src = (uint32_t)second;
	out->total_length = (uint16_t)(first >> 32);
	out->tos = (uint8_t)(first >> 48);
	out->ttl = (uint8_t)(second >> 56);
	if (!plain_first_word(first) || out->ttl == 0 || (second >> 48 & 0xff) != IP_PROTOCOL_TCP ||
	    out->total_length > bytes - PLAIN_IP_OFFSET ||
	    out->total_length < PLAIN_BYTES_MIN - PLAIN_IP_OFFSET)
		return false;
	if ((flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) == 0 &&
	    checksum_fold((first >> 32) + (uint32_t)first + (second >> 32) + (uint32_t)second +
			  out->dst) != UINT16_MAX)
		return false;
	return (flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD ||
	       plain_sum_is_good(ip + IPV4_HEADER_BYTES, out->total_length - IPV4_HEADER_BYTES,
				 out);
}

#endif
