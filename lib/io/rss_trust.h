/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rss_trust.h: whether the hashes that a port puts into its buffers may be used. Drivers claim RSS
 * and set nothing, or hash with another key, or hash something else of packets that they do not
 * understand: so a port has to show it.
 *
 * Each worker keeps one for each of its ports. The first hashes are compared with our own; one that
 * differs, and the port is never believed again. Later those of SYNs and one in so many others are
 * compared: what a NIC misreads of one host's packets, it misreads from their first on. Where it
 *does not, the worker that its hash names has no such connection, and says so (rss_trust_refute()).
 *
 *	if (rss_trust_believes(&trust, syn))
 *		return mbuf->hash.rss;
 *	own = rss_hash(...);
 *	if (rss_trust_compare(&trust, mbuf->hash.rss, own))
 *		... the port has just lost our trust ...
 *	return own;
 */
#ifndef IO_RSS_TRUST_H
#define IO_RSS_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"

/** All zero: a port of which nothing is known. */
struct rss_trust {
	uint32_t agreed; /**< comparisons that agreed, no further than RSS_TRUST_AFTER */
	uint32_t unseen; /**< hashes used since the last comparison */
	bool refuted;    /**< a hash differed */
};

/** True if the hash of this buffer may be used; else it is to be compared. */
static inline bool rss_trust_believes(struct rss_trust *trust, bool syn)
{
	if (trust->agreed < RSS_TRUST_AFTER || trust->refuted || syn)
		return false;
	return ++trust->unseen < RSS_TRUST_AGAIN;
}

/** Learns from a comparison. True if the port has just lost our trust. */
static inline bool rss_trust_compare(struct rss_trust *trust, uint32_t hash, uint32_t own)
{
	if (trust->refuted)
		return false;
	trust->unseen = 0;
	trust->refuted = hash != own;
	if (trust->agreed < RSS_TRUST_AFTER)
		trust->agreed++;
	return trust->refuted;
}

/** The port was wrong, as others know. True if it has just lost our trust. */
static inline bool rss_trust_refute(struct rss_trust *trust)
{
	bool believed = trust->agreed > 0 && !trust->refuted;

	trust->refuted |= believed;
	return believed;
}

#endif
