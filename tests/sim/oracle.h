/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * oracle.h: the judges. Each watches one thing that must hold whatever the network did, and names
 * itself in the violation that it reports. The first violation ends the run.
 *
 * oracle.c judges what the stack tells its user; oracle_wire.c judges the segments, from frames
 * read by our own parser. Neither looks into the stack.
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lastack.h"
#include "swarm.h"

struct sim;
struct side;
struct wire_frame;
struct frame;
struct rte_mbuf;

struct violation {
	const char *oracle; /**< NULL: none */
	uint64_t at_us;     /**< virtual time since the start of the run */
	char text[480];
};

#define FLOWS_MAX 512U      /**< directions of 4-tuples seen in a run */
#define INCARNATIONS_MAX 4U /**< initial sequence numbers remembered per direction */
#define STAMPS_KEPT 64U     /**< different timestamps of a peer that are remembered */
#define EARLY_MAX 16U       /**< segments of one moment that may have overtaken a SYN */
#define GAPS_MAX 256U       /**< stretches beyond a gap, per incarnation */

/** What a SYN offered, or two agreed on. */
struct syn_options {
	bool scaled, stamped, sack, ecn;
};

/** What is known of congestion marks that came (RFC 3168 6.1.3). */
enum mark {
	MARK_NONE,    /**< there was none, or CWR answered it */
	MARK_SEEN,    /**< to be echoed */
	MARK_PERHAPS, /**< on a segment of which the stack need not take notice */
};

/** What of one sender's sequence space has arrived: offsets from its initial sequence number. */
struct incarnation {
	uint32_t isn;
	uint32_t arrived; /**< everything below this offset */
	uint32_t highest; /**< used instead once there were too many gaps to remember */
	bool blind;
	bool repeated; /**< something came twice */
	struct syn_options syn;
	unsigned int gap_count;
	struct {
		uint32_t from, to;
	} gaps[GAPS_MAX];
};

/** One life of an end: what its SYN, or its answer to one, said and made of what it heard. */
struct life {
	uint32_t iss;
	bool said_edge;
	uint32_t edge;     /**< right edge offered, absolute */
	int8_t said_shift; /**< window scale option; -1: none */
	/* options (oracle_options.c) */
	bool active;      /**< it sent a SYN without ACK */
	uint32_t syn_end; /**< offset behind the SYN and its text */
	bool said_no_ecn; /**< in some SYN */
	bool irs_known;
	uint32_t irs; /**< of the peer that it speaks with */
	struct syn_options said, agreed;
	bool agreed_known, stamp_said, echo_said;
	uint32_t tsval, tsecr; /**< said last */
};

/** What one end of a 4-tuple has said and heard. */
struct flow {
	uint8_t host, remote_host;
	uint16_t local_port, remote_port;
	struct side *side; /**< who sends here; NULL: not known yet */
	/* said */
	bool said_syn;
	struct life life;
	/** SYN-ACKs that are cookies may differ, and any of them may be the one that comes back. */
	struct life older[INCARNATIONS_MAX];
	unsigned int older_count, older_next;
	uint32_t said_end; /**< offset from iss after the last thing sent */
	/* heard */
	bool heard_syn;
	uint16_t heard_syn_window;
	uint16_t heard_mss;
	int8_t heard_shift;
	bool heard_edge;
	uint32_t allowed; /**< offset from iss of the right edge that was heard */
	/* options (oracle_options.c) */
	uint32_t tsval_count, tsvals[STAMPS_KEPT];
	enum mark mark;
	/* pace (oracle_pace.c) */
	uint32_t fresh;        /**< sequence space sent for the first time in this breath */
	uint32_t recover;      /**< offset up to which a repetition may still be under way */
	uint32_t sacked_to;    /**< offset up to which the peer reported something */
	bool heard_since;      /**< since the last thing sent that takes sequence space ... */
	uint32_t quiet_seq;    /**< ... which was here ... */
	uint64_t quiet_us;     /**< ... and then ... */
	uint64_t quiet_gap_us; /**< ... so long after it was sent before */
	unsigned int incarnation_count, incarnation_next;
	struct incarnation heard[INCARNATIONS_MAX];
	/** Text that came in this moment: a host with several queues may hand a SYN that came by
	 *  another of them to the worker before it. */
	uint64_t early_us;
	unsigned int early_count;
	struct {
		uint32_t seq, length;
	} early[EARLY_MAX];
};

/** State of an end as the ladder told it last. */
struct ladder_state {
	uint8_t host;
	uint16_t local_port, remote_port;
	uint32_t remote;
	uint8_t state;
	uint8_t worker;
};

struct oracle {
	struct violation violation;
	unsigned int flow_count;
	struct flow *flows; /**< FLOWS_MAX */
	unsigned int state_count;
	struct ladder_state states[FLOWS_MAX];
	uint64_t asked_us[HOSTS_MAX]; /**< when a host last asked for an address */
};

/** The state of the end that says what the flow has, as the ladder told it last. */
enum la_state oracle_state_of(const struct sim *sim, const struct flow *flow);

int oracle_create(struct sim *sim);
void oracle_destroy(struct sim *sim);

/** Records a violation, unless there is one already. */
void oracle_fail(struct sim *sim, const char *oracle, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline bool oracle_failed(const struct violation *violation)
{
	return violation->oracle != NULL;
}

/**
 * True if frames leave this host in the breath in which they are built, so that they tell of now:
 * no buffers lacking, no card that takes less than offered, no address being asked for.
 */
bool oracle_prompt(const struct sim *sim, unsigned int host);

/**
 * True if the peer is a rogue that may have misled a cookie: what it echoes as a timestamp is where
 * the options of its SYN are kept, so both ends may believe different ones, to its own harm.
 */
bool oracle_misled(const struct sim *sim, const struct flow *flow);

/* ---- the segments (oracle_wire.c) ---- */

/** frame, mss, window, ack, right_edge, wire_bytes: a frame that a host sends. */
void oracle_frame_sent(struct sim *sim, unsigned int host, const uint8_t *bytes, size_t size);
/** A frame that a host took from its card. */
void oracle_frame_delivered(struct sim *sim, unsigned int host, const struct wire_frame *frame);
/** chains: a buffer handed to the port is what the port said it takes. */
void oracle_mbuf_sent(struct sim *sim, unsigned int host, const struct rte_mbuf *mbuf);

/* ---- options and ECN (oracle_options.c) ---- */

/** options, stamps, sack, ecn: a segment that is no RST, before the flow takes note of it. */
void oracle_options_sent(struct sim *sim, struct flow *flow, const struct frame *frame);
/** A segment that arrived, before the flow takes note of it. */
void oracle_options_heard(const struct sim *sim, struct flow *flow, const struct frame *frame);
void oracle_options_heard_syn(struct incarnation *heard, const struct frame *frame);

/* ---- how much, and when (oracle_pace.c) ---- */

/** backoff: a segment that is no RST, before the flow takes note of it. */
void oracle_pace_sent(struct sim *sim, struct flow *flow, const struct frame *frame);
void oracle_pace_heard(struct flow *flow, const struct frame *frame);
void oracle_pace_begin(struct flow *flow);
/** cwnd, growth: after a breath. */
void oracle_pace_breath(struct sim *sim, unsigned int host, unsigned int worker);

/* ---- the user's view (oracle.c) ---- */

/** bytes: what was read is what the peer sent, at this very offset. */
void oracle_text(struct side *side, const void *bytes, size_t size);
/** opened_once. */
void oracle_opened(struct side *side);
/** end: peer_closed() comes once, after every byte. */
void oracle_peer_closed(struct side *side);
/** closed_once, reason, clean. */
void oracle_closed(struct side *side, enum la_reason reason);
/** urgent: the urgent mark is one that the peer set. */
void oracle_urgent(struct side *side);
/** home: an active open that la_connect() took; its answers come to the worker that made it. */
void oracle_connected(struct side *side);
/** state, status, timer: after a breath of a worker. */
void oracle_breath(struct sim *sim, unsigned int host, unsigned int worker);
/** ladder: each rung follows from the one before. owner, twice: and is of the right worker. */
void oracle_rung(struct sim *sim, unsigned int host, unsigned int worker,
		 const struct la_rung *rung);
/** owner: whatever connection a worker of the host has is its own. */
void oracle_homes(struct sim *sim, unsigned int host);
/** pools: a buffer that goes into a queue of the card is of a worker that sends by it. */
void oracle_buffer(struct sim *sim, unsigned int host, unsigned int queue,
		   const struct rte_mbuf *mbuf);
/** True when the host's pools and tables are empty. */
bool oracle_is_empty(struct sim *sim, unsigned int host);
/** empty, delivered: after the run. */
void oracle_end(struct sim *sim);
/** liveness: the run is not over and ought to be. */
void oracle_overdue(struct sim *sim);

#endif
