/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arp.h: ARP packets for IPv4 over Ethernet (RFC 826): checked parsing, emitting.
 */
#ifndef WIRE_ARP_H
#define WIRE_ARP_H

#include <stdint.h>

#include "base/verdict.h"

struct rte_mbuf;

#define ARP_BYTES 28U
#define ARP_REQUEST 1U
#define ARP_REPLY 2U

struct arp_packet {
	uint16_t operation;
	uint8_t sender_mac[6], target_mac[6];
	uint32_t sender_ip, target_ip; /**< host order */
};

/** Parses at offset. Continue, or arp_short, arp_format, arp_operation. */
enum verdict arp_parse(const struct rte_mbuf *mbuf, uint32_t offset, struct arp_packet *out);

/** Writes ARP_BYTES bytes. */
void arp_emit(uint8_t *at, const struct arp_packet *packet);

#endif
