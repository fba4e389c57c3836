/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * icmp_output.h: ICMP messages that we send: answers and errors, under one rate limit.
 *
 * The limit is a token bucket in which each message costs a random amount around its share, so that
 * nobody can count by our answers what we answered to others.
 */
#ifndef NET_ICMP_OUTPUT_H
#define NET_ICMP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct net;
struct env;
struct ingress_frame;

struct icmp_limiter {
	uint64_t credit_us; /**< time saved up; a message costs about 1 s / ICMP_PER_SECOND */
	uint64_t updated_us;
};

/** Starts with a full bucket. */
void icmp_limiter_init(struct icmp_limiter *limiter, uint64_t now_us);

/** True if one more message may be sent now; it is then paid for. */
bool icmp_limiter_take(struct icmp_limiter *limiter, struct env *env);

/**
 * Sends an error about the packet in frame (whose mbuf is only read), quoting as much of it as
 * makes 576 bytes (RFC 1812 4.3.2.3). Silently does nothing where RFC 1122 3.2.2 forbids an error:
 * about an ICMP error, a later fragment, a broadcast or multicast; and beyond the rate limit.
 */
void icmp_error_send(struct net *net, const struct ingress_frame *frame, uint8_t type,
		     uint8_t code);

/** What an error is about, where no frame is left: the head of an IPv4 packet. */
struct icmp_about {
	const uint8_t *bytes; /**< IPv4 header and what follows */
	uint32_t length;      /**< bytes */
	uint32_t src;         /**< host order: gets the error */
	uint16_t local_index; /**< own address it was for: sends the error */
};

/** The same about a packet of which only the head was kept. */
void icmp_error_send_about(struct net *net, const struct icmp_about *about, uint8_t type,
			   uint8_t code);

#endif
