/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * isn.h: initial sequence numbers (RFC 6528): a clock of 4 microseconds plus a keyed function of
 * the 4-tuple.
 */
#ifndef TCP_ISN_H
#define TCP_ISN_H

#include <stdint.h>

#include "base/siphash.h"

struct tcp_tuple;

/** The ISN of a connection that opens now. */
uint32_t isn_generate(const struct siphash_key *key, const struct tcp_tuple *tuple,
		      uint64_t now_us);

#endif
