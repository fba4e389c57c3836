/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cc.h: congestion control as a const table of functions over its own few bytes.
 *
 * Owns the congestion window and how it moves. Knows no connection, no clock, no I/O: what it needs
 * are arguments. Bytes throughout. An algorithm is a file of its own (cc_newreno.c, cc_cubic.c).
 */
#ifndef TCP_CC_H
#define TCP_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

/** ssthresh before the path has told anything: as high as it can be (RFC 5681 3.1). */
#define CC_SSTHRESH_NONE (UINT32_MAX / 2)

/** What survives the loss of the flight. */
struct cc {
	uint32_t cwnd;
	uint32_t ssthresh;
};

/** What stood before the last reduction, in case it was for nothing. */
struct cc_saved {
	uint32_t cwnd;
	uint32_t ssthresh;
};

/**
 * What only a connection in flight carries. All zero is a legal beginning at any time: an epoch
 * that is lost with its flight only makes what follows more careful.
 */
struct cc_epoch {
	uint32_t credit; /**< bytes acknowledged for which cwnd did not grow yet */
	bool has_saved;  /**< saved is meant */
	struct cc_saved saved;
};

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

/** The algorithm that the options name. */
const struct cc_ops *cc_named(enum la_congestion congestion);

/** The window before anything was sent: RFC 6928. */
uint32_t cc_initial_window(uint32_t smss);

/* -- for the algorithms -- */

/** RFC 5681 4.1: cwnd falls back to the initial window. */
void cc_restart(struct cc *cc, uint32_t smss);

/** Remembers what stands, before a reduction that may turn out to be for nothing. */
void cc_save(const struct cc *cc, struct cc_epoch *epoch);

/** A part of flight, numerator/10 of it, but at least floor. */
uint32_t cc_tenths(uint32_t flight, uint32_t numerator, uint32_t floor);

#endif
