/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sack_runs.h: the runs of a scoreboard: how they hang together, are divided, joined and counted.
 * For sack.c alone; says nothing of what an ACK means.
 *
 * A run ends where the next begins, the last at nxt. What is done to a part of a run leaves the
 * rest as it was. Afterwards no two neighbours are alike, and the sums of the board are right.
 */
#ifndef TCP_SACK_RUNS_H
#define TCP_SACK_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "tcp/sack.h"

enum run_flag {
	RUN_SACKED = 1U << 0,
	RUN_LOST = 1U << 1,   /**< presumed lost, at least once */
	RUN_RESENT = 1U << 2, /**< a retransmission may be under way */
	/** The time of sending is not that of what arrives: sent more than once, or joined. */
	RUN_BLURRED = 1U << 3,
};

struct sack_run {
	uint64_t sent_us; /**< last transmission */
	uint32_t seq;
	uint32_t next, prev;     /**< by sequence number */
	uint32_t younger, older; /**< by time, then end: of runs that may be under way */
	uint8_t flags;           /**< enum run_flag */
	uint8_t unused[3];
};

_Static_assert(sizeof(struct sack_run) == 32, "two runs to a cache line");

/** What is done to bytes. */
enum run_change {
	RUN_SACK,
	RUN_RESEND,
	RUN_LOSE,
};

static inline struct sack_run *run_at(const struct sack *board, uint32_t index)
{
	return pool_at(&board->pool->runs, index);
}

static inline uint32_t run_end(const struct sack *board, const struct sack_run *run)
{
	return run->next == POOL_NONE ? board->nxt : run_at(board, run->next)->seq;
}

/** Neither SACKed nor presumed lost without having been sent again. */
static inline bool run_under_way(const struct sack_run *run)
{
	return (run->flags & RUN_SACKED) == 0 && (run->flags & (RUN_LOST | RUN_RESENT)) != RUN_LOST;
}

/** Presumed lost and not sent again. */
static inline bool run_to_resend(const struct sack_run *run)
{
	return (run->flags & (RUN_LOST | RUN_RESENT)) == RUN_LOST;
}

/** RACK_sent_after() of RFC 8985 section 6.2. */
static inline bool run_sent_after(uint64_t us, uint32_t end, uint64_t other_us, uint32_t other_end)
{
	return us > other_us || (us == other_us && (int32_t)(end - other_end) > 0);
}

/** The run that holds seq, which is outstanding; POOL_NONE when it is not found in *steps steps.
 *  Takes what it used off *steps. */
uint32_t run_find(const struct sack *board, uint32_t seq, uint32_t *steps);

/** Bytes from nxt to end become outstanding. */
void run_append(struct sack *board, uint32_t end, uint64_t now_us);

/** The run that begins the board is gone as far as before seq. */
void run_drop_front(struct sack *board, uint32_t seq);

/** Something is to be said of a part of a plain board: its run is made. */
void run_make_only(struct sack *board);

/** The only run of the board was sent once, and nobody has said anything of it: it is given back,
 *  and the board is plain. */
void run_drop_only(struct sack *board);

/** True when the change to range, a part of the run, is possible with the runs to be had. */
bool run_can_change(const struct sack *board, uint32_t index, const struct sack_range *range,
		    enum run_change change, uint64_t now_us);

/** Does it. Returns the run that now holds the range. */
uint32_t run_change(struct sack *board, uint32_t index, const struct sack_range *range,
		    enum run_change change, uint64_t now_us);

/** Makes one run of the two neighbours that differ least. There must be two. */
void run_squeeze(struct sack *board);

/**
 * A run that was to be sent again is outstanding as before. Its time becomes not_before_us if it is
 * earlier. To be called in the order of sequence numbers with the largest time so far: *cursor,
 * first POOL_NONE, is where it was put, so that all of them together cost one walk. It is also the
 * run that now holds the bytes.
 */
void run_restore(struct sack *board, uint32_t index, uint32_t *cursor, uint64_t not_before_us);

/** Nobody has a SACKed run any more: it is to be sent again. Returns the run that holds it. */
uint32_t run_forget(struct sack *board, uint32_t index);

/** Gives all runs back to the pool. */
void run_free_all(struct sack *board);

#endif
