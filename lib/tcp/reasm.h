/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reasm.h: text that arrived beyond a gap, kept until the gap fills (RFC 9293 SHLD-31).
 *
 * Owns the buffers, as ranges without gaps inside and with gaps between them, sorted by sequence
 * number. The number of each buffer's first byte is in mbuf.hash.usr, which nobody needs any more
 * by then; the first buffer of a range knows the last, and the next range, in its private area.
 *
 * Bounds: REASSEMBLY_STEPS_MAX steps to the place of a buffer, from the last range, the first, or
 * the one that was touched last; what belongs farther away is not kept. Any number of
 * buffers and REASSEMBLY_RANGES_MAX ranges, so that a large window fits. Where buffers have little
 * in them, REASSEMBLY_POOR_RANGES and REASSEMBLY_POOR_MBUFS. Bytes that are there already win over
 * later ones, but a range that a later buffer covers whole is replaced by it.
 */
#ifndef TCP_REASM_H
#define TCP_REASM_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/mbufq.h"

struct reasm {
	struct rte_mbuf *head; /**< first buffer of the first range */
	struct rte_mbuf *last; /**< first buffer of the last range */
	struct rte_mbuf
		*latest; /**< of the range that the latest text stands in; NULL: it is gone */
	uint32_t bytes;
	uint32_t buffers;
	uint16_t ranges;
	bool has_fin;     /**< the peer's FIN arrived beyond a gap */
	uint32_t fin_seq; /**< its sequence number */
};

/** Text without a gap: [from, to). */
struct reasm_range {
	uint32_t from, to;
};

/** Empty: so is one that is all zero. */
void reasm_init(struct reasm *reasm);

/** Keeps the text of chain, which starts at seq. Owns the chain. False when a bound was reached;
 *  what could be kept was kept, the rest is freed. */
bool reasm_insert(struct reasm *reasm, uint32_t seq, struct rte_mbuf *chain);

/** Moves what is in order from rcv_nxt on to queue. Returns how many bytes. */
uint32_t reasm_pull(struct reasm *reasm, uint32_t rcv_nxt, struct mbufq *queue);

void reasm_free(struct reasm *reasm);

/** Finds the first of what is there already of the text from seq on. False: it is all new. */
bool reasm_find(const struct reasm *reasm, uint32_t seq, uint32_t length, struct reasm_range *out);

/** Reads a range, named by its first buffer (head, latest), and returns the next one's; NULL when
 *  it was the last. */
struct rte_mbuf *reasm_read_range(const struct rte_mbuf *first, struct reasm_range *out);

#endif
