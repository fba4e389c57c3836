/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judges of how much is sent and when: new text stays within the congestion window, the window
 * grows by no more than was acknowledged, and what is repeated in silence is repeated ever slower.
 */
#include <inttypes.h>

#include "sim.h"

#define INITIAL_BYTES 14600U /* RFC 6928: IW, for segments that are not larger than usual */
#define SLACK_SEGMENTS 3U    /* limited transmit's two (RFC 3042), and a probe of the tail */
#define LATE_US 20000U       /* timers have ticks, and what is due may wait for a breath */
#define OVERRIDE_US 500000U  /* RFC 9293 3.8.6.2.1: the override of a small window, at most */

/* ---- in silence ---- */

static void check_backoff(struct sim *sim, struct flow *flow, uint64_t gap_us)
{
	const struct side *side = flow->side;
	uint64_t most_us = side != NULL ? side->params->options.rto_max_us : 60000000U;

	if (gap_us > most_us + OVERRIDE_US)
		oracle_fail(sim, "backoff", "host %u port %u repeats itself after %" PRIu64 " us",
			    flow->host + 1, flow->local_port, gap_us);
	if (gap_us + LATE_US < flow->quiet_gap_us)
		oracle_fail(sim, "backoff",
			    "host %u port %u repeats itself after %" PRIu64
			    " us, before it was %" PRIu64 ", and nobody spoke",
			    flow->host + 1, flow->local_port, gap_us, flow->quiet_gap_us);
}

static void note_repetition(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	bool prompt = oracle_prompt(sim, flow->host);
	uint64_t gap_us;

	if (flow->heard_since || frame->seq != flow->quiet_seq || flow->quiet_us == 0 || !prompt) {
		flow->quiet_gap_us = 0;
	} else {
		gap_us = mutant_gap(sim, sim->now_us - flow->quiet_us);
		check_backoff(sim, flow, gap_us);
		flow->quiet_gap_us = gap_us;
	}
	flow->quiet_seq = frame->seq;
	/* One that had to wait begins nothing: the time of its timer is not known. */
	flow->quiet_us = prompt ? sim->now_us : 0;
	flow->heard_since = false;
}

/* ---- the congestion window ---- */

static void check_window(struct sim *sim, struct flow *flow, const struct la_status *status)
{
	uint32_t una = status->snd_una - flow->life.iss;
	uint32_t cwnd = mutant_cwnd(sim, status->cwnd);
	uint32_t flight = status->snd_nxt - status->snd_una;
	uint32_t grown = INITIAL_BYTES + SLACK_SEGMENTS * status->mss + una + flight;

	if (cwnd > grown)
		oracle_fail(
			sim, "growth",
			"host %u port %u: cwnd %u after %u bytes were acknowledged, %u in flight",
			flow->host + 1, flow->local_port, cwnd, una, flight);
	/* In recovery what counts is what is believed to be on its way, which nobody outside knows.
	 */
	if (una < flow->recover || una < flow->sacked_to || !oracle_prompt(sim, flow->host) ||
	    !host_is_direct(&sim->hosts[flow->host]))
		return;
	if (flow->fresh > 0 && flight > cwnd + SLACK_SEGMENTS * status->mss)
		oracle_fail(sim, "cwnd", "host %u port %u: new text, %u in flight, cwnd is %u",
			    flow->host + 1, flow->local_port, flight, cwnd);
}

void oracle_pace_breath(struct sim *sim, unsigned int host, unsigned int worker)
{
	unsigned int i;

	for (i = 0; i < sim->oracle.flow_count; i++) {
		struct flow *flow = &sim->oracle.flows[i];
		struct la_status status;

		if (flow->host != host || flow->fresh == 0)
			continue;
		if (flow->side != NULL && flow->side->alive && flow->side->worker == worker &&
		    la_status(sim->hosts[host].workers[worker].worker, flow->side->conn, &status) ==
			    0 &&
		    status.state >= LA_ESTABLISHED &&
		    status.snd_nxt - flow->life.iss == flow->said_end)
			check_window(sim, flow, &status);
		flow->fresh = 0;
	}
}

/* ---- from the wire ---- */

void oracle_pace_sent(struct sim *sim, struct flow *flow, const struct frame *frame)
{
	uint32_t end = frame->seq - flow->life.iss + frame_length(frame);

	if (frame_length(frame) == 0)
		return;
	note_repetition(sim, flow, frame);
	if (end > flow->said_end)
		flow->fresh += end - flow->said_end;
	else
		flow->recover = flow->said_end;
}

void oracle_pace_heard(struct flow *flow, const struct frame *frame)
{
	unsigned int i;

	flow->heard_since = true;
	for (i = 0; i < frame->sack_count; i++) {
		uint32_t to = frame->sacks[i].to - flow->life.iss;

		if (to <= flow->said_end && to > flow->sacked_to)
			flow->sacked_to = to;
	}
}

void oracle_pace_begin(struct flow *flow)
{
	flow->fresh = flow->recover = flow->sacked_to = 0;
	flow->quiet_us = flow->quiet_gap_us = 0;
}
