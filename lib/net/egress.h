/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * egress.h: the last step of a frame on its way out, for the other files of lib/net.
 */
#ifndef NET_EGRESS_H
#define NET_EGRESS_H

#include <stdint.h>

struct net;
struct rte_mbuf;

/** Puts Ethernet (and the port's tag) in front of mbuf and hands it to the port. Takes the mbuf. */
void egress_link(struct net *net, uint16_t port, const uint8_t mac[6], uint16_t ether_type,
		 struct rte_mbuf *mbuf);

/** Bytes of an IP packet that leave by the port whole: its MTU, and one buffer without chains. */
uint16_t egress_mtu(const struct net *net, uint16_t port);

#endif
