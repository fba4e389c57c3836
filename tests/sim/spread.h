/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spread.h: how a network card spreads what arrives over the queues of its host's workers, and what
 * hash it shows; and which worker a connection belongs to.
 *
 * Owns the stack's key and its table from hash to worker, as a card would be given them, and a
 * Toeplitz hash of its own: an error in lib/io must not blind the judge.
 */
#ifndef SIM_SPREAD_H
#define SIM_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prng.h"

#define SPREAD_KEY_BYTES 16U /**< of the key: an IPv4 tuple reaches no further */
#define SPREAD_OWNERS 128U   /**< entries of the table */

enum spread_kind {
	SPREAD_FIRST,   /**< all to the first queue, and no hash */
	SPREAD_RANDOM,  /**< any queue, and no hash */
	SPREAD_RSS,     /**< the owner's queue, and the hash */
	SPREAD_ASTRAY,  /**< the right hash, and any queue */
	SPREAD_MISREAD, /**< of some connections another hash, and the queue that goes with it */
	SPREAD_LIES,    /**< now and then another hash, and any queue */
	SPREADS
};

struct spread {
	uint8_t kind; /**< enum spread_kind */
	uint16_t queues;
	uint8_t key[SPREAD_KEY_BYTES];
	uint16_t owners[SPREAD_OWNERS];
	struct prng prng;
};

/** The two ends of a connection as its owner sees them, in host order. */
struct spread_tuple {
	uint32_t remote, local;
	uint16_t remote_port, local_port;
};

/** Where a frame goes, and what is said of it. */
struct spread_choice {
	uint16_t queue;
	bool hashed;
	uint32_t hash;
};

/** The Toeplitz hash of a segment from remote to local. */
uint32_t spread_hash(const struct spread *spread, const struct spread_tuple *tuple);

/** The worker whose connection it is. */
static inline unsigned int spread_owner(const struct spread *spread,
					const struct spread_tuple *tuple)
{
	return spread->owners[spread_hash(spread, tuple) % SPREAD_OWNERS];
}

/** What the card does with a frame, which may be damaged. */
struct spread_choice spread_choose(struct spread *spread, const uint8_t *bytes, size_t size);

#endif
