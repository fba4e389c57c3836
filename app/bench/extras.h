/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * extras.h: figures of one test alone, named by it: printed and recorded behind the common ones.
 */
#ifndef BENCH_EXTRAS_H
#define BENCH_EXTRAS_H

#include <stdint.h>

#define EXTRAS_MAX 64U
#define EXTRA_NAME_SIZE 64U

struct extras {
	uint32_t count;
	struct extra {
		char name[EXTRA_NAME_SIZE]; /**< words joined by "_" */
		double value;
		const char *unit; /**< "cycles", "bytes" ... */
	} list[EXTRAS_MAX];
};

/** What does not fit any more is left out. */
void extras_add(struct extras *extras, const char *name, double value, const char *unit);

#endif
