/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * line.h: a queue of records that share one timeout, oldest first.
 *
 * Timeouts shared by very many records (2MSL, SYN-RECEIVED) need no wheel: who comes last is due
 * last. Owns the links of the nodes that stand in it. All operations are O(1).
 */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timer_node.h"

struct line {
	struct timer_node_array nodes;
	uint32_t head; /**< due first; TIMER_NODE_NONE when empty */
	uint32_t tail;
	uint32_t length;
};

void line_init(struct line *line, struct timer_node_array nodes);

/** Appends record index, due at deadline, which must not lie before that of the last one. */
void line_append(struct line *line, uint32_t index, uint32_t deadline);

/** Takes record index out, wherever it stands. */
void line_remove(struct line *line, uint32_t index);

/** Record index, which is in the cache, is to be taken out soon: those beside it come there too. */
static inline void line_prefetch_neighbours(const struct line *line, uint32_t index)
{
	const struct timer_node *node = timer_node_at(&line->nodes, index);

	if (node->prev != TIMER_NODE_NONE)
		__builtin_prefetch(timer_node_at(&line->nodes, node->prev), 1);
	if (node->next != TIMER_NODE_NONE)
		__builtin_prefetch(timer_node_at(&line->nodes, node->next), 1);
}

/** Takes the first record out if it is due at now. Returns its index or TIMER_NODE_NONE. */
uint32_t line_expire(struct line *line, uint32_t now);

/** The deadline of the first record, in *tick; false when the line is empty. */
bool line_next(const struct line *line, uint32_t *tick);

#endif
