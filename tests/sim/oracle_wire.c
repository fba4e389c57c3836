/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judges of segments. For every end of every 4-tuple: what it said (sequence space, window
 * offered) and what it heard (the peer's sequence space, the window it may use).
 *
 * RSTs are only parsed: one that answers for no connection takes its numbers from the segment that
 * provoked it (RFC 9293 3.10.7.1), so they prove nothing about a connection.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "config/tcp_constants.h"
#include "sim.h"
#include "stream.h"

#define LIFE_SPACE (1U << 24) /* and farther than any sends in one life */
#define HALF_SPACE (1U << 30) /* farther than any run sends: tells one incarnation from another */

/* ---- what has arrived of a sequence space ---- */

static void arrived_absorb(struct incarnation *heard)
{
	unsigned int i = 0;

	while (i < heard->gap_count) {
		if (heard->gaps[i].from > heard->arrived) {
			i++;
			continue;
		}
		if (heard->gaps[i].to > heard->arrived)
			heard->arrived = heard->gaps[i].to;
		heard->gaps[i] = heard->gaps[--heard->gap_count];
		i = 0;
	}
}

/* True if some of it had come before. */
static bool came_before(const struct incarnation *heard, uint32_t from, uint32_t to)
{
	unsigned int i;

	if (from < to && from < heard->arrived)
		return true;
	for (i = 0; i < heard->gap_count; i++) {
		if (from < heard->gaps[i].to && to > heard->gaps[i].from)
			return true;
	}
	return heard->blind;
}

static void arrived_add(struct incarnation *heard, uint32_t from, uint32_t to)
{
	unsigned int i;

	assert(from <= to);
	heard->repeated |= came_before(heard, from, to);
	if (to > heard->highest)
		heard->highest = to;
	if (from <= heard->arrived) {
		if (to > heard->arrived)
			heard->arrived = to;
		arrived_absorb(heard);
		return;
	}
	for (i = 0; i < heard->gap_count; i++) {
		if (from >= heard->gaps[i].from && to <= heard->gaps[i].to)
			return;
		if (from <= heard->gaps[i].to && to >= heard->gaps[i].from) {
			if (from < heard->gaps[i].from)
				heard->gaps[i].from = from;
			if (to > heard->gaps[i].to)
				heard->gaps[i].to = to;
			return;
		}
	}
	if (heard->gap_count == GAPS_MAX) {
		heard->blind = true;
		return;
	}
	heard->gaps[heard->gap_count].from = from;
	heard->gaps[heard->gap_count++].to = to;
}

static struct incarnation *incarnation_of(struct flow *flow, uint32_t isn)
{
	struct incarnation *heard;
	unsigned int i;

	for (i = 0; i < flow->incarnation_count; i++) {
		if (flow->heard[i].isn == isn)
			return &flow->heard[i];
	}
	heard = &flow->heard[flow->incarnation_next];
	flow->incarnation_next = (flow->incarnation_next + 1) % INCARNATIONS_MAX;
	if (flow->incarnation_count < INCARNATIONS_MAX)
		flow->incarnation_count++;
	memset(heard, 0, sizeof(*heard));
	heard->isn = isn;
	return heard;
}

static struct flow *flow_of(struct sim *sim, unsigned int host, uint16_t local_port,
			    unsigned int remote_host, uint16_t remote_port)
{
	struct oracle *oracle = &sim->oracle;
	struct flow *flow;
	unsigned int i;

	for (i = 0; i < oracle->flow_count; i++) {
		flow = &oracle->flows[i];
		if (flow->host == host && flow->local_port == local_port &&
		    flow->remote_host == remote_host && flow->remote_port == remote_port)
			return flow;
	}
	if (oracle->flow_count == FLOWS_MAX)
		return NULL;
	flow = &oracle->flows[oracle->flow_count++];
	memset(flow, 0, sizeof(*flow));
	flow->host = (uint8_t)host;
	flow->remote_host = (uint8_t)remote_host;
	flow->local_port = local_port;
	flow->remote_port = remote_port;
	flow->heard_shift = flow->life.said_shift = -1;
	return flow;
}

static bool host_of(const struct sim *sim, uint32_t address, unsigned int *host)
{
	*host = address - swarm_address(0);
	return *host < swarm_ends(&sim->scenario);
}

static uint32_t shifted(const struct flow *flow, uint16_t window, int8_t shift)
{
	/* A SYN of the next life does not change what this one agreed on. */
	bool scaled = flow->life.agreed_known
			      ? flow->life.agreed.scaled
			      : flow->life.said_shift >= 0 && flow->heard_shift >= 0;

	return scaled && shift >= 0 ? (uint32_t)window << shift : window;
}

/* ---- sent ---- */

/* A life in which nothing but its SYN was said may still be the one that goes on. */
static void keep_life(struct flow *flow)
{
	unsigned int i;

	if (!flow->said_syn || flow->said_end != 1)
		return;
	for (i = 0; i < flow->older_count; i++) {
		if (flow->older[i].iss == flow->life.iss)
			break;
	}
	if (i == flow->older_count) {
		i = flow->older_next++ % INCARNATIONS_MAX;
		if (flow->older_count < INCARNATIONS_MAX)
			flow->older_count++;
	}
	flow->older[i] = flow->life;
}

static void begin_life(struct flow *flow, struct life life)
{
	keep_life(flow);
	flow->said_syn = true;
	flow->life = life;
	flow->said_end = 1;
	flow->side = NULL;
	flow->mark = MARK_NONE;
	oracle_pace_begin(flow);
	/* The window of the SYN that this one answers, or crosses: one that had to wait for ARP may
	 * leave after the peer's has come. */
	flow->heard_edge = flow->heard_syn;
	flow->allowed = flow->heard_syn ? 1 + flow->heard_syn_window : 1;
}

/* A new initial sequence number: a new life of this end. */
static void said_syn(struct flow *flow, const struct frame *frame)
{
	if (!flow->said_syn || flow->life.iss != frame->seq)
		begin_life(flow, (struct life){ .iss = frame->seq });
	flow->life.said_shift = frame->window_shift;
}

/*
 * Of SYN-ACKs that are cookies there may have been several with different numbers and options, and
 * any of them may be the one that makes the connection: the number that comes back, or with which
 * the text begins, tells which. They may lie close together: it is the nearest below.
 */
static void recall_life(struct flow *flow, uint32_t number)
{
	const struct life *nearest = &flow->life;
	unsigned int i;

	if (!flow->said_syn || flow->said_end > 1)
		return;
	for (i = 0; i < flow->older_count; i++) {
		if (number - flow->older[i].iss < number - nearest->iss)
			nearest = &flow->older[i];
	}
	if (nearest != &flow->life && number - nearest->iss - 1 < LIFE_SPACE)
		begin_life(flow, *nearest);
}

static void oracle_ack(struct sim *sim, const struct flow *flow, const struct frame *frame)
{
	uint32_t furthest = 0;
	unsigned int i;

	for (i = 0; i < flow->incarnation_count; i++) {
		const struct incarnation *heard = &flow->heard[i];
		uint32_t arrived = heard->blind ? heard->highest : heard->arrived;
		uint32_t ahead = frame->ack - heard->isn;

		if (ahead >= 1 && ahead <= arrived)
			return;
		furthest = heard->isn + arrived;
	}
	oracle_fail(sim, "ack",
		    "host %u port %u acknowledges %u, but only what is below %u has arrived",
		    flow->host + 1, flow->local_port, frame->ack, furthest);
}

static void oracle_right_edge(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	bool syn = (frame->flags & FRAME_SYN) != 0;
	uint32_t edge = frame->ack +
			(syn ? frame->window : shifted(flow, frame->window, flow->life.said_shift));

	/* A SYN-ACK that is sent again behind text has no room for more (RFC 7413, 7323 2.2). */
	if (syn && flow->life.said_edge && (int32_t)(edge - flow->life.edge) < 0)
		return;
	/* What rounding to the unit takes away is still taken when it comes (RFC 7323 2.4). */
	if (flow->life.said_edge && (int32_t)(flow->life.edge - edge) > 0 &&
	    flow->life.edge - edge < shifted(flow, 1, flow->life.said_shift))
		return;
	if (flow->life.said_edge && (int32_t)(edge - flow->life.edge) < 0 &&
	    !oracle_misled(sim, flow)) {
		oracle_fail(sim, "right_edge",
			    "host %u port %u offered the window up to %u and now only up to %u",
			    flow->host + 1, flow->local_port, flow->life.edge, edge);
		return;
	}
	flow->life.said_edge = true;
	flow->life.edge = edge;
}

static void oracle_window(struct sim *sim, const struct flow *flow, const struct frame *frame)
{
	uint32_t end = frame->seq - flow->life.iss + frame->text_size;

	if (frame->text_size == 0 || (frame->flags & FRAME_SYN))
		return;
	if (!flow->heard_edge) {
		oracle_fail(sim, "window", "host %u port %u sends text before any window is known",
			    flow->host + 1, flow->local_port);
		return;
	}
	if (end > flow->allowed && !(end == flow->allowed + 1 && frame->text_size == 1) &&
	    !oracle_misled(sim, flow))
		oracle_fail(sim, "window",
			    "host %u port %u sends up to %u (%u bytes), allowed is up to %u",
			    flow->host + 1, flow->local_port, end, frame->text_size, flow->allowed);
}

static void oracle_mss(struct sim *sim, const struct flow *flow, const struct frame *frame)
{
	uint32_t mss = flow->heard_mss != 0 ? flow->heard_mss : TCP_DEFAULT_MSS_IPV4;

	if (mss < TCP_MSS_FLOOR)
		mss = TCP_MSS_FLOOR;
	if (frame->text_size > mss)
		oracle_fail(sim, "mss", "host %u port %u sends %u bytes, the peer's MSS is %u",
			    flow->host + 1, flow->local_port, frame->text_size, mss);
}

static void oracle_wire_bytes(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	uint32_t at = frame->seq - flow->life.iss + ((frame->flags & FRAME_SYN) != 0);
	const struct side *side;
	size_t good;

	if (at == 0 || at > HALF_SPACE) {
		oracle_fail(sim, "wire_bytes", "host %u port %u sends from %u, its SYN was %u",
			    flow->host + 1, flow->local_port, frame->seq, flow->life.iss);
		return;
	}
	if (flow->side == NULL)
		flow->side = app_find(sim, flow->host, flow->local_port, flow->remote_host,
				      flow->remote_port);
	side = flow->side;
	if (side == NULL) {
		oracle_fail(sim, "wire_bytes", "host %u port %u sends text nobody has written",
			    flow->host + 1, flow->local_port);
		return;
	}
	at--;
	if (at + frame->text_size > side->sent) {
		oracle_fail(sim, "wire_bytes",
			    "host %u port %u sends up to byte %u, only %lu were written",
			    flow->host + 1, flow->local_port, at + frame->text_size,
			    (unsigned long)side->sent);
		return;
	}
	good = stream_check(side->key, at, frame->text, frame->text_size);
	if (good < frame->text_size)
		oracle_fail(sim, "wire_bytes", "host %u port %u sends byte %lu wrong",
			    flow->host + 1, flow->local_port, (unsigned long)(at + good));
}

static void oracle_fin(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	uint32_t at = frame->seq - flow->life.iss + frame->text_size;
	const struct side *side;

	if (flow->side == NULL)
		flow->side = app_find(sim, flow->host, flow->local_port, flow->remote_host,
				      flow->remote_port);
	side = flow->side;
	if (side == NULL || sim->hosts[flow->host].stopped)
		return;
	if ((!side->ended && !side->closing) || at != side->sent + 1)
		oracle_fail(sim, "fin", "host %u port %u sends FIN at byte %u of %lu%s",
			    flow->host + 1, flow->local_port, at - 1, (unsigned long)side->sent,
			    side->ended || side->closing ? "" : ", and its user has not ended");
}

static void segment_sent(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	uint32_t end;

	if (frame->flags & FRAME_SYN)
		said_syn(flow, frame);
	else
		recall_life(flow, frame->seq);
	if (!flow->said_syn) {
		oracle_fail(sim, "frame", "host %u port %u sends a segment without ever a SYN",
			    flow->host + 1, flow->local_port);
		return;
	}
	if (frame->flags & FRAME_ACK) {
		oracle_ack(sim, flow, frame);
		oracle_right_edge(sim, flow, frame);
	} else if ((frame->flags & FRAME_SYN) == 0) {
		oracle_fail(sim, "frame", "host %u port %u sends neither SYN, ACK nor RST",
			    flow->host + 1, flow->local_port);
	}
	oracle_options_sent(sim, flow, frame);
	oracle_pace_sent(sim, flow, frame);
	oracle_window(sim, flow, frame);
	if ((frame->flags & FRAME_SYN) == 0)
		oracle_mss(sim, flow, frame);
	if (frame->text_size > 0)
		oracle_wire_bytes(sim, flow, frame);
	if (frame->flags & FRAME_FIN)
		oracle_fin(sim, flow, frame);
	end = frame->seq - flow->life.iss + frame_length(frame);
	if (end < HALF_SPACE && end > flow->said_end)
		flow->said_end = end;
}

void oracle_frame_sent(struct sim *sim, unsigned int host, const uint8_t *bytes, size_t size)
{
	struct frame frame;
	struct flow *flow;
	unsigned int remote;

	frame_parse(bytes, size, &frame);
	if (frame.kind == FRAME_BAD || frame.options_fault) {
		oracle_fail(sim, "frame", "host %u sends a frame with an error: %s", host + 1,
			    frame.options_fault ? "TCP options do not add up" : frame.fault);
		return;
	}
	if (frame.ip_bytes > sim->scenario.hosts[host].mtu) {
		oracle_fail(sim, "frame", "host %u sends %u bytes over an MTU of %u", host + 1,
			    frame.ip_bytes, sim->scenario.hosts[host].mtu);
		return;
	}
	if (frame.kind == FRAME_ARP)
		sim->oracle.asked_us[host] = sim->now_us;
	if (frame.kind != FRAME_TCP || (frame.flags & FRAME_RST) ||
	    !host_of(sim, frame.target, &remote))
		return;
	if (frame.source != swarm_address(host)) {
		oracle_fail(sim, "frame", "host %u sends from an address not its own", host + 1);
		return;
	}
	flow = flow_of(sim, host, frame.source_port, remote, frame.target_port);
	if (flow != NULL)
		segment_sent(sim, flow, &frame);
}

void oracle_mbuf_sent(struct sim *sim, unsigned int host, const struct rte_mbuf *mbuf)
{
	const char *why;

	if (mbuf->nb_segs > 1 && (sim->scenario.hosts[host].port_flags & LA_PORT_TX_CHAINS) == 0)
		oracle_fail(sim, "chains", "host %u sends a chain of %u, its port takes none",
			    host + 1, mbuf->nb_segs);
	if ((mbuf->ol_flags & RTE_MBUF_F_TX_TCP_CKSUM) &&
	    (sim->scenario.hosts[host].port_flags & LA_PORT_TX_CHECKSUM) == 0)
		oracle_fail(sim, "chains", "host %u leaves a checksum to a port that makes none",
			    host + 1);
	if (rte_mbuf_check(mbuf, 1, &why) != 0)
		oracle_fail(sim, "chains", "host %u sends a broken buffer: %s", host + 1, why);
}

void oracle_buffer(struct sim *sim, unsigned int host, unsigned int queue,
		   const struct rte_mbuf *mbuf)
{
	const struct rte_mbuf *piece;

	for (piece = mbuf; piece != NULL; piece = piece->next) {
		if (!host_owns_buffer(&sim->hosts[host], queue, piece))
			oracle_fail(sim, "pools",
				    "host %u: what leaves by queue %u lies in a buffer of another "
				    "worker's",
				    host + 1, queue);
	}
}

/* ---- delivered ---- */

static void heard_window(const struct sim *sim, struct flow *flow, const struct frame *frame)
{
	uint32_t ahead, window, allowed;

	if (frame->flags & FRAME_SYN) {
		flow->heard_syn = true;
		flow->heard_syn_window = frame->window;
		flow->heard_mss = frame->mss;
		flow->heard_shift = frame->window_shift;
		if (flow->said_syn && (frame->flags & FRAME_ACK) == 0) {
			/* Simultaneous open: the window counts from our first byte. */
			if (!flow->heard_edge || flow->allowed < 1U + frame->window)
				flow->allowed = 1U + frame->window;
			flow->heard_edge = true;
		}
	}
	if (!flow->said_syn || (frame->flags & FRAME_ACK) == 0)
		return;
	ahead = frame->ack - flow->life.iss;
	/* A rogue may acknowledge what was built and has not left the card. */
	if (ahead == 0 ||
	    (ahead > flow->said_end && (flow->remote_host < sim->scenario.host_count ||
					oracle_prompt(sim, flow->host) || ahead > LIFE_SPACE)))
		return;
	window = frame->flags & FRAME_SYN ? frame->window
					  : shifted(flow, frame->window, flow->heard_shift);
	allowed = ahead + window;
	if (!flow->heard_edge || allowed > flow->allowed)
		flow->allowed = allowed;
	flow->heard_edge = true;
}

static void note_early(struct flow *flow, uint32_t seq, uint32_t length, uint64_t now_us)
{
	if (flow->early_us != now_us)
		flow->early_count = 0;
	flow->early_us = now_us;
	if (length == 0 || flow->early_count == EARLY_MAX)
		return;
	flow->early[flow->early_count].seq = seq;
	flow->early[flow->early_count++].length = length;
}

static void heard_of(struct incarnation *heard, uint32_t seq, uint32_t length)
{
	uint32_t at = seq - heard->isn;

	if (at < HALF_SPACE)
		arrived_add(heard, at, at + length);
}

static void heard_text(struct flow *flow, const struct frame *frame, uint64_t now_us)
{
	uint32_t length = frame_length(frame);
	struct incarnation *heard;
	unsigned int i;

	if (frame->flags & FRAME_SYN) {
		heard = incarnation_of(flow, frame->seq);
		oracle_options_heard_syn(heard, frame);
		arrived_add(heard, 0, length);
		for (i = 0; flow->early_us == now_us && i < flow->early_count; i++)
			heard_of(heard, flow->early[i].seq, flow->early[i].length);
		return;
	}
	note_early(flow, frame->seq, length, now_us);
	for (i = 0; length > 0 && i < flow->incarnation_count; i++)
		heard_of(&flow->heard[i], frame->seq, length);
}

void oracle_frame_delivered(struct sim *sim, unsigned int host, const struct wire_frame *wire)
{
	struct frame frame;
	struct flow *flow;
	unsigned int remote;

	if (wire->damaged)
		return;
	frame_parse(wire->bytes, wire->size, &frame);
	if (frame.kind != FRAME_TCP || (frame.flags & FRAME_RST) ||
	    !host_of(sim, frame.source, &remote) || frame.target != swarm_address(host))
		return;
	mutant_observed(sim, &frame);
	flow = flow_of(sim, host, frame.target_port, remote, frame.source_port);
	if (flow == NULL)
		return;
	if (frame.flags & FRAME_ACK)
		recall_life(flow, frame.ack);
	oracle_options_heard(sim, flow, &frame);
	oracle_pace_heard(flow, &frame);
	heard_text(flow, &frame, sim->now_us);
	heard_window(sim, flow, &frame);
}
