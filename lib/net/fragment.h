/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fragment.h: reassembly of IPv4 fragments (RFC 791 3.2, RFC 1122 3.3.2) with DPDK's ip_frag,
 * behind a check of our own.
 *
 * rte_ip_frag compares only sums of lengths, keys without the protocol and hashes with a constant.
 * So each datagram gets a slot here first: key, the ranges seen, the head of the first fragment for
 * the ICMP error. A fragment that overlaps another ends the whole datagram, those still to come
 * included (RFC 5722's rule, applied to IPv4); an exact repetition is only dropped itself. To
 * rte_ip_frag a datagram is known by the number of its slot alone, so no sender can aim at its
 * buckets.
 *
 * Its "cycles" are microseconds of the worker's clock, which may be virtual.
 */
#ifndef NET_FRAGMENT_H
#define NET_FRAGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/line.h"
#include "base/pool.h"
#include "base/verdict.h"
#include "config/limits.h"
#include "wire/ipv4.h"

struct net;
struct ingress_frame;
struct rte_ip_frag_tbl;
struct rte_ip_frag_death_row;

#define FRAGMENT_QUOTE_BYTES 68U /**< the longest IPv4 header and 64 bits of what follows */

struct fragment_range {
	uint32_t start, end; /**< bytes of the datagram's payload, end exclusive */
};

struct fragment_slot {
	struct timer_node timer;
	uint32_t src, dst; /**< host order */
	uint64_t started_us;
	uint16_t id;
	uint16_t local_index; /**< own address it is for */
	uint8_t protocol;
	uint8_t count;    /**< fragments held */
	uint16_t buffers; /**< that they are made of */
	bool has_first, has_last;
	bool marked;          /**< one of them came with CE */
	enum verdict refused; /**< unless Continue: nothing is held, and what comes is dropped so */
	uint8_t quote_length; /**< bytes in quote; 0: no first fragment yet */
	uint32_t payload_end; /**< end of the last fragment; meaningful with has_last */
	struct ipv4_header first; /**< header of the first fragment; meaningful with has_first */
	struct fragment_range ranges[FRAGMENTS_PER_DATAGRAM_MAX];
	uint8_t quote[FRAGMENT_QUOTE_BYTES];
};

struct fragment_table {
	struct pool slots;
	struct line line; /**< slots, oldest first */
	struct rte_ip_frag_tbl *dpdk;
	struct rte_ip_frag_death_row *death_row;
	uint32_t held;     /**< packet buffers held by all slots */
	uint32_t held_max; /**< a share of the packet buffers */
};

/** Reserves the tables. 0 or -ENOMEM. */
int fragment_create(struct net *net);
void fragment_destroy(struct net *net);

/**
 * Takes a fragment for one of our addresses. Continue: frame->mbuf is now the whole datagram and
 * frame->ip its header (total_length that of the whole). Done: kept. Otherwise the reason to drop
 * frame->mbuf for; what else is dropped with it was counted here.
 */
enum verdict fragment_input(struct net *net, struct ingress_frame *frame);

/** Gives up what is too old (ICMP time exceeded if the first fragment came). Returns how many. */
unsigned int fragment_expire(struct net *net);

/** The tick at which fragment_expire() next has something to do; false: never. */
bool fragment_next(const struct fragment_table *table, uint32_t *tick);

#endif
