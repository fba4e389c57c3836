/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * steer.h: which worker a packet belongs to, and how it gets there.
 *
 * The owner of a connection follows from the Toeplitz hash of its 4-tuple (io/rss.h). A port that
 * hashes by itself brings most packets to their owner; every other one is handed over on a ring of
 * one producer and one consumer, one for each ordered pair of workers. What one worker hears of
 * neighbours goes the same way, to all.
 *
 * Owns the rings on which this worker receives. What is handed over belongs to whoever takes it; a
 * segment with text is copied into a buffer of the taker's own on arrival, so a buffer that is kept
 * is touched by one worker alone.
 */
#ifndef STACK_STEER_H
#define STACK_STEER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/limits.h"
#include "io/rss.h"
#include "io/rss_trust.h"
#include "net/net.h"

struct rte_ring;

struct steer {
	struct env *env;
	struct net *net;
	const struct rss *rss; /**< the same for all workers of the stack; written by nobody */
	unsigned int self, workers;
	struct rte_ring *in[WORKERS_MAX];  /**< by producer; NULL: oneself */
	struct rte_ring *out[WORKERS_MAX]; /**< by consumer, whose they are */
	struct rss_trust trust[PORTS_MAX]; /**< whether a port's hashes are right */
};

/** Bytes of one ring. */
size_t steer_ring_memory(void);

/** Reserves the rings on which worker self receives from others. 0 or -ENOMEM. */
int steer_create(struct steer *steer, struct env *env, struct net *net, const struct rss *rss,
		 unsigned int self);

/** Lets from send to to. Both are created, and neither is polled yet. */
void steer_join(struct steer *from, struct steer *to);

/** Frees the rings, and what is in them. A zeroed one is fine. */
void steer_destroy(struct steer *steer);

/**
 * Hands over those of count packets that are not this worker's. What a full ring does not take is
 * dropped (steer_full). Returns how many are left, moved together at the front.
 */
unsigned int steer_out(struct steer *steer, struct packet *packets, unsigned int count);

/** Takes at most BURST_FRAMES packets that worker from handed over. Returns how many. */
unsigned int steer_in(struct steer *steer, unsigned int from, struct packet *packets);

/**
 * A packet that worker from took for this one's was refused as another's (wrong_worker): a port's
 * hash had said so. from believes its ports no more, and it may be this worker itself.
 */
void steer_doubt(struct steer *steer, unsigned int from);

/** True if others have handed something over. */
bool steer_waits(const struct steer *steer);

/** Tells all others what was heard of a neighbour: net_gossip.tell. ctx is the struct steer. */
void steer_tell(void *ctx, const struct neighbour_news *news);

#endif
