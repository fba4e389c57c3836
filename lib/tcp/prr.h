/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * prr.h: Proportional Rate Reduction (RFC 9937, which obsoletes RFC 6937): how much may be sent for
 * each ACK of fast recovery, so that what is in flight comes down to ssthresh evenly, and never
 * bursts back up to it.
 *
 * Knows numbers only, all of them bytes. Congestion control chooses ssthresh.
 */
#ifndef TCP_PRR_H
#define TCP_PRR_H

#include <stdbool.h>
#include <stdint.h>

struct prr {
	uint32_t recover_fs; /**< RecoverFS; 0: not in recovery */
	uint32_t delivered;  /**< prr_delivered: since recovery began; saturates */
	uint32_t out;        /**< prr_out: sent since, retransmissions included; saturates */
};

/** Recovery begins with an ACK (section 6.1); all as of after that ACK but for those two. */
struct prr_start {
	uint32_t outstanding;  /**< SND.NXT - SND.UNA */
	uint32_t sacked;       /**< SACKed bytes on the board */
	uint32_t newly_sacked; /**< of these by this ACK */
	uint32_t newly_acked;  /**< by this ACK, cumulatively */
};

/** An ACK of recovery, the first included. */
struct prr_ack {
	uint32_t delivered; /**< DeliveredData: newly acknowledged and newly SACKed */
	uint32_t pipe;      /**< inflight, after losses were presumed (sack_pipe()) */
	uint32_t cwnd;      /**< as it is */
	uint32_t ssthresh;
	uint32_t smss;
	bool safe; /**< SND.UNA advanced, and no further loss was found */
};

static inline bool prr_is_active(const struct prr *prr)
{
	return prr->recover_fs != 0;
}

void prr_enter(struct prr *prr, const struct prr_start *start);

/** Returns cwnd: pipe and what may be sent now (section 6.2). Where nothing was delivered it stays
 * as it is; but the retransmission with which recovery begins may always leave. */
uint32_t prr_acknowledged(struct prr *prr, const struct prr_ack *ack);

/** Data was sent in recovery, new or again. */
void prr_sent(struct prr *prr, uint32_t bytes);

/** Recovery ends; cwnd is ssthresh from now on (section 6.3). */
void prr_leave(struct prr *prr);

#endif
