/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet.h: what ingress hands up: an IP packet, validated, whole, addressed to us.
 */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <stdint.h>

#include "lastack.h"

struct rte_mbuf;

enum packet_kind {
	PACKET_TCP,        /**< a TCP segment, at least a fixed header; unread, checksum verified */
	PACKET_ICMP_ERROR, /**< an ICMP error about a TCP segment of ours; no mbuf */
};

/** What an ICMP error says, the connection named from our side. */
struct packet_icmp {
	uint8_t type, code;
	uint16_t next_hop_mtu;  /**< of "too big"; 0: not given */
	uint16_t quoted_length; /**< total length of the quoted packet */
	uint16_t local_port, remote_port;
	uint32_t seq; /**< quoted sequence number: believed only if in flight (RFC 5927 4.1) */
};

struct packet {
	struct rte_mbuf
		*mbuf; /**< the holder's; trimmed to the IP packet's end. NULL for an ICMP error */
	struct la_addr remote; /**< source; for an ICMP error the destination it quotes */
	uint16_t local_index;  /**< of our address in the table of those */
	uint16_t port;         /**< index of the port it came in by */
	uint16_t offset; /**< of the transport header in the mbuf's data; contiguous with TCP's 60
			    bytes or all there is */
	uint16_t length; /**< bytes from there to the end of the packet */
	uint8_t kind;    /**< enum packet_kind */
	uint8_t tos;
	struct packet_icmp icmp;
};

#endif
