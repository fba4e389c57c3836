/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer.h: a client that is no stack: for each slot of the load a few words about its connection,
 * enough to play the test's exchange against a server, frame by frame.
 *
 * It takes the server's frames and writes its own into buffers that it is given. It loses nothing,
 * so nothing is ever sent again: a peer of a measurement, not of a network. Its connections come
 * from many addresses behind one gateway; each has a fresh 4-tuple for as long as there are any.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "stateless_frame.h"

struct bench;
struct peer;
struct rte_mbuf;

#define PEER_GATEWAY 0xc61300feU /**< 198.19.0.254: whom the server asks ARP for */

/** NULL: no memory. */
struct peer *peer_create(struct bench *bench, const struct stateless_link *link);
void peer_destroy(struct peer *peer);

/** Of struct topology: begins the slot's next transaction. */
void peer_begin(struct peer *peer, uint32_t slot);
/** What the server sent. The frame stays the caller's. */
void peer_take(struct peer *peer, const struct rte_mbuf *frame);
/** Writes frames into at most count buffers. Returns into how many. */
uint16_t peer_give(struct peer *peer, struct rte_mbuf **mbufs, uint16_t count);
/** Writes a SYN into each buffer, from addresses that answer nothing. */
void peer_flood(struct peer *peer, struct rte_mbuf **mbufs, uint16_t count);
/** Frames for which its queue had no room, and frames of the server that it could not read. */
uint64_t peer_lost(const struct peer *peer);

#endif
