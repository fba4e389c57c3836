/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_wire.c: every parser of lib/wire over any bytes.
 *
 * Input: one byte of flags, three bytes of cuts, the frame. The frame is read once in one piece and
 * once as a chain cut where the input says; each piece is a heap block of exactly its size, so that
 * AddressSanitizer sees every read past an end. Both readings must agree, and what is accepted must
 * keep what the headers of lib/wire promise. The buffers are built by hand: no EAL, no pool.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "lastack.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/print.h"
#include "wire/tcp_header.h"

#define CONTROL_BYTES 4U
#define PIECES_MAX 4U
#define FRAME_BYTES_MAX 4096U
#define LINE_BYTES 256U

#define INPUT_IP_GOOD 0x01U  /* the port vouches for the IPv4 checksum */
#define INPUT_STRIPPED 0x02U /* the port took a tag off */
#define INPUT_RAW 0x04U /* the parsers start at the first byte, not where the layer below ends */

#define DEMAND(condition)                                                                       \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct frame {
	struct rte_mbuf pieces[PIECES_MAX];
	unsigned int count;
};

/* All that the parsers say of one frame. Zeroed first, so that two of them can be compared whole.
 */
struct reading {
	enum verdict eth_verdict, arp_verdict, ip_verdict, lengths_verdict, tcp_verdict,
		icmp_verdict, quote_verdict;
	struct eth_header eth;
	struct arp_packet arp;
	struct ipv4_header ip;
	struct tcp_header tcp;
	struct tcp_options options;
	struct icmp_message icmp;
	struct icmp_quote quote;
	uint16_t checksum;
	char line[LINE_BYTES];
};

static void frame_append(struct frame *frame, const uint8_t *bytes, uint32_t size)
{
	struct rte_mbuf *mbuf = &frame->pieces[frame->count];

	memset(mbuf, 0, sizeof(*mbuf));
	mbuf->buf_addr = malloc(size > 0 ? size : 1);
	DEMAND(mbuf->buf_addr != NULL);
	memcpy(mbuf->buf_addr, bytes, size);
	mbuf->buf_len = (uint16_t)size;
	mbuf->data_len = (uint16_t)size;
	mbuf->nb_segs = 1;
	if (frame->count > 0)
		frame->pieces[frame->count - 1].next = mbuf;
	frame->pieces[0].pkt_len += size;
	frame->pieces[0].nb_segs = (uint16_t)(frame->count + 1);
	frame->count++;
}

/* Cuts are lengths of the pieces but the last; a cut past the end leaves an empty piece. */
static void frame_make(struct frame *frame, const uint8_t *bytes, uint32_t size,
		       const uint8_t *cuts, unsigned int count)
{
	frame->count = 0;
	for (unsigned int i = 0; i < count; i++) {
		uint32_t piece = cuts[i] < size ? cuts[i] : size;

		frame_append(frame, bytes, piece);
		bytes += piece;
		size -= piece;
	}
	frame_append(frame, bytes, size);
}

static void frame_free(struct frame *frame)
{
	for (unsigned int i = 0; i < frame->count; i++)
		free(frame->pieces[i].buf_addr);
}

static void check_options(const struct tcp_options *options)
{
	struct tcp_header header = { .length = 20 };
	uint8_t bytes[20 + TCP_OPTIONS_BYTES_MAX];
	struct tcp_options
		again; /* what it does not write stays zero, as in what it is compared with */
	struct frame frame = { .count = 0 };
	unsigned int length = 0;

	DEMAND(options->sack_count <= TCP_SACK_BLOCKS_MAX);
	/* Read from a list packed tighter than ours, they may take more room than there is. */
	length += options->has_mss ? 4 : 0;
	length += options->has_window_scale ? 4 : 0;
	length += options->has_user_timeout ? 4 : 0;
	length += options->has_fast_open ? (2U + options->fast_open_size + 3) / 4 * 4 : 0;
	length += options->has_timestamps ? 12 : options->sack_permitted ? 4 : 0;
	length += options->sack_count > 0 ? 4 + options->sack_count * 8U : 0;
	if (length > TCP_OPTIONS_BYTES_MAX)
		return;
	DEMAND(tcp_options_length(options) == length);
	header.length = (uint8_t)(20 + length);
	DEMAND(tcp_header_emit(bytes, &header, options) == header.length);
	frame_append(&frame, bytes, header.length);
	memset(&again, 0, sizeof(again));
	tcp_options_parse(&frame.pieces[0], 0, &header, &again);
	DEMAND(memcmp(options, &again, sizeof(again)) == 0);
	frame_free(&frame);
}

static void read_tcp(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
		     struct reading *out)
{
	out->tcp_verdict = tcp_header_parse(mbuf, offset, length, &out->tcp);
	if (out->tcp_verdict != VERDICT_CONTINUE)
		return;
	DEMAND(out->tcp.length >= 20 && out->tcp.length <= 60 && out->tcp.length <= length);
	tcp_options_parse(mbuf, offset, &out->tcp, &out->options);
	check_options(&out->options);
}

static void read_icmp(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
		      struct reading *out)
{
	out->icmp_verdict = icmp_parse(mbuf, offset, length, &out->icmp);
	if (out->icmp_verdict == VERDICT_CONTINUE)
		DEMAND(length >= ICMP_HEADER_BYTES && checksum_plain(mbuf, offset, length) == 0);
	out->quote_verdict = icmp_quote_parse(mbuf, offset, length, &out->quote);
	if (out->quote_verdict == VERDICT_CONTINUE)
		DEMAND(length >= 36 && out->quote.total_length >= 28);
}

static void read_ip(const struct rte_mbuf *mbuf, uint32_t offset, struct reading *out)
{
	uint32_t available = rte_pktmbuf_pkt_len(mbuf) - offset;
	struct ipv4_header lengths;

	out->ip_verdict = ipv4_parse(mbuf, offset, &out->ip);
	out->lengths_verdict = ipv4_parse_lengths(mbuf, offset, &lengths);
	if (out->ip_verdict != VERDICT_CONTINUE)
		return;
	DEMAND(out->lengths_verdict == VERDICT_CONTINUE);
	DEMAND(out->ip.header_length >= IPV4_HEADER_BYTES && out->ip.header_length <= 60);
	DEMAND(out->ip.total_length >= out->ip.header_length && out->ip.total_length <= available);
	DEMAND(out->ip.ttl > 0 && out->ip.fragment_offset % 8 == 0);
}

static void read_frame(const struct rte_mbuf *mbuf, bool raw, struct reading *out)
{
	struct la_addr zero = { .bytes = { 0 } };
	uint32_t offset = 0, length = rte_pktmbuf_pkt_len(mbuf);

	memset(out, 0, sizeof(*out));
	out->eth_verdict = eth_parse(mbuf, &out->eth);
	if (out->eth_verdict == VERDICT_CONTINUE) {
		DEMAND((out->eth.src[0] & 1) == 0 && out->eth.vlan < 4095);
		DEMAND(out->eth.length <= length);
		offset = raw ? 0 : out->eth.length;
	}
	out->arp_verdict = arp_parse(mbuf, offset, &out->arp);
	read_ip(mbuf, offset, out);
	if (out->ip_verdict == VERDICT_CONTINUE && !raw) {
		length = out->ip.total_length - out->ip.header_length;
		offset += out->ip.header_length;
	} else {
		length -= offset;
	}
	read_tcp(mbuf, offset, length, out);
	read_icmp(mbuf, offset, length, out);
	out->checksum = checksum_transport(mbuf, offset, length, &zero, &zero, IP_PROTOCOL_TCP);
	DEMAND(wire_print(mbuf, out->line, sizeof(out->line)) == out->line);
	DEMAND(memchr(out->line, '\0', sizeof(out->line)) != NULL);
	memset(out->line + strlen(out->line), 0, sizeof(out->line) - strlen(out->line));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct reading whole, chained;
	struct frame frame;
	uint64_t flags = 0;

	if (size < CONTROL_BYTES || size > CONTROL_BYTES + FRAME_BYTES_MAX)
		return 0;
	if ((input[0] & INPUT_IP_GOOD) != 0)
		flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	if ((input[0] & INPUT_STRIPPED) != 0)
		flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;

	frame_make(&frame, input + CONTROL_BYTES, (uint32_t)(size - CONTROL_BYTES), NULL, 0);
	frame.pieces[0].ol_flags = flags;
	read_frame(&frame.pieces[0], (input[0] & INPUT_RAW) != 0, &whole);
	frame_free(&frame);

	frame_make(&frame, input + CONTROL_BYTES, (uint32_t)(size - CONTROL_BYTES), input + 1,
		   PIECES_MAX - 1);
	frame.pieces[0].ol_flags = flags;
	read_frame(&frame.pieces[0], (input[0] & INPUT_RAW) != 0, &chained);
	frame_free(&frame);

	DEMAND(memcmp(&whole, &chained, sizeof(whole)) == 0);
	return 0;
}
