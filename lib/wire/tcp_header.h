/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_header.h: the TCP header and its options (RFC 9293 section 3.1, RFC 7323, RFC 2018, RFC
 * 7413): checked parsing and emitting. Wire bytes of TCP are read here and nowhere else.
 */
#ifndef WIRE_TCP_HEADER_H
#define WIRE_TCP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/order.h"
#include "base/verdict.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

struct rte_mbuf;

#define TCP_FIN 0x01U
#define TCP_SYN 0x02U
#define TCP_RST 0x04U
#define TCP_PSH 0x08U
#define TCP_ACK 0x10U
#define TCP_URG 0x20U
#define TCP_ECE 0x40U
#define TCP_CWR 0x80U

#define TCP_FIXED_BYTES 20U /**< of a header without options */
#define TCP_OPTIONS_BYTES_MAX 40U
#define TCP_SACK_BLOCKS_MAX 4U
#define TCP_SACK_BYTES(blocks) (4U + 8U * (blocks)) /**< of the option, padded (RFC 2018 3) */
#define TCP_FAST_OPEN_BYTES_MIN 4U                  /**< RFC 7413 2: of a cookie */
#define TCP_FAST_OPEN_BYTES_MAX 16U

/* What every segment of a connection with timestamps starts with (RFC 7323 appendix A): two NOPs,
 * the option's kind and length; with the two numbers behind it. */
#define TCP_TIMESTAMPS_ALIGNED_WORD 0x0101080aU
#define TCP_TIMESTAMPS_ALIGNED_BYTES 12U

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
 * Reads the fixed header of a segment of length bytes, of which these lie at one place: at least
 * TCP_FIXED_BYTES, and the options. Continue, or tcp_offset. Does not verify the checksum
 * (wire/checksum.h) and judges no flag.
 */
static inline enum verdict tcp_header_read(const uint8_t *at, uint32_t length,
					   struct tcp_header *out)
{
	uint64_t first = load_64(at), second = load_64(at + 8);

	assert(length >= TCP_FIXED_BYTES);
	out->src_port = (uint16_t)(first >> 48);
	out->dst_port = (uint16_t)(first >> 32);
	out->seq = (uint32_t)first;
	out->ack = (uint32_t)(second >> 32);
	out->length = second >> 26 & 0x3c;
	out->flags = (uint8_t)(second >> 16);
	out->window = (uint16_t)second;
	out->urgent = load_16(at + 18);
	if (unlikely(out->length < TCP_FIXED_BYTES || out->length > length))
		return DROP_tcp_offset;
	return VERDICT_CONTINUE;
}

/** The same of a segment at offset of the chain, wherever it lies; or tcp_short. */
static inline enum verdict tcp_header_parse(const struct rte_mbuf *mbuf, uint32_t offset,
					    uint32_t length, struct tcp_header *out)
{
	uint8_t copy[TCP_FIXED_BYTES];
	const uint8_t *at = bytes_at(mbuf, offset, TCP_FIXED_BYTES, copy);

	if (unlikely(at == NULL || length < TCP_FIXED_BYTES))
		return DROP_tcp_short;
	return tcp_header_read(at, length, out);
}

/** The ports of a segment whose fixed header is known to be there, in the first buffer. */
void tcp_header_ports(const struct rte_mbuf *mbuf, uint32_t offset, uint16_t *source,
		      uint16_t *destination);

/** True if SYN is set; the fixed header as above. */
bool tcp_header_is_syn(const struct rte_mbuf *mbuf, uint32_t offset);

/* tcp_options_read() of whatever options there are, in so many bytes. */
void tcp_options_read_any(const uint8_t *at, uint32_t bytes, struct tcp_options *out);

_Static_assert(offsetof(struct tcp_options, mss) == sizeof(uint64_t), "which there are is a word");

/**
 * Reads the options of a header of header_length bytes, which lies at one place. Never fails: an
 * option of illegal length ends the list there, an unknown one is stepped over (RFC 9293 MUST-6,
 * MUST-7); MSS and the others count only with their one legal length. The first MSS wins. Numbers
 * that are not there are zero; blocks and cookies that are not there are not written.
 */
static inline void tcp_options_read(const uint8_t *at, uint32_t header_length,
				    struct tcp_options *out)
{
	assert(header_length >= TCP_FIXED_BYTES);
	memset(out, 0, offsetof(struct tcp_options, sack));
	if (header_length == TCP_FIXED_BYTES)
		return;
	if (unlikely(header_length != TCP_FIXED_BYTES + TCP_TIMESTAMPS_ALIGNED_BYTES ||
		     load_32(at + TCP_FIXED_BYTES) != TCP_TIMESTAMPS_ALIGNED_WORD)) {
		tcp_options_read_any(at + TCP_FIXED_BYTES, header_length - TCP_FIXED_BYTES, out);
		return;
	}
	out->has_timestamps = true;
	out->ts_value = load_32(at + TCP_FIXED_BYTES + 4);
	out->ts_echo = load_32(at + TCP_FIXED_BYTES + 8);
}

/** The same of a header at offset of the chain, wherever it lies; where it does not, there are
 *  none. */
void tcp_options_parse(const struct rte_mbuf *mbuf, uint32_t offset,
		       const struct tcp_header *header, struct tcp_options *out);

/** True if there is none: options may be NULL. */
static inline bool tcp_options_none(const struct tcp_options *options)
{
	static const struct tcp_options none;

	return options == NULL || memcmp(options, &none, sizeof(uint64_t)) == 0;
}

/** True for what all segments of a connection but its SYN carry as a rule: timestamps alone. */
static inline bool tcp_options_timestamps(const struct tcp_options *options)
{
	static const struct tcp_options alone = { .has_timestamps = true };

	return memcmp(options, &alone, sizeof(uint64_t)) == 0;
}

/** tcp_options_length() of whatever options. */
unsigned int tcp_options_length_any(const struct tcp_options *options);

/** Bytes that the options take, padded to four with zeros (MUST-69) or NOPs; options may be NULL.
 */
static inline unsigned int tcp_options_length(const struct tcp_options *options)
{
	if (likely(tcp_options_none(options)))
		return 0;
	return likely(tcp_options_timestamps(options)) ? TCP_TIMESTAMPS_ALIGNED_BYTES
						       : tcp_options_length_any(options);
}

/* Stores a number of eight bytes and adds it as it stands there. */
static inline uint64_t tcp_header_put(uint8_t *at, uint64_t value, uint64_t sum)
{
	store_64(at, value);
	return checksum_add(sum, order_64(value));
}

/**
 * The first 16 bytes of a header, all but checksum and urgent pointer, as two numbers. They are
 * made where the fields are at hand: a field that has to wait on the stack is written in its own
 * width and read in that of the number, which takes until all stores before it are in the cache,
 * those into a cold buffer too.
 */
struct tcp_header_words {
	uint64_t ports_seq, ack_window;
};

static inline struct tcp_header_words tcp_header_words(const struct tcp_header *header)
{
	uint32_t ports = (uint32_t)header->src_port << 16 | header->dst_port;
	uint64_t offset = header->length / sizeof(uint32_t) << 28;
	uint64_t flags = (uint64_t)header->flags << 16;

	return (struct tcp_header_words){
		.ports_seq = (uint64_t)ports << 32 | header->seq,
		.ack_window = (uint64_t)header->ack << 32 | offset | flags | header->window,
	};
}

/** Timestamps as one number. */
static inline uint64_t tcp_header_timestamps(uint32_t value, uint32_t echo)
{
	return (uint64_t)value << 32 | echo;
}

/* Their sum. */
static inline uint64_t tcp_header_put_words(uint8_t *at, struct tcp_header_words words)
{
	uint64_t sum = tcp_header_put(at, words.ports_seq, 0);

	return tcp_header_put(at + 8, words.ack_window, sum);
}

/** tcp_header_emit_sum() without options and urgent pointer. */
static inline uint64_t tcp_header_emit_bare(uint8_t *at, struct tcp_header_words words)
{
	store_32(at + 16, 0);
	return tcp_header_put_words(at, words);
}

/** tcp_header_emit_sum() with timestamps alone. */
static inline uint64_t tcp_header_emit_timestamps(uint8_t *at, struct tcp_header_words words,
						  uint16_t urgent, uint64_t timestamps)
{
	uint64_t sum = tcp_header_put_words(at, words);

	sum = tcp_header_put(at + 16, (uint64_t)urgent << 32 | TCP_TIMESTAMPS_ALIGNED_WORD, sum);
	return tcp_header_put(at + 24, timestamps, sum);
}

/**
 * Writes header and options, header->length being 20 + tcp_options_length(); checksum zero. options
 * may be NULL. Returns the sum of what was written (checksum.h), which is not read again for it.
 */
uint64_t tcp_header_emit_sum(uint8_t *at, const struct tcp_header *header,
			     const struct tcp_options *options);

/** The same; returns header->length. */
unsigned int tcp_header_emit(uint8_t *at, const struct tcp_header *header,
			     const struct tcp_options *options);

#endif
