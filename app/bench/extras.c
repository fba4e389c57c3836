/* SPDX-License-Identifier: BSD-3-Clause */
#include "extras.h"

#include <stdio.h>

void extras_add(struct extras *extras, const char *name, double value, const char *unit)
{
	struct extra *extra;

	if (extras->count == EXTRAS_MAX)
		return;
	extra = &extras->list[extras->count++];
	snprintf(extra->name, sizeof(extra->name), "%s", name);
	extra->value = value;
	extra->unit = unit;
}
