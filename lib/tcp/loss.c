/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/loss.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/ecn.h"
#include "tcp/loss_plain.h"
#include "tcp/options.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/undo.h"

/* What one ACK brought, for the steps below. */
struct loss_event {
	struct tcp *tcp;
	struct tcp_conn *conn;
	struct tcp_flight *flight;
	struct loss *loss;
	struct sack_delivery delivery;
	struct rack_view view;
	bool was_fast;               /* fast recovery went on when the ACK came */
	bool marked;                 /* it tells of a mark (RFC 3168): no window grows */
	uint32_t outstanding_before; /* bytes from SND.UNA to SND.NXT before this ACK */
};

bool loss_watches(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	return flight != NULL && conn_may(conn, CONN_SACK) && sack_is_open(&flight->loss.board);
}

static struct rack_memory memory_of(const struct tcp_conn *conn)
{
	return (struct rack_memory){
		.reo_wnd_more = conn->reorder_steps,
		.reo_wnd_persist = conn->reorder_persist,
		.reordering_seen = conn->reordering_seen,
	};
}

static void remember(struct tcp_conn *conn, const struct rack_memory *memory)
{
	conn->reorder_steps = memory->reo_wnd_more;
	conn->reorder_persist = memory->reo_wnd_persist;
	conn->reordering_seen = memory->reordering_seen;
}

static struct rack_view view_of(const struct tcp *tcp, const struct tcp_conn *conn,
				const struct loss *loss)
{
	return (struct rack_view){
		.now_us = tcp->env->now_us,
		.snd_una = conn->snd_una,
		.snd_nxt = conn->snd_nxt,
		.srtt_us = conn->rtt.srtt_us,
		.smss = conn->mss,
		.recovering = loss->phase != LOSS_NONE,
	};
}

void loss_sent(struct tcp *tcp, struct tcp_conn *conn, uint32_t seq, uint32_t end)
{
	struct loss *loss = &flight_of(tcp, conn)->loss;
	struct sack *board = &loss->board;
	uint64_t now = tcp->env->now_us;
	uint32_t known;

	if (!sack_is_open(board))
		sack_open(board, &tcp->sacks, seq);
	known = board->nxt;
	assert(seq_leq(seq, known) && seq_lt(seq, end));
	if (seq_lt(seq, known)) {
		uint32_t again_end = seq_min(end, known);

		sack_resent(board, (struct sack_range){ seq, again_end }, now);
		loss->resent_unproven += again_end - seq;
		loss->resent = true;
	}
	if (seq_gt(end, known))
		sack_sent(board, end, now);
	if (loss->phase == LOSS_FAST)
		prr_sent(&loss->prr, end - seq);
}

/* ---- the phases -------------------------------------------------------------------------- */

static void begin(struct tcp_conn *conn, struct loss *loss, enum loss_phase phase)
{
	undo_begin(loss, conn->snd_una);
	loss->phase = (uint8_t)phase;
	loss->recover = conn->snd_nxt;
}

static void end(struct tcp_conn *conn, struct loss *loss)
{
	struct rack_memory memory = memory_of(conn);

	rack_recovered(&memory);
	remember(conn, &memory);
	if (prr_is_active(&loss->prr))
		prr_leave(&loss->prr);
	loss->phase = LOSS_NONE;
}

/*
 * FlightSize of RFC 5681 equation 4: behind a hole much more may lie between SND.UNA and SND.NXT
 * than the path ever held.
 */
static uint32_t flight_held(const struct tcp_conn *conn, uint32_t outstanding)
{
	return outstanding < conn->cc.cwnd ? outstanding : conn->cc.cwnd;
}

/* RFC 9937 6.1: congestion control says how far down, PRR how to get there. */
static void begin_fast(struct loss_event *event)
{
	struct tcp_conn *conn = event->conn;
	struct loss *loss = event->loss;
	struct cc_control control = flight_cc(event->tcp, conn, event->flight);
	struct prr_start start = {
		.outstanding = conn->snd_nxt - conn->snd_una,
		.sacked = loss->board.sacked_bytes,
		.newly_sacked = event->delivery.sacked,
		.newly_acked = event->delivery.acked,
	};

	begin(conn, loss, LOSS_FAST);
	stat_count(&event->tcp->env->counters, STAT_fast_retransmits);
	control.ops->lost(control.cc, control.epoch, flight_held(conn, event->outstanding_before),
			  conn->mss);
	ecn_window_cut(conn);
	prr_enter(&loss->prr, &start);
}

/* The presumption was wrong: nothing of it was lost, and the window was cut for nothing. */
static void undo(struct loss_event *event)
{
	struct tcp_conn *conn = event->conn;
	struct cc_control control = flight_cc(event->tcp, conn, event->flight);

	stat_count(&event->tcp->env->counters, STAT_spurious_recoveries);
	control.ops->undo(control.cc, control.epoch);
	sack_restore(&event->loss->board);
	end(conn, event->loss);
	event->loss->undoable = false;
}

/* ---- an ACK ------------------------------------------------------------------------------ */

/* What congestion control is told of an ACK that came with so much outstanding. */
static inline struct cc_ack ack_for_control(const struct tcp *tcp, const struct tcp_conn *conn,
					    uint32_t outstanding, uint32_t rtt_us)
{
	return (struct cc_ack){
		.now_us = tcp->env->now_us,
		.bytes = outstanding,
		.flight = flight_held(conn, outstanding),
		.snd_una = conn->snd_una,
		.snd_nxt = conn->snd_nxt,
		.smss = conn->mss,
		.srtt_us = conn->rtt.srtt_us,
		.rtt_us = rtt_us == SACK_NO_RTT ? 0 : rtt_us,
		.paced = pace_is_wanted(tcp_options_of(tcp, conn), conn->rtt.srtt_us),
	};
}

/* Outside of fast recovery the window grows by what arrives. */
static void grow(const struct loss_event *event)
{
	struct tcp_conn *conn = event->conn;
	const struct sack_delivery *delivery = &event->delivery;
	struct cc_control control = flight_cc(event->tcp, conn, event->flight);
	struct cc_ack ack =
		ack_for_control(event->tcp, conn, event->outstanding_before, delivery->rtt_last_us);

	/* After a time-out an ACK may cover much that had only waited at the receiver. */
	ack.after_loss = event->loss->phase == LOSS_TIMEOUT;
	ack.bytes = ack.after_loss ? delivery->acked + delivery->sacked : delivery->advanced;
	if (ack.bytes > 0 && !event->marked)
		control.ops->acked(control.cc, control.epoch, &ack);
}

/* RFC 8985 7.4.2: the probe repaired a loss that nothing else would have told of. */
static void answer_probe(struct loss_event *event)
{
	struct tcp_conn *conn = event->conn;
	struct cc_control control = flight_cc(event->tcp, conn, event->flight);

	if (event->loss->phase != LOSS_NONE)
		return;
	control.ops->lost(control.cc, control.epoch, flight_held(conn, event->outstanding_before),
			  conn->mss);
	ecn_window_cut(conn);
}

static void adjust_window(struct loss_event *event, const struct rack_losses *losses)
{
	struct tcp_conn *conn = event->conn;
	struct loss *loss = event->loss;
	struct prr_ack ack = {
		.delivered = event->delivery.acked + event->delivery.sacked,
		.pipe = sack_pipe(&loss->board),
		.cwnd = conn->cc.cwnd,
		.ssthresh = conn->cc.ssthresh,
		.smss = conn->mss,
		.safe = event->delivery.advanced > 0 && losses->bytes == 0,
	};

	if (loss->phase == LOSS_FAST)
		conn->cc.cwnd = prr_acknowledged(&loss->prr, &ack);
	else if (!event->was_fast)
		grow(event);
}

static void leave_if_over(struct loss_event *event)
{
	struct tcp_conn *conn = event->conn;
	struct loss *loss = event->loss;

	if (loss->phase == LOSS_NONE)
		return;
	undo_take_proofs(loss, &event->delivery);
	if (undo_is_due(loss, &event->delivery)) {
		undo(event);
	} else if (seq_geq(conn->snd_una, loss->recover)) {
		if (loss->phase == LOSS_FAST)
			conn->cc.cwnd = conn->cc.ssthresh;
		end(conn, loss);
	}
}

static struct rack_losses detect(struct loss_event *event)
{
	struct tcp_conn *conn = event->conn;
	struct loss *loss = event->loss;
	struct rack_memory memory = memory_of(conn);
	struct rack_losses losses = rack_detect(&loss->rack, &memory, &loss->board, &event->view);

	remember(conn, &memory);
	if (losses.bytes > 0 && loss->phase == LOSS_NONE)
		begin_fast(event);
	loss->lost_unproven += losses.bytes;
	return losses;
}

/*
 * Milliseconds since the segment left whose timestamp an advancing ACK echoes. False: it does not
 * say. What lies beyond a gap is not echoed (RFC 7323 4.3), so only an ACK that advances tells.
 */
static bool echoed_age_ms(const struct loss_event *event, const struct tcp_seg *seg,
			  uint32_t *age_ms)
{
	const struct tcp_conn *conn = event->conn;
	const struct tcp *tcp = event->tcp;

	if (!conn_may(conn, CONN_TIMESTAMPS) || !seg->options.has_timestamps)
		return false;
	*age_ms = options_timestamp(tcp, &conn->tuple) - seg->options.ts_echo;
	/* An echo of what was never sent is no echo. */
	return *age_ms <= INT32_MAX && *age_ms <= tcp->env->now_us / 1000;
}

/* When at the latest that segment left; UINT64_MAX: it does not say. Asked only where something was
 * sent twice, and it matters which of them arrived. */
static uint64_t echoed_us(const struct loss_event *event, const struct tcp_seg *seg)
{
	const struct sack *board = &event->loss->board;
	uint32_t age_ms;

	if (board->resent_bytes == 0 || seg->ack == board->una ||
	    !echoed_age_ms(event, seg, &age_ms))
		return UINT64_MAX;
	return (event->tcp->env->now_us / 1000 - age_ms) * 1000 + 999;
}

/*
 * A retransmission that left later cannot be what this ACK speaks of. Before any text was measured
 * the handshake's round trip tells what is too soon, with room for its being long.
 */
static uint64_t credible_us(const struct loss_event *event, const struct tcp_seg *seg)
{
	const struct rack *rack = &event->loss->rack;
	uint64_t now = event->tcp->env->now_us;
	uint64_t credible = rack_credible_us(rack, now, echoed_us(event, seg));
	uint64_t half = event->conn->rtt.srtt_us / 2;

	if (rack->min_rtt_us == SACK_NO_RTT && now > half && now - half < credible)
		credible = now - half;
	return credible;
}

static void take_acknowledgement(struct loss_event *event, const struct tcp_seg *seg)
{
	struct tcp *tcp = event->tcp;
	struct tcp_conn *conn = event->conn;
	struct loss *loss = event->loss;
	struct rack_memory memory = memory_of(conn);
	struct sack_ack ack = {
		.ack = seg->ack,
		.window = conn_snd_max_wnd(conn),
		.blocks = seg->options.sack,
		.count = seg->options.sack_count,
		.now_us = tcp->env->now_us,
		.credible_us = credible_us(event, seg),
	};
	bool duplicate;

	event->outstanding_before = loss->board.nxt - loss->board.una;
	sack_acknowledge(&loss->board, &ack, &event->delivery);
	duplicate = event->delivery.advanced == 0 && ack.count == 0 && seg->text == 0;
	if (event->delivery.advanced == 0 && seg->text == 0)
		stat_count(&tcp->env->counters, STAT_duplicate_acks);
	event->view = view_of(tcp, conn, loss);
	rack_update(&loss->rack, &memory, &event->delivery, &event->view);
	remember(conn, &memory);
	if (rack_probe_acked(&loss->rack, seg->ack, duplicate, &event->delivery))
		answer_probe(event);
}

/*
 * The board knows the round trip of what was sent once. Where all of it was sent twice, timestamps
 * tell, coarsely (RFC 7323 section 4.1), so that recovery does not run on an estimate of before.
 */
static void take_sample(struct loss_event *event, const struct tcp_seg *seg)
{
	uint32_t sample_us = event->delivery.rtt_us;
	uint32_t age_ms;

	if (sample_us == SACK_NO_RTT) {
		if (event->delivery.advanced == 0 || !echoed_age_ms(event, seg, &age_ms) ||
		    age_ms == 0 || age_ms > TCP_RTO_MAX_US / 1000)
			return;
		sample_us = age_ms * 1000;
	}
	rtt_sample(&event->conn->rtt, sample_us);
	timers_on_sampled(event->conn);
}

void loss_acknowledged(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg,
		       bool marked)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct loss_event event = {
		.tcp = tcp, .conn = conn, .flight = flight, .loss = &flight->loss, .marked = marked
	};
	struct rack_losses losses;

	event.was_fast = event.loss->phase == LOSS_FAST;
	assert(conn->snd_una == seg->ack);
	take_acknowledgement(&event, seg);
	take_sample(&event, seg);
	leave_if_over(&event);
	event.view = view_of(tcp, conn, event.loss);
	losses = detect(&event);
	adjust_window(&event, &losses);
	/* A probe that waits for a buffer is not needed any more: its timer starts anew. */
	if (event.delivery.acked + event.delivery.sacked > 0)
		event.loss->probe_due = false;
	if (event.delivery.advanced > 0)
		timers_on_acknowledged(tcp, conn, true);
	timers_on_detection(tcp, conn, losses.timeout_us,
			    event.delivery.acked + event.delivery.sacked > 0);
	tcp_mark_due(tcp, conn);
}

void loss_grow_by_all(const struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
		      uint32_t bytes, uint32_t rtt_us)
{
	struct cc_control control = flight_cc(tcp, conn, flight);
	struct cc_ack ack = ack_for_control(tcp, conn, bytes, rtt_us);

	control.ops->acked(control.cc, control.epoch, &ack);
}

/* ---- timers ------------------------------------------------------------------------------ */

uint32_t loss_forget_reneged(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (!loss_watches(conn, flight) || !sack_is_reneged(&flight->loss.board))
		return 0;
	return sack_forget(&flight->loss.board);
}

void loss_timed_out(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct loss *loss = &flight->loss;
	struct rack_memory memory = memory_of(conn);
	struct cc_control control = flight_cc(tcp, conn, flight);
	uint32_t outstanding = flight_held(conn, conn->snd_nxt - conn->snd_una);
	struct rack_view view;
	uint32_t lost = loss_forget_reneged(tcp, conn);

	if (prr_is_active(&loss->prr))
		prr_leave(&loss->prr);
	/* Only the first loss of a segment says something new about the path. */
	if (flight->retransmits == 0) {
		uint32_t ssthresh = loss->phase == LOSS_FAST ? conn->cc.ssthresh : 0;

		begin(conn, loss, LOSS_TIMEOUT);
		control.ops->timed_out(control.cc, control.epoch, outstanding, conn->mss);
		/* Fast recovery has answered this loss, and PRR may hold cwnd far below. */
		if (ssthresh > conn->cc.ssthresh)
			conn->cc.ssthresh = ssthresh;
		ecn_window_cut(conn);
	} else {
		conn->cc.cwnd = conn->mss;
		/* What was SACKed since may have ended that recovery and begun a fast one. */
		if (loss->phase != LOSS_TIMEOUT) {
			begin(conn, loss, LOSS_TIMEOUT);
			loss->undoable = false;
		}
	}
	view = view_of(tcp, conn, loss);
	lost += rack_timed_out(&loss->rack, &memory, &loss->board, &view);
	loss->lost_unproven += lost;
	if (lost == 0)
		loss->undoable = false;
	remember(conn, &memory);
	/* The first segment leaves whatever else is thought to be under way (RFC 6298 5.4). */
	conn->flags |= CONN_RESEND_HEAD;
}

void loss_reordering_expired(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct loss_event event = {
		.tcp = tcp, .conn = conn, .flight = flight, .loss = &flight->loss
	};
	struct rack_losses losses;

	event.outstanding_before = conn->snd_nxt - conn->snd_una;
	event.view = view_of(tcp, conn, event.loss);
	losses = detect(&event);
	if (event.loss->phase == LOSS_FAST) {
		struct prr_ack ack = {
			.pipe = sack_pipe(&event.loss->board),
			.cwnd = conn->cc.cwnd,
			.ssthresh = conn->cc.ssthresh,
			.smss = conn->mss,
		};

		conn->cc.cwnd = prr_acknowledged(&event.loss->prr, &ack);
	}
	timers_on_detection(tcp, conn, losses.timeout_us, true);
	tcp_mark_due(tcp, conn);
}

uint32_t loss_probe_timeout_us(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t rto_us)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	struct rack_probe probe = {
		.srtt_us = conn->rtt.srtt_us,
		.rto_left_us = rto_us,
		.ack_delay_us = TCP_PEER_ACK_DELAY_US,
		.one_segment = conn->snd_nxt - conn->snd_una <= conn->mss,
	};

	/* A probe of a larger segment travels alone: text behind it would make its loss congestion.
	 */
	if (!loss_watches(conn, flight) || flight->path_probe != 0)
		return 0;
	/* The SYN-ACK of a Fast Open has the retransmission timer, whatever left behind it. */
	if (!conn_is_synchronized(conn))
		return 0;
	if (!rack_may_probe(&flight->loss.rack, &flight->loss.board,
			    flight->loss.phase != LOSS_NONE))
		return 0;
	return rack_probe_timeout_us(&probe);
}

void loss_probe_sent(struct tcp *tcp, struct tcp_conn *conn, bool again)
{
	struct loss *loss = &flight_of(tcp, conn)->loss;

	loss->probe_due = false;
	stat_count(&tcp->env->counters, STAT_tail_loss_probes);
	rack_probe_sent(&loss->rack, conn->snd_nxt, again);
}
