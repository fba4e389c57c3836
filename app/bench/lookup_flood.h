/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lookup_flood.h: what a flood costs whose tuples were computed to have one and the same Toeplitz
 * hash, so that RSS gives all of them to one worker: beside as many tuples drawn at random.
 */
#ifndef BENCH_LOOKUP_FLOOD_H
#define BENCH_LOOKUP_FLOOD_H

#include <stdbool.h>

struct bench;

/** Adds its figures to those of the run. False: no memory. */
bool lookup_flood(struct bench *bench);

#endif
