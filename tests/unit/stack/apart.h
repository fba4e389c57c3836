/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * apart.h: shows that workers share nothing. While one of them is polled, the memory of all others
 * cannot be touched: records, tables, timers, counters, the worker itself. Whoever does dies.
 *
 * Left open are the rings and lanes between workers, and packet buffers. Of these a buffer that a
 * connection keeps must be of its worker's own pool, which nobody else takes from; and what another
 * worker gets is never kept (LA_PORT_TX_HANDOVER), as the town's link checks.
 */
#ifndef UNIT_STACK_APART_H
#define UNIT_STACK_APART_H

struct la_stack;
struct la_worker;

/** Closes the memory of all workers of the stack but this one. */
void apart_close(struct la_stack *stack, const struct la_worker *polled);

/** Opens it again, and looks at what the connections of the one that was polled keep. */
void apart_open(struct la_stack *stack, const struct la_worker *polled);

#endif
