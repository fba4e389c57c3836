/* SPDX-License-Identifier: BSD-3-Clause */
#include "doubts.h"

#include <stdarg.h>
#include <stdio.h>

void doubts_add(struct doubts *doubts, const char *kind, const char *format, ...)
{
	struct doubt *doubt;
	va_list args;

	if (doubts->count == DOUBTS_MAX)
		return;
	doubt = &doubts->list[doubts->count++];
	doubt->kind = kind;
	va_start(args, format);
	vsnprintf(doubt->text, sizeof(doubt->text), format, args);
	va_end(args);
}
