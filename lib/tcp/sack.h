/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sack.h: the sender's scoreboard: what became of each byte that is outstanding (RFC 2018, 2883,
 * 6675).
 *
 * A board covers [una, nxt) without a gap by *runs*: neighbouring bytes that were sent at the same
 * time and share a fate. Neighbours that are alike are joined, so that a breath which sends 32
 * segments makes one run. Runs hang together in the order of sequence numbers; those that may still
 * be under way (neither SACKed nor presumed lost) also in the order in which they were sent, which
 * is what RACK looks at (RFC 8985 6.2 step 5).
 *
 * Mostly there would be one run alone, opened by what is sent and closed by its ACK: a *plain*
 * board does without, and makes it when something is to be said of a part.
 *
 * A byte is in one of five states, of which pipe (RFC 6675 section 4) counts
 *
 *     outstanding            sent once, nothing known              1
 *     outstanding, resent    a probe repeated it                   2
 *     lost                   presumed lost, not sent again         0
 *     lost, resent           presumed lost, then sent again        1
 *     SACKed                 the peer has it beyond a gap          0
 *
 * Owns the runs, which come from a pool of the worker. A board may always hold SACK_RUNS_RESERVED;
 * above that it gets one while it holds fewer than are left for everybody, up to runs_max.
 * Nothing fails without one: what a SACK says is then forgotten as far as it would need one, and
 * our own doings are written down more coarsely: the two neighbours that differ least become one,
 * of the later time, and outstanding if they disagreed. Above SACK_RUNS_FINE runs a board is
 * coarser from the start: what is sent within 1/SACK_GRAIN_SHARE of the age of the oldest run
 * counts as sent with the newest.
 *
 * Work (CVE-2019-11477 to 11479, "SegmentSmack"): an ACK costs at most SACK_STEPS_MAX steps of
 * search for all its blocks together, which start at the place of the last block, the head or the
 * tail, whichever is nearest; beyond, blocks are ignored. What is then changed is paid for by the
 * sending of it: an ACK makes at most two runs per block, and each run ends once.
 *
 * Knows no connection, no segment size, no timer, no clock. Times are microseconds.
 */
#ifndef TCP_SACK_H
#define TCP_SACK_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "wire/tcp_header.h"

#define SACK_NO_RTT UINT32_MAX

/** The runs of a worker. */
struct sack_pool {
	struct pool runs;
	uint32_t runs_max;    /**< of one board */
	uint32_t boards_left; /**< how many more may be opened */
	uint32_t
		promised; /**< runs that boards, open or not, hold less than is reserved for each */
};

/** Sequence numbers from seq to before end. */
struct sack_range {
	uint32_t seq, end;
};

struct sack {
	struct sack_pool *pool; /**< NULL: not open */
	uint32_t una, nxt;      /**< what the board covers: SND.UNA and SND.NXT */
	uint32_t head, tail;    /**< runs, by sequence number */
	union {
		/** With runs: those that may be under way, by time of last transmission. */
		struct {
			uint32_t oldest, newest;
		};
		uint64_t plain_us; /**< of a plain board: when all of it was sent */
	};
	uint32_t found;      /**< where the last block was found */
	uint32_t first_lost; /**< before this run none is lost and not sent again */
	uint32_t fack;       /**< behind the highest byte ever acknowledged or SACKed: RACK.fack */
	uint32_t sacked_bytes; /**< SACKed */
	uint32_t lost_bytes;   /**< presumed lost, sent again or not */
	uint32_t resent_bytes; /**< whose retransmission may be under way */
	uint16_t runs;         /**< how many it holds */
	uint16_t sacked_runs;  /**< how many of them are SACKed */
	uint8_t sack_news; /**< ACKs that SACKed something new while something is SACKed, saturating
			    */
};

_Static_assert(sizeof(struct sack) <= 72, "a board is part of a flight");

/** What an ACK says. */
struct sack_ack {
	uint32_t ack;    /**< SEG.ACK, from SND.UNA to SND.NXT */
	uint32_t window; /**< bytes: a block that lies further behind SEG.ACK is not believed */
	const struct tcp_sack_block *blocks; /**< as they came: nothing about them is trusted */
	unsigned int count;
	uint64_t now_us;
	/** A retransmission sent after this cannot be what this ACK speaks of; an earlier
	 *  transmission was (RFC 8985 6.2 step 2): rack_credible_us(). */
	uint64_t credible_us;
};

/** What an ACK brought. "Delivered" is what was newly acknowledged or SACKed. */
struct sack_delivery {
	uint32_t advanced; /**< SEG.ACK - SND.UNA */
	uint32_t acked;    /**< bytes of these that were not SACKed before */
	uint32_t sacked;   /**< bytes newly SACKed; acked + sacked is DeliveredData of RFC 9937 */
	uint32_t original; /**< delivered bytes that were sent once: what F-RTO asks (RFC 5682 3.1)
			    */
	uint32_t revived; /**< delivered bytes whose presumed loss was an error: the retransmission,
			   *   if there was one, left too late to be what arrived */
	bool reordered;   /**< something sent once arrived below fack (RFC 8985 6.2 step 3) */
	bool has_newest;  /**< the following three mean something: RFC 8985 6.2 step 2 */
	bool newest_resent;  /**< it was a retransmission */
	uint32_t newest_end; /**< Segment.end_seq of what was sent last of all that was delivered */
	uint64_t newest_us;  /**< Segment.xmit_ts of it */
	uint32_t rtt_us;     /**< for SRTT, or SACK_NO_RTT: below */
	uint32_t rtt_last_us; /**< for the minimum and for congestion control, or SACK_NO_RTT: that
			       * of the delivered bytes sent once that were sent last */
	bool dsack;           /**< the first block reports a duplicate (RFC 2883 section 4) */
	struct sack_range duplicate; /**< which; it may lie below SND.UNA */
};

/*
 * Of the round-trip times that an ACK of many segments could give, rtt_us is that of the oldest:
 * the delay of the peer's acknowledgement belongs into the RTO. It is taken from what SEG.ACK newly
 * covers; where nothing of that was sent once only, from what was newly SACKed. An ACK that covers
 * a retransmission gives none at all from SEG.ACK (Karn: RFC 6298 section 3).
 */

/** What may still be under way, for RACK. */
struct sack_piece {
	struct sack_range range;
	uint64_t sent_us; /**< Segment.xmit_ts: last transmission */
	bool resent;      /**< that was a retransmission */
};

/** Reserves runs for boards that may be open at the same time: SACK_RUNS_RESERVED for each of them
 *  and more for whoever needs them; runs_max is SACK_RUNS_MAX. 0 or -ENOMEM. */
int sack_pool_create(struct sack_pool *pool, uint32_t boards, uint32_t more, int numa_node);
void sack_pool_destroy(struct sack_pool *pool);

/** Nothing is outstanding; seq is what is sent next. Never fails for as many boards as the pool was
 *  created for. */
void sack_open(struct sack *board, struct sack_pool *pool, uint32_t seq);

/** Gives the runs back. A zeroed or closed board is fine. */
void sack_close(struct sack *board);

static inline bool sack_is_open(const struct sack *board)
{
	return board->pool != NULL;
}

/** All that is outstanding was sent once, at one time, and nobody has said anything of it. */
static inline bool sack_is_plain(const struct sack *board)
{
	return board->runs == 0 && board->una != board->nxt;
}

/** Lets the run that an ACK takes first come into the cache. */
void sack_prefetch(const struct sack *board);

/** The same as sack_sent() while something is outstanding. */
void sack_sent_more(struct sack *board, uint32_t end, uint64_t now_us);

/** New data (a FIN counts as a byte) from nxt to end was sent. now_us is not before any earlier. */
static inline void sack_sent(struct sack *board, uint32_t end, uint64_t now_us)
{
	if (board->una != board->nxt) {
		sack_sent_more(board, end, now_us);
		return;
	}
	board->plain_us = now_us;
	board->nxt = end;
}

/** What lies in range and is not SACKed was sent again; range lies within [una, nxt). */
void sack_resent(struct sack *board, struct sack_range range, uint64_t now_us);

/** Takes SEG.ACK and the blocks of an ACK. Fills *out, all of it. */
void sack_acknowledge(struct sack *board, const struct sack_ack *ack, struct sack_delivery *out);

/** The same where SEG.ACK is beyond SND.UNA and comes without blocks, and the board is plain.
 *  Returns the round-trip time, or SACK_NO_RTT: all that arrived was sent once, and together. */
static inline uint32_t sack_acknowledge_plain(struct sack *board, uint32_t ack, uint64_t now_us)
{
	uint64_t us = now_us - board->plain_us;

	assert(board->runs == 0 && now_us >= board->plain_us);
	board->una = ack;
	board->fack = ack;
	return us < SACK_NO_RTT ? (uint32_t)us : SACK_NO_RTT;
}

/**
 * NextSeg rule 1 of RFC 6675: the lowest range that is presumed lost and not sent again, limit
 * bytes of it at most. False when there is none. (Rules 3 and 4, which guess, are RACK's and
 * TLP's.)
 */
bool sack_next_lost(struct sack *board, uint32_t limit, struct sack_range *out);

/** What lies in range and is not SACKed is presumed lost, retransmissions included. Returns how
 * many bytes that were not before. */
uint32_t sack_lose(struct sack *board, struct sack_range range);

/** The same for everything. */
uint32_t sack_lose_all(struct sack *board);

/** Of what may be under way, the piece that was sent first. False when there is none. */
bool sack_oldest(const struct sack *board, struct sack_piece *out);

/** Presumes that piece lost. Returns how many bytes. There must be one. */
uint32_t sack_lose_oldest(struct sack *board);

/** The presumption was wrong (F-RTO, Eifel, D-SACK): what is lost and not sent again is outstanding
 *  again, since the time it was sent. Returns how many bytes. */
uint32_t sack_restore(struct sack *board);

/**
 * True when the first byte outstanding is SACKed: the peer has it and does not acknowledge it, so
 * it has thrown it away, or will have said so with its next ACK.
 */
bool sack_is_reneged(const struct sack *board);

/** RFC 2018 section 8: nothing is SACKed any more; what was is presumed lost. Returns how many
 * bytes. To be called when the retransmission timer expires and sack_is_reneged(). */
uint32_t sack_forget(struct sack *board);

/** RFC 6675 section 4: bytes that are thought to be in the network. */
static inline uint32_t sack_pipe(const struct sack *board)
{
	return board->nxt - board->una - board->sacked_bytes - board->lost_bytes +
	       board->resent_bytes;
}

/** When the first byte outstanding was sent last (RFC 7765 section 4). Something must be. */
uint64_t sack_first_sent_us(const struct sack *board);

/** How many segments are SACKed, at least: SACKed bytes by segment size, SACKed ranges, or ACKs
 * that brought news, whichever is most (RFC 6675 DupThresh, RFC 8985 RACK.segs_sacked). */
uint32_t sack_segments(const struct sack *board, uint32_t smss);

/** Walks everything and asserts what must hold: sums, orders, that neighbours differ, promises.
 *  For tests. */
void sack_check(const struct sack *board);

#endif
