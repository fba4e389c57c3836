/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sack_model.h: a scoreboard that keeps a record for every byte, beside the real one: whatever is
 * done to one is done to both, and then they are compared. For the unit test and the fuzz target.
 *
 * While a board never lacks a run and holds at most SACK_RUNS_FINE, both must be equal. A board
 * that lacks runs may know less, but must not make up a SACK, nor forget what we have to do.
 */
#ifndef UNIT_TCP_SACK_MODEL_H
#define UNIT_TCP_SACK_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/sack.h"

#define SACK_MODEL_BYTES 4096U

/** Where decisions come from: a number in [low, high]. */
struct sack_model_source {
	uint32_t (*draw)(void *context, uint32_t low, uint32_t high);
	void *context;
};

struct sack_model_byte {
	uint64_t sent_us;
	uint8_t flags; /**< enum run_flag */
};

struct sack_model {
	struct sack board;
	uint32_t una, nxt, fack;
	uint32_t window; /**< bytes outstanding at most */
	uint32_t piece;  /**< bytes that are sent, lost or SACKed at once, at most */
	uint32_t quiet;  /**< how often SEG.ACK stays, of 64 */
	uint8_t news;
	bool exact;
	uint64_t now_us;
	struct sack_model_byte bytes[SACK_MODEL_BYTES];
};

/** Both begin. exact: they must be equal. */
void sack_model_open(struct sack_model *model, struct sack_pool *pool, uint32_t seq,
		     uint32_t window, bool exact);

/** A new window, full of bytes of which each second is SACKed. */
void sack_model_riddle(struct sack_model *model);

/** Does one thing to both and compares. Anything wrong aborts. */
void sack_model_step(struct sack_model *model, const struct sack_model_source *source);

#endif
