/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/lifetime.h"

#include <assert.h>

#include "tcp/state.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/timewait.h"

struct tcp_conn *lifetime_take(struct tcp *tcp)
{
	uint32_t index = pool_take(&tcp->conns);

	if (index == POOL_NONE)
		return NULL;
	tcp->generations[index]++;
	assert((tcp->generations[index] & 1) == 1);
	return conn_at(tcp, index);
}

struct tcp_conn *lifetime_begin(struct tcp *tcp, const struct tcp_conn *model)
{
	struct tcp_conn *conn = lifetime_take(tcp);

	if (conn == NULL)
		return NULL;
	*conn = *model;
	conn->flight = CONN_NONE;
	conn->due_next = CONN_NONE;
	return conn;
}

static void leave_table(struct tcp *tcp, struct tcp_conn *conn)
{
	struct table_entry self = { .kind = RECORD_CONN, .index = conn_index(tcp, conn) };

	tcp_table_remove(tcp, &conn->tuple, self);
	ports_free(&tcp->ports, &conn->tuple);
	conn->flags &= ~CONN_TABLED;
}

bool lifetime_fast_open(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_attach(tcp, conn);

	if (flight == NULL) {
		leave_table(tcp, conn);
		conn->flags |= CONN_ENDED;
		lifetime_release(tcp, conn);
		return false;
	}
	sendq_init(&flight->send, conn->snd_una + 1);
	conn->features |= CONN_FAST_OPEN;
	conn->cc.ssthresh = CC_SSTHRESH_NONE;
	conn->cc.cwnd = cc_initial_window(conn->mss);
	conn->last_send_tick = tcp->env->now_tick;
	conn->flags |= CONN_TELL_OPENED;
	tcp_mark_due(tcp, conn);
	return true;
}

/* A Fast Open has come to its handshake's end, or its own. */
static void end_fast_open(struct tcp *tcp, struct tcp_conn *conn, bool was_reset)
{
	conn->features &= (uint16_t)~CONN_FAST_OPEN;
	if (conn_has(conn, CONN_PASSIVE))
		fast_open_end(&tcp->fast_open, tcp->env->now_us, was_reset);
}

void lifetime_established(struct tcp *tcp, struct tcp_conn *conn)
{
	bool told = conn_is_fast_open(conn);

	tcp_conn_enter(tcp, conn, LA_ESTABLISHED);
	if (conn_may(conn, CONN_FAST_OPEN))
		end_fast_open(tcp, conn, false);
	conn->cc.ssthresh = CC_SSTHRESH_NONE;
	/* RFC 6928: only a SYN lost twice takes the initial window down to one segment. */
	conn->cc.cwnd =
		conn_has(conn, CONN_SYN_LOST_TWICE) ? conn->mss : cc_initial_window(conn->mss);
	conn->last_send_tick = tcp->env->now_tick;
	conn->last_recv_tick = tcp->env->now_tick;
	/* RFC 6298 5.7: the SYN's back-off does not go on for text. */
	timers_on_sampled(conn);
	if (tcp_options_of(tcp, conn)->user_timeout_us != 0)
		conn->flags |= CONN_USER_TIMEOUT_DUE;
	if (!told)
		conn->flags |= CONN_TELL_OPENED;
	/* RFC 9293 3.10.4: a CLOSE in SYN-RECEIVED was queued for this moment. */
	if (conn_has(conn, CONN_END_ASKED))
		tcp_conn_enter(tcp, conn, LA_FIN_WAIT_1);
	tcp_mark_due(tcp, conn);
}

static enum stat stat_of(enum la_reason reason)
{
	static const enum stat stats[LA_REASONS] = {
		[LA_REASON_DONE] = STAT_closed_done,
		[LA_REASON_RESET] = STAT_closed_reset,
		[LA_REASON_REFUSED] = STAT_closed_refused,
		[LA_REASON_TIMEOUT] = STAT_closed_timeout,
		[LA_REASON_ABORTED] = STAT_closed_aborted,
		[LA_REASON_UNREACHABLE] = STAT_closed_unreachable,
		[LA_REASON_STOPPED] = STAT_closed_stopped,
		[LA_REASON_IDLE] = STAT_closed_idle,
		[LA_REASON_STALLED] = STAT_closed_stalled,
	};

	assert(reason < LA_REASONS);
	return stats[reason];
}

/* True if the cookie it was made from may come again, and is kept in mind. */
static bool spend_cookie(struct tcp *tcp, struct tcp_conn *conn)
{
	return conn_may(conn, CONN_OF_COOKIE) && cookie_expected(&tcp->cookies, tcp->env->now_us) &&
	       timewait_spend(tcp, conn);
}

void lifetime_end(struct tcp *tcp, struct tcp_conn *conn, enum la_reason reason)
{
	assert(!conn_has(conn, CONN_ENDED));
	/* It is released at the end of the breath. */
	pool_prefetch_taken(&tcp->conns, conn_index(tcp, conn));
	if (conn_has(conn, CONN_TABLED) && !spend_cookie(tcp, conn))
		leave_table(tcp, conn);
	if (conn_may(conn, CONN_FAST_OPEN))
		end_fast_open(tcp, conn, reason == LA_REASON_RESET);
	timers_on_ended(tcp, conn);
	conn->flags |= CONN_ENDED;
	conn->reason = (uint8_t)reason & 0xf;
	if (reason != LA_REASON_DONE) {
		/* RFC 9293 3.10.7.4, second: all queues are flushed. */
		flight_detach(tcp, conn);
		conn->flags |= CONN_ABORTIVE;
		conn->flags &= ~(CONN_TELL_DATA | CONN_TELL_URGENT | CONN_ROOM_ASKED);
	}
	stat_count(&tcp->env->counters, stat_of(reason));
	tcp_mark_due(tcp, conn);
}

bool lifetime_may_tell_closed(const struct tcp *tcp, const struct tcp_conn *conn)
{
	if (!conn_has(conn, CONN_ENDED) || conn_has(conn, CONN_DEAD))
		return false;
	return conn_has(conn, CONN_ABORTIVE | CONN_READER_GONE) ||
	       tcp_receive_ready(tcp, conn) == 0;
}

void lifetime_release(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t index = conn_index(tcp, conn);

	assert(conn_has(conn, CONN_ENDED));
	assert(!conn_has(conn, CONN_TABLED | CONN_TIMED | CONN_DUE));
	flight_detach(tcp, conn);
	profile_leave(&tcp->profiles, conn->profile);
	tcp->generations[index]++;
	pool_give(&tcp->conns, index);
}
