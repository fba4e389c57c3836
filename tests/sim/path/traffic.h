/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * traffic.h: what the path is loaded with: flows that send as much as they may, and a sink.
 *
 * Both are services that use lastack.h alone. The sender is asked for more whenever there is room;
 * the sink throws away what comes and counts it.
 */
#ifndef PATH_TRAFFIC_H
#define PATH_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"
#include "lastack.h"

#define TRAFFIC_PORT 5001U        /**< the sink's */
#define TRAFFIC_FIRST_PORT 20000U /**< the sender's of flow 0; flow n has n more */

struct flow {
	struct traffic *traffic;
	struct la_conn conn;
	uint64_t start_us; /**< absolute */
	bool started;
	bool closed;
	uint64_t limit;    /**< bytes to send at most; UINT64_MAX: no end */
	uint64_t queued;   /**< bytes that the stack has taken */
	uint64_t received; /**< bytes that the sink has read */
};

struct traffic {
	const struct cell *cell;
	struct la_blob *blob; /**< zeros */
	struct flow flows[CELL_FLOWS_MAX];
};

/** Listens on the sink's stack and makes ready to send on the other. 0 or -errno. */
int traffic_create(struct traffic *traffic, const struct cell *cell, struct la_stack *sender,
		   struct la_stack *sink, struct la_error *err);
/** Gives back what it holds; before the stacks are destroyed. */
void traffic_destroy(struct traffic *traffic);

/** Opens a flow to the sink at that address. 0 or -errno. */
int traffic_start(struct traffic *traffic, struct la_worker *sender, unsigned int flow,
		  const struct la_addr *sink);

/** Lets a flow that has reached its limit send so many bytes more. */
void traffic_extend(struct traffic *traffic, struct la_worker *sender, unsigned int flow,
		    uint64_t bytes);

/** Send and receive buffer of a connection: enough for four times what the path holds. */
uint32_t traffic_buffer_bytes(const struct cell *cell);

#endif
