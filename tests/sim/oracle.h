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
struct rte_mbuf;

struct violation {
	const char *oracle; /**< NULL: none */
	uint64_t at_us;     /**< virtual time since the start of the run */
	char text[480];
};

#define FLOWS_MAX 512U      /**< directions of 4-tuples seen in a run */
#define INCARNATIONS_MAX 4U /**< initial sequence numbers remembered per direction */
#define GAPS_MAX 256U       /**< stretches beyond a gap, per incarnation */

/** What of one sender's sequence space has arrived: offsets from its initial sequence number. */
struct incarnation {
	uint32_t isn;
	uint32_t arrived; /**< everything below this offset */
	uint32_t highest; /**< used instead once there were too many gaps to remember */
	bool blind;
	unsigned int gap_count;
	struct {
		uint32_t from, to;
	} gaps[GAPS_MAX];
};

/** What one end of a 4-tuple has said and heard. */
struct flow {
	uint8_t host, remote_host;
	uint16_t local_port, remote_port;
	struct side *side; /**< who sends here; NULL: not known yet */
	/* said */
	bool said_syn;
	uint32_t iss;
	uint32_t
		older[INCARNATIONS_MAX]; /**< of SYNs with nothing behind: a cookie may come back */
	unsigned int older_next;
	uint32_t said_end; /**< offset from iss after the last thing sent */
	bool said_edge;
	uint32_t edge;     /**< right edge offered, absolute */
	int8_t said_shift; /**< window scale option; -1: none */
	/* heard */
	bool heard_syn;
	uint16_t heard_syn_window;
	uint16_t heard_mss;
	int8_t heard_shift;
	bool heard_edge;
	uint32_t allowed; /**< offset from iss of the right edge that was heard */
	unsigned int incarnation_count, incarnation_next;
	struct incarnation heard[INCARNATIONS_MAX];
};

/** State of an end as the ladder told it last. */
struct ladder_state {
	uint8_t host;
	uint16_t local_port, remote_port;
	uint32_t remote;
	uint8_t state;
};

struct oracle {
	struct violation violation;
	unsigned int flow_count;
	struct flow *flows; /**< FLOWS_MAX */
	unsigned int state_count;
	struct ladder_state states[FLOWS_MAX];
};

int oracle_create(struct sim *sim);
void oracle_destroy(struct sim *sim);

/** Records a violation, unless there is one already. */
void oracle_fail(struct sim *sim, const char *oracle, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline bool oracle_failed(const struct violation *violation)
{
	return violation->oracle != NULL;
}

/* ---- the segments (oracle_wire.c) ---- */

/** frame, mss, window, ack, right_edge, wire_bytes: a frame that a host sends. */
void oracle_frame_sent(struct sim *sim, unsigned int host, const uint8_t *bytes, size_t size);
/** A frame that a host took from its card. */
void oracle_frame_delivered(struct sim *sim, unsigned int host, const struct wire_frame *frame);
/** chains: a buffer handed to the port is what the port said it takes. */
void oracle_mbuf_sent(struct sim *sim, unsigned int host, const struct rte_mbuf *mbuf);

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
/** state, status, timer: after a breath. */
void oracle_breath(struct sim *sim, unsigned int host);
/** ladder: each rung follows from the one before. */
void oracle_rung(struct sim *sim, unsigned int host, const struct la_rung *rung);
/** True when the host's pools and tables are empty. */
bool oracle_is_empty(struct sim *sim, unsigned int host);
/** empty, delivered: after the run. */
void oracle_end(struct sim *sim);
/** liveness: the run is not over and ought to be. */
void oracle_overdue(struct sim *sim);

#endif
