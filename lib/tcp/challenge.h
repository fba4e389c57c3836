/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * challenge.h: how often one record answers segments that it cannot use (RFC 5961 section 7). The
 * limit is each record's own: a shared one would tell strangers about other connections.
 */
#ifndef TCP_CHALLENGE_H
#define TCP_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

struct challenge {
	uint16_t second : 10; /**< in which the answers were counted, low bits */
	uint16_t count : 4;
	uint16_t mark : 1;  /**< a bit of the record's own */
	uint16_t spent : 1; /**< of a TIME-WAIT record: a cookie's connection ended otherwise */
};

_Static_assert(sizeof(struct challenge) == 2, "every record has one");

/** True if one more answer may go out at tick now; it is counted then. */
bool challenge_allow(struct challenge *challenge, uint32_t now_tick);

#endif
