/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cc.h: congestion control as a const table of functions over its own few bytes.
 *
 * Owns the congestion window and how it moves. Knows no connection, no clock, no I/O: what it needs
 * are arguments. Bytes throughout. An algorithm is a file of its own (cc_newreno.c, cc_cubic.c).
 */
#ifndef TCP_CC_H
#define TCP_CC_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "config/tcp_constants.h"
#include "lastack.h"
#include "tcp/hystart.h"

/** ssthresh before the path has told anything: as high as it can be (RFC 5681 3.1). */
#define CC_SSTHRESH_NONE (UINT32_MAX / 2)

/** What survives the loss of the flight. */
struct cc {
	uint32_t cwnd;
	uint32_t ssthresh;
};

/** The curve of RFC 9438 on which cwnd grows, from one reduction to the next. */
struct cubic {
	uint32_t w_max;        /**< where the window was reduced; 0: not known */
	int32_t to_plateau_ms; /**< K - t: until W_max is reached again, negative behind it */
	uint32_t w_est;        /**< what Reno's window would be */
	uint32_t prior_cwnd;   /**< window when ssthresh was set last */
};

/** What stood before the last reduction, in case it was for nothing. */
struct cc_saved {
	struct cc cc;
	struct cubic cubic;
};

/**
 * What only a connection in flight carries. All zero is a legal beginning at any time: an epoch
 * that is lost with its flight only makes what follows more careful.
 */
struct cc_epoch {
	struct cc_saved saved; /**< of the last reduction; meant with has_saved */
	uint32_t round_end;    /**< SND.NXT when this round trip began */
	uint32_t peak;         /**< most that was outstanding in this round trip */
	uint32_t credit;       /**< bytes acknowledged for which cwnd did not grow yet */
	bool begun : 1;        /**< these three are meant */
	bool at_rest : 1;      /**< begun, and the next ACK begins a round trip: nothing was
				* outstanding */
	bool has_saved : 1;    /**< saved is meant */
	bool on_curve : 1;     /**< cubic.to_plateau_ms, .w_est and .last_ms are meant */
	bool by_hystart : 1;   /**< the first slow start is HyStart++'s */
	uint8_t used_minutes;  /**< low bits of the time at which cwnd was last made use of */
	union {
		struct hystart hystart; /**< until ssthresh is set */
		struct {
			struct cubic cubic;
			uint32_t reno_credit; /**< bytes for which w_est did not grow yet */
			uint32_t last_ms;     /**< time of the last ACK */
		};
	};
};

_Static_assert(sizeof(struct cc_epoch) <= 64, "a cache line of the flight");

/** New data was acknowledged. */
struct cc_ack {
	uint64_t now_us;
	uint32_t bytes;   /**< newly acknowledged */
	uint32_t flight;  /**< outstanding before this ACK */
	uint32_t snd_una; /**< after this ACK */
	uint32_t snd_nxt;
	uint32_t smss;
	uint32_t srtt_us; /**< 0: not known yet */
	uint32_t rtt_us;  /**< sample that this ACK gave; 0: none */
	bool after_loss;  /**< much of it had only waited at the receiver (RFC 3465 2.3) */
	bool marked;      /**< it tells of a mark: nothing grows (RFC 3168 6.1.2) */
	bool paced;       /**< bursts are spread in time */
};

/** Sending goes on after a time in which nothing was outstanding. */
struct cc_pause {
	uint64_t now_us;
	uint64_t idle_us; /**< since the last text was sent */
	uint32_t rto_us;
	uint32_t smss;
};

struct cc_ops {
	const char *name;
	/** New data was acknowledged outside of recovery. */
	void (*acked)(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack);
	/** Loss was found with flight bytes outstanding: cwnd is the new ssthresh. */
	void (*lost)(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss);
	/** The retransmission timer expired for the first time: cwnd is one segment. */
	void (*timed_out)(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss);
	/** The path marked instead of dropping (RFC 3168, RFC 8511). Once for a round trip. */
	void (*marked)(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss);
	/** The last loss or time-out was none: what stood before it stands again. */
	void (*undo)(struct cc *cc, struct cc_epoch *epoch);
	/** Sending goes on (RFC 5681 4.1). */
	void (*resumed)(struct cc *cc, struct cc_epoch *epoch, const struct cc_pause *pause);
};

/** An algorithm and what it works on, as organs above it are handed them. */
struct cc_control {
	const struct cc_ops *ops;
	struct cc *cc;
	struct cc_epoch *epoch;
};

extern const struct cc_ops cc_newreno;
extern const struct cc_ops cc_cubic;
extern const struct cc_ops *const cc_table[LA_CONGESTIONS];

/** The algorithm that the options name. */
static inline const struct cc_ops *cc_named(enum la_congestion congestion)
{
	assert(congestion < LA_CONGESTIONS);
	return cc_table[congestion];
}

/** The window before anything was sent: RFC 6928. */
static inline uint32_t cc_initial_window(uint32_t smss)
{
	uint32_t ten = TCP_INITIAL_WINDOW_SEGMENTS * smss;
	uint32_t cap = TCP_INITIAL_WINDOW_BYTES > 2 * smss ? TCP_INITIAL_WINDOW_BYTES : 2 * smss;

	assert(smss > 0);
	return ten < cap ? ten : cap;
}

/** cwnd is beyond cc_initial_window(): said by comparisons, where the minimum of a maximum would be
 *  computed first. */
static inline bool cc_exceeds_initial(const struct cc *cc, uint32_t smss)
{
	return cc->cwnd > TCP_INITIAL_WINDOW_SEGMENTS * smss ||
	       (cc->cwnd > TCP_INITIAL_WINDOW_BYTES && cc->cwnd > 2 * smss);
}

/** False where resumed() would change nothing, whatever the algorithm: to the first slow start a
 *  pause no longer than the RTO is none. */
static inline bool cc_notes_pause(const struct cc *cc, uint64_t idle_us, uint32_t rto_us)
{
	return idle_us > rto_us || cc->ssthresh != CC_SSTHRESH_NONE;
}

/* -- for the algorithms -- */

/** The time in minutes, low bits. */
static inline uint8_t cc_minutes(uint64_t now_us)
{
	return (uint8_t)(now_us / 60000000U);
}

/** At least half of cwnd was made use of in this round trip: it is validated (RFC 7661 4.3). */
static inline bool cc_is_used(const struct cc *cc, const struct cc_epoch *epoch)
{
	return epoch->peak >= cc->cwnd / 2;
}

/** This ACK may make cwnd grow. */
static inline bool cc_may_grow(const struct cc *cc, const struct cc_epoch *epoch,
			       const struct cc_ack *ack)
{
	return !ack->marked && cc_is_used(cc, epoch);
}

/** For cc_note_ack(), of a window beyond the initial one that is not made use of: RFC 7661 4.4.3,
 * the non-validated phase lasts for so long, then half of it is enough. */
void cc_shrink_unused(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack);

/**
 * Keeps count of round trips and of how much of cwnd is used; a window that was not used for long
 * shrinks (RFC 7661 4.4.3). Returns true when this ACK ends a round trip.
 */
static inline bool cc_note_ack(struct cc *cc, struct cc_epoch *epoch, const struct cc_ack *ack)
{
	bool begins = !epoch->begun || epoch->at_rest;
	bool ends_round = !begins && seq_geq(ack->snd_una, epoch->round_end);

	assert(ack->smss > 0);
	if (!epoch->begun)
		epoch->used_minutes = cc_minutes(ack->now_us);
	epoch->begun = true;
	if (begins || ends_round) {
		/* A round trip of nothing would have no ACKs of its own. */
		epoch->at_rest = ack->snd_una == ack->snd_nxt;
		epoch->round_end = ack->snd_nxt;
		epoch->peak = ack->flight;
	} else if (ack->flight > epoch->peak) {
		epoch->peak = ack->flight;
	}
	if (cc_is_used(cc, epoch))
		epoch->used_minutes = cc_minutes(ack->now_us);
	else if (cc_exceeds_initial(cc, ack->smss))
		cc_shrink_unused(cc, epoch, ack);
	return ends_round;
}

/**
 * An ACK of all that was outstanding, so many bytes, up to SND.NXT, after another of everything: no
 * round trip ends. In the first slow start, and where that is little beside cwnd, nothing grows or
 * shrinks: true, it is noted, and cc_note_rtt() is what is left of acked(). False: nothing has
 * changed.
 */
static inline bool cc_note_little(const struct cc *cc, struct cc_epoch *epoch, uint32_t bytes,
				  uint32_t snd_nxt, uint32_t smss)
{
	if (!epoch->at_rest || cc->ssthresh != CC_SSTHRESH_NONE || bytes >= cc->cwnd / 2 ||
	    cc_exceeds_initial(cc, smss))
		return false;
	epoch->round_end = snd_nxt;
	epoch->peak = bytes;
	return true;
}

/** After cc_note_little(): the sample that this ACK gave; 0: none. */
static inline void cc_note_rtt(struct cc_epoch *epoch, uint32_t rtt_us)
{
	if (likely(epoch->by_hystart))
		hystart_sample(&epoch->hystart, rtt_us);
}

/**
 * What a reduction starts from: outstanding now, or at most in this round trip (RFC 7661 4.4.1). No
 * more than cwnd: in one recovery after the other what the peer has SACKed is outstanding still.
 */
uint32_t cc_pipe(const struct cc *cc, const struct cc_epoch *epoch, uint32_t flight);

/** cwnd grows, within its bound. */
void cc_grow(struct cc *cc, uint32_t bytes);

/** gain bytes for each per bytes of credit: what is due now, and taken off the credit. */
uint32_t cc_spend(uint32_t *credit, uint64_t gain, uint64_t per);

/** RFC 5681 4.1: cwnd falls back to the initial window; ssthresh remembers it (RFC 7661 4.4.3). */
void cc_restart(struct cc *cc, uint32_t smss);

/** So many percent of bytes, but at least floor. */
uint32_t cc_percent(uint32_t bytes, uint32_t percent, uint32_t floor);

#endif
