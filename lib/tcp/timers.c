/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/timers.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/outstanding.h"
#include "tcp/tcp.h"

/* The timeout after so many doublings. */
static uint32_t timeout_us(const struct tcp *tcp, const struct tcp_conn *conn,
			   unsigned int doublings)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);
	uint32_t initial = options->rto_initial_us;

	/* RFC 6298 5.7: a lost SYN makes the first estimate a careful one. */
	if (conn_is_synchronized(conn) && conn_has(conn, CONN_SYN_REPEATED) &&
	    initial < TCP_RTO_SYN_TIMEOUT_US && options->rto_max_us >= TCP_RTO_SYN_TIMEOUT_US)
		initial = TCP_RTO_SYN_TIMEOUT_US;
	return rtt_timeout_us(&conn->rtt, initial, options->rto_min_us, options->rto_max_us,
			      doublings);
}

uint32_t timers_rto_us(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return timeout_us(tcp, conn, conn->backoff);
}

void timers_arm(struct tcp *tcp, struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t index = pool_index(&tcp->conns, conn);
	uint32_t earliest = 0;
	bool wanted = false;

	if (flight != NULL && flight->timer != FLIGHT_TIMER_NONE) {
		earliest = flight->timer_deadline;
		wanted = true;
	}
	if (conn_has(conn, CONN_ACK_DELAYED | CONN_LINGERS)) {
		if (!wanted || seq_lt(conn->ack_deadline, earliest))
			earliest = conn->ack_deadline;
		wanted = true;
	}
	if (conn_has(conn, CONN_TIMED)) {
		/* An entry that fires too early is put right then; one too late must move now. */
		if (wanted && seq_leq(conn->timer.deadline, earliest))
			return;
		if (!wanted && !conn_has(conn, CONN_ENDED))
			return;
		wheel_cancel(&tcp->wheel, index);
		conn->flags &= ~CONN_TIMED;
	}
	if (wanted) {
		wheel_arm(&tcp->wheel, index, earliest);
		conn->flags |= CONN_TIMED;
	}
}

static void run(struct tcp *tcp, struct tcp_conn *conn, enum flight_timer timer, uint32_t us)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	flight->timer = (uint8_t)timer;
	flight->timer_deadline = env_tick_after(tcp->env, us);
	timers_arm(tcp, conn);
}

static void stop(struct tcp_flight *flight)
{
	flight->timer = FLIGHT_TIMER_NONE;
	flight->probes = 0;
}

static uint32_t persist_us(const struct tcp *tcp, const struct tcp_conn *conn,
			   const struct tcp_flight *flight)
{
	uint32_t interval = timeout_us(tcp, conn, flight->probes);

	/* A window that is open but small is overridden soon (RFC 9293 3.8.6.2.1). */
	if (conn->snd_wnd > 0)
		return TCP_SWS_OVERRIDE_US;
	return interval < TCP_PERSIST_MAX_US ? interval : TCP_PERSIST_MAX_US;
}

void timers_on_sent(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	assert(flight != NULL);
	if (flight->timer != FLIGHT_TIMER_NONE && flight->timer != FLIGHT_TIMER_PERSIST)
		return;
	flight->probes = 0;
	flight->stalled_since = tcp->env->now_tick;
	run(tcp, conn, FLIGHT_TIMER_RETRANSMIT, timers_rto_us(tcp, conn));
}

void timers_on_acknowledged(struct tcp *tcp, struct tcp_conn *conn, bool anew)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	assert(flight != NULL);
	conn->flags &= ~CONN_ROUTE_SUSPECT;
	if (flight->timer == FLIGHT_TIMER_PERSIST)
		flight->timer = FLIGHT_TIMER_RETRANSMIT;
	flight->probes = 0;
	flight->retransmits = 0;
	flight->soft_error = 0;
	flight->stalled_since = tcp->env->now_tick;
	if (conn->snd_una == conn->snd_nxt)
		stop(flight);
	else if (anew || flight->timer == FLIGHT_TIMER_NONE)
		run(tcp, conn, FLIGHT_TIMER_RETRANSMIT, timers_rto_us(tcp, conn));
}

void timers_on_sampled(struct tcp_conn *conn)
{
	conn->backoff = 0;
}

void timers_on_recovery(struct tcp *tcp, struct tcp_conn *conn)
{
	run(tcp, conn, FLIGHT_TIMER_RETRANSMIT, timers_rto_us(tcp, conn));
}

void timers_on_expired(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight->timer == FLIGHT_TIMER_PERSIST) {
		if (flight->probes < UINT8_MAX)
			flight->probes++;
		run(tcp, conn, FLIGHT_TIMER_PERSIST, persist_us(tcp, conn, flight));
		return;
	}
	if (conn->backoff < TCP_BACKOFF_MAX)
		conn->backoff++;
	run(tcp, conn, FLIGHT_TIMER_RETRANSMIT, timers_rto_us(tcp, conn));
}

void timers_on_window_closed(struct tcp *tcp, struct tcp_conn *conn)
{
	flight_of(tcp, conn)->timer = FLIGHT_TIMER_PERSIST;
	timers_on_expired(tcp, conn);
}

void timers_on_window_opened(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight != NULL && flight->timer == FLIGHT_TIMER_PERSIST)
		stop(flight);
}

void timers_on_output(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL)
		return;
	if (outstanding_any(tcp, conn)) {
		timers_on_sent(tcp, conn);
	} else if (outstanding_waiting(tcp, conn)) {
		if (flight->timer != FLIGHT_TIMER_PERSIST) {
			flight->probes = 0;
			flight->stalled_since = tcp->env->now_tick;
			run(tcp, conn, FLIGHT_TIMER_PERSIST, persist_us(tcp, conn, flight));
		}
	} else {
		stop(flight);
	}
	timers_arm(tcp, conn);
}

void timers_on_ack_owed(struct tcp *tcp, struct tcp_conn *conn)
{
	if (conn_has(conn, CONN_ACK_DELAYED))
		return;
	conn->flags |= CONN_ACK_DELAYED;
	conn->ack_deadline = env_tick_after(tcp->env, tcp_options_of(tcp, conn)->delayed_ack_us);
	timers_arm(tcp, conn);
}

void timers_on_lingering(struct tcp *tcp, struct tcp_conn *conn)
{
	/* No text is taken any more, so no ACK can be delayed: one that is goes at once. */
	if (conn_has(conn, CONN_ACK_DELAYED))
		conn->flags |= CONN_ACK_NOW;
	conn->flags &= ~CONN_ACK_DELAYED;
	conn->flags |= CONN_LINGERS;
	conn->ack_deadline = env_tick_after(tcp->env, TCP_FIN_WAIT_2_US);
	timers_arm(tcp, conn);
}

void timers_on_ended(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight != NULL)
		stop(flight);
	conn->flags &= ~(CONN_ACK_DELAYED | CONN_LINGERS);
	if (conn_has(conn, CONN_TIMED)) {
		wheel_cancel(&tcp->wheel, pool_index(&tcp->conns, conn));
		conn->flags &= ~CONN_TIMED;
	}
}
