/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rogue.h: peers that misbehave. A rogue is one end of a session without a stack behind it: it
 * speaks Ethernet, ARP and TCP itself, and as its manners (swarm.h) say: it acknowledges what never
 * came, or piecemeal, or not at all; takes windows and SACK blocks back; sends single bytes, out of
 * order, again and again; lets its timestamps jump.
 *
 * What it sends is always a piece of its side's stream, so what its victim reads can be judged as
 * any other text. What becomes of the connection is up to the rogue; that the victim keeps the
 * rules, and that nobody else is harmed, is for the oracles to say.
 */
#ifndef SIM_ROGUE_H
#define SIM_ROGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "prng.h"
#include "swarm.h"

struct sim;
struct side;
struct wire_frame;
struct frame;

#define ROGUE_RANGES_MAX 32U       /**< stretches beyond a gap that a rogue remembers */
#define ROGUE_SYN_US 1000000U      /**< a SYN, or SYN-ACK, is repeated after this */
#define ROGUE_SYNS_MAX 6U          /**< and so many times sent at most */
#define ROGUE_PATIENCE_US 1000000U /**< text unacknowledged for so long is sent again */

enum rogue_stage {
	ROGUE_IDLE,    /**< has not begun */
	ROGUE_OPENING, /**< SYN or SYN-ACK is sent */
	ROGUE_OPEN,
	ROGUE_SILENT, /**< says nothing any more */
};

struct rogue {
	struct sim *sim;
	struct side *side, *victim;
	const struct swarm_rogue *manners;
	struct prng prng;
	uint8_t stage; /**< enum rogue_stage */
	uint8_t syns;
	uint32_t budget; /**< frames that it may still send */
	uint64_t next_us;
	/* as a sender: offsets from iss */
	uint32_t iss, snd_una, snd_nxt, snd_edge;
	uint64_t progress_us; /**< when snd_una moved last */
	bool fin_sent;
	/* as a receiver: offsets from irs */
	bool heard_syn;
	uint32_t irs, rcv_nxt, highest;
	uint32_t claimed; /**< what it has acknowledged, come or not */
	uint32_t edge;    /**< right edge that it has offered */
	unsigned int range_count;
	struct {
		uint32_t from, to;
	} ranges[ROGUE_RANGES_MAX];
	/* options */
	bool scaled, stamped, sacks;
	int8_t shift; /**< the victim's */
	uint16_t mss; /**< the victim's */
	uint32_t tsval, ts_recent;
	uint64_t unacked_segments;
};

struct rogues {
	unsigned int count;
	struct rogue list[ROGUES_MAX];
};

/** Prepares the rogues of the scenario; their sides must have been created. */
void rogues_create(struct sim *sim);

/** The frame arrived at the rogues' host. Its bytes stay the caller's. */
void rogues_deliver(struct sim *sim, const struct wire_frame *frame);

/** Acts by the clock. */
void rogues_run(struct sim *sim);

/** When one of them acts next; UINT64_MAX: none does. */
uint64_t rogues_next_us(const struct sim *sim);

/** True if this side is a rogue's, and it will do nothing more. */
bool rogue_is_over(const struct side *side);

#endif
