/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * streams.h: text without end on more connections than any path has room for: some of them stream
 * at a time, each for a turn of so many bytes, and the next turn is another's.
 *
 * Knows the slots whose turn it is and what the client has still to send of it. A turn that the
 * server sends is asked for by one byte of text.
 */
#ifndef BENCH_STREAMS_H
#define BENCH_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

/** Stream at a time. Where no more connections stand each streams without end. */
#define STREAMS_MAX 64U
/** Of a turn: within the first window that the server offers, and a whole number of full segments
 *  of 1,448 bytes. */
#define STREAMS_TURN_BYTES 46336U

struct bench;
struct end;

struct streams {
	uint32_t slots[STREAMS_MAX]; /**< whose turn it is, where the client sends */
	uint32_t count, next;        /**< of them; to be looked at next */
};

/** Whether so many connections stream in turn. */
static inline bool streams_in_turn(uint32_t connections)
{
	return connections > STREAMS_MAX;
}

/** The client's turn of this slot begins. */
void streams_begin(struct bench *bench, uint32_t slot);
/** There is room for more of it. */
void streams_room(struct bench *bench, struct la_conn conn);
/** Its connection is gone. */
void streams_forget(struct bench *bench, uint32_t slot);
/** The client asks for a turn of the server's. */
void streams_ask(struct bench *bench, uint32_t slot);
/** The server sends what it was asked for; the context word holds what is still to be sent. */
void streams_answer(const struct end *server, struct la_conn conn);
/** Looks at one slot: a turn is over when everything is acknowledged. Between two breaths. */
void streams_look(struct bench *bench);

#endif
