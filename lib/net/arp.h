/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arp.h: ARP for our addresses (RFC 826, RFC 5227): answers, announcements, conflicts, requests.
 *
 * Owns the announcements still to be made. What ARP packets say about others goes to neighbour.h.
 */
#ifndef NET_ARP_H
#define NET_ARP_H

#include <stdint.h>

#include "base/verdict.h"
#include "config/limits.h"

struct net;
struct la_addr;
struct ingress_frame;

struct arp_announcement {
	uint64_t due_us;      /**< the next one; meaningful while left > 0 */
	uint64_t defended_us; /**< when the address was last defended; 0: never */
	uint8_t left;
};

struct arp_state {
	uint64_t next_us; /**< the earliest due_us; UINT64_MAX: none */
	struct arp_announcement announcements[ADDRESSES_MAX]; /**< by address index */
};

/** No announcement pending. */
void arp_init(struct arp_state *arp);

/** Announces own address index ARP_ANNOUNCEMENTS times, the first at the next expiry. */
void arp_announce(struct net *net, unsigned int index);

/** Takes an ARP frame. Done, or the reason to drop frame->mbuf for. */
enum verdict arp_input(struct net *net, struct ingress_frame *frame);

/** Asks on port for addr; mac: by unicast there, NULL: by broadcast. */
void arp_request_send(struct net *net, uint16_t port, const struct la_addr *addr,
		      const uint8_t *mac);

/** Sends the announcements that are due. Returns how many. */
unsigned int arp_expire(struct net *net);

#endif
