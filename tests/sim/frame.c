/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "frame.h"

#define IP_AT FRAME_ETHERNET_BYTES
#define TYPE_IPV4 0x0800U
#define TYPE_ARP 0x0806U
#define PROTOCOL_TCP 6U

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* The ones' complement sum of RFC 1071, unfolded; an odd last byte counts as the high half. */
static uint64_t sum16(const uint8_t *at, size_t size)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += get16(at + i);
	if (i < size)
		sum += (uint64_t)at[i] << 8;
	return sum;
}

static uint16_t fold16(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

uint16_t frame_sum(const uint8_t *bytes, size_t size)
{
	return (uint16_t)~fold16(sum16(bytes, size));
}

/*
 * The sum of pseudo header, TCP header and text: 0xffff when the checksum in it is right. Of the
 * packet so many bytes are there; what is missing is zero.
 */
static uint16_t tcp_sum(const uint8_t *ip, size_t header, size_t total, size_t there)
{
	uint64_t sum = sum16(ip + 12, 8) + PROTOCOL_TCP + (total - header);

	return fold16(sum + sum16(ip + header, there - header));
}

static void bad(struct frame *out, const char *fault)
{
	out->kind = FRAME_BAD;
	out->fault = fault;
}

/* One option of known length. False if it may not be as it is. */
static bool option_take(const uint8_t *at, struct frame *out)
{
	unsigned int i;

	switch (at[0]) {
	case 2:
		out->mss = at[1] == 4 ? get16(at + 2) : 0;
		return at[1] == 4;
	case 3:
		out->window_shift = (int8_t)(at[1] == 3 ? at[2] : -1);
		return at[1] == 3 && at[2] <= 14;
	case 4:
		out->sack_permitted = true;
		return at[1] == 2;
	case 5:
		if (at[1] < 10 || at[1] > 34 || at[1] % 8 != 2)
			return false;
		out->sack_count = (uint8_t)(at[1] / 8);
		for (i = 0; i < out->sack_count; i++) {
			out->sacks[i].from = get32(at + 2 + 8 * i);
			out->sacks[i].to = get32(at + 6 + 8 * i);
		}
		return true;
	case 8:
		if (at[1] != 10)
			return false;
		out->stamped = true;
		out->tsval = get32(at + 2);
		out->tsecr = get32(at + 6);
		return true;
	case 34:
		out->cookie = at + 2;
		out->cookie_size = (uint8_t)(at[1] - 2);
		return at[1] == 2 || (at[1] >= 6 && at[1] <= 18 && at[1] % 2 == 0);
	default:
		return true;
	}
}

static bool options_parse(const uint8_t *at, size_t size, struct frame *out)
{
	size_t i = 0;

	while (i < size && at[i] != 0) {
		if (at[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 >= size || at[i + 1] < 2 || i + at[i + 1] > size)
			return false;
		if (!option_take(at + i, out))
			return false;
		i += at[i + 1];
	}
	/* RFC 9293 MUST-69: what follows the end of the list is zero. */
	for (; i < size; i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

static void tcp_parse(const uint8_t *ip, size_t header, size_t total, struct frame *out)
{
	const uint8_t *tcp = ip + header;
	size_t room = total - header, offset;

	if (room < 20) {
		bad(out, "TCP header cut short");
		return;
	}
	offset = (size_t)(tcp[12] >> 4) * 4;
	if (offset < 20 || offset > room) {
		bad(out, "TCP data offset out of bounds");
		return;
	}
	if ((tcp[12] & 0x0f) != 0) {
		bad(out, "TCP reserved bits not zero");
		return;
	}
	if (tcp_sum(ip, header, total, total) != 0xffff) {
		bad(out, "TCP checksum wrong");
		return;
	}
	out->kind = FRAME_TCP;
	out->source_port = get16(tcp);
	out->target_port = get16(tcp + 2);
	out->seq = get32(tcp + 4);
	out->ack = get32(tcp + 8);
	out->flags = tcp[13];
	out->window = get16(tcp + 14);
	out->urgent = get16(tcp + 18);
	out->text = tcp + offset;
	out->text_size = (uint32_t)(room - offset);
	if (!options_parse(tcp + 20, offset - 20, out))
		out->options_fault = true;
}

void frame_parse(const uint8_t *bytes, size_t size, struct frame *out)
{
	const uint8_t *ip = bytes + IP_AT;
	size_t header, total;

	memset(out, 0, sizeof(*out));
	out->window_shift = -1;
	out->kind = FRAME_OTHER;
	if (size < IP_AT) {
		bad(out, "Ethernet header cut short");
		return;
	}
	if (get16(bytes + 12) == TYPE_ARP)
		out->kind = FRAME_ARP;
	if (get16(bytes + 12) != TYPE_IPV4)
		return;
	if (size < IP_AT + 20 || ip[0] >> 4 != 4) {
		bad(out, "IPv4 header cut short, or of another version");
		return;
	}
	header = (size_t)(ip[0] & 0x0f) * 4;
	total = get16(ip + 2);
	if (header < 20 || total < header || IP_AT + total > size) {
		bad(out, "IPv4 lengths do not add up");
		return;
	}
	if (fold16(sum16(ip, header)) != 0xffff) {
		bad(out, "IPv4 checksum wrong");
		return;
	}
	out->ip_bytes = (uint16_t)total;
	out->ecn = ip[1] & 0x03U;
	out->source = get32(ip + 12);
	out->target = get32(ip + 16);
	if (ip[9] == PROTOCOL_TCP && (get16(ip + 6) & 0x3fff) == 0)
		tcp_parse(ip, header, total, out);
}

void frame_mac_of(uint32_t address, uint8_t *mac)
{
	memset(mac, 0, 6);
	mac[0] = 0x02;
	mac[5] = (uint8_t)address;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

/* Options without padding; at most 40 bytes. SACK blocks come last, as many as there is room for.
 */
static size_t options_build(const struct frame *frame, uint8_t *at)
{
	size_t used = 0, sack;
	unsigned int i;

	if (frame->mss != 0) {
		at[used] = 2;
		at[used + 1] = 4;
		put16(at + used + 2, frame->mss);
		used += 4;
	}
	if (frame->window_shift >= 0) {
		at[used] = 3;
		at[used + 1] = 3;
		at[used + 2] = (uint8_t)frame->window_shift;
		used += 3;
	}
	if (frame->sack_permitted) {
		at[used] = 4;
		at[used + 1] = 2;
		used += 2;
	}
	if (frame->stamped) {
		at[used] = 8;
		at[used + 1] = 10;
		put32(at + used + 2, frame->tsval);
		put32(at + used + 6, frame->tsecr);
		used += 10;
	}
	sack = used;
	for (i = 0; i < frame->sack_count && sack + 10 + 8 * i <= 40; i++) {
		at[sack] = 5;
		at[sack + 1] = (uint8_t)(10 + 8 * i);
		put32(at + sack + 2 + 8 * i, frame->sacks[i].from);
		put32(at + sack + 6 + 8 * i, frame->sacks[i].to);
		used = sack + 10 + 8 * i;
	}
	return used;
}

size_t frame_build(const struct frame *frame, const uint8_t *extra, size_t extra_size, uint8_t *out)
{
	uint8_t *ip = out + IP_AT, *tcp = ip + 20;
	size_t options, total;

	memset(out, 0, IP_AT + 20 + 60);
	options = options_build(frame, tcp + 20);
	if (options + extra_size <= 40 && extra_size > 0) {
		memcpy(tcp + 20 + options, extra, extra_size);
		options += extra_size;
	}
	options = (options + 3) / 4 * 4;
	total = 40 + options + frame->text_size;
	assert(IP_AT + total <= FRAME_SIZE_MAX);
	frame_mac_of(frame->target, out);
	frame_mac_of(frame->source, out + 6);
	put16(out + 12, TYPE_IPV4);
	ip[0] = 0x45;
	ip[1] = frame->ecn;
	put16(ip + 2, (uint16_t)total);
	put16(ip + 6, 0x4000); /* DF */
	ip[8] = 64;
	ip[9] = PROTOCOL_TCP;
	put32(ip + 12, frame->source);
	put32(ip + 16, frame->target);
	put16(tcp, frame->source_port);
	put16(tcp + 2, frame->target_port);
	put32(tcp + 4, frame->seq);
	put32(tcp + 8, frame->ack);
	tcp[12] = (uint8_t)((5 + options / 4) << 4);
	tcp[13] = frame->flags;
	put16(tcp + 14, frame->window);
	put16(tcp + 18, frame->urgent);
	if (frame->text_size > 0)
		memcpy(tcp + 20 + options, frame->text, frame->text_size);
	frame_seal(out, IP_AT + total);
	return IP_AT + total;
}

size_t frame_tcp_offset(const uint8_t *bytes, size_t size)
{
	if (size < IP_AT + 40 || get16(bytes + 12) != TYPE_IPV4 || bytes[IP_AT + 9] != PROTOCOL_TCP)
		return 0;
	return IP_AT + (size_t)(bytes[IP_AT] & 0x0f) * 4;
}

static void seal(uint8_t *bytes, size_t there)
{
	uint8_t *ip = bytes + IP_AT;
	size_t tcp = frame_tcp_offset(bytes, there);
	size_t header, total;

	if (there < IP_AT + 20 || get16(bytes + 12) != TYPE_IPV4)
		return;
	header = (size_t)(ip[0] & 0x0f) * 4;
	total = get16(ip + 2);
	assert(header <= total && IP_AT + header <= there);
	put16(ip + 10, 0);
	put16(ip + 10, (uint16_t)~fold16(sum16(ip, header)));
	if (tcp == 0)
		return;
	put16(bytes + tcp + 16, 0);
	there = there - IP_AT < total ? there - IP_AT : total;
	put16(bytes + tcp + 16, (uint16_t)~tcp_sum(ip, header, total, there));
}

void frame_seal(uint8_t *bytes, size_t size)
{
	assert(size < IP_AT + 20 || get16(bytes + 12) != TYPE_IPV4 ||
	       IP_AT + (size_t)get16(bytes + IP_AT + 2) <= size);
	seal(bytes, size);
}

void frame_seal_headers(uint8_t *bytes, size_t size)
{
	seal(bytes, size);
}

static size_t print_options(const struct frame *frame, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	if (frame->mss != 0)
		used += (size_t)snprintf(buf + used, size - used, " mss %u", frame->mss);
	if (frame->window_shift >= 0)
		used += (size_t)snprintf(buf + used, size - used, " ws %d", frame->window_shift);
	if (frame->sack_permitted)
		used += (size_t)snprintf(buf + used, size - used, " sackok");
	if (frame->stamped)
		used += (size_t)snprintf(buf + used, size - used, " ts %u:%u", frame->tsval,
					 frame->tsecr);
	for (i = 0; i < frame->sack_count; i++)
		used += (size_t)snprintf(buf + used, size - used, " sack %u-%u",
					 frame->sacks[i].from, frame->sacks[i].to);
	return used;
}

char *frame_print(const struct frame *frame, char *buf, size_t size)
{
	static const char *const ecns[] = { "", " ect1", " ect0", " CE" };
	char flags[9];
	size_t used;
	unsigned int n = 0;
	unsigned int i;

	assert(size >= FRAME_TEXT_SIZE);
	if (frame->kind != FRAME_TCP) {
		snprintf(buf, size, "%s",
			 frame->kind == FRAME_ARP   ? "ARP"
			 : frame->kind == FRAME_BAD ? frame->fault
						    : "other");
		return buf;
	}
	for (i = 0; i < 8; i++) {
		if (frame->flags & (1U << i))
			flags[n++] = "FSRP.UEW"[i];
	}
	flags[n] = '\0';
	used = (size_t)snprintf(buf, size, "%u:%u > %u:%u [%s] seq %u ack %u win %u len %u%s%s",
				frame->source & 0xff, frame->source_port, frame->target & 0xff,
				frame->target_port, flags, frame->seq, frame->ack, frame->window,
				frame->text_size, frame->flags & FRAME_URG ? " urg" : "",
				ecns[frame->ecn]);
	print_options(frame, buf + used, size - used);
	return buf;
}
