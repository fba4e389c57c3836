/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cubic_curve.h: the curve of RFC 9438 as arithmetic: W_cubic(t) = C (t - K)^3 + W_max, with C of
 * 0.4 segments/s^3, in bytes and milliseconds.
 */
#ifndef TCP_CUBIC_CURVE_H
#define TCP_CUBIC_CURVE_H

#include <stdint.h>

/** The integer below the cube root, or equal. */
uint32_t cubic_curve_root(uint64_t number);

/** K (equation 2): time in which the window regains gap bytes; rounded down to a millisecond. */
uint32_t cubic_curve_k_ms(uint32_t gap, uint32_t smss);

/** The window so long after the plateau, before it if negative. Between 0 and CWND_MAX, rounded
 *  towards w_max: by a byte at most. */
uint32_t cubic_curve_at(uint32_t w_max, int32_t after_ms, uint32_t smss);

/** What is left of K - t when time goes on. Bounded below by -CUBIC_REACH_MS. */
int32_t cubic_curve_advance(int32_t to_plateau_ms, uint32_t elapsed_ms);

#endif
