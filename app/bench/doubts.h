/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * doubts.h: why the figures of a run are not to be trusted. A run without doubts exits with 0.
 */
#ifndef BENCH_DOUBTS_H
#define BENCH_DOUBTS_H

#include <stdint.h>

#define DOUBTS_MAX 16U
#define DOUBT_TEXT_SIZE 200U

struct doubts {
	uint32_t count;
	struct doubt {
		const char *kind; /**< one word, for programs: "clock", "drops", ... */
		char text[DOUBT_TEXT_SIZE];
	} list[DOUBTS_MAX];
};

/** Adds a sentence, as printf() would print it. What does not fit any more is left out. */
void doubts_add(struct doubts *doubts, const char *kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
