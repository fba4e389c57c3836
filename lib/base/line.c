/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * line.c: a doubly linked list in order of arrival, which is the order of deadlines.
 */
#include <assert.h>

#include "base/gauge.h"
#include "base/line.h"
#include "base/seq.h"

void line_init(struct line *line, struct timer_node_array nodes)
{
	assert(nodes.base != NULL);
	assert(nodes.stride >= sizeof(struct timer_node));

	line->nodes = nodes;
	line->head = TIMER_NODE_NONE;
	line->tail = TIMER_NODE_NONE;
	line->length = 0;
}

void line_append(struct line *line, uint32_t index, uint32_t deadline)
{
	struct timer_node *node = timer_node_at(&line->nodes, index);

	assert(index != TIMER_NODE_NONE);
	node->deadline = deadline;
	node->next = TIMER_NODE_NONE;
	node->prev = line->tail;
	if (line->tail == TIMER_NODE_NONE) {
		line->head = index;
	} else {
		struct timer_node *last = timer_node_at(&line->nodes, line->tail);

		assert(seq_geq(deadline, last->deadline));
		last->next = index;
	}
	line->tail = index;
	gauge_add(&line->length, 1);
}

void line_remove(struct line *line, uint32_t index)
{
	struct timer_node *node = timer_node_at(&line->nodes, index);

	assert(line->length > 0);
	if (node->prev == TIMER_NODE_NONE) {
		assert(line->head == index);
		line->head = node->next;
	} else {
		struct timer_node *before = timer_node_at(&line->nodes, node->prev);

		assert(before->next == index);
		before->next = node->next;
	}
	if (node->next == TIMER_NODE_NONE) {
		assert(line->tail == index);
		line->tail = node->prev;
	} else {
		timer_node_at(&line->nodes, node->next)->prev = node->prev;
	}
	node->next = TIMER_NODE_NONE;
	node->prev = TIMER_NODE_NONE;
	gauge_add(&line->length, -1);
}

uint32_t line_expire(struct line *line, uint32_t now)
{
	uint32_t first = line->head;
	uint32_t deadline;

	if (!line_next(line, &deadline) || seq_gt(deadline, now))
		return TIMER_NODE_NONE;
	line_remove(line, first);
	return first;
}

bool line_next(const struct line *line, uint32_t *tick)
{
	assert((line->head == TIMER_NODE_NONE) == (line->length == 0));
	if (line->head == TIMER_NODE_NONE)
		return false;
	*tick = timer_node_at(&line->nodes, line->head)->deadline;
	return true;
}
