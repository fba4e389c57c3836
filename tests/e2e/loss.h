/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loss: which frames of a TCP connection a path loses, chosen by sequence number.
 *
 * Two stacks are compared fairly when they meet the same losses. So the seed does not draw frames,
 * it draws bytes: the stream of each direction is divided into cells of CELL_BYTES, and in some
 * cells one byte is bad. A segment that carries a bad byte is lost, the first time and as often
 * again as the seed says for this byte. However a stack cuts its segments and whenever it sends
 * them again, its bytes are lost equally often.
 *
 * Knows one connection at a time, the one whose SYN without ACK came last, and reseeds itself with
 * the port which that came from: connections from the same port meet the same losses. Knows no
 * time.
 */
#ifndef E2E_LOSS_H
#define E2E_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#define CELL_BYTES 1448U     /**< text of a full segment with timestamps on an MTU of 1500 */
#define CELLS_MAX (1U << 20) /**< about 1.5 GB; beyond, the cells begin again */
#define LOSS_SCALE 10000U    /**< what the probabilities below are given in */

enum loss_verdict { LOSS_NONE, LOSS_DROP, LOSS_MARK };

/** What went in one direction of the connection. */
struct loss_way {
	uint32_t isn;
	bool isn_known;
	uint64_t high; /**< text seen so far, as the highest offset in the stream */
	uint64_t segments, sent_again, dropped, marked, acks, acks_dropped;
	uint8_t *seen; /**< by cell: how often its bad byte came by */
};

struct loss {
	uint64_t seed;
	uint32_t drop;      /**< segments with text lost, in LOSS_SCALE */
	uint32_t drop_acks; /**< segments without text lost */
	bool mark;          /**< what may be marked (ECT) is marked instead of lost */
	uint16_t ports[2];  /**< of the connection: who opened it, and who was called */
	struct loss_way ways[2];
};

/** Takes the memory for both directions. False: there is none. */
bool loss_init(struct loss *loss);

/**
 * Judges an Ethernet frame that goes in a direction (0 or 1). LOSS_MARK has been carried out
 * already in the frame, its checksum included.
 */
enum loss_verdict loss_judge(struct loss *loss, unsigned int direction, uint8_t *frame,
			     uint32_t size);

#endif
