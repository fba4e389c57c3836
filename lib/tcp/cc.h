/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cc.h: congestion control as a const table of functions over its own few bytes.
 *
 * Knows no connection, no clock, no I/O: what it needs are arguments. Bytes throughout.
 */
#ifndef TCP_CC_H
#define TCP_CC_H

#include <stdint.h>

struct cc {
	uint32_t cwnd;
	uint32_t ssthresh;
};

/** What only a connection in flight carries. */
struct cc_epoch {
	uint32_t avoid_bytes; /**< acknowledged since cwnd last grew in congestion avoidance */
};

struct cc_ops {
	const char *name;
	/** New data was acknowledged outside of recovery. */
	void (*acked)(struct cc *cc, struct cc_epoch *epoch, uint32_t bytes, uint32_t smss);
	/** Loss was detected with flight bytes outstanding: sets ssthresh (RFC 5681 equation 4). */
	void (*lost)(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss);
	/** The retransmission timer expired: cwnd is one segment. first: not a repeated time-out.
	 */
	void (*timed_out)(struct cc *cc, struct cc_epoch *epoch, uint32_t flight, uint32_t smss);
};

extern const struct cc_ops cc_newreno;

/** The window before anything was sent: RFC 6928, or one segment. */
uint32_t cc_initial_window(uint32_t smss);

/** RFC 5681 4.1: after an RTO without sending, cwnd falls back to the initial window. */
void cc_restart_idle(struct cc *cc, uint32_t smss);

#endif
