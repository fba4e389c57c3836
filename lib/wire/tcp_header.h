/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_header.h: the TCP header and its options (RFC 9293 section 3.1, RFC 7323, RFC 2018, RFC
 * 7413): checked parsing and emitting. Wire bytes of TCP are read here and nowhere else.
 */
#ifndef WIRE_TCP_HEADER_H
#define WIRE_TCP_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"

struct rte_mbuf;

#define TCP_FIN 0x01U
#define TCP_SYN 0x02U
#define TCP_RST 0x04U
#define TCP_PSH 0x08U
#define TCP_ACK 0x10U
#define TCP_URG 0x20U
#define TCP_ECE 0x40U
#define TCP_CWR 0x80U

#define TCP_OPTIONS_BYTES_MAX 40U
#define TCP_SACK_BLOCKS_MAX 4U
#define TCP_SACK_BYTES(blocks) (4U + 8U * (blocks)) /**< of the option, padded (RFC 2018 3) */
#define TCP_FAST_OPEN_BYTES_MIN 4U                  /**< RFC 7413 2: of a cookie */
#define TCP_FAST_OPEN_BYTES_MAX 16U

struct tcp_sack_block {
	uint32_t left, right; /**< host order */
};

/**
 * Options in host order. Only what has_* (or a count) says is there means anything. What is before
 * the MSS says which there are: one word.
 */
struct tcp_options {
	bool has_mss, has_window_scale, has_timestamps, sack_permitted, has_user_timeout,
		has_fast_open;
	uint8_t window_scale; /**< as sent: may exceed 14 */
	uint8_t sack_count;
	uint16_t mss;
	uint16_t user_timeout; /**< granularity and value as they stand (RFC 5482 3) */
	uint32_t ts_value, ts_echo;
	struct tcp_sack_block sack[TCP_SACK_BLOCKS_MAX];
	uint8_t fast_open_size; /**< of the cookie; 0: one is asked for */
	uint8_t fast_open[TCP_FAST_OPEN_BYTES_MAX];
};

struct tcp_header {
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint16_t window, urgent;
	uint8_t flags;
	uint8_t length; /**< bytes, options included */
};

/**
 * Parses the fixed header at offset of a segment of length bytes. Continue, or tcp_short,
 * tcp_offset. Does not verify the checksum (wire/checksum.h) and judges no flag.
 */
enum verdict tcp_header_parse(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			      struct tcp_header *out);

/** The ports of a segment whose fixed header is known to be there, in the first buffer. */
void tcp_header_ports(const struct rte_mbuf *mbuf, uint32_t offset, uint16_t *source,
		      uint16_t *destination);

/** True if SYN is set; the fixed header as above. */
bool tcp_header_is_syn(const struct rte_mbuf *mbuf, uint32_t offset);

/**
 * Parses the options between the fixed header and header->length. Never fails: an option of illegal
 * length ends the list there, an unknown one is stepped over (RFC 9293 MUST-6, MUST-7); MSS and the
 * others count only with their one legal length. The first MSS wins.
 */
void tcp_options_parse(const struct rte_mbuf *mbuf, uint32_t offset,
		       const struct tcp_header *header, struct tcp_options *out);

/** Bytes that the options take, padded to four with zeros (MUST-69) or NOPs. */
unsigned int tcp_options_length(const struct tcp_options *options);

/**
 * Writes header and options, header->length being 20 + tcp_options_length(); checksum zero.
 * Returns header->length. options may be NULL.
 */
unsigned int tcp_header_emit(uint8_t *at, const struct tcp_header *header,
			     const struct tcp_options *options);

/** The same; returns the sum of what was written (checksum.h), which is not read again for it. */
uint64_t tcp_header_emit_sum(uint8_t *at, const struct tcp_header *header,
			     const struct tcp_options *options);

#endif
