/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recovery.h: fast retransmit, fast recovery and limited transmit without SACK (RFC 5681 3.2,
 * RFC 6582, RFC 3042). Decides; whoever calls retransmits.
 */
#ifndef TCP_RECOVERY_H
#define TCP_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/cc.h"

struct recovery {
	uint32_t recover;      /**< SND.NXT when the last loss was found (RFC 6582 section 3.2) */
	uint8_t duplicates;    /**< duplicate ACKs in a row, saturating */
	bool has_recover;      /**< recover means something */
	bool fast;             /**< in fast recovery */
	bool partial;          /**< the first partial ACK of this recovery was seen */
	uint32_t first_flight; /**< outstanding at the first duplicate; then, when fast began */
};

enum recovery_action {
	RECOVERY_NOTHING,
	RECOVERY_RETRANSMIT,       /**< retransmit the segment at SND.UNA; the timer goes on */
	RECOVERY_RETRANSMIT_TIMER, /**< the same, and restart the retransmission timer */
	RECOVERY_TIMER,            /**< restart the retransmission timer */
};

/** Where the connection stands, for all three calls. */
struct recovery_view {
	uint64_t now_us;
	uint32_t snd_una; /**< after this ACK */
	uint32_t snd_nxt;
	uint32_t flight; /**< bytes outstanding before this ACK */
	uint32_t smss;
	uint32_t acked;           /**< bytes newly acknowledged; 0 for a duplicate */
	bool marked;              /**< the ACK tells of a mark: nothing grows */
	uint32_t srtt_us, rtt_us; /**< estimate, and the sample that this ACK gave; 0: none */
};

/** Nothing is lost: so it is in one that is all zero. */
void recovery_init(struct recovery *recovery);

/** A duplicate ACK as RFC 5681 section 2 defines it. */
enum recovery_action recovery_duplicate(struct recovery *recovery, const struct cc_control *control,
					const struct recovery_view *view);

/** SND.UNA moved. Grows or deflates the window. */
enum recovery_action recovery_advanced(struct recovery *recovery, const struct cc_control *control,
				       const struct recovery_view *view);

/** The retransmission timer expired (RFC 6582 section 3.2 step 4). */
void recovery_timed_out(struct recovery *recovery, const struct cc_control *control,
			const struct recovery_view *view);

/** Bytes beyond cwnd that the first two duplicates allow (RFC 3042). */
uint32_t recovery_limited_transmit(const struct recovery *recovery, uint32_t smss);

#endif
