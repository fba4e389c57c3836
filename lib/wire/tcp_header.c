/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/tcp_header.h"

#include <rte_tcp.h>

#include "config/tcp_constants.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

_Static_assert(TCP_HEADER_BYTES == sizeof(struct rte_tcp_hdr) &&
		       TCP_FIXED_BYTES == TCP_HEADER_BYTES,
	       "layout of RFC 9293 section 3.1");

/* Kinds and legal lengths: RFC 9293 3.1 and 3.2, RFC 7323 2.2 and 3.2, RFC 2018 2 and 3, RFC
 * 5482 3, RFC 7413 2. */
#define OPTION_END 0U
#define OPTION_NOP 1U
#define OPTION_MSS 2U
#define OPTION_WINDOW_SCALE 3U
#define OPTION_SACK_PERMITTED 4U
#define OPTION_SACK 5U
#define OPTION_TIMESTAMPS 8U
#define OPTION_USER_TIMEOUT 28U
#define OPTION_USER_TIMEOUT_BYTES 4U
#define OPTION_FAST_OPEN 34U
#define OPTION_MSS_BYTES 4U
#define OPTION_WINDOW_SCALE_BYTES 3U
#define OPTION_SACK_PERMITTED_BYTES 2U
#define OPTION_TIMESTAMPS_BYTES 10U
#define OPTION_HEAD_BYTES 2U /* kind and length */
#define SACK_BLOCK_BYTES 8U

/* Kind and length. */
#define HEAD(kind, length) ((kind) << 8 | (length))
#define TWO_NOPS HEAD(OPTION_NOP, OPTION_NOP)
#define SACK_PERMITTED HEAD(OPTION_SACK_PERMITTED, OPTION_SACK_PERMITTED_BYTES)
#define SACK_PERMITTED_AND_TIMESTAMPS \
	(SACK_PERMITTED << 16 | HEAD(OPTION_TIMESTAMPS, OPTION_TIMESTAMPS_BYTES))
#define NOP_BEFORE_WINDOW_SCALE \
	(OPTION_NOP << 16 | HEAD(OPTION_WINDOW_SCALE, OPTION_WINDOW_SCALE_BYTES))

_Static_assert(TCP_TIMESTAMPS_ALIGNED_WORD ==
		       (TWO_NOPS << 16 | HEAD(OPTION_TIMESTAMPS, OPTION_TIMESTAMPS_BYTES)),
	       "RFC 7323 appendix A");
_Static_assert((TCP_OPTIONS_BYTES_MAX - OPTION_HEAD_BYTES) / SACK_BLOCK_BYTES ==
		       TCP_SACK_BLOCKS_MAX,
	       "four SACK blocks fit into the options, five do not");

void tcp_header_ports(const struct rte_mbuf *mbuf, uint32_t offset, uint16_t *source,
		      uint16_t *destination)
{
	const uint8_t *at = rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset);

	assert(offset + TCP_HEADER_BYTES <= rte_pktmbuf_data_len(mbuf));
	*source = load_16(at);
	*destination = load_16(at + 2);
}

bool tcp_header_is_syn(const struct rte_mbuf *mbuf, uint32_t offset)
{
	return (*rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset + 13) & TCP_SYN) != 0;
}

static void take_mss(uint16_t mss, struct tcp_options *out)
{
	if (out->has_mss)
		return;
	out->has_mss = true;
	out->mss = mss;
}

static void take_window_scale(uint8_t scale, struct tcp_options *out)
{
	if (out->has_window_scale)
		return;
	out->has_window_scale = true;
	out->window_scale = scale;
}

static void take_timestamps(const uint8_t *at, struct tcp_options *out)
{
	if (out->has_timestamps)
		return;
	out->has_timestamps = true;
	out->ts_value = load_32(at + OPTION_HEAD_BYTES);
	out->ts_echo = load_32(at + OPTION_HEAD_BYTES + 4);
}

static void take_sack(const uint8_t *at, uint32_t length, struct tcp_options *out)
{
	uint32_t blocks = (length - OPTION_HEAD_BYTES) / SACK_BLOCK_BYTES;

	assert(blocks <= TCP_SACK_BLOCKS_MAX);
	if (out->sack_count != 0 || length != OPTION_HEAD_BYTES + blocks * SACK_BLOCK_BYTES)
		return;
	at += OPTION_HEAD_BYTES;
	for (uint32_t i = 0; i < blocks; i++, at += SACK_BLOCK_BYTES) {
		out->sack[i].left = load_32(at);
		out->sack[i].right = load_32(at + 4);
	}
	out->sack_count = (uint8_t)blocks;
}

static void take_fast_open(const uint8_t *at, uint32_t length, struct tcp_options *out)
{
	uint32_t size = length - OPTION_HEAD_BYTES;

	if (out->has_fast_open || size % 2 != 0 || size > TCP_FAST_OPEN_BYTES_MAX ||
	    (size != 0 && size < TCP_FAST_OPEN_BYTES_MIN))
		return;
	out->has_fast_open = true;
	out->fast_open_size = (uint8_t)size;
	memcpy(out->fast_open, at + OPTION_HEAD_BYTES, size);
}

/* One option of length bytes, kind and length included, all of which are there. */
static void take_option(const uint8_t *at, uint32_t length, struct tcp_options *out)
{
	assert(length >= OPTION_HEAD_BYTES);
	switch (at[0]) {
	case OPTION_MSS:
		if (length == OPTION_MSS_BYTES)
			take_mss(load_16(at + OPTION_HEAD_BYTES), out);
		break;
	case OPTION_WINDOW_SCALE:
		if (length == OPTION_WINDOW_SCALE_BYTES)
			take_window_scale(at[OPTION_HEAD_BYTES], out);
		break;
	case OPTION_SACK_PERMITTED:
		if (length == OPTION_SACK_PERMITTED_BYTES)
			out->sack_permitted = true;
		break;
	case OPTION_SACK:
		take_sack(at, length, out);
		break;
	case OPTION_USER_TIMEOUT:
		if (length == OPTION_USER_TIMEOUT_BYTES && !out->has_user_timeout) {
			out->has_user_timeout = true;
			out->user_timeout = load_16(at + OPTION_HEAD_BYTES);
		}
		break;
	case OPTION_TIMESTAMPS:
		if (length == OPTION_TIMESTAMPS_BYTES)
			take_timestamps(at, out);
		break;
	case OPTION_FAST_OPEN:
		take_fast_open(at, length, out);
		break;
	default: /* MUST-6: stepped over by its length. */
		break;
	}
}

/* Each turn consumes at least a byte: an option that would not ends the list (MUST-7). */
static void parse_list(const uint8_t *at, uint32_t length, struct tcp_options *out)
{
	uint32_t i = 0;

	assert(length <= TCP_OPTIONS_BYTES_MAX);
	while (i < length && at[i] != OPTION_END) {
		if (at[i] == OPTION_NOP) {
			i++;
			continue;
		}
		if (length - i < OPTION_HEAD_BYTES || at[i + 1] < OPTION_HEAD_BYTES ||
		    at[i + 1] > length - i)
			return;
		take_option(at + i, at[i + 1], out);
		i += at[i + 1];
	}
}

/*
 * Most senders bring each option to four bytes by NOPs before it, or by two options that are four
 * together: such are read as words. Returns how many bytes these were; others begin there.
 */
static uint32_t parse_words(const uint8_t *at, uint32_t length, struct tcp_options *out)
{
	uint32_t i;

	for (i = 0; length - i >= sizeof(uint32_t); i += sizeof(uint32_t)) {
		uint32_t word = load_32(at + i);

		if (word >> 16 == HEAD(OPTION_MSS, OPTION_MSS_BYTES)) {
			take_mss((uint16_t)word, out);
		} else if (word >> 8 == NOP_BEFORE_WINDOW_SCALE) {
			take_window_scale((uint8_t)word, out);
		} else if (word == (TWO_NOPS << 16 | SACK_PERMITTED)) {
			out->sack_permitted = true;
		} else if ((word == TCP_TIMESTAMPS_ALIGNED_WORD ||
			    word == SACK_PERMITTED_AND_TIMESTAMPS) &&
			   length - i >= TCP_TIMESTAMPS_ALIGNED_BYTES) {
			out->sack_permitted |= word == SACK_PERMITTED_AND_TIMESTAMPS;
			take_timestamps(at + i + OPTION_HEAD_BYTES, out);
			i += TCP_TIMESTAMPS_ALIGNED_BYTES - sizeof(uint32_t);
		} else {
			break;
		}
	}
	return i;
}

void tcp_options_read_any(const uint8_t *at, uint32_t bytes, struct tcp_options *out)
{
	uint32_t words = parse_words(at, bytes, out);

	assert(bytes <= TCP_OPTIONS_BYTES_MAX);
	if (words < bytes)
		parse_list(at + words, bytes - words, out);
}

void tcp_options_parse(const struct rte_mbuf *mbuf, uint32_t offset,
		       const struct tcp_header *header, struct tcp_options *out)
{
	uint8_t copy[TCP_HEADER_BYTES + TCP_OPTIONS_BYTES_MAX];
	const uint8_t *at = bytes_at(mbuf, offset, header->length, copy);

	if (unlikely(at == NULL))
		memset(out, 0, offsetof(struct tcp_options, sack));
	else
		tcp_options_read(at, header->length, out);
}

/* The Fast Open option, padded to a multiple of four. */
static unsigned int fast_open_length(const struct tcp_options *options)
{
	return (OPTION_HEAD_BYTES + options->fast_open_size + 3) & ~3U;
}

/* Every option is brought to a multiple of four by NOPs before it, so the end needs no padding. */
unsigned int tcp_options_length_any(const struct tcp_options *options)
{
	unsigned int length = 0;

	assert(options->sack_count <= TCP_SACK_BLOCKS_MAX);
	if (options->has_mss)
		length += OPTION_MSS_BYTES;
	if (options->has_timestamps)
		length += TCP_TIMESTAMPS_ALIGNED_BYTES;
	else if (options->sack_permitted)
		length += 2 + OPTION_SACK_PERMITTED_BYTES;
	if (options->has_window_scale)
		length += 1 + OPTION_WINDOW_SCALE_BYTES;
	if (options->has_user_timeout)
		length += OPTION_USER_TIMEOUT_BYTES;
	if (options->sack_count != 0)
		length += 2 + OPTION_HEAD_BYTES + options->sack_count * SACK_BLOCK_BYTES;
	if (options->has_fast_open)
		length += fast_open_length(options);
	assert(length <= TCP_OPTIONS_BYTES_MAX);
	return length;
}

/* Where options are written, and the sum of what stands before. */
struct writer {
	uint8_t *at;
	uint64_t sum;
};

/* Four bytes, added as they stand there: to read them again so soon would wait for the stores. */
static inline void put_32(struct writer *writer, uint32_t word)
{
	store_32(writer->at, word);
	writer->sum = checksum_add(writer->sum, order_32(word));
	writer->at += sizeof(word);
}

static inline void put_heads(struct writer *writer, uint32_t first, uint32_t second)
{
	put_32(writer, first << 16 | second);
}

/* SACK-permitted takes the place of the two NOPs before timestamps. */
static void put_permitted_and_timestamps(struct writer *writer, const struct tcp_options *options)
{
	if (options->has_timestamps) {
		put_heads(writer, options->sack_permitted ? SACK_PERMITTED : TWO_NOPS,
			  HEAD(OPTION_TIMESTAMPS, OPTION_TIMESTAMPS_BYTES));
		put_32(writer, options->ts_value);
		put_32(writer, options->ts_echo);
	} else if (options->sack_permitted) {
		put_heads(writer, TWO_NOPS, SACK_PERMITTED);
	}
}

static void put_sack(struct writer *writer, const struct tcp_options *options)
{
	if (options->sack_count == 0)
		return;
	put_heads(writer, TWO_NOPS,
		  HEAD(OPTION_SACK, OPTION_HEAD_BYTES + options->sack_count * SACK_BLOCK_BYTES));
	for (unsigned int i = 0; i < options->sack_count; i++) {
		put_32(writer, options->sack[i].left);
		put_32(writer, options->sack[i].right);
	}
}

static void put_fast_open(struct writer *writer, const struct tcp_options *options)
{
	unsigned int length = OPTION_HEAD_BYTES + options->fast_open_size;
	unsigned int padding = fast_open_length(options) - length;
	uint8_t *head = writer->at + padding;

	memset(writer->at, OPTION_NOP, padding);
	head[0] = OPTION_FAST_OPEN;
	head[1] = (uint8_t)length;
	memcpy(head + OPTION_HEAD_BYTES, options->fast_open, options->fast_open_size);
	writer->sum = checksum_add(writer->sum, checksum_sum(writer->at, padding + length));
	writer->at += padding + length;
}

static void put_options(struct writer *writer, const struct tcp_options *options)
{
	if (options->has_mss)
		put_heads(writer, HEAD(OPTION_MSS, OPTION_MSS_BYTES), options->mss);
	put_permitted_and_timestamps(writer, options);
	if (options->has_window_scale)
		put_heads(writer, HEAD(OPTION_NOP, OPTION_WINDOW_SCALE),
			  HEAD(OPTION_WINDOW_SCALE_BYTES, options->window_scale));
	if (options->has_user_timeout)
		put_heads(writer, HEAD(OPTION_USER_TIMEOUT, OPTION_USER_TIMEOUT_BYTES),
			  options->user_timeout);
	if (options->has_fast_open)
		put_fast_open(writer, options);
	put_sack(writer, options);
}

uint64_t tcp_header_emit_sum(uint8_t *at, const struct tcp_header *header,
			     const struct tcp_options *options)
{
	struct writer writer = { .at = at + TCP_FIXED_BYTES };
	struct tcp_header_words words = tcp_header_words(header);

	if (!tcp_options_none(options) && tcp_options_timestamps(options))
		return tcp_header_emit_timestamps(
			at, words, header->urgent,
			tcp_header_timestamps(options->ts_value, options->ts_echo));
	store_32(at + 16, header->urgent);
	writer.sum = checksum_add(tcp_header_put_words(at, words), order_32(header->urgent));
	if (!tcp_options_none(options))
		put_options(&writer, options);
	assert(writer.at - at == header->length);
	return writer.sum;
}

unsigned int tcp_header_emit(uint8_t *at, const struct tcp_header *header,
			     const struct tcp_options *options)
{
	tcp_header_emit_sum(at, header, options);
	return header->length;
}
