/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/timers.h"

#include <assert.h>

#include "base/gauge.h"
#include "base/seq.h"
#include "tcp/outstanding.h"
#include "tcp/tcp.h"
#include "tcp/timeout.h"

uint32_t timers_initial_rto_us(const struct la_tcp_options *options, const struct tcp_conn *conn)
{
	uint32_t initial = options->rto_initial_us;

	/* RFC 6298 5.7: a lost SYN makes the first estimate a careful one. */
	if (conn_is_synchronized(conn) && conn_has(conn, CONN_SYN_REPEATED) &&
	    initial < TCP_RTO_SYN_TIMEOUT_US && options->rto_max_us >= TCP_RTO_SYN_TIMEOUT_US)
		initial = TCP_RTO_SYN_TIMEOUT_US;
	return initial;
}

/* How long entries stand in each long line. Who has longer to go stands again. */
static const uint32_t line_ticks[LONG_LINES] = {
	LONG_LINE_SHORTEST_US / WHEEL_TICK_US,
	LONG_LINE_SHORTEST_US / WHEEL_TICK_US *LONG_LINE_FACTOR,
	LONG_LINE_SHORTEST_US / WHEEL_TICK_US *LONG_LINE_FACTOR *LONG_LINE_FACTOR,
};

#define CONN_IN_LINE_ONE (CONN_IN_LINE & -CONN_IN_LINE)

_Static_assert(LONG_LINES *CONN_IN_LINE_ONE <= CONN_IN_LINE, "features hold the number of a line");

/* The line that the connection's entry stands in; NULL: it hangs in the wheel. */
static struct line *line_of(struct tcp *tcp, const struct tcp_conn *conn)
{
	unsigned int number = (conn->features & CONN_IN_LINE) / CONN_IN_LINE_ONE;

	return number == 0 ? NULL : &tcp->long_lines[number - 1];
}

static void entry_put(struct tcp *tcp, struct tcp_conn *conn, uint32_t deadline)
{
	uint32_t index = conn_index(tcp, conn);
	uint32_t now = tcp->env->now_tick;
	unsigned int number = LONG_LINES;

	while (number > 0 && seq_lt(deadline, now + line_ticks[number - 1]))
		number--;
	conn->flags |= CONN_TIMED;
	conn->features |= (uint16_t)(number * CONN_IN_LINE_ONE);
	if (number == 0)
		wheel_arm(&tcp->wheel, index, deadline);
	else
		line_append(&tcp->long_lines[number - 1], index, now + line_ticks[number - 1]);
}

static void entry_take(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t index = conn_index(tcp, conn);
	struct line *line = line_of(tcp, conn);

	if (line == NULL)
		wheel_cancel(&tcp->wheel, index);
	else
		line_remove(line, index);
	conn->flags &= ~CONN_TIMED;
	conn->features &= (uint16_t)~CONN_IN_LINE;
}

unsigned int timers_expire_lines(struct tcp *tcp)
{
	unsigned int count = 0;

	for (unsigned int line = 0; line < LONG_LINES; line++) {
		for (unsigned int i = 0; i < LINE_PER_BREATH; i++) {
			uint32_t index = line_expire(&tcp->long_lines[line], tcp->env->now_tick);
			struct tcp_conn *conn;

			if (index == TIMER_NODE_NONE)
				break;
			conn = conn_at(tcp, index);
			conn->flags &= ~CONN_TIMED;
			conn->features &= (uint16_t)~CONN_IN_LINE;
			timeout_expire(tcp, conn);
			count++;
		}
	}
	return count;
}

uint32_t timers_armed(const struct tcp *tcp)
{
	uint32_t count = gauge_read(&tcp->wheel.armed);

	for (unsigned int line = 0; line < LONG_LINES; line++)
		count += gauge_read(&tcp->long_lines[line].length);
	return count;
}

/* The later of two ticks that are not ahead of now, however long ago they are. */
static uint32_t later(uint32_t now, uint32_t a, uint32_t b)
{
	return now - a < now - b ? a : b;
}

static struct quiet quiet_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	bool outstanding = outstanding_any(tcp, conn) || outstanding_waiting(tcp, conn);
	/* What is sent again and again, and not taken, does not move. */
	uint32_t sent = outstanding ? flight->stalled_since : conn->last_send_tick;

	return (struct quiet){
		.recv_tick = conn->last_recv_tick,
		.moved_tick = later(tcp->env->now_tick, conn->last_recv_tick, sent),
		.probe_tick = conn->ack_deadline,
		.probes = (uint8_t)conn->keepalive_probes,
		.outstanding = outstanding,
	};
}

/* Quiet counts between two ends that know each other, and while someone is there to read. Where an
 * ACK is delayed it has not begun, though the quiet time be shorter than the delay. */
static bool may_be_quiet(const struct tcp_conn *conn)
{
	return conn_is_synchronized(conn) && conn->state != LA_TIME_WAIT &&
	       !conn_has(conn, CONN_LINGERS | CONN_ENDED | CONN_ACK_DELAYED) &&
	       !conn_has_news(conn);
}

static bool quiet_tick(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t *tick)
{
	const struct profile *profile = tcp_profile_of(tcp, conn);
	struct quiet quiet;

	if (!profile->times_quiet || !may_be_quiet(conn))
		return false;
	quiet = quiet_of(tcp, conn);
	return quiet_deadline(&quiet, &profile->options, tcp->env->now_tick, tick);
}

enum quiet_action timers_quiet(const struct tcp *tcp, struct tcp_conn *conn)
{
	const struct profile *profile = tcp_profile_of(tcp, conn);
	struct quiet quiet;

	if (!profile->times_quiet || !may_be_quiet(conn))
		return QUIET_WAIT;
	/* Serial time must not come round over a direction that was silent for days. */
	if (tcp->env->now_tick - conn->last_send_tick > WHEEL_REACH_TICKS)
		conn->last_send_tick = tcp->env->now_tick - WHEEL_REACH_TICKS;
	quiet = quiet_of(tcp, conn);
	return quiet_expired(&quiet, &profile->options, tcp->env->now_tick);
}

/* Of a timer that runs. */
struct running {
	enum flight_timer timer;
	uint32_t deadline;
};

static struct running running_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t rto_us, age_us;
	bool probes;

	if (flight->timer != FLIGHT_TIMER_FIRST)
		return (struct running){ flight->timer, flight->timer_deadline };
	rto_us = timers_timeout_us(tcp, conn, 0);
	age_us = (uint32_t)tcp->env->now_us - flight->timer_deadline;
	/* A probe comes no later than the timeout. */
	probes = loss_first_may_probe(&flight->loss);
	return (struct running){
		probes ? FLIGHT_TIMER_LOSS_PROBE : FLIGHT_TIMER_RETRANSMIT,
		tick_after(tcp->env->now_us - age_us,
			   probes ? loss_first_probe_us(conn, rto_us) : rto_us),
	};
}

void timers_settle(const struct tcp *tcp, const struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct running running;

	if (flight == NULL || flight->timer != FLIGHT_TIMER_FIRST)
		return;
	running = running_of(tcp, conn);
	flight->timer = (uint8_t)running.timer;
	flight->timer_deadline = running.deadline;
}

/* The earliest of its deadlines; false: it has none. */
static bool earliest_deadline(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t *tick)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t earliest = 0;
	uint32_t quiet;
	bool wanted = false;

	if (conn_syn_is_bare(conn)) {
		*tick = conn->ack_deadline;
		return true;
	}
	if (flight != NULL && flight->timer != FLIGHT_TIMER_NONE) {
		earliest = running_of(tcp, conn).deadline;
		wanted = true;
	}
	if (flight != NULL && flight->paced) {
		if (!wanted || seq_lt(flight->pace_deadline, earliest))
			earliest = flight->pace_deadline;
		wanted = true;
	}
	if (conn_has(conn, CONN_ACK_DELAYED | CONN_LINGERS)) {
		if (!wanted || seq_lt(conn->ack_deadline, earliest))
			earliest = conn->ack_deadline;
		wanted = true;
	}
	if (quiet_tick(tcp, conn, &quiet)) {
		if (!wanted || seq_lt(quiet, earliest))
			earliest = quiet;
		wanted = true;
	}
	*tick = earliest;
	return wanted;
}

void timers_arm(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t earliest;
	bool wanted = earliest_deadline(tcp, conn, &earliest);

	if (conn_has(conn, CONN_TIMED)) {
		/* An entry that fires too early is put right then; one too late must move now. */
		if (wanted && seq_leq(conn->timer.deadline, earliest))
			return;
		if (!wanted && !conn_has(conn, CONN_ENDED))
			return;
		entry_take(tcp, conn);
	}
	if (wanted)
		entry_put(tcp, conn, earliest);
}

void timers_move(struct tcp *tcp, struct tcp_conn *conn, uint32_t deadline)
{
	if (!conn_has(conn, CONN_TIMED)) {
		timers_arm(tcp, conn);
		return;
	}
	entry_take(tcp, conn);
	entry_put(tcp, conn, deadline);
}

static void run(struct tcp *tcp, struct tcp_conn *conn, enum flight_timer timer, uint32_t us)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	flight->timer = (uint8_t)timer;
	flight->timer_deadline = env_tick_after(tcp->env, us);
	timers_arm_for(tcp, conn, flight->timer_deadline);
}

static void stop(struct tcp_flight *flight)
{
	flight->timer = FLIGHT_TIMER_NONE;
	flight->paced = false;
	flight->probes = 0;
}

static uint32_t persist_us(const struct tcp *tcp, const struct tcp_conn *conn,
			   const struct tcp_flight *flight)
{
	uint32_t interval = timers_timeout_us(tcp, conn, flight->probes);

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

void timers_on_bare_syn(struct tcp *tcp, struct tcp_conn *conn)
{
	assert(conn_syn_is_bare(conn));
	conn->ack_deadline = env_tick_after(tcp->env, timers_rto_us(tcp, conn));
	if (conn_has(conn, CONN_TIMED))
		timers_arm(tcp, conn);
	else
		entry_put(tcp, conn, conn->ack_deadline);
}

void timers_on_attached(const struct tcp_conn *conn, struct tcp_flight *flight)
{
	assert(conn_syn_is_bare(conn));
	flight->timer = FLIGHT_TIMER_RETRANSMIT;
	flight->timer_deadline = conn->ack_deadline;
	flight->stalled_since = conn->last_send_tick;
}

/*
 * RFC 7765: with so little outstanding that duplicates cannot tell of a loss, the time that the
 * oldest of it is under way already counts.
 */
static uint32_t restarted_rto_us(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t rto_us = timers_rto_us(tcp, conn);
	struct sack_piece oldest;
	uint64_t age_us;

	if (!loss_watches(conn, flight) || outstanding_waiting(tcp, conn) ||
	    conn->snd_nxt - conn->snd_una >= TCP_RTO_RESTART_SEGMENTS * conn->mss ||
	    !sack_oldest(&flight->loss.board, &oldest))
		return rto_us;
	age_us = tcp->env->now_us - oldest.sent_us;
	return age_us < rto_us ? rto_us - (uint32_t)age_us : rto_us;
}

/*
 * New text moves the probe on, but never beyond the retransmission timeout, which counts from the
 * last progress (RFC 6298 5.1, RFC 8985 7.2): who writes little and often would put both off for as
 * long as the window lasts.
 */
static uint32_t rto_left_us(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint32_t rto_us = restarted_rto_us(tcp, conn);
	uint32_t whole_us = timers_rto_us(tcp, conn);
	uint64_t since_us = (uint64_t)(tcp->env->now_tick - flight_of(tcp, conn)->stalled_since) *
			    WHEEL_TICK_US;
	uint32_t left_us = since_us < whole_us ? whole_us - (uint32_t)since_us : 0;

	return left_us < rto_us ? left_us : rto_us;
}

/* What looks after a connection with SACK now: the loss probe, or the retransmission timer. */
static void watch(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t rto_us = restarted_rto_us(tcp, conn);
	uint32_t probe_us = loss_probe_timeout_us(tcp, conn, rto_us);

	if (probe_us > 0)
		run(tcp, conn, FLIGHT_TIMER_LOSS_PROBE, probe_us);
	else
		run(tcp, conn, FLIGHT_TIMER_RETRANSMIT, rto_us);
}

/* Something left for the first time: the probe's time begins anew. */
static void watch_fresh(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t probe_us = loss_probe_timeout_us(tcp, conn, rto_left_us(tcp, conn));

	if (flight_of(tcp, conn)->timer != FLIGHT_TIMER_REORDERING && probe_us > 0)
		run(tcp, conn, FLIGHT_TIMER_LOSS_PROBE, probe_us);
}

void timers_on_acknowledged(struct tcp *tcp, struct tcp_conn *conn, bool anew)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	assert(flight != NULL);
	if (conn->snd_una == conn->snd_nxt) {
		timers_on_all_acknowledged(tcp, conn, flight);
		return;
	}
	conn->flags &= ~CONN_ROUTE_SUSPECT;
	if (flight->timer == FLIGHT_TIMER_PERSIST)
		flight->timer = FLIGHT_TIMER_RETRANSMIT;
	flight->probes = 0;
	flight->retransmits = 0;
	flight->soft_error = 0;
	flight->stalled_since = tcp->env->now_tick;
	if (anew || flight->timer == FLIGHT_TIMER_NONE)
		watch(tcp, conn);
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

void timers_on_detection(struct tcp *tcp, struct tcp_conn *conn, uint32_t reordering_us,
			 bool progress)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	bool other = flight->timer == FLIGHT_TIMER_LOSS_PROBE ||
		     flight->timer == FLIGHT_TIMER_REORDERING;

	if (flight->timer == FLIGHT_TIMER_NONE || flight->timer == FLIGHT_TIMER_PERSIST)
		return;
	if (reordering_us > 0)
		run(tcp, conn, FLIGHT_TIMER_REORDERING, reordering_us);
	else if (progress && other)
		watch(tcp, conn);
}

void timers_on_probing(struct tcp *tcp, struct tcp_conn *conn)
{
	run(tcp, conn, FLIGHT_TIMER_RETRANSMIT, timers_rto_us(tcp, conn));
}

void timers_on_ack_left(struct tcp *tcp, struct tcp_conn *conn)
{
	if (conn_has_news(conn)) {
		conn->flags |= CONN_ACK_DELAYED;
		conn->keepalive_probes = 0;
		conn->ack_deadline =
			env_tick_after(tcp->env, tcp_options_of(tcp, conn)->delayed_ack_us);
	}
	timers_arm(tcp, conn);
}

void timers_on_output(struct tcp *tcp, struct tcp_conn *conn, bool fresh)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL) {
		timers_on_ack_left(tcp, conn);
		return;
	}
	if (outstanding_any(tcp, conn)) {
		timers_on_sent(tcp, conn);
		if (fresh)
			watch_fresh(tcp, conn);
	} else if (outstanding_waiting(tcp, conn)) {
		if (flight->timer != FLIGHT_TIMER_PERSIST) {
			flight->probes = 0;
			flight->stalled_since = tcp->env->now_tick;
			run(tcp, conn, FLIGHT_TIMER_PERSIST, persist_us(tcp, conn, flight));
		}
	} else {
		stop(flight);
	}
	timers_on_ack_left(tcp, conn);
}

void timers_on_paced(struct tcp *tcp, struct tcp_conn *conn, uint32_t wait_us)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	flight->paced = true;
	flight->pace_deadline = env_tick_after(tcp->env, wait_us);
	timers_arm_for(tcp, conn, flight->pace_deadline);
}

void timers_on_lingering(struct tcp *tcp, struct tcp_conn *conn)
{
	/* No text is taken any more, so no ACK can be delayed: one that is goes at once. */
	if (conn_has(conn, CONN_ACK_DELAYED) || conn_has_news(conn))
		conn->flags |= CONN_ACK_NOW;
	conn->flags &= ~CONN_ACK_DELAYED;
	conn->flags |= CONN_LINGERS;
	conn->ack_deadline = env_tick_after(tcp->env, tcp_options_of(tcp, conn)->fin_wait_2_us);
	timers_arm(tcp, conn);
}

void timers_on_moved(struct tcp *tcp, struct tcp_conn *conn)
{
	conn->last_recv_tick = tcp->env->now_tick;
	if (conn->keepalive_probes == 0)
		return;
	conn->keepalive_probes = 0;
	timers_arm(tcp, conn);
}

void timers_on_heard(struct tcp *tcp, struct tcp_conn *conn)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);

	/* Where an ACK is delayed, text has come just now. */
	if (!options->keepalive || conn_has(conn, CONN_ACK_DELAYED | CONN_LINGERS) ||
	    conn_has_news(conn))
		return;
	conn->keepalive_probes = KEEPALIVE_HEARD;
	conn->ack_deadline = env_tick_after(tcp->env, quiet_time_us(options));
	timers_arm(tcp, conn);
}

void timers_on_keepalive(struct tcp *tcp, struct tcp_conn *conn)
{
	unsigned int before =
		conn->keepalive_probes == KEEPALIVE_HEARD ? 0 : conn->keepalive_probes;

	assert(!conn_has(conn, CONN_ACK_DELAYED | CONN_LINGERS));
	assert(before + 1 < KEEPALIVE_HEARD);
	conn->keepalive_probes = (uint16_t)(before + 1) & 15U;
	conn->ack_deadline =
		env_tick_after(tcp->env, tcp_options_of(tcp, conn)->keepalive_interval_us);
}

void timers_on_idle(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t earliest;
	bool wanted = earliest_deadline(tcp, conn, &earliest);

	if (!conn_has(conn, CONN_TIMED) || (wanted && conn->timer.deadline == earliest))
		return;
	entry_take(tcp, conn);
	if (wanted)
		entry_put(tcp, conn, earliest);
}

void timers_on_ended(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight != NULL)
		stop(flight);
	conn->flags &= ~(CONN_ACK_DELAYED | CONN_LINGERS);
	if (conn_has(conn, CONN_TIMED))
		entry_take(tcp, conn);
}
