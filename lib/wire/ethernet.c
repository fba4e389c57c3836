/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/ethernet.h"

#include <rte_ether.h>

#include "wire/bytes.h"

_Static_assert(ETH_HEADER_BYTES == sizeof(struct rte_ether_hdr), "layout of IEEE 802.3");
_Static_assert(ETH_TYPE_VLAN == RTE_ETHER_TYPE_VLAN && ETH_TYPE_QINQ == RTE_ETHER_TYPE_QINQ,
	       "types of IEEE 802.1Q and 802.1ad");
_Static_assert(ETH_TAG_BYTES == sizeof(struct rte_vlan_hdr), "layout of IEEE 802.1Q");

#define VLAN_ID_MASK 0x0fffU

static bool is_zero(const uint8_t mac[6])
{
	return (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) == 0;
}

/* Reads the tag behind the addresses; a port may also have taken one off, which is then the second.
 */
static enum verdict parse_tag(const struct rte_mbuf *mbuf, bool stripped, struct eth_header *out)
{
	uint8_t copy[ETH_TAG_BYTES];
	const uint8_t *at;

	assert(out->length == ETH_HEADER_BYTES);
	if (out->type != ETH_TYPE_VLAN || stripped)
		return DROP_eth_vlan;
	at = bytes_at(mbuf, ETH_HEADER_BYTES, ETH_TAG_BYTES, copy);
	if (at == NULL)
		return DROP_eth_short;
	out->vlan = load_16(at) & VLAN_ID_MASK;
	out->type = load_16(at + 2);
	out->length = ETH_HEADER_BYTES + ETH_TAG_BYTES;
	return eth_is_tag(out->type) || out->vlan == ETH_VLAN_RESERVED ? DROP_eth_vlan
								       : VERDICT_CONTINUE;
}

enum verdict eth_parse(const struct rte_mbuf *mbuf, struct eth_header *out)
{
	bool stripped = (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
	uint8_t copy[ETH_HEADER_BYTES];
	const uint8_t *at = bytes_at(mbuf, 0, ETH_HEADER_BYTES, copy);

	if (unlikely(at == NULL))
		return DROP_eth_short;
	memcpy(out->dst, at, sizeof(out->dst));
	memcpy(out->src, at + sizeof(out->dst), sizeof(out->src));
	out->type = load_16(at + 12);
	out->vlan = unlikely(stripped) ? mbuf->vlan_tci & VLAN_ID_MASK : 0;
	out->length = ETH_HEADER_BYTES;
	if (unlikely(eth_is_group(out->src) || is_zero(out->src)))
		return DROP_eth_source;
	return unlikely(eth_is_tag(out->type)) ? parse_tag(mbuf, stripped, out) : VERDICT_CONTINUE;
}
