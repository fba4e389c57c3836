/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ingress.c: a burst of frames: Ethernet, VLAN and MAC address judged, the rest dispatched.
 */
#include <assert.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "net/frame.h"
#include "net/ipv4_input.h"
#include "net/net.h"
#include "net/plain_input.h"

#define PREFETCH_AHEAD 3U /**< frames; the headers of one arrive while those before are judged */

/* Makes the frame ours alone and what its flags say something the port meant. */
static enum verdict take_over(struct net *net, struct ingress_frame *frame)
{
	if (unlikely(!frame_is_sole(frame->mbuf))) {
		struct rte_mbuf *copy = frame_copy(net->env, frame->mbuf);

		if (copy == NULL)
			return DROP_rx_no_mbuf;
		frame->mbuf = copy;
	}
	frame->mbuf->ol_flags &= frame_flags_believed(net->ports[frame->port]);
	return VERDICT_CONTINUE;
}

/* The frame's tag must be the port's; a driver may have taken it out of the frame already. */
static enum verdict check_vlan(const struct net *net, const struct ingress_frame *frame)
{
	const struct rte_mbuf *mbuf = frame->mbuf;
	uint16_t vlan = frame->eth.vlan;

	if ((mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
		if (vlan != 0)
			return DROP_eth_vlan;
		vlan = mbuf->vlan_tci & 0x0fff;
	}
	return vlan == net->ports[frame->port]->vlan ? VERDICT_CONTINUE : DROP_eth_vlan;
}

static enum verdict frame_input(struct net *net, struct ingress_frame *frame, struct packet *out)
{
	const struct port *port = net->ports[frame->port];
	enum verdict verdict = take_over(net, frame);

	if (unlikely(verdict != VERDICT_CONTINUE))
		return verdict;
	verdict = eth_parse(frame->mbuf, &frame->eth);
	if (unlikely(verdict != VERDICT_CONTINUE))
		return verdict;
	verdict = check_vlan(net, frame);
	if (unlikely(verdict != VERDICT_CONTINUE))
		return verdict;
	frame->group = eth_is_group(frame->eth.dst);
	if (!frame->group && memcmp(frame->eth.dst, port->mac, sizeof(port->mac)) != 0)
		return DROP_eth_not_ours;
	switch (frame->eth.type) {
	case ETH_TYPE_IPV4:
		frame->ip_offset = frame->eth.length;
		return ipv4_input(net, frame, out);
	case ETH_TYPE_ARP:
		return arp_input(net, frame);
	default:
		return DROP_eth_type;
	}
}

bool general_input(struct net *net, unsigned int port, struct rte_mbuf *mbuf, struct packet *out)
{
	struct ingress_frame frame = { .mbuf = mbuf, .port = (uint16_t)port };
	enum verdict verdict = frame_input(net, &frame, out);

	if (verdict == VERDICT_CONTINUE)
		return true;
	if (verdict != VERDICT_DONE)
		net_drop(net, frame.mbuf, verdict);
	return false;
}

/* The first two lines: headers, and the text of a short segment, which is summed. */
static inline void prefetch(const struct rte_mbuf *mbuf)
{
	const uint8_t *at = rte_pktmbuf_mtod(mbuf, const uint8_t *);

	rte_prefetch0(at);
	rte_prefetch0(at + RTE_CACHE_LINE_SIZE);
}

unsigned int ingress_burst(struct net *net, unsigned int port, struct rte_mbuf **mbufs,
			   unsigned int count, struct packet *out)
{
	struct plain_entrance entrance;
	struct packet *next = out;

	assert(port < net->port_count);
	plain_entrance_open(&entrance, net, port);
	for (unsigned int i = 0; i < RTE_MIN(count, PREFETCH_AHEAD); i++)
		prefetch(mbufs[i]);
	for (unsigned int i = 0; i < count; i++) {
		if (i + PREFETCH_AHEAD < count)
			prefetch(mbufs[i + PREFETCH_AHEAD]);
		if (likely(plain_input(&entrance, mbufs[i], next)) ||
		    general_input(net, port, mbufs[i], next))
			next++;
	}
	return (unsigned int)(next - out);
}
