/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/input.h"

#include <assert.h>

#include <rte_mbuf.h>

#include "base/buffer.h"
#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/backlog.h"
#include "tcp/ecn.h"
#include "tcp/embryo.h"
#include "tcp/ladder_note.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/quick.h"
#include "tcp/reply.h"
#include "tcp/state.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/timewait.h"
#include "tcp/user_timeout.h"

/*
 * May a small record answer a segment that it cannot use? Two that find each other's answers
 * unacceptable would go on for ever (RFC 5961 section 7).
 */
static bool record_may_answer(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	struct challenge *challenge;

	assert(arrival->entry.kind != RECORD_NONE);
	if (arrival->entry.kind == RECORD_EMBRYO)
		challenge =
			&((struct embryo *)pool_at(&tcp->embryos, arrival->entry.index))->challenge;
	else
		challenge = &((struct time_wait *)pool_at(&tcp->time_waits, arrival->entry.index))
				     ->challenge;
	return challenge_allow(challenge, tcp->env->now_tick);
}

void arrival_owes_ack(struct arrival *arrival)
{
	if (arrival_is_full(arrival))
		ack_policy_now(arrival->tcp, arrival->conn);
	else if (record_may_answer(arrival))
		reply_ack(arrival->tcp, arrival->conn);
	else
		drop_count(&arrival->tcp->env->counters, DROP_challenge_limit);
}

void arrival_challenge(struct arrival *arrival)
{
	struct counters *counters = &arrival->tcp->env->counters;

	if (arrival_is_full(arrival)) {
		if (!ack_policy_challenge(arrival->tcp, arrival->conn))
			drop_count(counters, DROP_challenge_limit);
	} else if (record_may_answer(arrival)) {
		stat_count(counters, STAT_challenge_acks);
		reply_ack(arrival->tcp, arrival->conn);
	} else {
		drop_count(counters, DROP_challenge_limit);
	}
}

/* 3.10.7.1: everything but RST is answered by RST. */
static enum verdict arrives_closed(struct tcp *tcp, const struct tcp_seg *seg)
{
	return reply_closed(tcp, seg);
}

/* An ACK without a record. Done or a reason: it was dealt with; continue: it is wrong, as ever. */
static enum verdict check_cookie(struct arrival *arrival, const struct listener *listener)
{
	struct tcp *tcp = arrival->tcp;
	const struct tcp_seg *seg = arrival->seg;

	if ((seg->flags & TCP_SYN) != 0 || !backlog_expects_cookie(tcp, listener))
		return VERDICT_CONTINUE;
	switch (backlog_take_cookie(tcp, seg, listener, arrival->scratch)) {
	case COOKIE_GOOD:
		arrival->conn = arrival->scratch;
		return arrives_otherwise(arrival);
	case COOKIE_ELSEWHERE:
		/* DEVIATION: not reset. What follows the first ACK may come before it, or that one
		 * is lost; a RST would end an honest connection. */
		return DROP_listen_cookie;
	default:
		stat_count(&tcp->env->counters, STAT_cookies_refused);
		return VERDICT_CONTINUE;
	}
}

/* RFC 7413 4.2: with a good cookie, what is left of the segment is text of a connection. */
static bool fast_open(struct arrival *arrival, const struct listener *listener)
{
	struct tcp_conn *conn = backlog_fast_open(arrival->tcp, arrival->seg, listener);

	if (conn == NULL)
		return false;
	arrival->conn = conn;
	arrival->seg->seq++;
	arrival->seg->flags &= (uint8_t)~TCP_SYN;
	return true;
}

/* 3.10.7.2. iss_floor as in embryo_create(). */
static enum verdict arrives_listen(struct arrival *arrival, const struct listener *listener,
				   const uint32_t *iss_floor)
{
	struct tcp *tcp = arrival->tcp;
	const struct tcp_seg *seg = arrival->seg;

	/* First: RST. */
	if ((seg->flags & TCP_RST) != 0)
		return DROP_listen_reset;
	/* Second: ACK. */
	if ((seg->flags & TCP_ACK) != 0) {
		enum verdict verdict = check_cookie(arrival, listener);

		if (verdict != VERDICT_CONTINUE)
			return verdict;
		reply_reset_ack(tcp, seg, LA_LISTEN);
		return DROP_listen_ack;
	}
	/* Third: SYN. But for a Fast Open, text with it is not acknowledged and comes again. */
	if ((seg->flags & TCP_SYN) != 0) {
		if (iss_floor == NULL && fast_open(arrival, listener))
			return arrives_from_sixth(arrival);
		return backlog_take_syn(tcp, seg, listener, iss_floor);
	}
	/* Fourth: anything else. */
	return DROP_listen_no_syn;
}

void input_take_syn(const struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);
	uint32_t offered = conn_rcv_wnd(conn);

	conn->rcv_nxt = seg->seq + 1;
	conn->rcv_adv = conn->rcv_nxt + offered;
	conn->snd_wnd = seg->wnd;
	conn->snd_wl1 = seg->seq;
	options_take(conn, options, options_agreed(options, &seg->options),
		     seg->options.window_scale);
	if (conn_may(conn, CONN_TIMESTAMPS))
		options_take_timestamp(conn, seg->options.ts_value, tcp->env->now_us);
	conn_note_snd_wnd(conn, seg->wnd);
	ecn_answered(conn, options, seg->flags);
}

/*
 * RFC 7413 4.1.3, 4.2: the SYN-ACK may bring a cookie. It acknowledges the text that went with our
 * SYN, or does not: then the peer has thrown it away, and it is as if it had never left.
 */
static void fast_open_was_answered(struct arrival *arrival, struct tcp_flight *flight)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_conn *conn = arrival->conn;
	const struct tcp_options *options = &arrival->seg->options;

	if (flight != NULL)
		stat_add(&tcp->env->counters, STAT_bytes_out,
			 sendq_acknowledge(&flight->send, conn->snd_una));
	if (conn_may(conn, CONN_FAST_OPEN) && options->has_fast_open && options->fast_open_size > 0)
		fast_open_cache_keep(&tcp->fast_open_servers, &conn->tuple.remote,
				     options_mss_offered(options, &conn->tuple.remote),
				     options->fast_open, options->fast_open_size);
	conn->snd_nxt = conn->snd_una;
}

/* Our SYN is acknowledged: how long that took, unless it was sent twice (Karn). */
static void time_syn(const struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	uint64_t now_us = tcp->env->now_us;

	if (flight == NULL)
		rtt_sample(&conn->rtt, (uint32_t)now_us - conn->ts_recent);
	else if (flight->rtt_runs)
		rtt_sample(&conn->rtt, (uint32_t)(now_us - flight->rtt_sent_us));
	if (flight != NULL)
		flight->rtt_runs = false;
}

/* The peer answered our SYN: ESTABLISHED, and the rest of the segment goes through the later steps.
 */
static enum verdict syn_was_acknowledged(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_conn *conn = arrival->conn;
	struct tcp_flight *flight = flight_of(tcp, conn);

	conn->snd_una = arrival->seg->ack;
	fast_open_was_answered(arrival, flight);
	if (flight != NULL)
		timers_on_acknowledged(tcp, conn, true);
	lifetime_established(tcp, conn);
	if (flight == NULL)
		timers_on_idle(tcp, conn);
	if (arrival->seg->options.has_user_timeout)
		user_timeout_told(tcp, conn, arrival->seg->options.user_timeout);
	arrival_owes_ack(arrival);
	/* The SYN is dealt with: what is left of the segment starts behind it. */
	arrival->seg->seq++;
	arrival->seg->flags &= (uint8_t)~TCP_SYN;
	return arrives_from_sixth(arrival);
}

/* 3.10.7.3. */
static enum verdict arrives_syn_sent(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;
	bool has_ack = (seg->flags & TCP_ACK) != 0;
	bool ack_good =
		has_ack && seq_gt(seg->ack, conn->snd_una) && seq_leq(seg->ack, conn->snd_nxt);

	/* First: ACK. */
	if (has_ack && !ack_good) {
		if ((seg->flags & TCP_RST) == 0)
			reply_reset_ack(tcp, seg, LA_SYN_SENT);
		return DROP_syn_sent_ack;
	}
	/* Second: RST. */
	if ((seg->flags & TCP_RST) != 0) {
		if (!ack_good)
			return DROP_syn_sent_reset;
		tcp_conn_enter(tcp, conn, LA_CLOSED);
		lifetime_end(tcp, conn, LA_REASON_REFUSED);
		return VERDICT_DONE;
	}
	/* Third: security is not applicable. Fourth: SYN. */
	if ((seg->flags & TCP_SYN) == 0)
		return DROP_syn_sent_no_syn;
	/* A SYN that goes again, with an ACK, is no longer bare. */
	if (!ack_good && flight_attach(tcp, conn) == NULL)
		return DROP_no_flight_record;
	if (ack_good)
		time_syn(tcp, conn);
	input_take_syn(tcp, conn, seg);
	options_set_mss(tcp, conn, options_mss_offered(&seg->options, &conn->tuple.remote));
	if (ack_good)
		return syn_was_acknowledged(arrival);
	/* Simultaneous open: our SYN goes out again, now with an ACK. Text with the peer's SYN is
	 * not acknowledged by it and comes again. */
	tcp_conn_enter(tcp, conn, LA_SYN_RECEIVED);
	conn->snd_nxt = conn->snd_una + 1;
	conn->flags |= CONN_RESEND_HEAD;
	tcp_mark_due(tcp, conn);
	return VERDICT_DONE;
}

/*
 * May this SYN open a new connection in the place of one in TIME-WAIT? By its timestamp, if the new
 * one will have timestamps: later than all of the old, which may have had none (RFC 6191 section
 * 2). Else, and where the clock has not moved, by its number: beyond all of the old (RFC 9293
 * MAY-2).
 */
static bool syn_is_later(const struct tcp *tcp, const struct tcp_seg *seg,
			 const struct tcp_conn *old, const struct listener *listener)
{
	const struct la_tcp_options *settings = &tcp->profiles.list[listener->profile].options;

	if ((options_agreed(settings, &seg->options) & CONN_TIMESTAMPS) == 0)
		return seq_gt(seg->seq, old->rcv_nxt);
	if (!conn_may(old, CONN_TIMESTAMPS) || seq_gt(seg->options.ts_value, old->ts_recent))
		return true;
	return seg->options.ts_value == old->ts_recent && seq_gt(seg->seq, old->rcv_nxt);
}

/* Continue when it is no such SYN: it goes through the steps, and is answered by an ACK. */
static enum verdict reopen_time_wait(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	const struct tcp_seg *seg = arrival->seg;
	const struct tcp_conn *old = arrival->conn;
	const struct listener *listener;
	uint32_t floor = old->snd_nxt;

	if ((seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return VERDICT_CONTINUE;
	listener = listener_find(&tcp->listeners, seg->tuple.local_port, seg->tuple.local_index);
	if (listener == NULL || !syn_is_later(tcp, seg, old, listener) ||
	    !backlog_has_room(tcp, listener) || backlog_refuses(tcp, listener) != VERDICT_CONTINUE)
		return VERDICT_CONTINUE;
	timewait_release(tcp, arrival->entry.index);
	stat_count(&tcp->env->counters, STAT_time_wait_reopened);
	return arrives_listen(arrival, listener, &floor);
}

/* Of a segment whose connection was not seen ahead, or is of this moment. */
static __rte_noinline bool takes_short_cut(const struct arrival *arrival)
{
	return arrival_takes_short_cut(arrival->tcp, arrival->conn, arrival->seg);
}

/* refused: the short cut was asked already. */
static enum verdict arrives_at_conn(struct arrival *arrival, bool refused)
{
	struct tcp_conn *conn = conn_at(arrival->tcp, arrival->entry.index);

	arrival->conn = conn;
	if (!refused && takes_short_cut(arrival))
		return VERDICT_DONE;
	if (conn->state == LA_SYN_SENT)
		return quick_syn_ack(arrival->tcp, conn, arrival->seg) ? VERDICT_DONE
								       : arrives_syn_sent(arrival);
	return arrives_otherwise(arrival);
}

/*
 * The peer's SYN was answered by a cookie, and when it came again, by an embryo: the cookie's ACK
 * is as good as the embryo's.
 */
static bool answers_older_cookie(struct arrival *arrival, const struct embryo *embryo)
{
	struct tcp *tcp = arrival->tcp;
	const struct tcp_seg *seg = arrival->seg;
	const struct listener *listener = &tcp->listeners.list[embryo->listener];

	return (seg->flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK &&
	       seg->ack != embryo->iss + 1 && seg->seq == embryo->irs + 1 &&
	       backlog_expects_cookie(tcp, listener) &&
	       backlog_take_cookie(tcp, seg, listener, arrival->scratch) == COOKIE_GOOD;
}

/* ESTABLISHED by the short cut: what text the segment has is left. */
static enum verdict arrives_with_ack_of_syn(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;

	if (seg->text > 0 && takes_short_cut(arrival))
		return VERDICT_DONE;
	seg->wnd <<= arrival->conn->snd_shift;
	return seg->text > 0 ? arrives_from_sixth(arrival) : VERDICT_DONE;
}

static enum verdict arrives_at_embryo(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	const struct embryo *embryo = pool_at(&tcp->embryos, arrival->entry.index);

	arrival->conn = quick_ack_of_syn(tcp, arrival->entry.index, arrival->seg);
	if (arrival->conn != NULL)
		return arrives_with_ack_of_syn(arrival);
	arrival->conn = arrival->scratch;
	segment_hash(arrival->seg, &tcp->table); /* cookies are made of it */
	if (answers_older_cookie(arrival, embryo)) {
		embryo_release(tcp, arrival->entry.index);
		arrival->entry.kind = RECORD_NONE;
	} else {
		embryo_thaw(tcp, embryo, arrival->scratch);
	}
	return arrives_otherwise(arrival);
}

static enum verdict arrives_at_none(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	const struct tcp_seg *seg = arrival->seg;
	const struct listener *listener =
		listener_find(&tcp->listeners, seg->tuple.local_port, seg->tuple.local_index);

	/* Its owner may have the connection: neither is it reset nor is one made of it here. */
	if (!ports_come_home(tcp, &seg->tuple))
		return DROP_wrong_worker;
	if (listener == NULL)
		return arrives_closed(tcp, seg);
	return arrives_listen(arrival, listener, NULL);
}

/* A cookie was used up here: there is no connection, and no ACK makes one; a SYN may. */
static enum verdict arrives_at_spent_cookie(struct arrival *arrival)
{
	if ((arrival->seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return arrives_closed(arrival->tcp, arrival->seg);
	timewait_release(arrival->tcp, arrival->entry.index);
	arrival->entry.kind = RECORD_NONE;
	return arrives_at_none(arrival);
}

static enum verdict arrives_at_time_wait(struct arrival *arrival)
{
	enum verdict verdict;

	segment_hash(arrival->seg, &arrival->tcp->table); /* an ISN may be made of it */
	if (timewait_is_spent(arrival->tcp, arrival->entry.index))
		return arrives_at_spent_cookie(arrival);
	arrival->conn = arrival->scratch;
	timewait_thaw(arrival->tcp, arrival->entry.index, arrival->scratch);
	verdict = reopen_time_wait(arrival);
	if (verdict != VERDICT_CONTINUE)
		return verdict;
	return arrives_otherwise(arrival);
}

/* The state of our side for the ladder: the connection's, or of whatever record the tuple has now.
 */
static uint8_t state_after(const struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_seg *seg = arrival->seg;
	struct table_entry entry;

	if (arrival->conn != NULL && arrival_is_full(arrival))
		return arrival->conn->state;
	entry = table_find(&tcp->table, &seg->tuple, segment_hash(seg, &tcp->table));
	if (entry.kind == RECORD_EMBRYO)
		return LA_SYN_RECEIVED;
	if (entry.kind == RECORD_TIME_WAIT && !timewait_is_spent(tcp, entry.index))
		return LA_TIME_WAIT;
	return listener_find(&tcp->listeners, seg->tuple.local_port, seg->tuple.local_index) != NULL
		       ? LA_LISTEN
		       : LA_CLOSED;
}

/* What answers for a segment of which no connection was seen ahead. */
static struct table_entry find_record(struct tcp *tcp, struct tcp_seg *seg)
{
	struct table_entry seen = table_seen(&tcp->table, seg->hint.slot, &seg->tuple);

	if (seen.kind != RECORD_NONE)
		return seen;
	if (seg->hint.slot != NULL)
		table_forget(&tcp->table, &seg->tuple);
	return table_find_hinted(&tcp->table, &seg->tuple, segment_hash(seg, &tcp->table),
				 seg->hint);
}

static enum verdict arrives(struct arrival *arrival, bool refused)
{
	switch (arrival->entry.kind) {
	case RECORD_CONN:
		return arrives_at_conn(arrival, refused);
	case RECORD_EMBRYO:
		return arrives_at_embryo(arrival);
	case RECORD_TIME_WAIT:
		return arrives_at_time_wait(arrival);
	default:
		return arrives_at_none(arrival);
	}
}

void tcp_segment_arrives_at_length(struct tcp *tcp, struct tcp_seg *seg, struct tcp_conn *refused)
{
	struct la_rung *rung = ladder_on(&tcp->env->ladder) ? ladder_note_arrival(tcp, seg) : NULL;
	struct tcp_conn scratch;
	struct arrival arrival = {
		.tcp = tcp,
		.seg = seg,
		.entry = { .kind = RECORD_CONN },
		.scratch = &scratch,
	};
	enum verdict verdict;

	arrival.fin_seq = seg->seq + ((seg->flags & TCP_SYN) != 0) + seg->text;
	if (refused != NULL)
		arrival.entry.index = conn_index(tcp, refused);
	else
		arrival.entry = find_record(tcp, seg);
	verdict = arrives(&arrival, refused != NULL);
	if (verdict > VERDICT_DONE)
		drop_count(&tcp->env->counters, verdict);
	if (rung != NULL) {
		rung->window = seg->wnd;
		rung->state = state_after(&arrival);
		rung->drop = verdict > VERDICT_DONE ? (uint16_t)verdict : 0;
	}
}
