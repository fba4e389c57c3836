/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * load.h: who begins what and when: a slot for each connection, and the schedule of a fixed rate.
 *
 * Without a rate a slot that is idle begins its next transaction at once, or, where there are very
 * many, in its turn. With one, transactions
 * are due at fixed times, whether or not a slot is idle then: one that has to wait for a slot has
 * begun when it was due, so a slow answer counts for all that it delayed (no coordinated omission).
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

#define LOAD_PER_STEP 64U /**< transactions begun between two breaths, at most */
/** Under way at a time: as many frames as any path between has room. */
#define LOAD_BUSY_MAX 4096U

struct bench;

struct load_slot {
	struct la_conn conn; /**< 0: none */
	uint64_t due;        /**< TSC at which the transaction was to begin */
	uint32_t received;   /**< bytes of the present response */
	uint32_t unsent;     /**< bytes of the present request that found no room yet */
	bool busy;           /**< in a transaction */
};

struct load {
	struct load_slot *slots;
	uint32_t count;
	uint32_t *idle; /**< a ring of slots with nothing to do; the longest idle one is next */
	uint32_t idle_first, idle_count;
	uint32_t busy, most;  /**< in a transaction; at most at a time */
	uint32_t established; /**< standing connections that are open */
	uint64_t begun;       /**< transactions so far */
	bool stopped;         /**< begins nothing more */
	bool filling;         /**< standing connections are opened and not used yet */
	double interval;      /**< cycles between transactions; 0: no rate */
	double next_due;      /**< TSC */
};

/** Slots for the connections of the options; none is idle before load_fill() or load_start(). */
bool load_create(struct load *load, uint32_t connections);
void load_destroy(struct load *load);

/** All slots are idle, and begin as fast as they can: a connection each. */
void load_fill(struct load *load);
/** The slots that are not busy are idle from now on, in random order, as they are among many users;
 *  at most so many are under way at a time, and the schedule begins at TSC now. */
void load_start(struct load *load, uint32_t most, uint64_t rate, uint64_t now);
/** Begins what is due, by the test's begin(). */
void load_step(struct bench *bench);
/** A slot has nothing to do: at the end of a transaction, or when its connection stands. */
void load_idle(struct load *load, uint32_t slot);
/** A slot that lost its connection: it begins anew, while the load is filling too. */
void load_retry(struct load *load, uint32_t slot);

#endif
