/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verdict.h: what became of a frame or a segment: go on, done with, or dropped and why.
 *
 * Each step of the receive path returns one. The reasons are listed once, in drop.def.
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

enum verdict {
	VERDICT_CONTINUE, /**< nothing against it: the next step, please */
	VERDICT_DONE,     /**< fully dealt with; nothing was lost */
#define DROP(name, help) DROP_##name,
#include "base/drop.def"
#undef DROP
	VERDICTS
};

/** Static strings; NULL for a number that is no drop reason. */
const char *verdict_drop_name(unsigned int verdict);
const char *verdict_drop_help(unsigned int verdict);

#endif
