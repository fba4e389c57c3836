/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * isn.h: initial sequence numbers (RFC 6528): a clock of 4 microseconds plus a keyed function of
 * the 4-tuple.
 *
 * The tuple's hash in the table is one such function, and known already. As its bits would tell
 * which tuples share a bucket, a second key comes over them
 * (docs/decisions/0093-sequence-numbers-from-the-tables-hash.md).
 */
#ifndef TCP_ISN_H
#define TCP_ISN_H

#include <stdint.h>

#include "base/siphash.h"

/** The ISN of a connection that opens now; hash is table_hash() of its tuple. */
uint32_t isn_generate(const struct siphash_key *key, uint64_t hash, uint64_t now_us);

#endif
