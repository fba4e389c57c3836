/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judges of options: what both SYNs agreed on is used, and nothing else; timestamps go on and
 * echo what came; SACK blocks tell of bytes that came; ECN bits stand where RFC 3168 puts them.
 */
#include <stdio.h>

#include "sim.h"

static const char *end_name(const struct flow *flow, char *buf, size_t size)
{
	snprintf(buf, size, "host %u port %u", flow->host + 1, flow->local_port);
	return buf;
}

static void options_fail(struct sim *sim, const struct flow *flow, const char *oracle,
			 const char *text)
{
	char name[40];

	if (oracle_misled(sim, flow))
		return;
	oracle_fail(sim, oracle, "%s %s", end_name(flow, name, sizeof(name)), text);
}

/* The life of the peer that this end speaks with, or NULL. */
static const struct incarnation *peer_of(const struct flow *flow)
{
	unsigned int i;

	for (i = 0; flow->life.irs_known && i < flow->incarnation_count; i++) {
		if (flow->heard[i].isn == flow->life.irs)
			return &flow->heard[i];
	}
	return NULL;
}

/* ---- what was agreed on ---- */

void oracle_options_heard_syn(struct incarnation *heard, const struct frame *frame)
{
	bool asked = heard->syn.ecn;

	heard->syn = (struct syn_options){
		.scaled = frame->window_shift >= 0,
		.stamped = frame->stamped,
		.sack = frame->sack_permitted,
		.ecn = frame->flags & FRAME_ACK
			       ? (frame->flags & (FRAME_ECE | FRAME_CWR)) == FRAME_ECE
			       : (frame->flags & FRAME_ECE) && (frame->flags & FRAME_CWR),
	};
	/* What answers the first SYN may leave after the second, which asks no more, has come. */
	heard->syn.ecn |= asked;
}

static void agree(struct flow *flow, const struct incarnation *peer)
{
	const struct syn_options *said = &flow->life.said, *heard = &peer->syn;

	flow->life.agreed = (struct syn_options){
		.scaled = said->scaled && heard->scaled,
		.stamped = said->stamped && heard->stamped,
		.sack = said->sack && heard->sack,
		.ecn = said->ecn && heard->ecn,
	};
	flow->life.agreed_known = true;
}

static void said_syn_options(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	bool answer = (frame->flags & FRAME_ACK) != 0;
	bool asks = (frame->flags & (FRAME_ECE | FRAME_CWR)) != 0;
	const struct incarnation *peer;

	flow->life.active |= !answer;
	if (answer) {
		flow->life.irs = frame->ack - 1;
		flow->life.irs_known = true;
	}
	peer = peer_of(flow);
	if (flow->life.syn_end < 1 + frame->text_size)
		flow->life.syn_end = 1 + frame->text_size;
	flow->life.said.scaled = frame->window_shift >= 0;
	flow->life.said.stamped = frame->stamped;
	flow->life.said.sack = frame->sack_permitted;
	/* Asked once and then no more is how RFC 3168 6.1.1.1 deals with paths that drop such SYNs.
	 */
	flow->life.said.ecn |= asks;
	flow->life.said_no_ecn |= !asks;
	if (frame->text_size == 0 && frame->ecn != FRAME_NOT_ECT)
		options_fail(sim, flow, "ecn", "sends a SYN that may be marked");
	if (!answer && asks && (~frame->flags & (FRAME_ECE | FRAME_CWR)))
		options_fail(sim, flow, "ecn", "asks for ECN with one bit only");
	if (peer == NULL || flow->life.active)
		return;
	if ((frame->window_shift >= 0 && !peer->syn.scaled) ||
	    (frame->stamped && !peer->syn.stamped) || (frame->sack_permitted && !peer->syn.sack))
		options_fail(sim, flow, "options", "answers with an option that was not offered");
	if ((asks && !peer->syn.ecn) || (frame->flags & FRAME_CWR))
		options_fail(sim, flow, "ecn",
			     "accepts ECN that was not asked for, or in wrong words");
	agree(flow, peer);
}

/* ---- timestamps ---- */

static void check_stamps(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	uint32_t i, count = flow->tsval_count < STAMPS_KEPT ? flow->tsval_count : STAMPS_KEPT;

	if (!frame->stamped)
		return;
	if (flow->life.stamp_said && (frame->flags & FRAME_SYN) == 0 &&
	    (int32_t)(frame->tsval - flow->life.tsval) < 0)
		options_fail(sim, flow, "stamps", "sends a timestamp that goes back");
	flow->life.tsval = frame->tsval;
	/* A cookie's low bits are options. */
	flow->life.stamp_said = (frame->flags & FRAME_SYN) == 0;
	if ((frame->flags & FRAME_ACK) == 0)
		return;
	if (flow->life.echo_said && (frame->flags & FRAME_SYN) == 0 &&
	    (int32_t)(frame->tsecr - flow->life.tsecr) < 0 &&
	    flow->remote_host < sim->scenario.host_count)
		options_fail(sim, flow, "stamps", "echoes a timestamp older than one before");
	flow->life.tsecr = frame->tsecr;
	/* Of what a cookie echoed nothing is remembered. */
	flow->life.echo_said = (frame->flags & FRAME_SYN) == 0;
	if (flow->tsval_count > STAMPS_KEPT)
		return;
	for (i = 0; i < count; i++) {
		if (flow->tsvals[i] == frame->tsecr)
			return;
	}
	options_fail(sim, flow, "stamps", "echoes a timestamp that never came");
}

static void heard_stamp(struct flow *flow, const struct frame *frame)
{
	if (!frame->stamped ||
	    (flow->tsval_count > 0 &&
	     flow->tsvals[(flow->tsval_count - 1) % STAMPS_KEPT] == frame->tsval))
		return;
	flow->tsvals[flow->tsval_count++ % STAMPS_KEPT] = frame->tsval;
}

/* ---- SACK ---- */

/* Whether all of [from, to) has come, as offsets. */
static bool has_come(const struct incarnation *heard, uint32_t from, uint32_t to)
{
	uint32_t at = from;
	unsigned int i = 0;

	if (heard->blind)
		return to <= heard->highest;
	if (at < heard->arrived)
		at = heard->arrived;
	while (at < to && i < heard->gap_count) {
		if (heard->gaps[i].from <= at && heard->gaps[i].to > at) {
			at = heard->gaps[i].to;
			i = 0;
		} else {
			i++;
		}
	}
	return at >= to;
}

static bool overlaps(const struct frame *frame, unsigned int i, unsigned int j)
{
	return (int32_t)(frame->sacks[i].from - frame->sacks[j].to) < 0 &&
	       (int32_t)(frame->sacks[j].from - frame->sacks[i].to) < 0;
}

/* RFC 2883 4: the first block may repeat what is acknowledged, or lies within the second one. */
static bool tells_a_duplicate(const struct frame *frame)
{
	if ((int32_t)(frame->sacks[0].to - frame->ack) <= 0)
		return true;
	return frame->sack_count > 1 &&
	       (int32_t)(frame->sacks[0].from - frame->sacks[1].from) >= 0 &&
	       (int32_t)(frame->sacks[0].to - frame->sacks[1].to) <= 0;
}

static void check_sacks(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	const struct incarnation *peer = peer_of(flow);
	unsigned int i, j, first = frame->sack_count > 0 && tells_a_duplicate(frame);

	if (peer == NULL)
		return;
	for (i = 0; i < frame->sack_count; i++) {
		uint32_t from = frame->sacks[i].from - peer->isn,
			 to = frame->sacks[i].to - peer->isn;

		if ((int32_t)(to - from) <= 0 || !has_come(peer, from, to)) {
			options_fail(sim, flow, "sack", "reports bytes that have not come");
			return;
		}
		if (i >= first && (int32_t)(frame->sacks[i].from - frame->ack) <= 0)
			options_fail(sim, flow, "sack", "reports bytes that it acknowledges");
		for (j = first; j < i && i >= first; j++) {
			if (overlaps(frame, i, j))
				options_fail(sim, flow, "sack", "reports bytes twice");
		}
	}
	if (first == 1 && !peer->repeated)
		options_fail(sim, flow, "sack", "reports a duplicate, and nothing came twice");
}

/* ---- ECN ---- */

/* A first SYN that asked may have been lost within the host, so that nobody saw it; the next one
 * does not ask (RFC 3168 6.1.1.1). Whoever is then answered as if he had owes an echo. */
static bool asked_unheard(const struct flow *flow)
{
	const struct incarnation *peer = peer_of(flow);

	return flow->life.active && flow->life.said_no_ecn && peer != NULL && peer->syn.ecn;
}

static void check_ecn(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	/* Text of a SYN that was not taken begins anew (RFC 7413 4.2.1). */
	bool begins = frame->seq == flow->life.iss + 1 && flow->said_end == flow->life.syn_end;
	bool fresh =
		frame->text_size > 0 && (begins || frame->seq - flow->life.iss >= flow->said_end);
	bool echoes = (frame->flags & FRAME_ECE) != 0;

	if (!flow->life.agreed.ecn) {
		if (frame->ecn != FRAME_NOT_ECT || (frame->flags & FRAME_CWR) ||
		    (echoes && !asked_unheard(flow)))
			options_fail(sim, flow, "ecn", "uses ECN that was not agreed upon");
		return;
	}
	/* RFC 3168 6.1.1. Of two SYN-ACKs that are cookies it is the one that comes back that
	 * counts. */
	if (frame->ecn != FRAME_NOT_ECT && flow->life.active && flow->life.said_no_ecn)
		options_fail(sim, flow, "ecn", "lets itself be marked though a SYN said no");
	if (frame->ecn == FRAME_CE)
		options_fail(sim, flow, "ecn", "marks its own segment");
	if (frame->ecn != FRAME_NOT_ECT && !fresh)
		options_fail(sim, flow, "ecn", "lets what is not new text be marked");
	if ((frame->flags & FRAME_CWR) && !fresh)
		options_fail(sim, flow, "ecn", "says CWR with what is not new text");
	if (!oracle_prompt(sim, flow->host) || !host_is_direct(&sim->hosts[flow->host]))
		return;
	/* After both FINs there is no text left to be marked. */
	if (oracle_state_of(sim, flow) == LA_TIME_WAIT)
		return;
	if (flow->mark == MARK_SEEN && !echoes && !flow->life.said_no_ecn)
		options_fail(sim, flow, "ecn", "does not echo a mark");
	if (flow->mark == MARK_NONE && echoes)
		options_fail(sim, flow, "ecn", "echoes a mark that never came, or was answered");
}

/*
 * In order and new: the stack takes it, so its bits count. Of anything else it may or may not take
 * notice.
 */
static void heard_mark(struct flow *flow, const struct incarnation *heard, bool rogue,
		       const struct frame *frame)
{
	/* What a rogue sends may be refused for its timestamp, and what follows waits for it. */
	bool taken = heard != NULL && frame->text_size > 0 && !heard->blind && !rogue &&
		     frame->seq - heard->isn == heard->arrived;
	bool marked = frame->ecn == FRAME_CE, answered = (frame->flags & FRAME_CWR) != 0;

	if (!marked && !answered)
		return;
	if (!taken)
		flow->mark = marked || flow->mark != MARK_NONE ? MARK_PERHAPS : MARK_NONE;
	else if (marked)
		flow->mark = MARK_SEEN;
	else
		flow->mark = MARK_NONE;
}

/* ---- from the wire ---- */

void oracle_options_sent(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	if (frame->flags & FRAME_SYN) {
		said_syn_options(sim, flow, frame);
		check_stamps(sim, flow, frame);
		return;
	}
	if (!flow->life.agreed_known) {
		const struct incarnation *peer = peer_of(flow);

		if (peer == NULL)
			return;
		agree(flow, peer);
	}
	if (frame->mss != 0 || frame->window_shift >= 0 || frame->sack_permitted)
		options_fail(sim, flow, "options", "sends an option of SYNs without SYN");
	if (frame->stamped != flow->life.agreed.stamped)
		options_fail(sim, flow, "options",
			     frame->stamped ? "sends timestamps that were not agreed upon"
					    : "omits timestamps that were agreed upon");
	if (frame->sack_count > 0 && !flow->life.agreed.sack)
		options_fail(sim, flow, "options", "sends SACK that was not agreed upon");
	check_stamps(sim, flow, frame);
	check_sacks(sim, flow, frame);
	check_ecn(sim, flow, frame);
}

void oracle_options_heard(const struct sim *sim, struct flow *flow, const struct frame *frame)
{
	const struct incarnation *heard = NULL;
	unsigned int i;

	for (i = 0; i < flow->incarnation_count; i++) {
		if (frame->seq - flow->heard[i].isn <= flow->heard[i].highest)
			heard = &flow->heard[i];
	}
	/* What answers our SYN, or crosses it, tells whom we speak with. */
	if ((frame->flags & FRAME_SYN) && flow->life.active && !flow->life.irs_known &&
	    ((frame->flags & FRAME_ACK) == 0 || frame->ack == flow->life.iss + 1)) {
		flow->life.irs = frame->seq;
		flow->life.irs_known = true;
	}
	heard_stamp(flow, frame);
	heard_mark(flow, heard, flow->remote_host >= sim->scenario.host_count, frame);
}
