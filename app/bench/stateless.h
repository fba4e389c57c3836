/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stateless.h: a peer without memory: the other end of any number of connections, behind a port of
 * the stack under test and on its lcore.
 *
 * Every answer follows from the segment that it answers. A connection is a number; its 4-tuple
 * follows from the number, and the peer's initial sequence number from the 4-tuple. What the peer
 * begins of its own accord it begins in a *walk*: over a range of connections, in a scattered
 * order, as fast as the stack takes it. The only number that it could need there and cannot know is
 * where the stack's sequence numbers stand. So it asks, by the segment that a keepalive probe is,
 * and goes on from the answer; or it notes the stack's initial numbers in a notebook, four bytes a
 * connection, when one is given to it.
 *
 * As a server it takes every SYN to an address that is not the stack's.
 *
 * Nothing is retransmitted: the caller repeats a walk that did not get everywhere; a segment that
 * comes twice does no harm.
 *
 * Owns the frames on their way to the stack. Answers are written into the buffers in which the
 * stack's frames came.
 */
#ifndef BENCH_STATELESS_H
#define BENCH_STATELESS_H

#include <stdbool.h>
#include <stdint.h>

#include "breaths.h"
#include "lastack.h"
#include "stateless_frame.h"

struct rte_mempool;
struct stateless;

enum stateless_walk {
	STATELESS_REST,    /**< answers, and begins nothing */
	STATELESS_OPEN,    /**< SYN */
	STATELESS_REQUEST, /**< a request */
	STATELESS_CLOSE,   /**< FIN */
};

/** What follows a handshake at once, of itself: the peer as the client of a transaction. */
enum stateless_life {
	STATELESS_HOLD,          /**< nothing */
	STATELESS_ASK,           /**< the request goes with the ACK of the SYN-ACK */
	STATELESS_ASK_AND_CLOSE, /**< and FIN with the ACK of the response */
	STATELESS_CONNECT,       /**< FIN goes with the ACK of the SYN-ACK; without requests */
	STATELESS_ASK_AGAIN,     /**< each response is answered by the next request */
};

#define STATELESS_TEXT_MOST 1400U /**< bytes of a request or a response: one segment */

struct stateless_config {
	uint8_t peer_mac[6], stack_mac[6];
	uint32_t gateway;    /**< for this address ARP is answered; all peers are behind */
	uint32_t stack;      /**< the stack's address, host order */
	uint16_t stack_port; /**< on which it listens */
	uint32_t first_peer; /**< addresses of peers, from here on */
	/** Bytes that a connection sends before its FIN; each fits one segment. */
	uint16_t request, response;
	struct stateless_offer offer;
	struct rte_mempool *mbufs; /**< the worker's */
	uint32_t *notebook;        /**< NULL: none; one word for each connection */
	uint64_t noted;            /**< connections that have a word in it */
};

/** What came and went, in segments but where said otherwise. */
struct stateless_counts {
	uint64_t syns, probes, requests, fins; /**< sent */
	uint64_t established;                  /**< SYN-ACKs answered, or handshakes answered */
	uint64_t responses;                    /**< segments with text that came */
	uint64_t response_bytes;
	uint64_t fins_in, resets_in;
	uint64_t frames_in, frames_out;
	uint64_t bad;          /**< frames that the stack should not have sent so */
	uint64_t lost;         /**< frames for the stack for which there was no room or no buffer */
	struct foreign cycles; /**< TSC cycles in the peer */
	uint64_t breaths;      /**< calls of the peer */
};

/** NULL: no memory. The configuration is copied, the notebook is not. */
struct stateless *stateless_create(const struct stateless_config *config);
/** Frees the frames on their way. NULL is fine. After la_stack_destroy() it is too late. */
void stateless_destroy(struct stateless *peer);

/** The port's ops; its ctx is the struct stateless. */
const struct la_port_ops *stateless_ops(void);

/** Connections that differ, at most. */
uint64_t stateless_most(void);
/** The peer's end of a connection. */
struct la_endpoint stateless_endpoint(const struct stateless *peer, uint64_t number);

/**
 * Begins a walk over the connections [first, first + count); the one before must be over, or is
 * broken off. by_notebook: does not ask first (only where all of them are in the notebook).
 */
void stateless_begin(struct stateless *peer, enum stateless_walk walk, uint64_t first,
		     uint64_t count, bool by_notebook);
/** How many requests each connection had before the walk that follows: 0 at first. */
void stateless_round(struct stateless *peer, uint32_t round);
/** All walks together come to no more than so many connections; at first there is no bound. */
void stateless_may_walk(struct stateless *peer, uint64_t total);
/** How many connections all walks together have come to. */
uint64_t stateless_walked(const struct stateless *peer);
/** How many connections the walk has come to. */
uint64_t stateless_progress(const struct stateless *peer);
/** True once the walk has come to all, and nothing is on its way to the stack. */
bool stateless_is_quiet(const struct stateless *peer);

/** What is done after each handshake from now on. */
void stateless_live(struct stateless *peer, enum stateless_life life);

const struct stateless_counts *stateless_counts(const struct stateless *peer);

#endif
