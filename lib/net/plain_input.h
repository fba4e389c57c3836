/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain_input.h: the short way of a plain frame (wire/plain.h) from another host to one of our
 * addresses.
 *
 * It takes a frame only if the general way (ingress.c, ipv4_input.c) would hand it up, and hands up
 * the same packet then; it drops nothing and answers nothing.
 */
#ifndef NET_PLAIN_INPUT_H
#define NET_PLAIN_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include "base/addr.h"
#include "base/buffer.h"
#include "base/order.h"
#include "net/packet.h"
#include "net/way.h"
#include "wire/plain.h"

struct net;

/** The short way in by one port, for the frames of one burst. */
struct plain_entrance {
	struct plain_gate gate;
	const struct net *net;
	const struct ways *ways;
	uint64_t dst; /**< our address that a frame was sent to last, as it stands in the header;
			 UINT64_MAX: none yet */
	uint16_t local_index; /**< of the same */
	uint16_t port;
};

/** For frames that net received on port. */
void plain_entrance_open(struct plain_entrance *entrance, const struct net *net, unsigned int port);

/* False: dst, as it stands in the header, is none of our addresses. Else it is now the one that is
 * asked for last. */
bool plain_find_local(struct plain_entrance *entrance, uint32_t dst);

/* True if a packet may come from src, to which no way is remembered. */
bool plain_source_is_legal(const struct net *net, uint32_t src);

/** Takes a frame if it is plain: fills in *out and gives it the mbuf. Else nothing has happened. */
static inline bool plain_input(struct plain_entrance *entrance, struct rte_mbuf *mbuf,
			       struct packet *out)
{
	struct plain_frame frame;
	uint32_t src, dst, end;

	if (unlikely(!buffer_is_single(mbuf) || !plain_parse(mbuf, &entrance->gate, &frame)))
		return false;
	dst = plain_load(frame.ip + 16);
	if (unlikely(dst != entrance->dst) && !plain_find_local(entrance, dst))
		return false;
	src = order_32(plain_load(frame.ip + 12));
	/* An address that a packet may come from is one that a peer may have (RFC 1122 3.2.1.3). */
	if (unlikely(!way_is_known(entrance->ways, src)) &&
	    !plain_source_is_legal(entrance->net, src))
		return false;
	end = PLAIN_IP_OFFSET + frame.total_length;
	mbuf->data_len = (uint16_t)end;
	mbuf->pkt_len = end;
	mbuf->ol_flags = frame.flags;
	out->mbuf = mbuf;
	out->remote = addr_from_ipv4(src);
	out->local_index = entrance->local_index;
	out->port = entrance->port;
	out->offset = PLAIN_TCP_OFFSET;
	out->length = (uint16_t)(frame.total_length - IPV4_HEADER_BYTES);
	out->kind = PACKET_TCP;
	out->tos = frame.ip[1];
	return true;
}

/** The general way of any frame (ingress.c): takes it, true if a packet was written to *out. */
bool general_input(struct net *net, unsigned int port, struct rte_mbuf *mbuf, struct packet *out);

#endif
