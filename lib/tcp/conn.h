/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn.h: struct tcp_conn, what a connection is between two segments, and nothing more: 128 bytes.
 *
 * Owns no memory: the pool of the worker does. The names are those of RFC 9293 section 3.3.1. What
 * only a connection with bytes outstanding, unread or out of order needs is in flight.h.
 *
 * SND.WL2 is not kept: an acceptable ACK is never older than SND.UNA, so the test of RFC 9293
 * 3.10.7.4 on WL2 is always true where WL1 equals SEG.SEQ. SND.UP and RCV.UP are in the flight.
 */
#ifndef TCP_CONN_H
#define TCP_CONN_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/timer_node.h"
#include "config/limits.h"
#include "lastack.h"
#include "tcp/cc.h"
#include "tcp/challenge.h"
#include "tcp/rtt.h"

#define CONN_NONE UINT32_MAX

/** The 4-tuple as records hold it, at offset 0 of each of the three kinds. */
struct tcp_tuple {
	struct la_addr remote;
	uint16_t remote_port;
	uint16_t local_port;
	uint16_t local_index; /**< of our address in the stack's table */
};

_Static_assert(sizeof(struct tcp_tuple) == 22, "three kinds of record begin with it");

enum conn_flag {
	CONN_PASSIVE = 1U << 0,     /**< came from a listener (RFC 9293 MUST-11) */
	CONN_TABLED = 1U << 1,      /**< its 4-tuple stands in the table */
	CONN_DUE = 1U << 2,         /**< stands in the list of those that owe something */
	CONN_TIMED = 1U << 3,       /**< armed in the wheel */
	CONN_ACK_NOW = 1U << 4,     /**< an ACK leaves at the end of this breath */
	CONN_ACK_DELAYED = 1U << 5, /**< an ACK leaves at ack_deadline at the latest */
	CONN_END_ASKED = 1U << 6, /**< the service ended our direction: FIN after what is queued */
	CONN_FIN_SENT = 1U << 7,  /**< SND.NXT is behind our FIN */
	CONN_FIN_RECEIVED = 1U << 8,  /**< RCV.NXT is behind the peer's FIN */
	CONN_READER_GONE = 1U << 9,   /**< la_close(): what arrives is answered by RST */
	CONN_NO_DELAY = 1U << 10,     /**< Nagle is off */
	CONN_ROOM_ASKED = 1U << 11,   /**< la_send_ask() */
	CONN_RESET_DUE = 1U << 12,    /**< an RST leaves at the end of this breath */
	CONN_RESEND_HEAD = 1U << 13,  /**< retransmit the segment at SND.UNA once */
	CONN_RESENDING = 1U << 14,    /**< everything from flight.resend on is presumed lost */
	CONN_PROBE_DUE = 1U << 15,    /**< one byte into a closed window, or a held back segment */
	CONN_SYN_REPEATED = 1U << 16, /**< our SYN or SYN-ACK was retransmitted (RFC 6298 5.7) */
	CONN_URGENT_OUT = 1U << 17,   /**< flight.snd_up is meant */
	CONN_URGENT_IN = 1U << 18,    /**< flight.rcv_up is meant */
	CONN_TELL_OPENED = 1U << 19,
	CONN_TELL_DATA = 1U << 20,
	CONN_TELL_URGENT = 1U << 21,
	CONN_TOLD_END = 1U << 22, /**< peer_closed() was called */
	CONN_ENDED = 1U << 23,    /**< over; closed() is due when all is read */
	CONN_DEAD = 1U << 24, /**< closed() was called: the record goes at the end of the breath */
	CONN_KNOWN =
		1U << 25, /**< the service has the handle: opened() was called, or la_connect() */
	CONN_ABORTIVE =
		1U << 26, /**< ended by something else than two FINs: unread bytes are gone */
	CONN_SYN_LOST_TWICE = 1U << 27, /**< two or more retransmissions of SYN: initial window 1 */
	CONN_USER_TIMEOUT_DUE = 1U << 28, /**< the next segment tells it (RFC 5482) */
	CONN_ROUTE_SUSPECT = 1U << 29,    /**< R1 was reached (RFC 9293 3.8.3) */
	CONN_LINGERS = 1U << 30, /**< FIN-WAIT-2 that nobody reads any more: ends at ack_deadline */
	CONN_DUE_AGAIN = 1U << 31, /**< marked due after the service was told in this breath */
};

/** What was negotiated and what is owed of it; enum conn_flag is full. */
enum conn_feature {
	CONN_WINDOW_SCALE = 1U << 0, /**< RFC 7323: both SYNs carried the option */
	CONN_TIMESTAMPS = 1U << 1,   /**< RFC 7323: both SYNs carried the option */
	CONN_SACK = 1U << 2,         /**< RFC 2018: both SYNs permitted it */
	CONN_ECN = 1U << 3,          /**< RFC 3168: CE is echoed */
	CONN_ECN_ECHO = 1U << 4,     /**< CE was seen: ACKs carry ECE until CWR comes */
	CONN_ECN_CUT = 1U << 5,      /**< the window was cut: the next new text carries CWR */
	CONN_FAST_OPEN = 1U << 6,    /**< RFC 7413: our SYN carries the option; of a passive one,
				      * until its SYN-ACK is acknowledged: by a good cookie */
	CONN_OF_COOKIE = 1U << 7,    /**< made from a SYN cookie, which may come again */
	CONN_ECT = 1U << 8,          /**< RFC 3168: our new text is ECN-capable */
	CONN_PATH_PROVEN = 1U << 9,  /**< full segments of this size arrived (RFC 5927 7.2) */
	CONN_IN_LINE = 3U << 10, /**< with CONN_TIMED: in the wheel (0), or in which long line */
};

#define CONN_MSS_MOST 16383U /**< in 14 bits */

struct tcp_conn {
	/* first cache line: every segment of an established connection reads it */
	struct tcp_tuple tuple;
	uint8_t state;        /**< enum la_state; written by tcp_conn_enter() alone */
	uint8_t ack_segments; /**< segments with text since our last ACK */
	uint32_t snd_una;
	uint32_t snd_nxt;
	uint32_t snd_wnd;
	uint32_t snd_wl1;
	uint32_t rcv_nxt;
	uint32_t rcv_adv; /**< right edge of the window advertised: never retreats */
	uint32_t flight;  /**< index of the flight record, or CONN_NONE */
	uint32_t flags;   /**< enum conn_flag */
	struct cc cc;     /**< cwnd, ssthresh */
	/* second cache line */
	struct timer_node timer; /**< the earliest of its timers */
	uint32_t due_next;       /**< link of the list of those that owe something */
	struct rtt rtt;          /**< SRTT, RTTVAR */
	uint32_t last_send_tick; /**< of text (RFC 5681 4.1); of a bare SYN */
	uint32_t last_recv_tick; /**< of the peer's text, or of its ACK of ours */
	uint32_t ts_recent; /**< TS.Recent, with CONN_TIMESTAMPS; us at which a bare SYN left */
	/** Tick: with CONN_ACK_DELAYED or CONN_LINGERS theirs; else, with keepalive_probes, when
	 *  the next probe is due; of a bare SYN, when it goes again. */
	uint32_t ack_deadline;
	/** In one word, so that a short cut asks by one mask for all that it does not bear. */
	union {
		struct {
			uint16_t features : 12;    /**< enum conn_feature */
			uint16_t path_ceiling : 4; /**< class of its size before it was reduced
						    * (path.h), or 0 */
			/** Owed: one for each segment beyond a gap (RFC 5681 4.2), or
			 *  DUPLICATE_ACKS_MAX. */
			uint16_t duplicate_acks : 6;
			uint16_t backoff : 5;          /**< doublings of the RTO (Karn) */
			uint16_t keepalive_probes : 4; /**< unanswered ones, or KEEPALIVE_HEARD */
			uint16_t reordering_seen : 1;  /**< this path reorders (RFC 8985 6.2 step
							* 3) */
		};
		uint32_t circumstances;
	};
	uint32_t mss : 14;            /**< effective send MSS */
	uint32_t reorder_persist : 5; /**< recoveries for which reorder_steps is kept */
	uint32_t : 1;
	uint32_t profile : 12;   /**< index of service and options */
	uint16_t snd_max_scaled; /**< largest SND.WND seen; read with conn_snd_max_wnd() */
	struct challenge challenge;
	uint8_t ts_recent_age;     /**< when TS.Recent was taken, in units of 2^36 us (19 hours) */
	uint8_t path_epoch : 4;    /**< with path_ceiling: when a larger size is tried again */
	uint8_t reorder_steps : 4; /**< RACK.reo_wnd_mult less one (RFC 8985 6.2) */
	uint8_t snd_shift : 4;     /**< Snd.Wind.Shift: of windows we receive (RFC 7323 2.3) */
	uint8_t rcv_shift : 4;     /**< Rcv.Wind.Shift: of windows we send */
	uint8_t reason : 4;        /**< enum la_reason; meant with CONN_ENDED */
	uint8_t rcv_doublings : 4; /**< of the receive buffer, by auto-tuning */
	uint64_t context;          /**< the service's word */
};

_Static_assert(MTU_MAX <= CONN_MSS_MOST, "a segment of the largest packet has a size");
_Static_assert(DUPLICATE_ACKS_MAX < 1U << 6, "duplicate_acks has 6 bits");
_Static_assert(sizeof(struct tcp_conn) == 128, "an idle connection costs two cache lines");
_Static_assert(offsetof(struct tcp_conn, timer) == 64, "the first line is the receive path's");
_Static_assert(offsetof(struct tcp_conn, state) == 22, "the tuple is packed");
_Static_assert(offsetof(struct tcp_conn, snd_max_scaled) ==
		       offsetof(struct tcp_conn, circumstances) + 2 * sizeof(uint32_t),
	       "circumstances are one word, and what stands behind them is another");

/** RCV.WND: what the peer was told it may still send. */
static inline uint32_t conn_rcv_wnd(const struct tcp_conn *conn)
{
	return conn->rcv_adv - conn->rcv_nxt;
}

/**
 * True while our SYN is bare: it is under way for the first time, nothing else is known of the
 * connection, and no flight is needed to say so. Fields that mean nothing yet hold when it left.
 */
static inline bool conn_syn_is_bare(const struct tcp_conn *conn)
{
	return conn->state == LA_SYN_SENT && conn->flight == CONN_NONE &&
	       conn->snd_nxt != conn->snd_una;
}

/** True from ESTABLISHED on, as RFC 9293 calls it: both ends know both ISNs. */
static inline bool conn_is_synchronized(const struct tcp_conn *conn)
{
	return conn->state >= LA_ESTABLISHED;
}

/** SND.WND of a segment was this, in the peer's unit: the largest is remembered. */
static inline void conn_note_snd_scaled(struct tcp_conn *conn, uint32_t scaled)
{
	assert(scaled <= UINT16_MAX);
	if (scaled > conn->snd_max_scaled)
		conn->snd_max_scaled = (uint16_t)scaled;
}

/** The same, in bytes, which are rounded up. */
static inline void conn_note_snd_wnd(struct tcp_conn *conn, uint32_t wnd)
{
	conn_note_snd_scaled(conn, (wnd + (1U << conn->snd_shift) - 1) >> conn->snd_shift);
}

/** SND.WND from now on, bytes, and SND.WL1: the number of the segment that brought it. */
static inline void conn_take_snd_wnd(struct tcp_conn *conn, uint32_t wnd, uint32_t wl1)
{
	conn->snd_wnd = wnd;
	conn->snd_wl1 = wl1;
	conn_note_snd_wnd(conn, wnd);
}

/** MAX.SND.WND, bytes (RFC 9293 3.8.6.2.1, RFC 5961 5.2). */
static inline uint32_t conn_snd_max_wnd(const struct tcp_conn *conn)
{
	return (uint32_t)conn->snd_max_scaled << conn->snd_shift;
}

static inline bool conn_may(const struct tcp_conn *conn, uint32_t features)
{
	return (conn->features & features) != 0;
}

/** True if one of those that are not 0 in mask is not 0 in the connection: flags, and
 *  circumstances. */
static inline bool conn_is_odd(const struct tcp_conn *conn, const struct tcp_conn *mask)
{
	return (conn->flags & mask->flags) != 0 || (conn->circumstances & mask->circumstances) != 0;
}

static inline bool conn_has(const struct tcp_conn *conn, uint32_t flags)
{
	return (conn->flags & flags) != 0;
}

/** Text came in this breath, and when its ACK leaves is left to output, whose answer may bear it.
 */
static inline bool conn_has_news(const struct tcp_conn *conn)
{
	return conn->ack_segments > 0 && !conn_has(conn, CONN_ACK_NOW | CONN_ACK_DELAYED);
}

/** RFC 7413: in SYN-RECEIVED by a valid cookie; text goes both ways before the handshake is over.
 */
static inline bool conn_is_fast_open(const struct tcp_conn *conn)
{
	return conn->state == LA_SYN_RECEIVED && conn_may(conn, CONN_FAST_OPEN) &&
	       (conn->flags & CONN_PASSIVE) != 0;
}

#endif
