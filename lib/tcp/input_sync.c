/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * input_sync.c: SEGMENT ARRIVES in SYN-RECEIVED and the seven states after it: the eight steps of
 * RFC 9293 section 3.10.7.4, in their order and under their names.
 */
#include <assert.h>

#include <rte_mbuf.h>

#include "base/seq.h"
#include "tcp/acceptability.h"
#include "tcp/ack.h"
#include "tcp/ack_policy.h"
#include "tcp/backlog.h"
#include "tcp/ecn.h"
#include "tcp/embryo.h"
#include "tcp/input.h"
#include "tcp/lifetime.h"
#include "tcp/outstanding.h"
#include "tcp/options.h"
#include "tcp/reply.h"
#include "tcp/state.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/timewait.h"
#include "tcp/user_timeout.h"

/*
 * The peer's SYN again in SYN-RECEIVED. From a passive open: our SYN-ACK was lost, so it is sent
 * again. From a simultaneous one: the SYN-ACK of the figure in section 3.5, whose ACK counts; the
 * SYN in it is old and cut off. Continue when it is neither.
 */
static enum verdict repeated_syn(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;

	if (conn->state != LA_SYN_RECEIVED || (seg->flags & TCP_SYN) == 0 ||
	    (seg->flags & TCP_RST) != 0)
		return VERDICT_CONTINUE;
	/* The SYN of a Fast Open brought text: RCV.NXT is beyond that, SND.WL1 still its number. */
	if (conn_is_fast_open(conn) && seg->seq == conn->snd_wl1 && (seg->flags & TCP_ACK) == 0) {
		conn->flags |= CONN_RESEND_HEAD;
		tcp_mark_due(arrival->tcp, conn);
		return VERDICT_DONE;
	}
	if (seg->seq + 1 != conn->rcv_nxt)
		return VERDICT_CONTINUE;
	if (!arrival_is_full(arrival)) {
		embryo_answer(arrival->tcp, arrival->entry.index, seg);
		return VERDICT_DONE;
	}
	if ((seg->flags & TCP_ACK) != 0) {
		seg->seq++;
		seg->flags &= (uint8_t)~TCP_SYN;
		/* Our own SYN-ACK may never have left, and ESTABLISHED sends none. */
		arrival_owes_ack(arrival);
	}
	return VERDICT_CONTINUE;
}

/* A zero window takes no text, but ACK, URG and RST of the next segment count (MUST-66). */
static bool strip_for_closed_window(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;
	const struct tcp_conn *conn = arrival->conn;

	if (conn_rcv_wnd(conn) != 0 || seg->seq != conn->rcv_nxt || (seg->flags & TCP_SYN) != 0 ||
	    segment_length(seg) == 0)
		return false;
	if (seg->text > 0)
		drop_count(&arrival->tcp->env->counters, DROP_window_text);
	segment_cut(seg, 0);
	arrival_owes_ack(arrival);
	return true;
}

/*
 * The ACK for a segment that cannot be used. Those without text could be answers to ours: two
 * confused ends must not go on for ever. A SYN is challenged wherever it lies (RFC 5961 4.2).
 */
static void answer_unusable(struct arrival *arrival)
{
	const struct tcp_seg *seg = arrival->seg;

	if (segment_length(seg) == 0 || (seg->flags & TCP_SYN) != 0)
		arrival_challenge(arrival);
	else
		arrival_owes_ack(arrival);
}

/*
 * PAWS, R1 of RFC 7323 5.3. A segment without timestamps is no segment of a connection that has
 * them (3.2); a SYN is of another incarnation, and is challenged as such.
 */
static enum verdict check_timestamp(struct arrival *arrival)
{
	const struct tcp_seg *seg = arrival->seg;

	if (!conn_may(arrival->conn, CONN_TIMESTAMPS))
		return VERDICT_CONTINUE;
	if (!seg->options.has_timestamps)
		return (seg->flags & TCP_SYN) != 0 ? VERDICT_CONTINUE : DROP_timestamp_missing;
	if (!options_timestamp_is_old(arrival->tcp, arrival->conn, seg->options.ts_value))
		return VERDICT_CONTINUE;
	answer_unusable(arrival);
	return DROP_timestamp_old;
}

/*
 * R3 of RFC 7323 5.3, for an acceptable segment: TS.Recent is its timestamp if it begins at or
 * before Last.ACK.sent. That is not kept: it equals RCV.NXT exactly while nothing has come in order
 * since our last ACK. What repeats old text meanwhile leaves TS.Recent alone until that ACK is out.
 */
static void take_timestamp(struct arrival *arrival)
{
	const struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;
	struct tcp *tcp = arrival->tcp;

	if (!conn_may(conn, CONN_TIMESTAMPS) || !seg->options.has_timestamps ||
	    conn->ack_segments > 0 || seq_gt(seg->seq, conn->rcv_nxt))
		return;
	options_take_timestamp(conn, seg->options.ts_value, tcp->env->now_us);
	if (arrival->entry.kind == RECORD_EMBRYO)
		embryo_take_timestamp(tcp, arrival->entry.index, seg->options.ts_value);
	else if (arrival->entry.kind == RECORD_TIME_WAIT)
		timewait_take_timestamp(tcp, arrival->entry.index, seg->options.ts_value);
}

/* Text from left to right came before: the ACK of now tells the peer (RFC 2883). */
static void note_duplicate(struct arrival *arrival, uint32_t left, uint32_t right)
{
	struct tcp_flight *flight;

	if (!conn_may(arrival->conn, CONN_SACK) || !arrival_is_full(arrival))
		return;
	flight = flight_attach(arrival->tcp, arrival->conn);
	if (flight == NULL)
		return;
	sack_blocks_duplicate(&flight->blocks, left, right);
	ack_policy_now(arrival->tcp, arrival->conn);
}

static enum verdict unacceptable_sequence(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;
	uint32_t length = segment_length(seg);

	if (seg->text > 0 && (seg->flags & TCP_SYN) == 0 && seq_lt(seg->seq, conn->rcv_nxt))
		note_duplicate(arrival, seg->seq, seq_min(seg->seq + seg->text, conn->rcv_nxt));
	if (conn->state == LA_TIME_WAIT) {
		/* Our last ACK was lost and the FIN came again: 2MSL start anew. */
		if ((seg->flags & TCP_FIN) != 0 && seg->seq + length == conn->rcv_nxt &&
		    !arrival_is_full(arrival)) {
			timewait_restart(arrival->tcp, arrival->entry.index);
			reply_ack(arrival->tcp, conn);
		} else {
			arrival_owes_ack(arrival);
		}
		return DROP_time_wait_text;
	}
	answer_unusable(arrival);
	return length > 0 && seq_leq(seg->seq + length, conn->rcv_nxt) ? DROP_duplicate_text
								       : DROP_sequence;
}

static enum verdict first_check_sequence(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;
	enum verdict verdict = repeated_syn(arrival);

	if (verdict != VERDICT_CONTINUE)
		return verdict;
	/* RST has a test of its own, text in it or not: the second step's (RFC 5961 3.2). PAWS lets
	 * it pass (RFC 7323 5.2). */
	if ((seg->flags & TCP_RST) != 0)
		return VERDICT_CONTINUE;
	verdict = check_timestamp(arrival);
	if (verdict != VERDICT_CONTINUE)
		return verdict;
	if (!acceptable_sequence(conn->rcv_nxt, conn_rcv_wnd(conn), seg->seq,
				 segment_length(seg)) &&
	    !strip_for_closed_window(arrival))
		return unacceptable_sequence(arrival);
	take_timestamp(arrival);
	return VERDICT_CONTINUE;
}

/* The end by an acceptable RST, by state. */
static enum verdict take_reset(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_conn *conn = arrival->conn;
	const struct tcp_flight *flight;
	enum la_reason reason = LA_REASON_RESET;

	if (conn->state == LA_TIME_WAIT)
		return DROP_time_wait_reset;
	if (!arrival_is_full(arrival)) {
		/* Passive SYN-RECEIVED: back to LISTEN, and nobody need know. */
		stat_count(&tcp->env->counters, STAT_embryo_resets);
		embryo_release(tcp, arrival->entry.index);
		return VERDICT_DONE;
	}
	if (conn->state == LA_SYN_RECEIVED && !conn_is_fast_open(conn))
		reason = LA_REASON_REFUSED;
	flight = flight_of(tcp, conn);
	/* Both ends had closed and all text arrived: what the RST cuts off is only an ACK. */
	if ((conn->state == LA_CLOSING || conn->state == LA_LAST_ACK) &&
	    (flight == NULL || flight->send.bytes.bytes == 0))
		reason = LA_REASON_DONE;
	tcp_conn_enter(tcp, conn, LA_CLOSED);
	lifetime_end(tcp, conn, reason);
	return VERDICT_DONE;
}

static enum verdict second_check_reset(struct arrival *arrival)
{
	const struct tcp_seg *seg = arrival->seg;
	const struct tcp_conn *conn = arrival->conn;

	if ((seg->flags & TCP_RST) == 0)
		return VERDICT_CONTINUE;
	switch (acceptable_reset(conn->rcv_nxt, conn_rcv_wnd(conn), seg->seq)) {
	case RESET_EXACT:
		return take_reset(arrival);
	case RESET_CHALLENGE:
		if (conn->state == LA_TIME_WAIT)
			return DROP_time_wait_reset;
		arrival_challenge(arrival);
		return DROP_reset_challenged;
	default:
		return DROP_sequence_reset;
	}
}

/* The third step, security and compartment, is not applicable. */

static enum verdict fourth_check_syn(struct arrival *arrival)
{
	if ((arrival->seg->flags & TCP_SYN) == 0)
		return VERDICT_CONTINUE;
	if (arrival->conn->state == LA_SYN_RECEIVED && !arrival_is_full(arrival)) {
		embryo_release(arrival->tcp, arrival->entry.index);
		return VERDICT_DONE;
	}
	arrival_challenge(arrival);
	return DROP_syn_challenged;
}

/* Fifth, in SYN-RECEIVED: the ACK of our SYN leads to ESTABLISHED. */
static enum verdict acknowledge_syn(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;
	struct tcp_flight *flight;

	if (seq_leq(seg->ack, conn->snd_una) || seq_gt(seg->ack, conn->snd_nxt)) {
		reply_reset_ack(tcp, seg, LA_SYN_RECEIVED);
		return DROP_syn_received_ack;
	}
	if (!arrival_is_full(arrival)) {
		uint16_t listener = tcp->profiles.list[conn->profile].listener;
		enum verdict verdict = backlog_may_complete(tcp, listener);

		if (verdict != VERDICT_CONTINUE)
			return verdict;
		conn = arrival->entry.kind == RECORD_NONE
			       ? backlog_promote(tcp, conn)
			       : embryo_promote(tcp, arrival->entry.index);
		if (conn == NULL)
			return DROP_no_connection_record;
		arrival->conn = conn;
	}
	conn->snd_una++;
	conn_take_snd_wnd(conn, seg->wnd, seg->seq);
	flight = flight_of(tcp, conn);
	if (flight != NULL) {
		if (flight->rtt_runs)
			rtt_sample(&conn->rtt, (uint32_t)(tcp->env->now_us - flight->rtt_sent_us));
		flight->rtt_runs = false;
		timers_on_acknowledged(tcp, conn, true);
	}
	lifetime_established(tcp, conn);
	if (seg->options.has_user_timeout)
		user_timeout_told(tcp, conn, seg->options.user_timeout);
	/* Text that left with or behind a SYN that had to be repeated (RFC 7413 4.2.2). */
	if (conn->snd_una != conn->snd_nxt && seg->ack == conn->snd_una &&
	    conn_has(conn, CONN_SYN_REPEATED))
		outstanding_presume_lost(tcp, conn, conn->snd_una);
	return VERDICT_CONTINUE;
}

/* Our FIN is acknowledged: where that leads. Continue, unless it is the end. */
static enum verdict fin_was_acknowledged(struct tcp *tcp, struct tcp_conn *conn)
{
	switch (conn->state) {
	case LA_FIN_WAIT_1:
		tcp_conn_enter(tcp, conn, LA_FIN_WAIT_2);
		if (conn_has(conn, CONN_READER_GONE))
			timers_on_lingering(tcp, conn);
		return VERDICT_CONTINUE;
	case LA_CLOSING:
		tcp_conn_enter(tcp, conn, LA_TIME_WAIT);
		timewait_enter(tcp, conn);
		return VERDICT_DONE;
	case LA_LAST_ACK:
		tcp_conn_enter(tcp, conn, LA_CLOSED);
		lifetime_end(tcp, conn, LA_REASON_DONE);
		return VERDICT_DONE;
	default:
		return VERDICT_CONTINUE;
	}
}

/* The peer is there, and perhaps something moved. Text is noted when it is taken. */
static void note_heard(struct arrival *arrival)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_conn *conn = arrival->conn;
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight != NULL)
		flight->heard_tick = tcp->env->now_tick;
	if (seq_gt(arrival->seg->ack, conn->snd_una))
		timers_on_moved(tcp, conn);
	else if (arrival->seg->text == 0)
		timers_on_heard(tcp, conn);
}

static enum verdict fifth_check_ack(struct arrival *arrival)
{
	struct tcp_conn *conn = arrival->conn;
	const struct tcp_seg *seg = arrival->seg;
	enum verdict verdict;

	if ((seg->flags & TCP_ACK) == 0)
		return DROP_no_ack;
	if (conn->state == LA_SYN_RECEIVED) {
		verdict = acknowledge_syn(arrival);
		conn = arrival->conn;
		/* Only text that went before or behind our SYN-ACK leaves more to be done. */
		if (verdict != VERDICT_CONTINUE || conn->snd_una == conn->snd_nxt)
			return verdict;
	}
	switch (acceptable_ack(conn->snd_una, conn->snd_nxt, conn_snd_max_wnd(conn), seg->ack)) {
	case ACK_UNSENT:
		arrival_challenge(arrival);
		return DROP_ack_unsent;
	case ACK_TOO_OLD:
		if (conn->state == LA_TIME_WAIT)
			return VERDICT_CONTINUE;
		arrival_challenge(arrival);
		return DROP_ack_old;
	case ACK_PAST:
		return VERDICT_CONTINUE;
	default:
		break;
	}
	if (conn->state == LA_TIME_WAIT)
		return VERDICT_CONTINUE;
	/* Only who knows both numbers is the peer. */
	note_heard(arrival);
	if (seg->options.has_user_timeout)
		user_timeout_told(arrival->tcp, conn, seg->options.user_timeout);
	ack_process(arrival->tcp, conn, seg);
	if (conn_has(conn, CONN_FIN_SENT) && conn->snd_una == conn->snd_nxt)
		return fin_was_acknowledged(arrival->tcp, conn);
	return VERDICT_CONTINUE;
}

static bool takes_text(const struct tcp_conn *conn)
{
	return state_takes_text((enum la_state)conn->state) || conn_is_fast_open(conn);
}

/* RFC 6093: the pointer is tracked and told, the bytes stay in line. */
static enum verdict sixth_check_urgent(struct arrival *arrival)
{
	const struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;
	uint32_t pointer = seg->seq + seg->urgent;
	struct tcp_flight *flight;

	if ((seg->flags & TCP_URG) == 0 || !takes_text(conn) || seq_leq(pointer, conn->rcv_nxt))
		return VERDICT_CONTINUE;
	flight = flight_attach(arrival->tcp, conn);
	if (flight == NULL)
		return VERDICT_CONTINUE;
	if (!conn_has(conn, CONN_URGENT_IN) || seq_gt(pointer, flight->rcv_up)) {
		flight->rcv_up = pointer;
		conn->flags |= CONN_URGENT_IN | CONN_TELL_URGENT;
		tcp_mark_due(arrival->tcp, conn);
	}
	return VERDICT_CONTINUE;
}

/* What of the segment's text had come before it, beyond the gap. */
static void note_known(struct arrival *arrival, struct tcp_flight *flight)
{
	const struct tcp_seg *seg = arrival->seg;
	struct reasm_range known;

	if (conn_may(arrival->conn, CONN_SACK) &&
	    reasm_find(&flight->reasm, seg->seq, seg->text, &known))
		note_duplicate(arrival, known.from, known.to);
}

/* Text in order goes to the service, with all that was waiting for it. */
static void take_in_order(struct arrival *arrival, struct tcp_flight *flight)
{
	struct tcp *tcp = arrival->tcp;
	struct tcp_conn *conn = arrival->conn;
	uint32_t seq = arrival->seg->seq;
	uint32_t bytes = arrival->seg->text;
	bool had_gap = flight->reasm.head != NULL;

	note_known(arrival, flight);
	share_take(&tcp->env->share, arrival->seg->mbuf->nb_segs);
	mbufq_append_take(&flight->receive, segment_take_text(arrival->seg));
	conn->rcv_nxt += bytes;
	if (had_gap) {
		uint32_t pulled = reasm_pull(&flight->reasm, conn->rcv_nxt, &flight->receive);

		conn->rcv_nxt += pulled;
		bytes += pulled;
		sack_blocks_advance(&flight->blocks, conn->rcv_nxt);
		/* RFC 5681 4.2: a segment that fills a gap is acknowledged at once. */
		ack_policy_now(tcp, conn);
	} else {
		/* What waited beyond a gap did not come in this round trip. */
		ack_policy_tune(tcp, conn, flight, seq);
	}
	stat_add(&tcp->env->counters, STAT_bytes_in, bytes);
	conn->flags |= CONN_TELL_DATA;
	ack_policy_text(conn);
	tcp_mark_due(tcp, conn);
}

/* What lies beyond a gap may be forgotten: it must not hold the buffer that fills the gap. */
static bool may_keep_beyond_gap(const struct tcp *tcp, const struct tcp_flight *flight)
{
	const struct share *share = &tcp->env->share;

	return !share_is_short(share) &&
	       share_left(share, flight->receive.buffers + flight->reasm.buffers) > 0;
}

static enum verdict take_out_of_order(struct arrival *arrival, struct tcp_flight *flight)
{
	struct tcp_seg *seg = arrival->seg;
	struct share *share = &arrival->tcp->env->share;
	struct reasm_range range;

	note_known(arrival, flight);
	ack_policy_gap(arrival->tcp, arrival->conn);
	if (!may_keep_beyond_gap(arrival->tcp, flight))
		return DROP_reassembly_share;
	share_take(share, seg->mbuf->nb_segs);
	if (!reasm_insert(&flight->reasm, seg->seq, segment_take_text(seg)))
		return DROP_reassembly_full;
	reasm_read_range(flight->reasm.latest, &range);
	sack_blocks_grew(&flight->blocks, range.from, range.to);
	stat_count(&arrival->tcp->env->counters, STAT_out_of_order);
	return VERDICT_CONTINUE;
}

/* The service is gone, and text would be lost without the peer knowing (SHLD-3). */
static enum verdict refuse_text(struct arrival *arrival)
{
	tcp_conn_enter(arrival->tcp, arrival->conn, LA_CLOSED);
	arrival->conn->flags |= CONN_RESET_DUE;
	lifetime_end(arrival->tcp, arrival->conn, LA_REASON_ABORTED);
	return DROP_after_close;
}

/* Cuts the text to what is new and in the window. */
static void trim_to_window(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;
	const struct tcp_conn *conn = arrival->conn;

	if (seq_lt(seg->seq, conn->rcv_nxt)) {
		uint32_t known = conn->rcv_nxt - seg->seq;

		note_duplicate(arrival, seg->seq,
			       seg->seq + (known < seg->text ? known : seg->text));
		segment_trim_front(seg, known < seg->text ? known : seg->text);
	}
	if (seq_gt(seg->seq + seg->text, conn->rcv_adv)) {
		drop_count(&arrival->tcp->env->counters, DROP_window_text);
		segment_cut(seg, seq_lt(seg->seq, conn->rcv_adv) ? conn->rcv_adv - seg->seq : 0);
	}
}

/*
 * What a service leaves unread must not take the buffers that others live on, and the last ones
 * are for ACKs, which bring back many. But what fills a gap lets go of what waits beyond it.
 */
static enum verdict may_keep_in_order(const struct tcp *tcp, const struct tcp_flight *flight)
{
	const struct share *share = &tcp->env->share;

	if (flight->receive.bytes > 0)
		return share_left(share, flight->receive.buffers) > 0 ? VERDICT_CONTINUE
								      : DROP_no_buffers;
	return flight->reasm.head != NULL || !share_is_low(share) ? VERDICT_CONTINUE
								  : DROP_last_buffers;
}

static enum verdict seventh_process_text(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;
	struct tcp_conn *conn = arrival->conn;
	struct tcp_flight *flight;
	enum verdict verdict;

	if (seg->text == 0)
		return VERDICT_CONTINUE;
	if (!takes_text(conn))
		return DROP_after_fin;
	trim_to_window(arrival);
	if (seg->text == 0)
		return VERDICT_CONTINUE;
	if (conn_has(conn, CONN_READER_GONE))
		return refuse_text(arrival);
	flight = flight_attach(arrival->tcp, conn);
	if (flight == NULL) {
		/* Not acknowledged, so it comes again. */
		return DROP_no_flight_record;
	}
	verdict = seg->seq == conn->rcv_nxt ? may_keep_in_order(arrival->tcp, flight)
					    : VERDICT_CONTINUE;
	if (verdict != VERDICT_CONTINUE) {
		/* It comes again. */
		ack_policy_now(arrival->tcp, conn);
		return verdict;
	}
	timers_on_moved(arrival->tcp, conn);
	ecn_text_arrived(arrival->tcp, conn, seg);
	if (seg->seq != conn->rcv_nxt)
		return take_out_of_order(arrival, flight);
	take_in_order(arrival, flight);
	return VERDICT_CONTINUE;
}

/* The peer's FIN is the next octet. */
static void take_fin(struct tcp *tcp, struct tcp_conn *conn)
{
	conn->rcv_nxt++;
	/* A FIN right behind a full window takes the number of the edge. */
	conn->rcv_adv = seq_max(conn->rcv_adv, conn->rcv_nxt);
	conn->flags |= CONN_FIN_RECEIVED;
	/* It counts as text for Last.ACK.sent (take_timestamp). */
	if (conn->ack_segments < UINT8_MAX)
		conn->ack_segments++;
	ack_policy_now(tcp, conn);
	switch (conn->state) {
	case LA_ESTABLISHED:
		tcp_conn_enter(tcp, conn, LA_CLOSE_WAIT);
		break;
	case LA_FIN_WAIT_1:
		/* Had our FIN been acknowledged, the fifth step would have left this state. */
		tcp_conn_enter(tcp, conn, LA_CLOSING);
		break;
	default:
		assert(conn->state == LA_FIN_WAIT_2);
		tcp_conn_enter(tcp, conn, LA_TIME_WAIT);
		timewait_enter(tcp, conn);
		break;
	}
}

static enum verdict eighth_check_fin(struct arrival *arrival)
{
	struct tcp_conn *conn = arrival->conn;
	struct tcp_flight *flight = arrival_is_full(arrival) ? flight_of(arrival->tcp, conn) : NULL;

	if (!takes_text(conn)) {
		/* A FIN that was taken before and comes again in the window of a later state. */
		if ((arrival->seg->flags & TCP_FIN) != 0)
			arrival_owes_ack(arrival);
		return VERDICT_DONE;
	}
	if ((arrival->seg->flags & TCP_FIN) != 0 && seq_gt(arrival->fin_seq, conn->rcv_nxt) &&
	    seq_lt(arrival->fin_seq, conn->rcv_adv)) {
		flight = flight_attach(arrival->tcp, conn);
		if (flight != NULL) {
			flight->reasm.has_fin = true;
			flight->reasm.fin_seq = arrival->fin_seq;
		}
		ack_policy_now(arrival->tcp, conn);
		return VERDICT_DONE;
	}
	if (((arrival->seg->flags & TCP_FIN) != 0 && arrival->fin_seq == conn->rcv_nxt) ||
	    (flight != NULL && flight->reasm.has_fin && flight->reasm.fin_seq == conn->rcv_nxt)) {
		if (flight != NULL)
			flight->reasm.has_fin = false;
		take_fin(arrival->tcp, conn);
	}
	return VERDICT_DONE;
}

void arrives_at_end(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg)
{
	if (conn_has(conn, CONN_FIN_SENT) && conn->snd_una == conn->snd_nxt)
		fin_was_acknowledged(tcp, conn);
	if ((seg->flags & TCP_FIN) != 0)
		take_fin(tcp, conn);
}

enum verdict arrives_from_sixth(struct arrival *arrival)
{
	enum verdict verdict = sixth_check_urgent(arrival);
	enum verdict text;

	if (verdict != VERDICT_CONTINUE)
		return verdict;
	text = seventh_process_text(arrival);
	/* A connection that text has ended has no eighth step; text that was dropped has no FIN. */
	if (text != VERDICT_CONTINUE)
		return text;
	return eighth_check_fin(arrival);
}

enum verdict arrives_otherwise(struct arrival *arrival)
{
	struct tcp_seg *seg = arrival->seg;
	enum verdict verdict;

	/* RFC 7323 2.2: every window but a SYN's is in the peer's unit; from here on it is bytes.
	 */
	if ((seg->flags & TCP_SYN) == 0)
		seg->wnd <<= arrival->conn->snd_shift;
	verdict = first_check_sequence(arrival);
	if (verdict == VERDICT_CONTINUE)
		verdict = second_check_reset(arrival);
	if (verdict == VERDICT_CONTINUE)
		verdict = fourth_check_syn(arrival);
	if (verdict == VERDICT_CONTINUE)
		verdict = fifth_check_ack(arrival);
	if (verdict == VERDICT_CONTINUE)
		verdict = arrives_from_sixth(arrival);
	return verdict;
}
