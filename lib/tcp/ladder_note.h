/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ladder_note.h: what TCP writes into the ladder: segments that come and go, changes of state.
 */
#ifndef TCP_LADDER_NOTE_H
#define TCP_LADDER_NOTE_H

#include <stdbool.h>
#include <stdint.h>

struct la_rung;
struct tcp;
struct tcp_conn;
struct tcp_seg;
struct tcp_header;
struct tcp_options;
struct tcp_tuple;

/** A segment arrived: the rung, whose state and drop reason are filled in when it was dealt with;
 *  NULL when the ladder does not watch it. */
struct la_rung *ladder_note_arrival(struct tcp *tcp, const struct tcp_seg *seg);

/** What leaves, as output.c and reply.c say it. */
struct ladder_departure {
	const struct tcp_tuple *tuple;
	const struct tcp_header *header;
	const struct tcp_options *options;
	uint32_t text;
	uint32_t window; /**< bytes */
	uint8_t state;
	bool retransmit;
};

void ladder_note_departure(struct tcp *tcp, const struct ladder_departure *departure);

/** The connection's state has changed, whatever for. */
void ladder_note_state(struct tcp *tcp, const struct tcp_conn *conn);

/** The same for a record that has no connection (embryo, TIME-WAIT). */
void ladder_note_record(struct tcp *tcp, const struct tcp_tuple *tuple, uint8_t state);

#endif
