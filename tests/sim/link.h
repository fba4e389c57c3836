/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * link.h: simulated links, and the wire: every frame that is on its way, by time of arrival.
 *
 * A link is one direction between two hosts. It owns nothing but its own chance and the state of
 * its bottleneck; frames on their way belong to the wire. Knows no protocol but this: a flipped bit
 * is only put where an Internet checksum covers it (an ARP packet is lost instead).
 */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bottleneck.h"
#include "frame.h"
#include "prng.h"

/** What a link does to frames. Times in microseconds, chances in permille. */
struct link_params {
	uint32_t delay_us;
	uint32_t jitter_us; /**< uniform, on top of the delay */
	bool in_order;      /**< jitter does not let frames overtake each other */
	uint16_t loss;
	uint16_t burst_begin; /**< chance per frame that a burst of losses begins ... */
	uint16_t burst_end;   /**< ... and that it ends */
	uint16_t reorder;     /**< chance that a frame is held back by reorder_us */
	uint32_t reorder_us;
	uint16_t duplicate;
	uint16_t corrupt;
	uint16_t mark;   /**< chance that a packet is marked CE, if its sender is ECN-capable */
	bool bleach;     /**< the ECN field is erased */
	uint16_t hole;   /**< IP packets larger than so many bytes do not get through; 0: all do */
	bool hole_tells; /**< and their sender is told by ICMP */
	bool hole_stays; /**< even when the faults are over */
	uint64_t bytes_per_second; /**< bottleneck; 0: none */
	uint32_t queue_bytes;      /**< what waits for the bottleneck; beyond, frames are lost */
};

struct link {
	struct link_params params;
	struct prng prng;
	struct bottleneck bottleneck;
	uint64_t last_due_us; /**< arrival of the frame sent last */
	bool bursting;
	uint64_t lost, queued_out, corrupted, duplicated, held_back, marked, too_big;
};

/** A frame on its way. */
struct wire_frame {
	uint64_t due_us;
	uint64_t serial; /**< order of departure: breaks ties, so runs repeat exactly */
	uint8_t from, to;
	bool damaged; /**< a bit was flipped: the receiver must not believe it */
	uint16_t size;
	uint8_t *bytes;
};

/** Frames on their way, a heap by due_us and serial. */
struct wire {
	struct wire_frame *heap;
	uint32_t count, capacity;
	uint64_t serial;
};

void link_init(struct link *link, const struct link_params *params, uint64_t seed, unsigned int id);

/** The longest that a frame may be on its way, in microseconds. */
uint64_t link_lifetime_us(const struct link_params *params);

/**
 * Sends a copy of the frame from host `from` to host `to`; arrivals are rounded up to a multiple of
 * quantum_us. A calm link only delays: all faults are off but a hole that stays, and the queue in
 * front of the bottleneck is longer. Returns false if the frame is too big for a hole that tells.
 */
struct link_departure {
	uint64_t now_us;
	uint8_t from, to;
	uint32_t quantum_us;
	bool calm;
};
bool link_send(struct link *link, struct wire *wire, const struct link_departure *departure,
	       const uint8_t *bytes, size_t size);

void wire_init(struct wire *wire);
void wire_free(struct wire *wire);

/** Arrival of the next frame; UINT64_MAX when none is on its way. */
uint64_t wire_next_us(const struct wire *wire);

/** Takes the next frame off the wire; its bytes are now the caller's to free(). */
struct wire_frame wire_take(struct wire *wire);

#endif
