/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router.h: what a router on the way does to a packet besides losing it: it marks congestion
 * (RFC 3168), erases the field in which that is done, and says what is too big for the next link
 * (RFC 1191).
 *
 * Pure: it gets bytes and makes bytes. Who marks when, and whose frames are too big, the link
 * decides.
 */
#ifndef SIM_ROUTER_H
#define SIM_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTER_TOO_BIG_BYTES 70U /**< frame of a "too big": two IPv4 headers, ICMP and 8 bytes */

/** Bytes of the IPv4 packet in the frame; 0: it is none. */
uint32_t router_packet_bytes(const uint8_t *frame, size_t size);

/** Marks congestion experienced, if the sender's transport understands that. True if it does. */
bool router_mark(uint8_t *frame, size_t size);

/** Erases the ECN field, as some routers still do. True if there was something in it. */
bool router_bleach(uint8_t *frame, size_t size);

/**
 * Makes the answer to an IPv4 frame whose packet is larger than the next link takes, with
 * mtu as that link's, in out (ROUTER_TOO_BIG_BYTES). `router` is the router's own address.
 */
void router_too_big(const uint8_t *frame, uint16_t mtu, uint32_t router, uint8_t *out);

#endif
