/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame.h: reads Ethernet, IPv4 and TCP for the oracles, independently of the stack under test.
 *
 * It deliberately shares no code with lib/wire: an error there must not blind the judge.
 */
#ifndef SIM_FRAME_H
#define SIM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_ETHERNET_BYTES 14U
#define FRAME_SIZE_MAX 4096U /**< bytes of the largest frame on a simulated link */
#define FRAME_SIZE_MIN 60U   /**< Ethernet's minimum without FCS: shorter ones may be padded */
#define FRAME_TEXT_SIZE 320U /**< bytes that frame_print() may need */
#define FRAME_SACKS_MAX 4U   /**< blocks that fit the options */

#define FRAME_FIN 0x01U
#define FRAME_SYN 0x02U
#define FRAME_RST 0x04U
#define FRAME_PSH 0x08U
#define FRAME_ACK 0x10U
#define FRAME_URG 0x20U
#define FRAME_ECE 0x40U
#define FRAME_CWR 0x80U

/** The ECN field of the IP header (RFC 3168 section 5). */
#define FRAME_NOT_ECT 0U
#define FRAME_ECT1 1U
#define FRAME_ECT0 2U
#define FRAME_CE 3U

enum frame_kind {
	FRAME_TCP,
	FRAME_ARP,
	FRAME_OTHER, /**< well-formed as far as we look, and nothing the oracles watch */
	FRAME_BAD,   /**< no stack should send this: `fault` says why */
};

struct frame {
	enum frame_kind kind;
	const char *fault;       /**< FRAME_BAD: what is wrong */
	uint32_t source, target; /**< IPv4 addresses, host order */
	uint16_t source_port, target_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window; /**< as on the wire */
	uint16_t urgent;
	uint16_t mss;        /**< option; 0: none */
	int8_t window_shift; /**< option; -1: none */
	bool options_fault;  /**< the options do not add up; what stands before the error is read */
	bool sack_permitted; /**< option */
	bool stamped;        /**< the timestamps option is there */
	uint32_t tsval, tsecr;
	uint8_t sack_count;
	struct {
		uint32_t from, to;
	} sacks[FRAME_SACKS_MAX];
	const uint8_t *cookie; /**< Fast Open option (RFC 7413), in the frame; NULL: none */
	uint8_t cookie_size;
	uint8_t ecn;         /**< of the IP header: FRAME_NOT_ECT to FRAME_CE */
	uint16_t ip_bytes;   /**< total length */
	const uint8_t *text; /**< points into the frame */
	uint32_t text_size;
};

/** Reads a frame. What is not TCP over IPv4 leaves the TCP fields zero. */
void frame_parse(const uint8_t *bytes, size_t size, struct frame *out);

/** Sequence space that the segment takes: text, SYN and FIN. */
static inline uint32_t frame_length(const struct frame *frame)
{
	return frame->text_size + ((frame->flags & FRAME_SYN) != 0) +
	       ((frame->flags & FRAME_FIN) != 0);
}

/** The Internet checksum (RFC 1071) to be stored over these bytes, its own field being zero. */
uint16_t frame_sum(const uint8_t *bytes, size_t size);

/**
 * Writes a frame as frame_parse() would read it: headers, options, text, checksums; `extra` stands
 * behind the other options as it is, as far as it fits. Ethernet addresses are those of the hosts.
 * Returns the size; out holds FRAME_SIZE_MAX.
 */
size_t frame_build(const struct frame *frame, const uint8_t *extra, size_t extra_size,
		   uint8_t *out);

/** The Ethernet address of whom the simulation gave this IPv4 address. */
void frame_mac_of(uint32_t address, uint8_t *mac);

/** Recomputes the IPv4 and TCP checksums of a well-formed frame: for offload, and for tampering. */
void frame_seal(uint8_t *bytes, size_t size);

/** The same for a frame of which only so many bytes are there, because the rest of it is zero. */
void frame_seal_headers(uint8_t *bytes, size_t size);

/** Where in the frame the TCP header begins; 0 when it is not TCP. */
size_t frame_tcp_offset(const uint8_t *bytes, size_t size);

/** One line for people. Returns buf. */
char *frame_print(const struct frame *frame, char *buf, size_t size);

#endif
