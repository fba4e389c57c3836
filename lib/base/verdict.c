/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verdict.c: the names of the drop reasons, from the list in drop.def.
 */
#include <stddef.h>

#include "base/verdict.h"

struct drop_text {
	const char *name;
	const char *help;
};

/* The verdicts that are no drops have no entry: both texts are NULL. */
static const struct drop_text drop_texts[VERDICTS] = {
#define DROP(name, help) [DROP_##name] = { #name, help },
#include "base/drop.def"
#undef DROP
};

const char *verdict_drop_name(unsigned int verdict)
{
	return verdict < VERDICTS ? drop_texts[verdict].name : NULL;
}

const char *verdict_drop_help(unsigned int verdict)
{
	return verdict < VERDICTS ? drop_texts[verdict].help : NULL;
}
