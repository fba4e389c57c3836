/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/ipv4.h"

#include <rte_ip.h>

#include "wire/bytes.h"
#include "wire/checksum.h"

_Static_assert(IPV4_HEADER_BYTES == sizeof(struct rte_ipv4_hdr), "layout of RFC 791");

#define IPV4_HEADER_BYTES_MAX 60U
#define IPV4_VERSION 4U
#define IPV4_OPTION_END 0U
#define IPV4_OPTION_NOP 1U
#define IPV4_OPTION_LOOSE_SOURCE_ROUTE 131U
#define IPV4_OPTION_STRICT_SOURCE_ROUTE 137U

/* Reads the fixed header and judges its lengths; available is what the frame holds of the packet.
 */
static inline enum verdict parse_fixed(const uint8_t *at, uint32_t available,
				       struct ipv4_header *out)
{
	uint16_t fragment = load_16(at + 6);

	assert(available >= IPV4_HEADER_BYTES);
	if (unlikely(at[0] >> 4 != IPV4_VERSION))
		return DROP_ip_version;
	out->header_length = (uint8_t)((at[0] & 0x0fU) * RTE_IPV4_IHL_MULTIPLIER);
	out->tos = at[1];
	out->total_length = load_16(at + 2);
	out->id = load_16(at + 4);
	out->fragment_offset =
		(uint16_t)((fragment & RTE_IPV4_HDR_OFFSET_MASK) * RTE_IPV4_HDR_OFFSET_UNITS);
	out->more_fragments = (fragment & RTE_IPV4_HDR_MF_FLAG) != 0;
	out->dont_fragment = (fragment & RTE_IPV4_HDR_DF_FLAG) != 0;
	out->ttl = at[8];
	out->protocol = at[9];
	out->src = load_32(at + 12);
	out->dst = load_32(at + 16);
	if (unlikely(out->header_length < IPV4_HEADER_BYTES || out->header_length > available))
		return DROP_ip_header_length;
	if (unlikely(out->total_length < out->header_length || out->total_length > available))
		return DROP_ip_total_length;
	return VERDICT_CONTINUE;
}

/*
 * Options mean nothing to us but must be well formed (RFC 791 section 3.1), and a packet with a
 * source route is dropped (RFC 7126 sections 4.3 and 4.4). Each turn consumes at least a byte.
 */
static enum verdict judge_options(const uint8_t *at, uint32_t length)
{
	enum verdict verdict = VERDICT_CONTINUE;
	uint32_t i = 0;

	assert(length <= IPV4_HEADER_BYTES_MAX - IPV4_HEADER_BYTES);
	while (i < length && at[i] != IPV4_OPTION_END) {
		if (at[i] == IPV4_OPTION_NOP) {
			i++;
			continue;
		}
		if (length - i < 2 || at[i + 1] < 2 || at[i + 1] > length - i)
			return DROP_ip_options;
		if (at[i] == IPV4_OPTION_LOOSE_SOURCE_ROUTE ||
		    at[i] == IPV4_OPTION_STRICT_SOURCE_ROUTE)
			verdict = DROP_ip_source_route;
		i += at[i + 1];
	}
	return verdict;
}

/* True if the port vouches for the header: GOOD, or NONE, which is "verified but not filled in". */
static inline bool is_verified(const struct rte_mbuf *mbuf)
{
	return (mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) != 0;
}

_Static_assert(RTE_MBUF_F_RX_IP_CKSUM_NONE ==
		       (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_BAD),
	       "the good bit stands in GOOD and NONE and in no other");

enum verdict ipv4_parse(const struct rte_mbuf *mbuf, uint32_t offset, struct ipv4_header *out)
{
	uint8_t copy[IPV4_HEADER_BYTES_MAX];
	const uint8_t *at = bytes_at(mbuf, offset, IPV4_HEADER_BYTES, copy);
	enum verdict verdict;

	if (unlikely(at == NULL))
		return DROP_ip_short;
	verdict = parse_fixed(at, bytes_behind(mbuf, offset), out);
	if (unlikely(verdict != VERDICT_CONTINUE))
		return verdict;
	if (unlikely(out->header_length > IPV4_HEADER_BYTES)) {
		at = bytes_at(mbuf, offset, out->header_length, copy);
		assert(at != NULL);
	}
	if (!is_verified(mbuf) && unlikely(checksum_bytes(at, out->header_length) != 0))
		return DROP_ip_checksum;
	if (unlikely(out->header_length > IPV4_HEADER_BYTES)) {
		verdict = judge_options(at + IPV4_HEADER_BYTES,
					out->header_length - IPV4_HEADER_BYTES);
		if (verdict != VERDICT_CONTINUE)
			return verdict;
	}
	return unlikely(out->ttl == 0) ? DROP_ip_ttl : VERDICT_CONTINUE;
}

enum verdict ipv4_parse_lengths(const struct rte_mbuf *mbuf, uint32_t offset,
				struct ipv4_header *out)
{
	uint8_t copy[IPV4_HEADER_BYTES];
	const uint8_t *at = bytes_at(mbuf, offset, IPV4_HEADER_BYTES, copy);

	return at == NULL ? DROP_ip_short : parse_fixed(at, bytes_behind(mbuf, offset), out);
}
