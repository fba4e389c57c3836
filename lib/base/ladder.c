/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ladder.c: a ring that overwrites its oldest rung; positions count rungs since the beginning.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/ladder.h"
#include "base/memory.h"

static struct la_rung *rung_at(const struct ladder *ladder, uint64_t position)
{
	return &ladder->rungs[position & (ladder->capacity - 1)];
}

int ladder_create(struct ladder *ladder, uint32_t capacity, int numa_node)
{
	assert(capacity > 0);
	assert((capacity & (capacity - 1)) == 0);

	*ladder = (struct ladder){ .capacity = capacity };
	ladder->rungs = memory_reserve((size_t)capacity * sizeof(struct la_rung), numa_node);
	return ladder->rungs == NULL ? -ENOMEM : 0;
}

void ladder_destroy(struct ladder *ladder)
{
	memory_release(ladder->rungs, (size_t)ladder->capacity * sizeof(struct la_rung));
	*ladder = (struct ladder){ 0 };
}

void ladder_arm(struct ladder *ladder, const struct la_ladder_filter *filter)
{
	ladder->armed = filter != NULL;
	if (filter != NULL)
		ladder->filter = *filter;
}

bool ladder_matches(const struct ladder *ladder, const struct la_endpoint *local,
		    const struct la_endpoint *remote)
{
	const struct la_ladder_filter *filter = &ladder->filter;

	if (!ladder->armed)
		return false;
	if (filter->local_port != 0 && filter->local_port != local->port)
		return false;
	if (filter->remote_port != 0 && filter->remote_port != remote->port)
		return false;
	return la_addr_is_any(&filter->remote) || la_addr_equal(&filter->remote, &remote->addr);
}

struct la_rung *ladder_next(struct ladder *ladder)
{
	struct la_rung *rung;

	assert(ladder->rungs != NULL);
	rung = rung_at(ladder, ladder->written++);
	memset(rung, 0, sizeof(*rung));
	return rung;
}

unsigned int ladder_read(const struct ladder *ladder, uint64_t *cursor, struct la_rung *out,
			 unsigned int count)
{
	uint64_t oldest =
		ladder->written > ladder->capacity ? ladder->written - ladder->capacity : 0;
	unsigned int copied = 0;

	if (*cursor < oldest)
		*cursor = oldest;
	/* A cursor from beyond the end, of another worker perhaps, reads nothing. */
	while (copied < count && *cursor < ladder->written)
		out[copied++] = *rung_at(ladder, (*cursor)++);
	return copied;
}
