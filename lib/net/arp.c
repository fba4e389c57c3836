/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>

#include <rte_mbuf.h>

#include "net/egress.h"
#include "net/frame.h"
#include "net/net.h"
#include "wire/arp.h"

static const uint8_t broadcast_mac[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

void arp_init(struct arp_state *arp)
{
	memset(arp, 0, sizeof(*arp));
	arp->next_us = UINT64_MAX;
}

/* Builds and sends one packet. Without a buffer nothing goes out; whoever asked asks again. */
static void send_packet(struct net *net, uint16_t port, const uint8_t *mac,
			const struct arp_packet *packet)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(net->env->mbufs);

	if (mbuf == NULL) {
		drop_count(&net->env->counters, DROP_tx_no_mbuf);
		return;
	}
	arp_emit((uint8_t *)rte_pktmbuf_append(mbuf, ARP_BYTES), packet);
	stat_count(&net->env->counters,
		   packet->operation == ARP_REQUEST ? STAT_tx_arp_requests : STAT_tx_arp_replies);
	egress_link(net, port, mac, ETH_TYPE_ARP, mbuf);
}

/* RFC 5227 3: an announcement is a request in which both addresses are ours. */
static void send_announcement(struct net *net, const struct own_address *own)
{
	struct arp_packet packet = {
		.operation = ARP_REQUEST,
		.sender_ip = la_addr_to_ipv4(&own->addr),
		.target_ip = la_addr_to_ipv4(&own->addr),
	};

	memcpy(packet.sender_mac, net->ports[own->port]->mac, sizeof(packet.sender_mac));
	send_packet(net, own->port, broadcast_mac, &packet);
}

void arp_request_send(struct net *net, uint16_t port, const struct la_addr *addr,
		      const uint8_t *mac)
{
	struct arp_packet packet = { .operation = ARP_REQUEST, .target_ip = la_addr_to_ipv4(addr) };
	int source = address_on_link(&net->addresses, port, addr);

	/* A neighbour outside all our prefixes is asked in the name of any address of the port. */
	for (unsigned int i = 0; source < 0 && i < net->addresses.count; i++) {
		if (net->addresses.list[i].port == port)
			source = (int)i;
	}
	if (source < 0)
		return;
	packet.sender_ip = la_addr_to_ipv4(&net->addresses.list[source].addr);
	memcpy(packet.sender_mac, net->ports[port]->mac, sizeof(packet.sender_mac));
	send_packet(net, port, mac != NULL ? mac : broadcast_mac, &packet);
}

void arp_announce(struct net *net, unsigned int index)
{
	struct arp_announcement *announcement = &net->arp.announcements[index];

	assert(index < net->addresses.count);
	announcement->left = ARP_ANNOUNCEMENTS;
	announcement->due_us = net->env->now_us;
	net->arp.next_us = RTE_MIN(net->arp.next_us, announcement->due_us);
}

/* RFC 5227 2.4 (b): who sees a conflict defends its address, once in DEFEND_INTERVAL. */
static void defend(struct net *net, unsigned int index)
{
	struct arp_announcement *announcement = &net->arp.announcements[index];
	uint64_t now = net->env->now_us;

	stat_count(&net->env->counters, STAT_arp_conflicts);
	if (announcement->defended_us != 0 &&
	    now - announcement->defended_us < ARP_DEFEND_INTERVAL_US)
		return;
	announcement->defended_us = now;
	send_announcement(net, &net->addresses.list[index]);
}

/* Index of an own address on this port, or -1. */
static int own_on_port(const struct net *net, uint16_t port, uint32_t ip)
{
	struct la_addr addr = la_addr_from_ipv4(ip);
	int index = address_find(&net->addresses, &addr);

	return index >= 0 && net->addresses.list[index].port == port ? index : -1;
}

static enum verdict check_sender(const struct net *net, const struct ingress_frame *frame,
				 const struct arp_packet *packet)
{
	static const uint8_t zero[6];
	bool probe = packet->sender_ip == 0 && packet->operation == ARP_REQUEST;

	if (eth_is_group(packet->sender_mac) ||
	    memcmp(packet->sender_mac, zero, sizeof(zero)) == 0 ||
	    memcmp(packet->sender_mac, frame->eth.src, sizeof(packet->sender_mac)) != 0)
		return DROP_arp_sender;
	if (!probe && (packet->sender_ip >> 24 == 0 || ipv4_is_loopback(packet->sender_ip) ||
		       packet->sender_ip >> 28 >= 0xe ||
		       address_is_broadcast(&net->addresses, packet->sender_ip)))
		return DROP_arp_sender;
	return VERDICT_CONTINUE;
}

static void answer(struct net *net, const struct ingress_frame *frame,
		   const struct arp_packet *request)
{
	struct arp_packet reply = {
		.operation = ARP_REPLY,
		.sender_ip = request->target_ip,
		.target_ip = request->sender_ip,
	};

	memcpy(reply.sender_mac, net->ports[frame->port]->mac, sizeof(reply.sender_mac));
	memcpy(reply.target_mac, request->sender_mac, sizeof(reply.target_mac));
	send_packet(net, frame->port, request->sender_mac, &reply);
}

/* What the packet says of its sender: into our table, and to whoever else has one. True if it may
 * have been waited for. */
static bool learn(struct net *net, uint16_t port, const struct arp_packet *packet)
{
	struct neighbour_news news = {
		.addr = la_addr_from_ipv4(packet->sender_ip),
		.port = port,
		.asked_only = packet->operation == ARP_REPLY,
	};
	bool learned;

	learned = neighbour_learn(net, port, &news.addr, packet->sender_mac, news.asked_only);
	if (net->gossip.tell == NULL)
		return learned;
	memcpy(news.mac, packet->sender_mac, sizeof(news.mac));
	net->gossip.tell(net->gossip.ctx, &news);
	return true;
}

enum verdict arp_input(struct net *net, struct ingress_frame *frame)
{
	struct arp_packet packet;
	enum verdict verdict = arp_parse(frame->mbuf, frame->eth.length, &packet);
	bool learned;
	int own;

	if (verdict == VERDICT_CONTINUE)
		verdict = check_sender(net, frame, &packet);
	if (verdict != VERDICT_CONTINUE)
		return verdict;
	own = own_on_port(net, frame->port, packet.sender_ip);
	/* Our own words come back by some loop. A neighbour may have our MAC address: net_tap's
	 * does. */
	if (own >= 0 && memcmp(packet.sender_mac, net->ports[frame->port]->mac, 6) == 0)
		return DROP_arp_sender;
	if (own >= 0) {
		defend(net, (unsigned int)own);
		return DROP_arp_conflict;
	}
	learned = learn(net, frame->port, &packet);
	if (packet.operation == ARP_REPLY && !learned)
		return DROP_arp_unsolicited;
	if (packet.operation == ARP_REQUEST) {
		bool ours = own_on_port(net, frame->port, packet.target_ip) >= 0;

		if (ours)
			answer(net, frame, &packet);
		else if (!learned)
			return DROP_arp_not_ours;
	}
	stat_count(&net->env->counters, STAT_rx_arp);
	rte_pktmbuf_free(frame->mbuf);
	frame->mbuf = NULL;
	return VERDICT_DONE;
}

unsigned int arp_expire(struct net *net)
{
	struct arp_state *arp = &net->arp;
	uint64_t now = net->env->now_us, next = UINT64_MAX;
	unsigned int fired = 0;

	if (likely(now < arp->next_us))
		return 0;
	for (unsigned int i = 0; i < net->addresses.count; i++) {
		struct arp_announcement *announcement = &arp->announcements[i];

		if (announcement->left > 0 && announcement->due_us <= now) {
			announcement->left--;
			announcement->due_us = now + ARP_ANNOUNCE_INTERVAL_US;
			send_announcement(net, &net->addresses.list[i]);
			fired++;
		}
		if (announcement->left > 0)
			next = RTE_MIN(next, announcement->due_us);
	}
	arp->next_us = next;
	return fired;
}
