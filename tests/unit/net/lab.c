/* SPDX-License-Identifier: BSD-3-Clause */
#include "lab.h"

#include <stdlib.h>

#include "../eal.h"

#include "base/mbufs.h"

const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 1 };
const uint8_t peer_mac[6] = { 2, 0, 0, 0, 0, 9 };
const uint8_t other_mac[6] = { 2, 0, 0, 0, 0, 0x66 };
const uint8_t everyone_mac[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static struct rte_mempool *pool;

int lab_start(void)
{
	if (eal_setup(NULL) != 0)
		return -1;
	pool = mbufs_create("lab", LAB_MBUFS, MBUF_SIZE_DEFAULT, -1);
	return pool == NULL ? -1 : 0;
}

int lab_stop(void)
{
	int full = rte_mempool_full(pool);

	mbufs_destroy(pool);
	return eal_teardown(NULL) == 0 && full ? 0 : -1;
}

static uint16_t no_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	return 0;
}

static uint16_t take_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct lab_port *port = ctx;
	uint16_t taken = 0;

	for (; taken < count && port->room > 0; taken++, port->room--) {
		struct rte_mbuf *mbuf = mbufs[taken];
		struct bytes *to = &port->sent[port->sent_count];
		const void *bytes;

		assert_true(port->sent_count < LAB_SENT_MAX);
		assert_true(mbuf->pkt_len <= sizeof(to->at));
		to->size = mbuf->pkt_len;
		bytes = rte_pktmbuf_read(mbuf, 0, mbuf->pkt_len, to->at);
		if (bytes != to->at)
			memcpy(to->at, bytes, to->size);
		port->last_flags = mbuf->ol_flags;
		port->last_segments = mbuf->nb_segs;
		port->last_offload = mbuf->tx_offload;
		port->sent_count++;
		rte_pktmbuf_free(mbuf);
	}
	return taken;
}

static const struct la_port_ops fake_ops = { .rx_burst = no_rx, .tx_burst = take_tx };

static void add_port(struct lab *lab, unsigned int number, uint32_t flags, uint16_t vlan)
{
	struct lab_port *port = &lab->ports[number];
	struct la_error err = { 0 };
	struct la_port_config config = {
		.name = "fake", .ops = &fake_ops, .ctx = port, .flags = flags, .vlan = vlan
	};

	memcpy(config.mac, our_mac, sizeof(config.mac));
	port->sent = calloc(LAB_SENT_MAX, sizeof(*port->sent));
	port->room = UINT32_MAX;
	assert_non_null(port->sent);
	assert_int_equal(port_init(&port->port, &config, &lab->env.counters, &err), 0);
	assert_int_equal(net_port_add(&lab->net, &port->port, &err), 0);
}

void lab_add_address(struct lab *lab, unsigned int port, uint32_t addr)
{
	struct la_addr mapped = la_addr_from_ipv4(addr);
	struct la_error err = { 0 };

	assert_int_equal(net_address_add(&lab->net, port, &mapped, 24, &err), 0);
}

void lab_add_route(struct lab *lab, unsigned int port, uint32_t prefix, unsigned int length,
		   uint32_t gateway)
{
	struct la_addr to = la_addr_from_ipv4(prefix), by = la_addr_from_ipv4(gateway);
	struct la_error err = { 0 };

	assert_int_equal(net_route_add(&lab->net, port, &to, length, &by, &err), 0);
}

int lab_setup(void **state)
{
	struct net_config config = { .neighbours = LAB_NEIGHBOURS,
				     .arp_expiry_us = 60 * SECOND_US,
				     .announces = true };
	struct lab *lab = calloc(1, sizeof(*lab));
	struct siphash_key seed = { 1, 2 };
	struct la_error err = { 0 };

	assert_non_null(lab);
	lab->env.mbufs = pool;
	lab->env.numa_node = -1;
	lab->env.now_us = 0xfffffff0ULL * WHEEL_TICK_US + 7; /* ticks wrap soon */
	lab->env.now_tick = (uint32_t)(lab->env.now_us / WHEEL_TICK_US);
	random_init(&lab->env.random, &seed);
	assert_int_equal(net_create(&lab->net, &lab->env, &config, &err), 0);
	add_port(lab, 0, LA_PORT_TX_CHAINS, 0);
	add_port(lab, 1, 0, TAG);
	lab_add_address(lab, 0, OURS);
	lab_add_address(lab, 0, OURS_TOO);
	lab_add_address(lab, 1, OURS_TAGGED);
	lab_add_route(lab, 0, IP(0, 0, 0, 0), 0, GATEWAY);
	/* The announcements, twice each, so that they do not meddle in the tests. */
	lab_wait(lab, 0);
	lab_wait(lab, ARP_ANNOUNCE_INTERVAL_US);
	assert_int_equal(lab->ports[0].sent_count, 4);
	assert_int_equal(lab->ports[1].sent_count, 2);
	lab_forget(lab);
	*state = lab;
	return 0;
}

void lab_release(struct lab *lab)
{
	for (unsigned int i = 0; i < lab->packet_count; i++)
		rte_pktmbuf_free(lab->packets[i].mbuf);
	lab->packet_count = 0;
}

unsigned int lab_missing(const struct lab *lab)
{
	return rte_mempool_in_use_count(lab->env.mbufs);
}

int lab_teardown(void **state)
{
	struct lab *lab = *state;
	unsigned int missing;

	lab_release(lab);
	net_destroy(&lab->net);
	for (unsigned int i = 0; i < 2; i++) {
		port_close(&lab->ports[i].port);
		free(lab->ports[i].sent);
	}
	missing = lab_missing(lab);
	free(lab);
	if (missing != 0)
		print_error("%u buffers are missing\n", missing);
	return missing == 0 ? 0 : -1;
}

struct rte_mbuf *lab_mbuf(const struct bytes *frame)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

	assert_non_null(mbuf);
	assert_true(frame->size <= rte_pktmbuf_tailroom(mbuf));
	memcpy(rte_pktmbuf_append(mbuf, (uint16_t)frame->size), frame->at, frame->size);
	return mbuf;
}

struct rte_mbuf *lab_chain(const struct bytes *frame, uint32_t most)
{
	struct rte_mbuf *first = NULL;

	for (uint32_t done = 0; done < frame->size; done += most) {
		struct bytes part = { .size = RTE_MIN(most, frame->size - done) };
		struct rte_mbuf *mbuf;

		memcpy(part.at, frame->at + done, part.size);
		mbuf = lab_mbuf(&part);
		if (first == NULL)
			first = mbuf;
		else
			assert_int_equal(rte_pktmbuf_chain(first, mbuf), 0);
	}
	return first;
}

void lab_in_mbuf(struct lab *lab, unsigned int port, struct rte_mbuf *mbuf)
{
	assert_true(lab->packet_count < COUNT_OF(lab->packets));
	lab->packet_count +=
		ingress_burst(&lab->net, port, &mbuf, 1, &lab->packets[lab->packet_count]);
	net_flush(&lab->net);
}

void lab_in_by(struct lab *lab, unsigned int port, const struct bytes *frame)
{
	lab_in_mbuf(lab, port, lab_mbuf(frame));
}

void lab_in(struct lab *lab, const struct bytes *frame)
{
	lab_in_by(lab, 0, frame);
}

void lab_wait(struct lab *lab, uint64_t us)
{
	lab->env.now_us += us;
	lab->env.now_tick = (uint32_t)(lab->env.now_us / WHEEL_TICK_US);
	net_expire(&lab->net);
	net_flush(&lab->net);
}

const struct bytes *lab_sent(struct lab *lab, unsigned int i)
{
	assert_true(i < lab->ports[0].sent_count);
	return &lab->ports[0].sent[i];
}

void lab_forget(struct lab *lab)
{
	lab->ports[0].sent_count = 0;
	lab->ports[1].sent_count = 0;
}

void lab_assert_same(struct lab *one, struct lab *other)
{
	for (unsigned int i = 0; i < COUNT_OF(one->ports); i++) {
		struct lab_port *port = &one->ports[i], *twin = &other->ports[i];

		assert_int_equal(port->sent_count, twin->sent_count);
		for (unsigned int j = 0; j < port->sent_count; j++) {
			assert_int_equal(port->sent[j].size, twin->sent[j].size);
			assert_memory_equal(port->sent[j].at, twin->sent[j].at, port->sent[j].size);
		}
		assert_int_equal(port->last_flags, twin->last_flags);
		assert_int_equal(port->last_segments, twin->last_segments);
		if (port->last_flags != 0)
			assert_int_equal(port->last_offload, twin->last_offload);
	}
	assert_memory_equal(&one->env.counters, &other->env.counters, sizeof(one->env.counters));
	lab_forget(one);
	lab_forget(other);
}

void lab_know_peer(struct lab *lab)
{
	struct egress_to to = lab_to(PEER);
	struct bytes reply = frame_arp(ARP_REPLY, peer_mac, PEER, OURS);

	assert_int_equal(egress_send(&lab->net, lab_segment(lab, 0), &to), VERDICT_CONTINUE);
	lab_in(lab, &reply);
	assert_int_equal(lab->ports[0].sent_count, 2);
	lab_forget(lab);
}

uint64_t lab_drops(const struct lab *lab)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < VERDICTS; i++)
		all += lab->env.counters.drops[i];
	return all;
}

void assert_drop(const struct lab *lab, enum verdict reason, uint64_t count)
{
	for (unsigned int i = 0; i < VERDICTS; i++) {
		uint64_t expected = i == reason ? count : 0;

		if (lab->env.counters.drops[i] != expected)
			fail_msg("drop %s: %lu, expected %lu", verdict_drop_name(i),
				 (unsigned long)lab->env.counters.drops[i],
				 (unsigned long)expected);
	}
}

uint16_t get_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t get_32(const uint8_t *at)
{
	return (uint32_t)get_16(at) << 16 | get_16(at + 2);
}

void put_16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, (uint16_t)(value >> 16));
	put_16(at + 2, (uint16_t)value);
}

uint16_t reference_checksum(const uint8_t *at, uint32_t size, uint32_t start)
{
	uint64_t sum = start;

	for (uint32_t i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t reference_transport(uint32_t src, uint32_t dst, uint8_t protocol, const uint8_t *at,
			     uint32_t size)
{
	uint32_t pseudo =
		(src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + protocol + size;

	return reference_checksum(at, size, pseudo);
}

void assert_mac(const uint8_t *at, const uint8_t mac[6])
{
	assert_memory_equal(at, mac, 6);
}

struct ip_fields ip_from_peer(uint8_t protocol)
{
	return (struct ip_fields){ .src = PEER, .dst = OURS, .protocol = protocol, .ttl = 64 };
}

struct bytes frame_eth(uint16_t type)
{
	struct bytes frame = { .size = 14 };

	memcpy(frame.at, our_mac, 6);
	memcpy(frame.at + 6, peer_mac, 6);
	put_16(frame.at + 12, type);
	return frame;
}

void frame_append(struct bytes *frame, const void *bytes, uint32_t size)
{
	assert_true(frame->size + size <= sizeof(frame->at));
	memcpy(frame->at + frame->size, bytes, size);
	frame->size += size;
}

void frame_fix_ip(struct bytes *frame)
{
	uint32_t length = (frame->at[14] & 0x0fU) * 4U;

	put_16(frame->at + 24, 0);
	put_16(frame->at + 24, reference_checksum(frame->at + 14, length, 0));
}

struct bytes frame_ip(const struct ip_fields *ip, const void *payload, uint32_t size)
{
	struct bytes frame = frame_eth(0x0800);
	uint8_t header[20] = { 0x45, ip->tos };

	put_16(header + 2, (uint16_t)(size + 20));
	put_16(header + 4, ip->id);
	put_16(header + 6,
	       (uint16_t)(ip->offset / 8 | (ip->more ? 0x2000 : 0) | (ip->dont ? 0x4000 : 0)));
	header[8] = ip->ttl;
	header[9] = ip->protocol;
	put_32(header + 12, ip->src);
	put_32(header + 16, ip->dst);
	frame_append(&frame, header, sizeof(header));
	frame_append(&frame, payload, size);
	frame_fix_ip(&frame);
	return frame;
}

struct bytes segment_tcp(const struct ip_fields *ip, uint32_t text)
{
	struct bytes segment = { .size = 20 + text };

	put_16(segment.at, 40000);
	put_16(segment.at + 2, 80);
	put_32(segment.at + 4, 0xfffffff0);
	segment.at[12] = 5 << 4;
	segment.at[13] = 0x02;
	put_16(segment.at + 14, 65535);
	for (uint32_t i = 0; i < text; i++)
		segment.at[20 + i] = (uint8_t)(i * 7);
	put_16(segment.at + 16, reference_transport(ip->src, ip->dst, 6, segment.at, segment.size));
	return segment;
}

struct bytes frame_tcp(const struct ip_fields *ip, uint32_t text)
{
	struct bytes segment = segment_tcp(ip, text);

	return frame_ip(ip, segment.at, segment.size);
}

struct bytes frame_udp(const struct ip_fields *ip)
{
	uint8_t datagram[12] = { 0x9c, 0x40, 0, 53, 0, 12 };

	return frame_ip(ip, datagram, sizeof(datagram));
}

struct bytes message_icmp(uint8_t type, uint8_t code, uint32_t rest, const void *payload,
			  uint32_t size)
{
	struct bytes message = { .size = 8, .at = { type, code } };

	put_32(message.at + 4, rest);
	frame_append(&message, payload, size);
	put_16(message.at + 2, reference_checksum(message.at, message.size, 0));
	return message;
}

struct bytes frame_icmp(const struct ip_fields *ip, uint8_t type, uint8_t code, uint32_t rest,
			const void *payload, uint32_t size)
{
	struct bytes message = message_icmp(type, code, rest, payload, size);

	return frame_ip(ip, message.at, message.size);
}

struct bytes frame_arp(uint16_t operation, const uint8_t sender_mac[6], uint32_t sender,
		       uint32_t target)
{
	struct bytes frame = frame_eth(0x0806);
	uint8_t packet[28] = { 0, 1, 8, 0, 6, 4 };

	memcpy(frame.at + 6, sender_mac, 6);
	if (operation == ARP_REQUEST)
		memcpy(frame.at, everyone_mac, 6);
	put_16(packet + 6, operation);
	memcpy(packet + 8, sender_mac, 6);
	put_32(packet + 14, sender);
	if (operation == ARP_REPLY)
		memcpy(packet + 18, our_mac, 6);
	put_32(packet + 24, target);
	frame_append(&frame, packet, sizeof(packet));
	return frame;
}

struct rte_mbuf *lab_segment(struct lab *lab, uint32_t text)
{
	struct ip_fields ip = { .src = OURS, .dst = PEER };
	struct bytes segment = segment_tcp(&ip, text);

	put_16(segment.at + 16, 0);
	return lab_mbuf(&segment);
}

struct egress_to lab_to(uint32_t remote)
{
	return (struct egress_to){ .remote = la_addr_from_ipv4(remote),
				   .local_index = 0,
				   .protocol = IP_PROTOCOL_TCP,
				   .ttl = 64,
				   .dont_fragment = true };
}
