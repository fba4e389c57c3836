/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flight.h: what a connection carries only while bytes are outstanding, unread or out of order.
 *
 * Owns the queues. Taken from a pool of its own when first needed and handed back lazily: an idle
 * flight stands in a line and goes back when its time is up, or oldest first when the pool is dry.
 * What must survive that is in struct tcp_conn.
 */
#ifndef TCP_FLIGHT_H
#define TCP_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/timer_node.h"
#include "tcp/cc.h"
#include "tcp/loss.h"
#include "tcp/mbufq.h"
#include "tcp/pace.h"
#include "tcp/reasm.h"
#include "tcp/receive_tuning.h"
#include "tcp/recovery.h"
#include "tcp/sack_blocks.h"
#include "tcp/sendq.h"

struct tcp;
struct tcp_conn;

/** What flight.timer_deadline means: one timer at a time looks after what is outstanding. */
enum flight_timer {
	FLIGHT_TIMER_NONE,
	FLIGHT_TIMER_RETRANSMIT, /**< RFC 6298 */
	FLIGHT_TIMER_PERSIST,    /**< RFC 9293 3.8.6.1; also the override of silly windows */
	FLIGHT_TIMER_LOSS_PROBE, /**< RFC 8985 7.2: TLP */
	FLIGHT_TIMER_REORDERING, /**< RFC 8985 6.3 */
	/** One segment left after a rest: the loss probe or the retransmission, not worked out yet
	 *  (timers_settle()). */
	FLIGHT_TIMER_FIRST,
};

/** Whether a flight stood in the line of idle ones, and for how long the last time. */
enum flight_rest {
	FLIGHT_FRESH, /**< never */
	FLIGHT_RESTED,
	FLIGHT_BRISK, /**< for less than FLIGHT_BRISK_US: its connection is likely to go on soon */
};

struct tcp_flight {
	struct recovery recovery; /**< without SACK */
	uint32_t rtt_seq;         /**< its ACK covers this number */
	uint32_t resend;          /**< with CONN_RESENDING: the next number to send again */
	uint32_t snd_up;          /**< with CONN_URGENT_OUT: behind the last urgent byte */
	uint32_t rcv_up;          /**< with CONN_URGENT_IN: behind the last urgent byte */
	uint32_t cwr_seq; /**< of the segment that told the peer of the last cut (RFC 3168) */
	uint64_t rtt_sent_us;
	/* From its round_end on, to blocks.count: what a segment asks for on which nothing is
	 * unusual, in six lines of the cache. */
	struct cc_epoch epoch;
	uint32_t owner;         /**< index of the connection */
	struct timer_node idle; /**< place in the line of idle flights */
	bool stands_idle;       /**< it stands there */
	uint8_t rested;         /**< enum flight_rest: it stood there before */
	bool tell_trouble;      /**< trouble() is due */
	bool cwr_sent;          /**< cwr_seq is meant, and not yet acknowledged */
	uint16_t soft_error;    /**< ICMP type and code of the last error since progress, 0: none */
	bool rtt_runs;          /**< one segment is being timed (Karn) */
	bool knows_ts_offset;   /**< ts_offset is meant */
	/** In one word: nothing is sent or looked after for the time being if all are 0. An ACK of
	 *  everything leaves none but the first two. */
	union {
		struct {
			uint16_t path_probe; /**< bytes of text of the probe of a larger size */
			uint16_t too_big; /**< MSS that ICMP asks for, if too_big_seq times out */
			uint8_t timer;    /**< enum flight_timer: which of them runs */
			uint8_t probes;   /**< doublings of the persist timer */
			uint8_t retransmits; /**< of what is outstanding, since the last progress */
			bool paced;          /**< pace_deadline is meant: more may leave then */
		};
		uint64_t stirs;
	};
	uint32_t timer_deadline; /**< tick; with FLIGHT_TIMER_FIRST: when it left, low bits, us */
	uint32_t stalled_since;  /**< tick from which R2 counts */
	uint32_t heard_tick;     /**< when the peer last sent anything acceptable */
	uint32_t held_tick; /**< with something queued: since then the peer holds it (hold.h) */
	uint32_t ts_offset; /**< of our timestamps: a hash of the tuple (options.h) */
	/** What an empty receive buffer lets us offer, bytes; 0: not known (ack_policy.h). */
	uint32_t whole_window;
	struct pace pace;
	struct sendq send;
	struct mbufq receive; /**< in order, not yet read by the service */
	struct loss loss;     /**< with SACK */
	struct reasm reasm;
	struct receive_tuning tuning;
	struct sack_blocks blocks; /**< of our ACKs; meant with CONN_SACK */
	uint32_t too_big_seq;
	uint32_t pace_deadline; /**< tick */
};

_Static_assert(sizeof(((struct tcp_flight *)0)->stirs) ==
		       offsetof(struct tcp_flight, paced) + 1 - offsetof(struct tcp_flight, stirs),
	       "one word says whether it stirs");
_Static_assert(sizeof(struct tcp_flight) <= 512, "a flight is at most 512 bytes");

#define FLIGHT_USUAL_FIRST \
	(offsetof(struct tcp_flight, epoch) + offsetof(struct cc_epoch, round_end))
#define FLIGHT_USUAL_END \
	(offsetof(struct tcp_flight, blocks) + offsetof(struct sack_blocks, recent))

_Static_assert(FLIGHT_USUAL_FIRST % RTE_CACHE_LINE_SIZE == 0 &&
		       FLIGHT_USUAL_END - FLIGHT_USUAL_FIRST <= 6 * RTE_CACHE_LINE_SIZE,
	       "six lines hold what a usual segment asks for");

/** flight_attach() (tcp.h) where there is none yet, or it stands idle. */
struct tcp_flight *flight_fetch(struct tcp *tcp, struct tcp_conn *conn);

/** False when flight_attach() would find none for a connection without. */
bool flight_available(const struct tcp *tcp);

/** Frees the queues and gives the record back. Fine without a flight. */
void flight_detach(struct tcp *tcp, struct tcp_conn *conn);

/** Lets what a usual segment asks for come into the cache. */
static inline void flight_prefetch(const struct tcp_flight *flight)
{
	const uint8_t *line = (const uint8_t *)flight;

	for (size_t at = FLIGHT_USUAL_FIRST; at < FLIGHT_USUAL_END; at += RTE_CACHE_LINE_SIZE)
		__builtin_prefetch(line + at);
}

/** Hands back idle flights whose time is up; bounded. Returns how many. */
unsigned int flight_expire(struct tcp *tcp);

#endif
