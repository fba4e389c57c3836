/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/icmp.h"

#include <rte_icmp.h>
#include <rte_ip.h>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

_Static_assert(ICMP_HEADER_BYTES == sizeof(struct rte_icmp_hdr), "layout of RFC 792");

#define QUOTED_TRANSPORT_BYTES 8U /* RFC 792: the first 64 bits of the original datagram's data */

enum verdict icmp_parse(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			struct icmp_message *out)
{
	uint8_t copy[ICMP_HEADER_BYTES];
	const uint8_t *at = bytes_at(mbuf, offset, ICMP_HEADER_BYTES, copy);

	if (at == NULL || length < ICMP_HEADER_BYTES || length > bytes_behind(mbuf, offset))
		return DROP_icmp_short;
	out->type = at[0];
	out->code = at[1];
	out->rest = load_32(at + 4);
	return checksum_plain(mbuf, offset, length) == 0 ? VERDICT_CONTINUE : DROP_icmp_checksum;
}

enum verdict icmp_quote_parse(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			      struct icmp_quote *out)
{
	uint8_t copy[IPV4_HEADER_BYTES], copy_transport[QUOTED_TRANSPORT_BYTES];
	const uint8_t *at = bytes_at(mbuf, offset + ICMP_HEADER_BYTES, IPV4_HEADER_BYTES, copy);
	uint32_t header_length;

	if (at == NULL)
		return DROP_icmp_quote;
	header_length = (at[0] & 0x0fU) * RTE_IPV4_IHL_MULTIPLIER;
	if (at[0] >> 4 != 4 || header_length < IPV4_HEADER_BYTES ||
	    length < ICMP_HEADER_BYTES + header_length + QUOTED_TRANSPORT_BYTES)
		return DROP_icmp_quote;
	out->total_length = load_16(at + 2);
	if (out->total_length < header_length + QUOTED_TRANSPORT_BYTES ||
	    (load_16(at + 6) & RTE_IPV4_HDR_OFFSET_MASK) != 0)
		return DROP_icmp_quote;
	out->protocol = at[9];
	out->src = load_32(at + 12);
	out->dst = load_32(at + 16);
	at = bytes_at(mbuf, offset + ICMP_HEADER_BYTES + header_length, QUOTED_TRANSPORT_BYTES,
		      copy_transport);
	if (at == NULL)
		return DROP_icmp_quote;
	out->src_port = load_16(at);
	out->dst_port = load_16(at + 2);
	out->seq = load_32(at + 4);
	return VERDICT_CONTINUE;
}

void icmp_emit(uint8_t *at, const struct icmp_message *message)
{
	at[0] = message->type;
	at[1] = message->code;
	store_16(at + 2, 0);
	store_32(at + 4, message->rest);
}
