/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stateless_frame.h: frames of the stateless peer: what the stack sent it, read and judged, and
 * what it sends itself, built in a buffer.
 *
 * Knows headers, by lib/wire, and nothing of what a segment means.
 */
#ifndef BENCH_STATELESS_FRAME_H
#define BENCH_STATELESS_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/arp.h"

struct rte_mbuf;

/** A segment, whichever way it goes: "peer" is always the stateless one. Host order. */
struct stateless_segment {
	uint32_t peer, stack; /**< IPv4 addresses */
	uint16_t peer_port, stack_port;
	uint32_t seq, ack;
	uint16_t text; /**< bytes */
	uint8_t flags; /**< TCP_* */
	bool has_timestamps;
	uint32_t ts_value; /**< read; what is written is the clock */
	uint32_t ts_echo;
};

/** What the peer's SYNs carry beside an MSS. */
struct stateless_offer {
	bool timestamps, scale, sack;
};

/** Between which two MAC addresses frames go, and how. */
struct stateless_link {
	uint8_t peer_mac[6], stack_mac[6];
	uint16_t mss; /**< of the peer's SYNs */
	struct stateless_offer offer;
};

enum stateless_kind {
	STATELESS_BAD, /**< not for the peer, cut short, or with a wrong checksum */
	STATELESS_TCP,
	STATELESS_ARP_REQUEST,
	STATELESS_OTHER, /**< in order, and of no interest */
};

/** Reads a frame that the stack sent; every checksum in it is verified. */
enum stateless_kind stateless_read(const struct stateless_link *link, const struct rte_mbuf *mbuf,
				   struct stateless_segment *segment, struct arp_packet *arp);

/**
 * Makes the buffer a frame with this segment; what was in it before is forgotten. The text, if any,
 * is segment->text bytes of the letter x. A SYN offers what the link says.
 */
void stateless_write(const struct stateless_link *link, struct rte_mbuf *mbuf,
		     const struct stateless_segment *segment);

/** Makes the buffer the answer to an ARP request. */
void stateless_write_arp(const struct stateless_link *link, struct rte_mbuf *mbuf,
			 const struct arp_packet *request);

#endif
