/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fast_open.h: TCP Fast Open as a listener sees it (RFC 7413): cookies that prove a client's
 * address, and how many connections may be open on the strength of one alone.
 *
 * A cookie is a keyed function of both addresses. Each hour of the clock has a key of its own, made
 * of the stack's secret, and the one before stays good: so a cookie is good for one to two hours,
 * and on every worker, since a client's next connection may be another worker's.
 */
#ifndef TCP_FAST_OPEN_H
#define TCP_FAST_OPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/siphash.h"

#define FAST_OPEN_COOKIE_BYTES 8U /**< of those that we make (RFC 7413 2: 4 to 16) */

struct la_addr;

struct fast_open {
	struct siphash_key secret;  /**< of the stack */
	struct siphash_key keys[2]; /**< of this hour and of the one before */
	uint64_t hour;              /**< that they are of */
	uint64_t resets_until_us;   /**< until then they count */
	uint32_t pending;           /**< connections whose handshake is not completed */
	uint32_t resets; /**< of these, ended by RST of late: they count on (RFC 7413 5.1) */
};

void fast_open_init(struct fast_open *fast, const struct siphash_key *secret);

/** Writes the cookie of a client (FAST_OPEN_COOKIE_BYTES). */
void fast_open_make(struct fast_open *fast, uint64_t now_us, const struct la_addr *client,
		    uint16_t local_index, uint8_t *out);

/** True if these bytes are the client's cookie. */
bool fast_open_check(struct fast_open *fast, uint64_t now_us, const struct la_addr *client,
		     uint16_t local_index, const uint8_t *cookie, unsigned int size);

/** True if one more may begin; it is counted then (PendingFastOpenRequests). */
bool fast_open_begin(struct fast_open *fast, uint64_t now_us);

/** One is completed, or over. One that was reset is held against all for a minute: it may have been
 *  forged in the name of who reset it. */
void fast_open_end(struct fast_open *fast, uint64_t now_us, bool was_reset);

#endif
