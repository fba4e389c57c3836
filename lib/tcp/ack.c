/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ack.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/ecn.h"
#include "tcp/hold.h"
#include "tcp/loss_plain.h"
#include "tcp/outstanding.h"
#include "tcp/pmtu.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"

static struct recovery_view view_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return (struct recovery_view){
		.now_us = tcp->env->now_us,
		.snd_una = conn->snd_una,
		.snd_nxt = conn->snd_nxt,
		.flight = outstanding_bytes(tcp, conn),
		.smss = conn->mss,
		.srtt_us = conn->rtt.srtt_us,
	};
}

static void act(struct tcp *tcp, struct tcp_conn *conn, enum recovery_action action)
{
	switch (action) {
	case RECOVERY_RETRANSMIT_TIMER:
		timers_on_recovery(tcp, conn);
		conn->flags |= CONN_RESEND_HEAD;
		break;
	case RECOVERY_RETRANSMIT:
		conn->flags |= CONN_RESEND_HEAD;
		break;
	default:
		break;
	}
}

/* RFC 5681 section 2: an ACK that repeats, of an outstanding stream, and says nothing else. */
static bool is_duplicate(const struct tcp_conn *conn, const struct tcp_seg *seg)
{
	return seg->ack == conn->snd_una && conn->snd_una != conn->snd_nxt &&
	       segment_length(seg) == 0 && seg->wnd == conn->snd_wnd && conn->snd_wnd != 0;
}

static void take_duplicate(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct recovery_view view = view_of(tcp, conn);
	struct cc_control control = flight_cc(tcp, conn, flight);
	enum recovery_action action;

	assert(flight != NULL);
	stat_count(&tcp->env->counters, STAT_duplicate_acks);
	/* After a time-out everything outstanding is sent again anyway. */
	if (conn_has(conn, CONN_RESENDING))
		return;
	action = recovery_duplicate(&flight->recovery, &control, &view);
	if (action == RECOVERY_RETRANSMIT_TIMER) {
		stat_count(&tcp->env->counters, STAT_fast_retransmits);
		ecn_window_cut(conn);
	}
	act(tcp, conn, action);
	tcp_mark_due(tcp, conn);
}

/* Returns the sample, 0 when this ACK gives none. */
static uint32_t sample_rtt(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
			   uint32_t ack)
{
	uint32_t sample_us;

	if (!flight->rtt_runs || seq_lt(ack, flight->rtt_seq))
		return 0;
	sample_us = (uint32_t)(tcp->env->now_us - flight->rtt_sent_us);
	rtt_sample(&conn->rtt, sample_us);
	flight->rtt_runs = false;
	timers_on_sampled(conn);
	return sample_us;
}

/* The peer has everything before ack. */
static void move_una(struct tcp *tcp, struct tcp_conn *conn, uint32_t ack)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	sendq_acknowledge(&flight->send, seq_min(ack, sendq_end(&flight->send)));
	conn->snd_una = ack;
	conn->flags &= ~CONN_RESEND_HEAD;
	if (conn_has(conn, CONN_URGENT_OUT) && seq_geq(ack, flight->snd_up))
		conn->flags &= ~CONN_URGENT_OUT;
}

/* With SACK every ACK may tell something; loss.c knows what. */
static void take_with_sack(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg,
			   bool marked)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	bool all;

	/* A D-SACK may come when everything is acknowledged (RFC 2883 section 4). */
	if (conn->snd_una == conn->snd_nxt && seg->options.sack_count == 0)
		return;
	all = !marked && seg->ack != conn->snd_una && seg->ack == conn->snd_nxt &&
	      seg->options.sack_count == 0 && loss_is_plain(&flight->loss);
	if (seg->ack != conn->snd_una)
		move_una(tcp, conn, seg->ack);
	/* A short cut (quick.h), in whatever state. */
	if (all && !tcp->config.no_short_cuts) {
		loss_all_acknowledged(tcp, conn, flight);
		tcp_mark_due(tcp, conn);
	} else {
		loss_acknowledged(tcp, conn, seg, marked);
	}
}

/* SEG.ACK > SND.UNA. marked: it tells of a mark. */
static void advance(struct tcp *tcp, struct tcp_conn *conn, uint32_t ack, bool marked)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct recovery_view view = view_of(tcp, conn);
	struct cc_control control = flight_cc(tcp, conn, flight);
	enum recovery_action action;

	assert(flight != NULL);
	view.rtt_us = sample_rtt(tcp, conn, flight, ack);
	view.srtt_us = conn->rtt.srtt_us;
	view.acked = ack - conn->snd_una;
	view.snd_una = ack;
	view.marked = marked;
	move_una(tcp, conn, ack);
	outstanding_acknowledged(tcp, conn);
	action = recovery_advanced(&flight->recovery, &control, &view);
	timers_on_acknowledged(tcp, conn, action != RECOVERY_RETRANSMIT);
	act(tcp, conn, action);
	tcp_mark_due(tcp, conn);
}

/*
 * RFC 9293 3.10.7.4, fifth: an older segment must not set the window. One whose ACK is new is not
 * old, though it be a retransmission with a small number: its window counts, or SND.UNA would carry
 * the old window's edge along.
 */
static void update_window(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg,
			  bool ack_is_new)
{
	if (seq_gt(conn->snd_wl1, seg->seq) && !ack_is_new)
		return;
	if (conn->snd_wnd == 0 && seg->wnd > 0)
		timers_on_window_opened(tcp, conn);
	if (seg->wnd != conn->snd_wnd)
		tcp_mark_due(tcp, conn);
	conn_take_snd_wnd(conn, seg->wnd, seq_max(conn->snd_wl1, seg->seq));
}

static void took(struct tcp *tcp, struct tcp_conn *conn, uint32_t bytes)
{
	pmtu_acknowledged(tcp, conn, bytes);
	hold_acknowledged(tcp, conn, bytes);
}

void ack_process(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg)
{
	bool ack_is_new = seq_gt(seg->ack, conn->snd_una);
	bool marked;
	uint32_t acked = seg->ack - conn->snd_una;

	assert(seq_geq(seg->ack, conn->snd_una) && seq_leq(seg->ack, conn->snd_nxt));
	timers_settle(tcp, conn);
	marked = ecn_ack_arrived(tcp, conn, seg);
	if (loss_watches(conn, flight_of(tcp, conn)))
		take_with_sack(tcp, conn, seg, marked);
	else if (is_duplicate(conn, seg))
		take_duplicate(tcp, conn);
	else if (ack_is_new)
		advance(tcp, conn, seg->ack, marked);
	if (ack_is_new)
		took(tcp, conn, acked);
	update_window(tcp, conn, seg, ack_is_new);
}
