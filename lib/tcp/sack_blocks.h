/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sack_blocks.h: what our ACKs tell of text beyond gaps (RFC 2018 section 4), and of text that came
 * twice (RFC 2883).
 *
 * Owns a short list of ranges in the order in which they last grew. The text itself, and where its
 * ranges begin and end, is reasm's. Knows no connection and no time.
 */
#ifndef TCP_SACK_BLOCKS_H
#define TCP_SACK_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"
#include "wire/tcp_header.h"

struct sack_blocks {
	/** In one byte: no ACK tells of any if both are 0. */
	union {
		struct {
			uint8_t count : 7;
			bool has_duplicate : 1; /**< it was not told yet */
		};
		uint8_t any;
	};
	struct tcp_sack_block recent[SACK_BLOCKS_RECENT]; /**< the one that grew last first */
	struct tcp_sack_block duplicate;                  /**< meant with has_duplicate */
};

/** Text came, and with it the range that it stands in reaches from left to right. */
void sack_blocks_grew(struct sack_blocks *blocks, uint32_t left, uint32_t right);

/** Text from left to right had come before. A later one takes the place of one not told yet. */
void sack_blocks_duplicate(struct sack_blocks *blocks, uint32_t left, uint32_t right);

/** What lies before rcv_nxt is acknowledged, and told no more. */
void sack_blocks_advance(struct sack_blocks *blocks, uint32_t rcv_nxt);

/**
 * Writes at most max blocks for one ACK and returns how many: the duplicate first and the range
 * that it stands in, then ranges, the latest first. later: so many ACKs of the same breath will
 * follow this one, each for a segment that came later: what only those brought is left to them.
 */
uint8_t sack_blocks_write(const struct sack_blocks *blocks, unsigned int later, unsigned int max,
			  struct tcp_sack_block *out);

/** They were sent: the duplicate was told. */
void sack_blocks_told(struct sack_blocks *blocks);

#endif
