/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timer_node.h: the twelve bytes by which a record hangs in a wheel or stands in a line.
 *
 * Records live in arrays and are known by index, so links are 32-bit indices. A node array says
 * where the nodes of one kind of record are.
 */
#ifndef BASE_TIMER_NODE_H
#define BASE_TIMER_NODE_H

#include <stddef.h>
#include <stdint.h>

#define TIMER_NODE_NONE UINT32_MAX

struct timer_node {
	uint32_t next;     /**< index of the next record, or TIMER_NODE_NONE */
	uint32_t prev;     /**< index of the previous record; meaning of the ends is the owner's */
	uint32_t deadline; /**< tick at which this entry is due (serial number, base/seq.h) */
};

_Static_assert(sizeof(struct timer_node) == 12, "a node must stay small: every connection has one");

/** Where the node of record i is: base + i * stride. */
struct timer_node_array {
	uint8_t *base;   /**< address of the node of record 0 */
	uint32_t stride; /**< bytes from record to record */
};

static inline struct timer_node *timer_node_at(const struct timer_node_array *array, uint32_t index)
{
	return (struct timer_node *)(void *)(array->base + (size_t)index * array->stride);
}

#endif
