/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arena: memory that lives as long as a configuration and is freed at once.
 */
#ifndef LASTACK_ARENA_H
#define LASTACK_ARENA_H

#include <stddef.h>

struct arena_block;

/** Zeroed is empty. */
struct arena {
	struct arena_block *blocks;
};

/** Zeroed memory, or NULL. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
/** A copy of a string, or NULL. */
char *arena_string(struct arena *arena, const char *text);
void arena_free(struct arena *arena);

#endif
