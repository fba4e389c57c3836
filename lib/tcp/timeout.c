/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/timeout.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/ecn.h"
#include "tcp/hold.h"
#include "tcp/lifetime.h"
#include "tcp/outstanding.h"
#include "tcp/pmtu.h"
#include "tcp/state.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"

static void give_up(struct tcp *tcp, struct tcp_conn *conn)
{
	tcp_conn_enter(tcp, conn, LA_CLOSED);
	lifetime_end(tcp, conn, LA_REASON_TIMEOUT);
}

/* RFC 9293 3.8.3: R2, for SYN a time of its own (MUST-23). */
static bool reached_r2(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t since_tick)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);
	uint32_t limit_us = conn_is_synchronized(conn) ? options->r2_us : options->r2_syn_us;

	return tcp->env->now_tick - since_tick >= ticks_from_us(limit_us);
}

/* Everything outstanding is presumed lost: it is sent again from SND.UNA on. */
static void presume_all_lost(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight)
{
	outstanding_presume_lost(tcp, conn, conn->snd_una);
	conn->flags &= ~CONN_RESEND_HEAD;
	flight->rtt_runs = false;
}

static void note_syn_lost(struct tcp_conn *conn)
{
	if (conn_has(conn, CONN_SYN_REPEATED))
		conn->flags |= CONN_SYN_LOST_TWICE;
	conn->flags |= CONN_SYN_REPEATED | CONN_RESEND_HEAD;
}

/* RFC 6298 section 5.4 to 5.6, RFC 5681 section 3.1. */
static void retransmission_expired(struct tcp *tcp, struct tcp_conn *conn,
				   struct tcp_flight *flight)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);

	stat_count(&tcp->env->counters, STAT_retransmit_timeouts);
	if (conn_is_synchronized(conn) && conn->snd_wnd == 0) {
		/* The peer took its window back: from here on it is probed (SHLD-17). */
		loss_forget_reneged(tcp, conn);
		presume_all_lost(tcp, conn, flight);
		conn->flags |= CONN_PROBE_DUE;
		timers_on_window_closed(tcp, conn);
		tcp_mark_due(tcp, conn);
		return;
	}
	if (reached_r2(tcp, conn, flight->stalled_since)) {
		give_up(tcp, conn);
		return;
	}
	if (hold_is_over(tcp, conn)) {
		tcp_abort(tcp, conn, LA_REASON_STALLED);
		return;
	}
	if (conn_is_synchronized(conn) && pmtu_timed_out(tcp, conn)) {
		timers_on_recovery(tcp, conn);
		return;
	}
	if (conn_is_synchronized(conn)) {
		struct cc_control control = flight_cc(tcp, conn, flight);
		struct recovery_view view = {
			.now_us = tcp->env->now_us,
			.snd_una = conn->snd_una,
			.snd_nxt = conn->snd_nxt,
			.flight = outstanding_bytes(tcp, conn),
			.smss = conn->mss,
		};

		/* Only the first loss of a segment says something new about the path. */
		if (loss_watches(conn, flight)) {
			loss_timed_out(tcp, conn);
		} else if (flight->retransmits == 0) {
			recovery_timed_out(&flight->recovery, &control, &view);
			ecn_window_cut(conn);
		} else {
			conn->cc.cwnd = conn->mss;
		}
		if (!loss_watches(conn, flight))
			presume_all_lost(tcp, conn, flight);
	} else {
		note_syn_lost(conn);
	}
	if (flight->retransmits < UINT8_MAX)
		flight->retransmits++;
	if (flight->retransmits == options->r1_retransmits) {
		conn->flags |= CONN_ROUTE_SUSPECT;
		flight->tell_trouble = true;
		net_suspect(tcp->net, &conn->tuple.remote);
	}
	timers_on_expired(tcp, conn);
	tcp_mark_due(tcp, conn);
}

/*
 * RFC 9293 3.8.6.1: probes go on for as long as the peer answers (MUST-37) and there is a service
 * that may want it so. Nobody waits for a connection that was closed: R2 ends it (RFC 6429).
 */
static void persist_expired(struct tcp *tcp, struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	bool answered = !reached_r2(tcp, conn, flight->heard_tick);

	if (hold_is_over(tcp, conn)) {
		tcp_abort(tcp, conn, LA_REASON_STALLED);
		return;
	}
	if (conn->snd_wnd == 0 && reached_r2(tcp, conn, flight->stalled_since) &&
	    (!answered || conn_has(conn, CONN_READER_GONE))) {
		give_up(tcp, conn);
		return;
	}
	conn->flags |= CONN_PROBE_DUE;
	timers_on_expired(tcp, conn);
	tcp_mark_due(tcp, conn);
}

/* Keepalive (RFC 9293 3.8.4) and the idle timeout. */
static void quiet_for_long(struct tcp *tcp, struct tcp_conn *conn)
{
	switch (timers_quiet(tcp, conn)) {
	case QUIET_PROBE:
		conn->flags |= CONN_PROBE_DUE;
		timers_on_keepalive(tcp, conn);
		tcp_mark_due(tcp, conn);
		break;
	case QUIET_GIVE_UP:
		give_up(tcp, conn);
		break;
	case QUIET_END:
		tcp_abort(tcp, conn, LA_REASON_IDLE);
		break;
	default:
		break;
	}
}

/*
 * A SYN was lost. From now on a flight keeps the count; while there is none to be had the SYN waits
 * for as long again, and R2 goes on.
 */
static void bare_syn_expired(struct tcp *tcp, struct tcp_conn *conn)
{
	if (flight_attach(tcp, conn) != NULL)
		return;
	if (reached_r2(tcp, conn, conn->last_send_tick))
		give_up(tcp, conn);
	else
		timers_on_bare_syn(tcp, conn);
}

static void flight_timer_expired(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight)
{
	switch (flight->timer) {
	case FLIGHT_TIMER_PERSIST:
		persist_expired(tcp, conn);
		break;
	case FLIGHT_TIMER_LOSS_PROBE:
		flight->loss.probe_due = true;
		timers_on_probing(tcp, conn);
		tcp_mark_due(tcp, conn);
		break;
	case FLIGHT_TIMER_REORDERING:
		timers_on_probing(tcp, conn);
		loss_reordering_expired(tcp, conn);
		break;
	default:
		retransmission_expired(tcp, conn, flight);
		break;
	}
}

void timeout_expire(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t now = tcp->env->now_tick;
	struct tcp_flight *flight;

	assert(!conn_has(conn, CONN_TIMED | CONN_ENDED));
	if (conn_syn_is_bare(conn) && seq_geq(now, conn->ack_deadline))
		bare_syn_expired(tcp, conn);
	flight = flight_of(tcp, conn);
	if (conn_has(conn, CONN_LINGERS) && seq_geq(now, conn->ack_deadline)) {
		give_up(tcp, conn);
		return;
	}
	if (conn_has(conn, CONN_ACK_DELAYED) && seq_geq(now, conn->ack_deadline)) {
		conn->flags &= ~CONN_ACK_DELAYED;
		stat_count(&tcp->env->counters, STAT_delayed_acks);
		ack_policy_now(tcp, conn);
	}
	if (flight != NULL && flight->paced && seq_geq(now, flight->pace_deadline)) {
		flight->paced = false;
		tcp_mark_due(tcp, conn);
	}
	timers_settle(tcp, conn);
	if (flight != NULL && flight->timer != FLIGHT_TIMER_NONE &&
	    seq_geq(now, flight->timer_deadline)) {
		flight_timer_expired(tcp, conn, flight);
	}
	if (!conn_has(conn, CONN_ENDED))
		quiet_for_long(tcp, conn);
	if (!conn_has(conn, CONN_ENDED))
		timers_arm(tcp, conn);
}
