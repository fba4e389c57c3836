/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * theory.h: what textbooks say a flow attains, in whole numbers only.
 *
 * NewReno: Mathis et al. (1997), a window of sqrt(3/2) / sqrt(p) segments on average. CUBIC: the
 * response function of RFC 9438 section 5.1, or Reno's where that is more (section 4.3). Neither is
 * faster than the bottleneck.
 */
#ifndef PATH_THEORY_H
#define PATH_THEORY_H

#include <stdint.h>

#include "cell.h"

/** The mean window in thousandths of a segment; loss_ppm > 0. */
uint64_t theory_window_milli(enum cell_control control, uint32_t rtt_us, uint32_t loss_ppm);

/** What the bottleneck lets through of text, in bits a second, in segments of so many bytes. */
uint64_t theory_ceiling_bps(const struct cell *cell, uint32_t segment_bytes);

/** The goodput of one flow in bits a second. */
uint64_t theory_goodput_bps(const struct cell *cell, uint32_t segment_bytes);

/** Jain's index of fairness in ten-thousandths: 10,000 when all have the same. */
uint32_t theory_jain(const uint64_t *shares, unsigned int count);

/** The largest number whose square is at most this one. */
uint64_t theory_root(unsigned __int128 number);

#endif
