/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/arp.h"

#include <stddef.h>

#include <rte_arp.h>

#include "wire/bytes.h"
#include "wire/ethernet.h"

_Static_assert(ARP_BYTES == sizeof(struct rte_arp_hdr), "layout of RFC 826");
_Static_assert(ARP_REQUEST == RTE_ARP_OP_REQUEST && ARP_REPLY == RTE_ARP_OP_REPLY, "RFC 826");

#define MAC_BYTES 6U
#define IPV4_BYTES 4U

/* Where the fields of a packet for IPv4 over Ethernet stand. */
enum arp_field {
	ARP_HARDWARE = offsetof(struct rte_arp_hdr, arp_hardware),
	ARP_PROTOCOL = offsetof(struct rte_arp_hdr, arp_protocol),
	ARP_HARDWARE_LENGTH = offsetof(struct rte_arp_hdr, arp_hlen),
	ARP_PROTOCOL_LENGTH = offsetof(struct rte_arp_hdr, arp_plen),
	ARP_OPERATION = offsetof(struct rte_arp_hdr, arp_opcode),
	ARP_SENDER_MAC = offsetof(struct rte_arp_hdr, arp_data.arp_sha),
	ARP_SENDER_IP = offsetof(struct rte_arp_hdr, arp_data.arp_sip),
	ARP_TARGET_MAC = offsetof(struct rte_arp_hdr, arp_data.arp_tha),
	ARP_TARGET_IP = offsetof(struct rte_arp_hdr, arp_data.arp_tip),
};

enum verdict arp_parse(const struct rte_mbuf *mbuf, uint32_t offset, struct arp_packet *out)
{
	uint8_t copy[ARP_BYTES];
	const uint8_t *at = bytes_at(mbuf, offset, ARP_BYTES, copy);

	if (at == NULL)
		return DROP_arp_short;
	if (load_16(at + ARP_HARDWARE) != RTE_ARP_HRD_ETHER ||
	    load_16(at + ARP_PROTOCOL) != ETH_TYPE_IPV4 || at[ARP_HARDWARE_LENGTH] != MAC_BYTES ||
	    at[ARP_PROTOCOL_LENGTH] != IPV4_BYTES)
		return DROP_arp_format;
	out->operation = load_16(at + ARP_OPERATION);
	if (out->operation != ARP_REQUEST && out->operation != ARP_REPLY)
		return DROP_arp_operation;
	memcpy(out->sender_mac, at + ARP_SENDER_MAC, MAC_BYTES);
	memcpy(out->target_mac, at + ARP_TARGET_MAC, MAC_BYTES);
	out->sender_ip = load_32(at + ARP_SENDER_IP);
	out->target_ip = load_32(at + ARP_TARGET_IP);
	return VERDICT_CONTINUE;
}

void arp_emit(uint8_t *at, const struct arp_packet *packet)
{
	assert(packet->operation == ARP_REQUEST || packet->operation == ARP_REPLY);
	store_16(at + ARP_HARDWARE, RTE_ARP_HRD_ETHER);
	store_16(at + ARP_PROTOCOL, ETH_TYPE_IPV4);
	at[ARP_HARDWARE_LENGTH] = MAC_BYTES;
	at[ARP_PROTOCOL_LENGTH] = IPV4_BYTES;
	store_16(at + ARP_OPERATION, packet->operation);
	memcpy(at + ARP_SENDER_MAC, packet->sender_mac, MAC_BYTES);
	store_32(at + ARP_SENDER_IP, packet->sender_ip);
	memcpy(at + ARP_TARGET_MAC, packet->target_mac, MAC_BYTES);
	store_32(at + ARP_TARGET_IP, packet->target_ip);
}
