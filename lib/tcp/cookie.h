/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cookie.h: SYN cookies (RFC 4987 3.6): an ISN from which a half-open connection can be made again,
 * so that none need be kept.
 *
 * Bit 0 tells the slot of time, bits 1 to 3 the class of MSS. Bits 4 to 31 are a keyed function of
 * these and the 4-tuple, plus the peer's ISN: so a segment that follows the one that opens the
 * connection is told from that one always, and from one that is made up most of the time. A cookie
 * is good in its slot and the next one: 67 to 134 seconds. Who has not seen the SYN-ACK guesses
 * right once in 2^28 segments. The other options of the SYN fit the low bits of our timestamp, if
 * the peer sent one.
 *
 * Knows numbers and keys; what a connection is and when a cookie is sent is backlog.c's business.
 */
#ifndef TCP_COOKIE_H
#define TCP_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "base/siphash.h"

#define COOKIE_TIMESTAMP_BITS 6U /**< low bits of TSval that hold options */

enum cookie_verdict {
	COOKIE_WRONG,
	COOKIE_ELSEWHERE, /**< acknowledges a cookie, but is not the first segment behind the SYN */
	COOKIE_GOOD,
};

/** The keys of one worker, and when a cookie was last made. */
struct cookie_jar {
	struct siphash_key keys[2]; /**< by the lowest bit of their epoch */
	uint32_t epoch;             /**< of the younger key; 0: none was drawn yet */
	uint32_t filled_slot;       /**< in which the last cookie was made */
	bool filled;                /**< a cookie was made */
};

/** What the peer's SYN and our listener agreed on, as far as timestamps can carry it. */
struct cookie_options {
	bool window_scale;
	uint8_t shift; /**< of the peer's window scale option, 0 to 14 */
	bool sack, ecn;
};

/**
 * The ISN for a SYN. flow is a keyed hash of the 4-tuple, irs the peer's ISN, mss what it offered.
 * random gives a key when its time has come.
 */
uint32_t cookie_make(struct cookie_jar *jar, uint64_t now_us, struct random_stream *random,
		     uint64_t flow, uint32_t irs, uint16_t mss);

/** Is iss a cookie of ours that is still good? Then *mss is at most what was offered. */
enum cookie_verdict cookie_check(const struct cookie_jar *jar, uint64_t now_us, uint64_t flow,
				 uint32_t irs, uint32_t iss, uint16_t *mss);

/** True while a cookie that was made may still come back. */
bool cookie_expected(const struct cookie_jar *jar, uint64_t now_us);

/** The latest timestamp not after tsval that carries the options; at most 63 before it. */
uint32_t cookie_timestamp(uint32_t tsval, const struct cookie_options *options);

/** What the echo of such a timestamp says. */
struct cookie_options cookie_timestamp_read(uint32_t tsecr);

#endif
