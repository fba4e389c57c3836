/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/plain.h"

bool plain_is_vouched_for(const uint8_t *ip, uint32_t total_length, uint64_t flags)
{
	uint64_t addresses = checksum_load(ip + 12);

	if ((flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
		return false;
	if ((flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) == 0 && !plain_header_is_right(ip, addresses))
		return false;
	return (flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD ||
	       plain_segment_is_right(ip + IPV4_HEADER_BYTES, total_length - IPV4_HEADER_BYTES,
				      addresses);
}
