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
	uint64_t mac;   /**< of the port, as the first eight bytes of a frame */
	uint64_t flags; /**< of a buffer: those that are believed */
};

/** Of a plain frame; numbers in host order. */
struct plain_frame {
	uint32_t src, dst;
	uint64_t flags;        /**< of the buffer, as far as they are believed */
	uint32_t total_length; /**< of the IPv4 packet; the frame may be longer */
	uint8_t tos;
};

static inline struct plain_gate plain_gate(const uint8_t mac[6], uint64_t flags)
{
	struct plain_gate gate = { .flags = flags };

	memcpy(&gate.mac, mac, 6);
	return gate;
}

/* Eight bytes of a frame as they stand there, the first one leftmost. */
#define PLAIN_WORD(bytes) order_64(UINT64_C(bytes))

/*
 * What is the same in all plain frames, in three words of eight bytes, one from the start on: to
 * our MAC address, from that of one host; IPv4, its first byte; no fragment (MF and offset), TCP.
 */
static inline bool plain_is_usual(const uint8_t *at, const struct plain_gate *gate)
{
	uint64_t first = checksum_load(at), second = checksum_load(at + 8);
	uint64_t third = checksum_load(at + 16);
	bool nobody = (first & PLAIN_WORD(0x000000000000ffff)) == 0 &&
		      (second & PLAIN_WORD(0xffffffff00000000)) == 0;

	_Static_assert(ETH_TYPE_IPV4 == 0x0800 && IPV4_FIXED_FIRST == 0x45 &&
			       (IPV4_MORE_FRAGMENTS | 0x1fffU) == 0x3fff && IP_PROTOCOL_TCP == 6,
		       "as below");
	first = (first ^ gate->mac) & PLAIN_WORD(0xffffffffffff0100);
	second = (second ^ PLAIN_WORD(0x0000000008004500)) & PLAIN_WORD(0x00000000ffffff00);
	third = (third ^ PLAIN_WORD(0x0000000000000006)) & PLAIN_WORD(0x000000003fff00ff);
	return (first | second | third) == 0 && !nobody;
}

/* The header's own sum: two words and the addresses, which stand as one. */
static inline bool plain_header_is_right(const uint8_t *ip, uint64_t addresses)
{
	uint32_t second;

	memcpy(&second, ip + 8, sizeof(second));
	return checksum_is_right(checksum_add(checksum_add(addresses, second), checksum_load(ip)));
}

static inline bool plain_segment_is_right(const uint8_t *tcp, uint32_t bytes, uint64_t addresses)
{
	uint64_t rest = (uint64_t)order_32(bytes) + order_16(IP_PROTOCOL_TCP);

	return checksum_is_right(
		checksum_add(checksum_add(addresses, rest), checksum_sum(tcp, bytes)));
}

/* Both sums, as far as the flags do not vouch for them. */
static inline bool plain_sums_are_right(const uint8_t *ip, uint32_t total_length, uint64_t flags)
{
	uint64_t addresses = checksum_load(ip + 12);

	if ((flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) == 0 && !plain_header_is_right(ip, addresses))
		return false;
	return (flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD ||
	       plain_segment_is_right(ip + IPV4_HEADER_BYTES, total_length - IPV4_HEADER_BYTES,
				      addresses);
}

/** True if the frame is plain and came in by the gate. */
static inline bool plain_parse(const struct rte_mbuf *mbuf, const struct plain_gate *gate,
			       struct plain_frame *out)
{
	const uint8_t *at = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	const uint8_t *ip = at + PLAIN_IP_OFFSET;
	uint64_t flags = mbuf->ol_flags & gate->flags;
	uint32_t bytes = rte_pktmbuf_data_len(mbuf), total_length;

	if (mbuf->nb_segs != 1 || bytes != rte_pktmbuf_pkt_len(mbuf) || bytes < PLAIN_BYTES_MIN ||
	    (flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 || !plain_is_usual(at, gate))
		return false;
	total_length = load_16(ip + 2);
	/* Less than two headers become a large number. */
	if (total_length - (PLAIN_BYTES_MIN - PLAIN_IP_OFFSET) > bytes - PLAIN_BYTES_MIN ||
	    ip[8] == 0 || !plain_sums_are_right(ip, total_length, flags))
		return false;
	*out = (struct plain_frame){
		.src = load_32(ip + 12),
		.dst = load_32(ip + 16),
		.flags = flags,
		.total_length = total_length,
		.tos = ip[1],
	};
	return true;
}

#endif
