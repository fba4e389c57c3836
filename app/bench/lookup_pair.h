/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lookup_pair.h: the library's table of connections and DPDK's rte_hash with the same keys, and the
 * same questions put to both.
 *
 * A question is answered when a byte of the record that was found has been read. Both are asked for
 * LOOKUP_QUESTIONS tuples at a time, which lie ready in the cache.
 */
#ifndef BENCH_LOOKUP_PAIR_H
#define BENCH_LOOKUP_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "tcp/table.h"

#define LOOKUP_QUESTIONS 4096U
#define LOOKUP_RECORD_BYTES 128U /**< as a connection's */
#define LOOKUP_MOVES_SHOWN 4U

struct rte_hash;

/** What a connection is for the table: its tuple, and something that is wanted. */
struct lookup_record {
	struct tcp_tuple tuple;
	uint8_t state;
	uint8_t rest[LOOKUP_RECORD_BYTES - sizeof(struct tcp_tuple) - 1];
};

struct lookup_pair {
	struct table table;
	struct rte_hash *hash;
	struct lookup_record *records;
	uint32_t entries;
	uint32_t changed; /**< entries that a turn removes and enters again */
	uint32_t refused; /**< insertions that the table refused */
	uint64_t moved[LOOKUP_MOVES_SHOWN +
		       1]; /**< insertions by records displaced; the last: more */
	uint32_t most_moved;
	struct random_stream random;
	bool present; /**< questions are of entries, or of tuples that are none */
	uint32_t numbers[LOOKUP_QUESTIONS]; /**< of the entries asked for */
	struct tcp_tuple questions[LOOKUP_QUESTIONS];
	uint64_t answers; /**< keeps the compiler from leaving the questions out */
};

/** Room for this many entries at a load of 0.9. False: no memory, and a message went to stderr. */
bool lookup_pair_create(struct lookup_pair *pair, uint32_t entries);
void lookup_pair_destroy(struct lookup_pair *pair);

/** Enters all into both. False: one of them refused, and a message went to stderr. */
bool lookup_pair_fill(struct lookup_pair *pair);

/** Takes entries out of the table and enters them again, in another order, so many times. */
void lookup_pair_churn(struct lookup_pair *pair, uint64_t times);

/* Turns (turns.h) of a struct lookup_pair. */
double lookup_ours_single(void *state);
double lookup_other_single(void *state);
double lookup_ours_burst(void *state);
double lookup_other_burst(void *state);
/* A removal and an insertion of each of some entries. */
double lookup_ours_change(void *state);
double lookup_other_change(void *state);

#endif
