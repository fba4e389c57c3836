/* SPDX-License-Identifier: BSD-3-Clause */
#include "router.h"

#include <assert.h>
#include <string.h>

#include "frame.h"

#define IP_AT FRAME_ETHERNET_BYTES
#define IP_BYTES 20U
#define ICMP_AT (IP_AT + IP_BYTES)
#define QUOTED_BYTES (IP_BYTES + 8U) /* RFC 792: the header and 64 bits */
#define ROUTER_TTL 64U
#define ECN_MASK 0x03U
#define ECN_CE 0x03U

_Static_assert(ROUTER_TOO_BIG_BYTES == ICMP_AT + 8 + QUOTED_BYTES, "headers and what is quoted");

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

uint32_t router_packet_bytes(const uint8_t *frame, size_t size)
{
	if (size < IP_AT + IP_BYTES || frame[12] != 0x08 || frame[13] != 0x00)
		return 0;
	return (uint32_t)frame[IP_AT + 2] << 8 | frame[IP_AT + 3];
}

bool router_mark(uint8_t *frame, size_t size)
{
	if (router_packet_bytes(frame, size) == 0 || (frame[IP_AT + 1] & ECN_MASK) == 0)
		return false;
	frame[IP_AT + 1] |= ECN_CE;
	frame_seal(frame, size);
	return true;
}

bool router_bleach(uint8_t *frame, size_t size)
{
	if (router_packet_bytes(frame, size) == 0 || (frame[IP_AT + 1] & ECN_MASK) == 0)
		return false;
	frame[IP_AT + 1] &= (uint8_t)~ECN_MASK;
	frame_seal(frame, size);
	return true;
}

void router_too_big(const uint8_t *frame, uint16_t mtu, uint32_t router, uint8_t *out)
{
	uint8_t *ip = out + IP_AT, *icmp = out + ICMP_AT;

	assert((frame[IP_AT] & 0x0f) == 5); /* our stack puts no options there */
	memset(out, 0, ROUTER_TOO_BIG_BYTES);
	memcpy(out, frame + 6, 6);
	out[6] = 0x02;
	out[11] = 0xfe;
	out[12] = 0x08;
	ip[0] = 0x45;
	put16(ip + 2, ROUTER_TOO_BIG_BYTES - IP_AT);
	ip[8] = ROUTER_TTL;
	ip[9] = 1;
	put16(ip + 12, (uint16_t)(router >> 16));
	put16(ip + 14, (uint16_t)router);
	memcpy(ip + 16, frame + IP_AT + 12, 4);
	icmp[0] = 3; /* destination unreachable: fragmentation needed and DF set */
	icmp[1] = 4;
	put16(icmp + 6, mtu);
	memcpy(icmp + 8, frame + IP_AT, QUOTED_BYTES);
	put16(icmp + 2, frame_sum(icmp, ROUTER_TOO_BIG_BYTES - ICMP_AT));
	frame_seal(out, ROUTER_TOO_BIG_BYTES);
}
