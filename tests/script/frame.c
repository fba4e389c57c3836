/* SPDX-License-Identifier: BSD-3-Clause */
#include "frame.h"

#include <assert.h>
#include <string.h>

#define ETHERNET_BYTES 14U
#define ETHERNET_PAYLOAD_MIN 46U
#define IPV4_BYTES 20U
#define TCP_BYTES 20U
#define ETHERTYPE_IPV4 0x0800U
#define PROTOCOL_TCP 6U
#define TRAILING_BYTE 0xa5U
/* options */
#define OPTION_NOP 1U
#define OPTION_MSS 2U
#define OPTION_WINDOW_SCALE 3U
#define OPTION_SACK_PERMITTED 4U
#define OPTION_SACK 5U
#define OPTION_TIMESTAMPS 8U

void frame_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void frame_put32(uint8_t *at, uint32_t value)
{
	frame_put16(at, value >> 16);
	frame_put16(at + 2, value);
}

uint16_t frame_get16(const uint8_t *at)
{
	return (uint16_t)((unsigned int)at[0] << 8 | at[1]);
}

uint32_t frame_get32(const uint8_t *at)
{
	return (uint32_t)frame_get16(at) << 16 | frame_get16(at + 2);
}

uint32_t frame_sum(uint32_t sum, const uint8_t *bytes, size_t size)
{
	size_t i;

	assert(size <= FRAME_BYTES_MAX * 32);
	for (i = 0; i < size; i++)
		sum += (i & 1) ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

uint16_t frame_checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t pseudo_header_sum(const struct tcp_frame *frame, size_t length)
{
	uint32_t sum = PROTOCOL_TCP + (uint32_t)length;

	sum += (frame->src_ip >> 16) + (frame->src_ip & 0xffff);
	sum += (frame->dst_ip >> 16) + (frame->dst_ip & 0xffff);
	return sum;
}

size_t frame_build_ipv4(const struct tcp_frame *around, uint8_t protocol, const void *payload,
			size_t payload_size, uint8_t *out)
{
	size_t header = IPV4_BYTES + ((around->ip_options_size + 3U) & ~3U);
	size_t total = header + payload_size;
	size_t size = ETHERNET_BYTES + total + around->trailing;
	uint8_t *ip = out + ETHERNET_BYTES;
	uint16_t checksum;

	assert(size <= FRAME_BYTES_MAX);
	assert(header <= IPV4_BYTES + FRAME_OPTIONS_MAX);
	memmove(ip + header, payload, payload_size);
	memset(ip + total, TRAILING_BYTE, around->trailing);
	memcpy(out, around->dst_mac, 6);
	memcpy(out + 6, around->src_mac, 6);
	frame_put16(out + 12, ETHERTYPE_IPV4);
	memset(ip, 0, header);
	ip[0] = (uint8_t)(0x40 | header / 4);
	ip[1] = around->tos;
	frame_put16(ip + 2, around->total_length ? around->total_length - 1U : (uint32_t)total);
	frame_put16(ip + 4, around->ip_id);
	frame_put16(ip + 6, around->ip_fragment);
	ip[8] = around->ttl;
	ip[9] = protocol;
	frame_put32(ip + 12, around->src_ip);
	frame_put32(ip + 16, around->dst_ip);
	memcpy(ip + IPV4_BYTES, around->ip_options, around->ip_options_size);
	checksum = frame_checksum(frame_sum(0, ip, header));
	frame_put16(ip + 10, around->bad_ip_checksum ? checksum ^ 0x0100U : checksum);
	if (size < ETHERNET_BYTES + ETHERNET_PAYLOAD_MIN) {
		memset(out + size, 0, ETHERNET_BYTES + ETHERNET_PAYLOAD_MIN - size);
		size = ETHERNET_BYTES + ETHERNET_PAYLOAD_MIN;
	}
	return size;
}

size_t frame_build(const struct tcp_frame *frame, uint8_t *out)
{
	uint8_t segment[FRAME_BYTES_MAX] = { 0 };
	size_t header = TCP_BYTES + ((frame->options_size + 3U) & ~3U);
	size_t length = header + frame->payload_size;
	size_t words = frame->data_offset ? frame->data_offset - 1U : header / 4;
	uint16_t checksum;

	assert(length <= sizeof(segment));
	assert(header <= TCP_BYTES + FRAME_OPTIONS_MAX);
	frame_put16(segment, frame->src_port);
	frame_put16(segment + 2, frame->dst_port);
	frame_put32(segment + 4, frame->seq);
	frame_put32(segment + 8, frame->ack);
	segment[12] = (uint8_t)(words << 4);
	segment[13] = frame->flags;
	frame_put16(segment + 14, frame->window);
	frame_put16(segment + 18, frame->urgent);
	memcpy(segment + TCP_BYTES, frame->options, frame->options_size);
	if (frame->payload_size > 0)
		memcpy(segment + header, frame->payload, frame->payload_size);
	checksum = frame_checksum(frame_sum(pseudo_header_sum(frame, length), segment, length));
	frame_put16(segment + 16, frame->bad_tcp_checksum ? checksum ^ 0x0100U : checksum);
	return frame_build_ipv4(frame, PROTOCOL_TCP, segment, length, out);
}

static const char *read_ipv4(struct tcp_frame *frame, const uint8_t *bytes, size_t size,
			     size_t *header, size_t *total)
{
	const uint8_t *ip = bytes + ETHERNET_BYTES;
	size_t i;

	if (size < ETHERNET_BYTES + IPV4_BYTES)
		return "shorter than an IPv4 header";
	if (frame_get16(bytes + 12) != ETHERTYPE_IPV4)
		return "not IPv4";
	*header = (size_t)(ip[0] & 15) * 4;
	*total = frame_get16(ip + 2);
	if (ip[0] >> 4 != 4 || *header < IPV4_BYTES)
		return "IPv4 version or header length wrong";
	if (*total < *header || ETHERNET_BYTES + *total > size)
		return "IPv4 total length wrong";
	if (size > ETHERNET_BYTES + *total && size > ETHERNET_BYTES + ETHERNET_PAYLOAD_MIN)
		return "bytes behind the packet";
	for (i = ETHERNET_BYTES + *total; i < size; i++)
		if (bytes[i] != 0)
			return "padding is not zero";
	if (frame_checksum(frame_sum(0, ip, *header)) != 0)
		return "IPv4 header checksum wrong";
	memcpy(frame->dst_mac, bytes, 6);
	memcpy(frame->src_mac, bytes + 6, 6);
	frame->tos = ip[1];
	frame->ip_id = frame_get16(ip + 4);
	frame->ip_fragment = frame_get16(ip + 6);
	frame->ttl = ip[8];
	frame->src_ip = frame_get32(ip + 12);
	frame->dst_ip = frame_get32(ip + 16);
	frame->ip_options_size = (uint8_t)(*header - IPV4_BYTES);
	memcpy(frame->ip_options, ip + IPV4_BYTES, frame->ip_options_size);
	return NULL;
}

const char *frame_read(struct tcp_frame *frame, const uint8_t *bytes, size_t size)
{
	size_t header, total, offset, length;
	const uint8_t *tcp;
	const char *wrong;

	assert(size <= FRAME_BYTES_MAX);
	memset(frame, 0, sizeof(*frame));
	wrong = read_ipv4(frame, bytes, size, &header, &total);
	if (wrong != NULL)
		return wrong;
	if (bytes[ETHERNET_BYTES + 9] != PROTOCOL_TCP)
		return "not TCP";
	tcp = bytes + ETHERNET_BYTES + header;
	length = total - header;
	if (length < TCP_BYTES)
		return "shorter than a TCP header";
	offset = (size_t)(tcp[12] >> 4) * 4;
	if (offset < TCP_BYTES || offset > length)
		return "TCP data offset wrong";
	if ((tcp[12] & 15) != 0)
		return "reserved bits are set";
	if (frame_checksum(frame_sum(pseudo_header_sum(frame, length), tcp, length)) != 0)
		return "TCP checksum wrong";
	frame->src_port = frame_get16(tcp);
	frame->dst_port = frame_get16(tcp + 2);
	frame->seq = frame_get32(tcp + 4);
	frame->ack = frame_get32(tcp + 8);
	frame->flags = tcp[13];
	frame->window = frame_get16(tcp + 14);
	frame->urgent = frame_get16(tcp + 18);
	frame->options_size = (uint8_t)(offset - TCP_BYTES);
	memcpy(frame->options, tcp + TCP_BYTES, frame->options_size);
	frame->payload = tcp + offset;
	frame->payload_size = (uint16_t)(length - offset);
	return NULL;
}

const uint8_t *frame_option(const struct tcp_frame *frame, unsigned int kind, unsigned int length)
{
	size_t at = 0;

	while (at < frame->options_size && frame->options[at] != 0) {
		const uint8_t *option = frame->options + at;

		if (option[0] == OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= frame->options_size || option[1] < 2)
			return NULL;
		at += option[1];
		if (option[0] == kind && option[1] == length && at <= frame->options_size)
			return option;
	}
	return NULL;
}

uint16_t frame_mss(const struct tcp_frame *frame)
{
	const uint8_t *option = frame_option(frame, OPTION_MSS, 4);

	return option == NULL ? 0 : frame_get16(option + 2);
}

static uint8_t *put_option(uint8_t *at, unsigned int nops, unsigned int kind, unsigned int length)
{
	memset(at, OPTION_NOP, nops);
	at += nops;
	at[0] = (uint8_t)kind;
	at[1] = (uint8_t)length;
	return at + 2;
}

bool frame_put_options(struct tcp_frame *frame, const struct frame_options *options)
{
	uint8_t bytes[2 * FRAME_OPTIONS_MAX] = { 0 }, *at = bytes;
	unsigned int i;

	if (options->mss >= 0) {
		at = put_option(at, 0, OPTION_MSS, 4);
		frame_put16(at, (uint32_t)options->mss);
		at += 2;
	}
	if (options->sack_permitted)
		at = put_option(at, options->timestamps ? 0 : 2, OPTION_SACK_PERMITTED, 2);
	if (options->timestamps) {
		at = put_option(at, options->sack_permitted ? 0 : 2, OPTION_TIMESTAMPS, 10);
		frame_put32(at, options->ts_value);
		frame_put32(at + 4, options->ts_echo);
		at += 8;
	}
	if (options->window_shift >= 0) {
		at = put_option(at, 1, OPTION_WINDOW_SCALE, 3);
		*at++ = (uint8_t)options->window_shift;
	}
	if (options->sack_count > 0) {
		at = put_option(at, 2, OPTION_SACK, 2U + 8U * options->sack_count);
		for (i = 0; i < 2U * options->sack_count; i++, at += 4)
			frame_put32(at, options->sack[i]);
	}
	if (at - bytes > (ptrdiff_t)FRAME_OPTIONS_MAX)
		return false;
	frame->options_size = (uint8_t)(at - bytes);
	memcpy(frame->options, bytes, frame->options_size);
	return true;
}

char *frame_flags(unsigned int flags, char *buf, size_t size)
{
	static const char letters[] = "FSRP.UEC";
	size_t n = 0;
	unsigned int bit;

	assert(size > 8);
	for (bit = 0; bit < 8; bit++)
		if (flags & (1U << bit))
			buf[n++] = letters[bit];
	if (n == 0)
		memcpy(buf, "none", n = 4);
	buf[n] = '\0';
	return buf;
}
