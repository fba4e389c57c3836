/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reasm.h: text that arrived beyond a gap, kept until the gap fills (RFC 9293 SHLD-31).
 *
 * Owns the buffers, sorted by sequence number and without overlap; the number of each buffer's
 * first byte is in mbuf.hash.usr, which nobody needs any more by then. Bounded by
 * REASSEMBLY_RANGES_MAX and REASSEMBLY_MBUFS_MAX; the work per segment is bounded by the latter.
 * Bytes that are there already win over later ones, but a buffer that a later one covers whole is
 * replaced by it.
 */
#ifndef TCP_REASM_H
#define TCP_REASM_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/mbufq.h"

struct reasm {
	struct rte_mbuf *head;
	uint32_t bytes;
	uint16_t buffers;
	bool has_fin;     /**< the peer's FIN arrived beyond a gap */
	uint32_t fin_seq; /**< its sequence number */
};

void reasm_init(struct reasm *reasm);

/** Keeps the text of chain, which starts at seq. Owns the chain. False when a bound was reached;
 *  what could be kept was kept, the rest is freed. */
bool reasm_insert(struct reasm *reasm, uint32_t seq, struct rte_mbuf *chain);

/** Moves what is in order from rcv_nxt on to queue. Returns how many bytes. */
uint32_t reasm_pull(struct reasm *reasm, uint32_t rcv_nxt, struct mbufq *queue);

void reasm_free(struct reasm *reasm);

#endif
