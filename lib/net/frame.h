/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame.h: a received frame on its way through lib/net, and what may be done to its mbuf.
 *
 * A received mbuf may be written only if it is direct and nobody else holds it; its length may be
 * changed only if nobody else holds it. These helpers copy where that is not so.
 */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "base/verdict.h"
#include "io/port.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

struct env;
struct net;
struct rte_mbuf;
struct rte_mempool;

struct ingress_frame {
	struct rte_mbuf *mbuf; /**< NULL once somebody else took it */
	struct eth_header eth;
	struct ipv4_header ip;
	uint16_t port;
	uint16_t ip_offset;   /**< of the IPv4 header */
	uint16_t local_index; /**< own address it is for */
	bool group; /**< sent to a broadcast or multicast address, of Ethernet or of IPv4 */
};

/** Offset of what follows the IPv4 header. */
static inline uint32_t frame_transport_offset(const struct ingress_frame *frame)
{
	return (uint32_t)frame->ip_offset + frame->ip.header_length;
}

/** Bytes behind the IPv4 header. */
static inline uint32_t frame_transport_length(const struct ingress_frame *frame)
{
	return (uint32_t)frame->ip.total_length - frame->ip.header_length;
}

/** Of a buffer's flags those that the port means: not what they say of sums that it does not
 * verify.
 */
static inline uint64_t frame_flags_believed(const struct port *port)
{
	const uint64_t sums = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK;

	return port->rx_checksum ? UINT64_MAX : ~sums;
}

/** Counts the reason and frees the mbuf. */
void net_drop(struct net *net, struct rte_mbuf *mbuf, enum verdict reason);

/** True if every segment is held by us alone: lengths may be changed. */
bool frame_is_sole(const struct rte_mbuf *mbuf);

/**
 * A copy in fresh buffers with the headers' headroom in front, or NULL. The original is freed if
 * the copy succeeds.
 */
struct rte_mbuf *frame_copy(struct env *env, struct rte_mbuf *mbuf);

/** Cuts off what lies beyond length bytes, whole segments included. */
void frame_trim_to(struct rte_mbuf *mbuf, uint32_t length);

#endif
