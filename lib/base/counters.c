/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counters.c: the names of the counters, from the list in stats.def.
 */
#include <stddef.h>

#include "base/counters.h"

struct stat_text {
	const char *name;
	const char *help;
};

static const struct stat_text stat_texts[] = {
#define STAT(name, help) [STAT_##name] = { #name, help },
#include "base/stats.def"
#undef STAT
};

_Static_assert(sizeof(stat_texts) / sizeof(stat_texts[0]) == STATS, "every counter has a name");

const char *stat_name(unsigned int stat)
{
	return stat < STATS ? stat_texts[stat].name : NULL;
}

const char *stat_help(unsigned int stat)
{
	return stat < STATS ? stat_texts[stat].help : NULL;
}
