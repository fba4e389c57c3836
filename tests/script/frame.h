/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame.h: frames as the peer of a script builds and reads them: Ethernet, IPv4, TCP.
 *
 * Owns the judgement of every byte that the stack puts on the wire. It shares no code with lib/wire
 * on purpose: a mistake there must not be able to hide here. Knows nothing of stacks or scripts.
 */
#ifndef SCRIPT_FRAME_H
#define SCRIPT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES_MAX 9216U /**< of one frame, either way */
#define FRAME_OPTIONS_MAX 40U /**< bytes of TCP options, and of IPv4 options */

/** A TCP segment with all that is around it. Numbers in host order; addresses too. */
struct tcp_frame {
	uint8_t dst_mac[6], src_mac[6];
	uint32_t src_ip, dst_ip;
	uint8_t ttl, tos;
	uint16_t ip_id, ip_fragment; /**< the fragment word: flags and offset as on the wire */
	uint8_t ip_options[FRAME_OPTIONS_MAX];
	uint8_t ip_options_size;
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window, urgent;
	uint8_t options[FRAME_OPTIONS_MAX];
	uint8_t options_size;
	const uint8_t *payload;
	uint16_t payload_size;
	/* Wrong on purpose (building only); 0 means right. */
	bool bad_tcp_checksum, bad_ip_checksum;
	uint16_t data_offset;  /**< in words, plus one; 0: the right one */
	uint16_t total_length; /**< of the IP packet, plus one; 0: the right one */
	uint16_t trailing;     /**< bytes of rubbish behind the packet */
};

/** The ones-complement sum of bytes, to be folded by frame_checksum(). */
uint32_t frame_sum(uint32_t sum, const uint8_t *bytes, size_t size);
/** The checksum as a number to be stored high byte first. */
uint16_t frame_checksum(uint32_t sum);

/** Writes the frame to out (FRAME_BYTES_MAX) and returns its size. */
size_t frame_build(const struct tcp_frame *frame, uint8_t *out);

/**
 * Reads a frame; payload points into bytes. Returns NULL, or what is wrong with it (not IPv4 or
 * TCP, a length or a checksum that lies, padding that is not zero).
 */
const char *frame_read(struct tcp_frame *frame, const uint8_t *bytes, size_t size);

/** Puts an Ethernet and an IPv4 header in front of payload. Returns the size of the frame. */
size_t frame_build_ipv4(const struct tcp_frame *around, uint8_t protocol, const void *payload,
			size_t payload_size, uint8_t *out);

/** The first option of a kind, from its kind octet on; NULL when there is none of that length. */
const uint8_t *frame_option(const struct tcp_frame *frame, unsigned int kind, unsigned int length);

/** The value of the MSS option, or 0 when there is none. */
uint16_t frame_mss(const struct tcp_frame *frame);

/** The options as values, to be laid out as RFC 7323 appendix A does. */
struct frame_options {
	int32_t mss;          /**< -1: none */
	int16_t window_shift; /**< -1: none */
	bool sack_permitted, timestamps;
	uint32_t ts_value, ts_echo;
	uint8_t sack_count;
	uint32_t sack[8]; /**< left, right, ... */
};

/** Writes them into the frame. False when they are more than 40 bytes. */
bool frame_put_options(struct tcp_frame *frame, const struct frame_options *options);

/** Flags as letters in the manner of tcpdump: "S.", "F.", "P.", "R". Returns buf. */
char *frame_flags(unsigned int flags, char *buf, size_t size);

void frame_put16(uint8_t *at, uint32_t value);
void frame_put32(uint8_t *at, uint32_t value);
uint16_t frame_get16(const uint8_t *at);
uint32_t frame_get32(const uint8_t *at);

#endif
