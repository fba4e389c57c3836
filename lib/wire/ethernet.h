/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethernet.h: Ethernet II frames with at most one IEEE 802.1Q tag: layout, checked parsing,
 * emitting.
 */
#ifndef WIRE_ETHERNET_H
#define WIRE_ETHERNET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"
#include "wire/bytes.h"

struct rte_mbuf;

#define ETH_TYPE_IPV4 0x0800U
#define ETH_TYPE_ARP 0x0806U
#define ETH_TYPE_IPV6 0x86ddU
#define ETH_TYPE_VLAN 0x8100U
#define ETH_TYPE_QINQ 0x88a8U
#define ETH_VLAN_RESERVED 0x0fffU /**< IEEE 802.1Q table 9-2 */
#define ETH_HEADER_BYTES 14U
#define ETH_TAG_BYTES 4U

struct eth_header {
	uint8_t dst[6], src[6];
	uint16_t type;  /**< EtherType behind the tag, host order */
	uint16_t vlan;  /**< VLAN identifier of the tag; 0: no tag (or a priority tag) */
	uint8_t length; /**< bytes up to the payload */
};

/** Parses the start of the frame. Continue, or eth_short, eth_source, eth_vlan (two tags). */
enum verdict eth_parse(const struct rte_mbuf *mbuf, struct eth_header *out);

static inline bool eth_is_group(const uint8_t mac[6])
{
	return (mac[0] & 1U) != 0;
}

static inline bool eth_is_tag(uint16_t type)
{
	return type == ETH_TYPE_VLAN || type == ETH_TYPE_QINQ;
}

/** Writes the type behind the addresses of the header at that place, and a tag unless vlan is 0. */
static inline void eth_emit_type(uint8_t *at, uint16_t type, uint16_t vlan)
{
	assert(vlan < ETH_VLAN_RESERVED);
	assert(!eth_is_tag(type));
	if (likely(vlan == 0)) {
		store_16(at + 12, type);
		return;
	}
	store_32(at + 12, ETH_TYPE_VLAN << 16 | vlan);
	store_16(at + 16, type);
}

/** Writes header->length (14, or 18 with a VLAN) bytes; vlan 0: no tag. Returns how many. */
static inline unsigned int eth_emit(uint8_t *at, const struct eth_header *header)
{
	memcpy(at, header->dst, sizeof(header->dst));
	memcpy(at + sizeof(header->dst), header->src, sizeof(header->src));
	eth_emit_type(at, header->type, header->vlan);
	return header->vlan == 0 ? ETH_HEADER_BYTES : ETH_HEADER_BYTES + ETH_TAG_BYTES;
}

#endif
