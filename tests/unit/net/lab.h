/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lab.h: the network below TCP on fake ports in virtual time, and frames to throw at it.
 *
 * Port 0 has 198.18.0.1/24 (and .2), port 1 has 198.18.1.1/24 on VLAN 7; beyond .254 of port 0 lies
 * the rest of the world. Checksums of frames are made and checked by code of this file, not ours.
 */
#ifndef UNIT_NET_LAB_H
#define UNIT_NET_LAB_H

#include "../check.h"

#include <stdbool.h>
#include <string.h>

#include <rte_mbuf.h>

#include "net/net.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

#define IP(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define OURS IP(198, 18, 0, 1)
#define OURS_TOO IP(198, 18, 0, 2)
#define PEER IP(198, 18, 0, 9)
#define GATEWAY IP(198, 18, 0, 254)
#define FAR IP(198, 19, 5, 5)
#define OURS_TAGGED IP(198, 18, 1, 1)
#define PEER_TAGGED IP(198, 18, 1, 9)
#define TAG 7

#define SECOND_US 1000000U
#define LAB_MBUFS 1024U
#define LAB_NEIGHBOURS 32U
#define LAB_SENT_MAX 512U

/* The bytes of a frame. */
struct bytes {
	uint32_t size;
	uint8_t at[4096];
};

struct lab_port {
	struct port port;
	unsigned int sent_count; /* frames that the port took */
	unsigned int room;       /* frames that it will take */
	struct bytes *sent;
	uint64_t last_flags; /* ol_flags and segments of the frame it took last */
	uint16_t last_segments;
	uint64_t last_offload; /* tx_offload of that frame */
};

struct lab {
	struct env env;
	struct net net;
	struct lab_port ports[2];
	struct packet packets[64];
	unsigned int packet_count;
	const void *argument; /* a test's own */
};

extern const uint8_t our_mac[6], peer_mac[6], other_mac[6], everyone_mac[6];

/* EAL and the pool, once per process. */
int lab_start(void);
int lab_stop(void);

/* cmocka's setup and teardown: *state is the lab. Teardown fails if a buffer is missing. */
int lab_setup(void **state);
int lab_teardown(void **state);

/* Frees what was handed up, so that the lab can look for missing buffers. */
void lab_release(struct lab *lab);
/* Buffers that are not in the pool. */
unsigned int lab_missing(const struct lab *lab);

struct rte_mbuf *lab_mbuf(const struct bytes *frame);
/* The same in segments of most bytes. */
struct rte_mbuf *lab_chain(const struct bytes *frame, uint32_t most);
/* Takes the frame in by port 0 (or that one); packets go to lab->packets. Then flushes. */
void lab_in(struct lab *lab, const struct bytes *frame);
void lab_in_by(struct lab *lab, unsigned int port, const struct bytes *frame);
void lab_in_mbuf(struct lab *lab, unsigned int port, struct rte_mbuf *mbuf);
/* Time passes, in one step; timers fire, and what they send is flushed. */
void lab_wait(struct lab *lab, uint64_t us);

/* The frame number i that port 0 took; fails the test when there is none. */
const struct bytes *lab_sent(struct lab *lab, unsigned int i);
/* Forgets what was sent so far (announcements, say). */
void lab_forget(struct lab *lab);
/* The peer answers our request: PEER is known afterwards. */
void lab_know_peer(struct lab *lab);
/* Both labs did the same: frames, what was told of them to the port, counters. Forgets what they
 * sent. */
void lab_assert_same(struct lab *one, struct lab *other);
/* A route by port, or an address of ours there. */
void lab_add_route(struct lab *lab, unsigned int port, uint32_t prefix, unsigned int length,
		   uint32_t gateway);
void lab_add_address(struct lab *lab, unsigned int port, uint32_t addr);
/* Drops counted under any reason. */
uint64_t lab_drops(const struct lab *lab);
void assert_drop(const struct lab *lab, enum verdict reason, uint64_t count);

/* ---- frames ---- */

struct ip_fields {
	uint32_t src, dst;
	uint16_t id, offset; /* offset in bytes */
	uint8_t protocol, tos, ttl;
	bool more, dont;
};

/* From the peer to us, of that protocol. */
struct ip_fields ip_from_peer(uint8_t protocol);

/* An Ethernet header from the peer's MAC to ours. */
struct bytes frame_eth(uint16_t type);
void frame_append(struct bytes *frame, const void *bytes, uint32_t size);
/* Ethernet, IPv4 with correct lengths and checksum, and the payload. */
struct bytes frame_ip(const struct ip_fields *ip, const void *payload, uint32_t size);
/* A TCP segment with so many bytes of text, its checksum correct. */
struct bytes frame_tcp(const struct ip_fields *ip, uint32_t text);
struct bytes frame_udp(const struct ip_fields *ip);
struct bytes frame_icmp(const struct ip_fields *ip, uint8_t type, uint8_t code, uint32_t rest,
			const void *payload, uint32_t size);
/* The bytes of a TCP segment alone, checksum included. */
struct bytes segment_tcp(const struct ip_fields *ip, uint32_t text);
struct bytes message_icmp(uint8_t type, uint8_t code, uint32_t rest, const void *payload,
			  uint32_t size);
struct bytes frame_arp(uint16_t operation, const uint8_t sender_mac[6], uint32_t sender,
		       uint32_t target);
/* Makes the header checksum of an untagged IPv4 frame right again. */
void frame_fix_ip(struct bytes *frame);

uint16_t get_16(const uint8_t *at);
uint32_t get_32(const uint8_t *at);
void put_16(uint8_t *at, uint16_t value);
void put_32(uint8_t *at, uint32_t value);
/* The one's complement sum of RFC 1071, word by word. */
uint16_t reference_checksum(const uint8_t *at, uint32_t size, uint32_t start);
/* Of a transport with its pseudo header. */
uint16_t reference_transport(uint32_t src, uint32_t dst, uint8_t protocol, const uint8_t *at,
			     uint32_t size);
void assert_mac(const uint8_t *at, const uint8_t mac[6]);

/* A TCP segment of ours in a fresh buffer, as egress_send() takes it. */
struct rte_mbuf *lab_segment(struct lab *lab, uint32_t text);
struct egress_to lab_to(uint32_t remote);

int run_any_bytes(void);
int run_drops(void);
int run_arp(void);
int run_icmp(void);
int run_fragments(void);
int run_egress(void);
int run_tables(void);
int run_ways(void);
int run_plain(void);
int run_plain_output(void);

#endif
