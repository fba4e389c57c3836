/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * icmp.h: ICMP for IPv4 (RFC 792): checked parsing of messages and of what an error quotes;
 * emitting.
 */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"

struct rte_mbuf;

#define ICMP_HEADER_BYTES 8U
#define ICMP_ECHO_REPLY 0U
#define ICMP_UNREACHABLE 3U
#define ICMP_SOURCE_QUENCH 4U
#define ICMP_REDIRECT 5U
#define ICMP_ECHO_REQUEST 8U
#define ICMP_TIME_EXCEEDED 11U
#define ICMP_PARAMETER_PROBLEM 12U
#define ICMP_CODE_PROTOCOL 2U   /**< of ICMP_UNREACHABLE */
#define ICMP_CODE_PORT 3U       /**< of ICMP_UNREACHABLE */
#define ICMP_CODE_TOO_BIG 4U    /**< of ICMP_UNREACHABLE: fragmentation needed and DF set */
#define ICMP_CODE_REASSEMBLY 1U /**< of ICMP_TIME_EXCEEDED */

struct icmp_message {
	uint8_t type, code;
	uint32_t rest; /**< the second word: id and sequence, or unused and next-hop MTU */
};

/** What an ICMP error quotes: our own packet as its sender saw it. */
struct icmp_quote {
	uint32_t src, dst; /**< host order: src is us */
	uint8_t protocol;
	uint16_t total_length; /**< of the quoted packet */
	uint16_t src_port, dst_port;
	uint32_t seq; /**< TCP sequence number */
};

/** Parses length bytes at offset, checksum verified. Continue, or icmp_short, icmp_checksum. */
enum verdict icmp_parse(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			struct icmp_message *out);

/**
 * Parses the quote behind an error's eight bytes (at least a header and 64 bits, RFC 1122 3.2.2);
 * offset and length are those of the whole message, as for icmp_parse(). Continue or icmp_quote; a
 * later fragment is no use as a quote, for it holds no ports. The quoted header checksum is not
 * verified: routers change it.
 */
enum verdict icmp_quote_parse(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			      struct icmp_quote *out);

/** Writes ICMP_HEADER_BYTES bytes with the checksum field zero. */
void icmp_emit(uint8_t *at, const struct icmp_message *message);

static inline bool icmp_is_error(uint8_t type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
	       type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
}

#endif
