/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ladder.h: the worker's ring of recent segments and state changes, for whom a filter is armed.
 *
 * Off, it costs the caller one branch (ladder_on()). One writer, the worker; readers on the same
 * lcore (others ask through the control ring).
 */
#ifndef BASE_LADDER_H
#define BASE_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

struct ladder {
	bool armed;
	struct la_ladder_filter filter;
	uint64_t written;  /**< rungs ever written; the newest is at (written - 1) % capacity */
	uint32_t capacity; /**< a power of two */
	struct la_rung *rungs;
};

/** Reserves capacity rungs (a power of two). 0 or -ENOMEM. */
int ladder_create(struct ladder *ladder, uint32_t capacity, int numa_node);
void ladder_destroy(struct ladder *ladder);
void ladder_arm(struct ladder *ladder, const struct la_ladder_filter *filter);

static inline bool ladder_on(const struct ladder *ladder)
{
	return __builtin_expect(ladder->armed, 0);
}

/** True if the filter lets this pair of endpoints through. */
bool ladder_matches(const struct ladder *ladder, const struct la_endpoint *local,
		    const struct la_endpoint *remote);

/** The next rung, zeroed, to be filled in by the caller at once. */
struct la_rung *ladder_next(struct ladder *ladder);

/** As la_ladder_read(). */
unsigned int ladder_read(const struct ladder *ladder, uint64_t *cursor, struct la_rung *out,
			 unsigned int count);

#endif
