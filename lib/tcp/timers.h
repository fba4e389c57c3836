/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timers.h: the timers of a connection, armed here and nowhere else.
 *
 *   retransmission  runs while something is outstanding              flight.timer_deadline
 *                   of a bare SYN                                  conn.ack_deadline
 *   persist         runs while something is queued, nothing is       flight.timer_deadline,
 *                   outstanding and the window is closed or too
 *                   small; also the override of silly windows
 *   pacing          runs while more might leave but for its rate     flight.pace_deadline
 *   loss probe      runs instead of the retransmission timer while   flight.timer_deadline
 *                   all goes well (RFC 8985 7.2)
 *   reordering      runs instead of both while what was overtaken    flight.timer_deadline
 *                   may still come (RFC 8985 6.3)
 *   delayed ACK     runs while an ACK is owed                        conn.ack_deadline
 *   FIN-WAIT-2      runs while the service is gone and the peer has  conn.ack_deadline,
 *                   not closed                                       CONN_LINGERS
 *   keepalive       runs while nothing is outstanding, if asked for  conn.last_recv_tick, or
 *                                                                    conn.ack_deadline
 *   idle            runs if asked for                                conn.last_recv_tick and
 *                                                                    conn.last_send_tick
 *   SYN-RECEIVED    of embryos: a line for each back-off             embryo.c
 *   2MSL            of TIME-WAIT records: one line                   timewait.c
 *   idle flight     one line                                         flight.c
 *
 * After a rest one segment and its answer are all there is, mostly. Until somebody asks, what looks
 * after such a segment is not worked out (FLIGHT_TIMER_FIRST): an entry that stands ahead of
 * whatever it will be does meanwhile.
 *
 * Each connection has one entry, at the earliest of its deadlines or earlier: moving a deadline
 * back costs nothing, the entry is put right when it fires; an exchange after a rest leaves none
 * behind (flight.h). It hangs in the wheel, or, while its deadline is far off, stands in a long
 * line: very many connections that are quiet for hours would otherwise come down the levels of the
 * wheel in one heap.
 */
#ifndef TCP_TIMERS_H
#define TCP_TIMERS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "tcp/keepalive.h"
#include "tcp/tcp.h"

/** Something that takes sequence space was sent. */
void timers_on_sent(struct tcp *tcp, struct tcp_conn *conn);

/** A bare SYN was sent, or should have been sent again: its time begins. */
void timers_on_bare_syn(struct tcp *tcp, struct tcp_conn *conn);

/** A connection whose SYN is bare is given this flight: the timer goes on. */
void timers_on_attached(const struct tcp_conn *conn, struct tcp_flight *flight);

/**
 * SND.UNA moved (RFC 6298 5.2, 5.3). The timer starts anew, unless a further hole of the same fast
 * recovery was found: one that is slow to mend is to time out (RFC 6582 3.2 step 3).
 */
void timers_on_acknowledged(struct tcp *tcp, struct tcp_conn *conn, bool anew);

/** The same where nothing is outstanding any more: nothing is looked after. */
static inline void timers_on_all_acknowledged(const struct tcp *tcp, struct tcp_conn *conn,
					      struct tcp_flight *flight)
{
	conn->flags &= ~CONN_ROUTE_SUSPECT;
	flight->timer = FLIGHT_TIMER_NONE;
	flight->probes = 0;
	flight->retransmits = 0;
	flight->paced = false;
	flight->soft_error = 0;
	flight->stalled_since = tcp->env->now_tick;
}

/** The RTT was measured, or the SYN acknowledged: the RTO is no longer backed off. */
static inline void timers_on_sampled(struct tcp_conn *conn)
{
	conn->backoff = 0;
}

/** Fast recovery wants the timer to start anew. */
void timers_on_recovery(struct tcp *tcp, struct tcp_conn *conn);

/** The retransmission or persist timer expired: back off and run again. */
void timers_on_expired(struct tcp *tcp, struct tcp_conn *conn);

/** The peer took its window back while something was outstanding: that is probed from now on. */
void timers_on_window_closed(struct tcp *tcp, struct tcp_conn *conn);

/** The peer's window opened. */
void timers_on_window_opened(struct tcp *tcp, struct tcp_conn *conn);

/**
 * With SACK, after losses were looked for: in reordering_us they are to be looked for again (0: no
 * need). progress: something was delivered.
 */
void timers_on_detection(struct tcp *tcp, struct tcp_conn *conn, uint32_t reordering_us,
			 bool progress);

/** The loss probe's or the reordering timer expired: the retransmission timer goes on. */
void timers_on_probing(struct tcp *tcp, struct tcp_conn *conn);

/** Output is over, and what it could not answer is acknowledged in delayed_ack at the latest: the
 * end of timers_on_output(), for where there is nothing else that a timer is to look after. */
void timers_on_ack_left(struct tcp *tcp, struct tcp_conn *conn);

/** After output: which timer is to run, given what could and could not be sent. fresh: something
 *  left for the first time. */
void timers_on_output(struct tcp *tcp, struct tcp_conn *conn, bool fresh);

/** Pacing lets the next segment go in wait_us. */
void timers_on_paced(struct tcp *tcp, struct tcp_conn *conn, uint32_t wait_us);

/** FIN-WAIT-2, and the service has closed: the peer has fin_wait_2 to close as well. */
void timers_on_lingering(struct tcp *tcp, struct tcp_conn *conn);

/** The peer's text came, or its ACK of ours. */
void timers_on_moved(struct tcp *tcp, struct tcp_conn *conn);

/** The peer sent something acceptable that moved nothing. */
void timers_on_heard(struct tcp *tcp, struct tcp_conn *conn);

/** A keepalive probe is sent. */
void timers_on_keepalive(struct tcp *tcp, struct tcp_conn *conn);

/** An exchange after a rest is over, or a SYN acknowledged: no entry stays for its sake. */
void timers_on_idle(struct tcp *tcp, struct tcp_conn *conn);

/** The connection is over. */
void timers_on_ended(struct tcp *tcp, struct tcp_conn *conn);

/** Puts the wheel entry where the earliest deadline wants it. */
void timers_arm(struct tcp *tcp, struct tcp_conn *conn);

/** timers_arm_for() where the entry is later, or there is none. */
void timers_move(struct tcp *tcp, struct tcp_conn *conn, uint32_t deadline);

/**
 * One of its deadlines has changed to this one. The entry is never later than the others, so they
 * need not be looked at: it stays, or this is the earliest. But for the end of quiet, which may
 * begin unseen: whoever calls this calls timers_arm() before the breath ends if there is one.
 */
static inline void timers_arm_for(struct tcp *tcp, struct tcp_conn *conn, uint32_t deadline)
{
	if (!conn_has(conn, CONN_TIMED) || seq_gt(conn->timer.deadline, deadline))
		timers_move(tcp, conn, deadline);
}

/** With SACK: one segment left while nothing was outstanding and nothing stirred, and nothing else
 *  is queued. profile is the connection's. */
static inline void timers_on_first_sent(struct tcp *tcp, struct tcp_conn *conn,
					struct tcp_flight *flight, const struct profile *profile)
{
	uint32_t now = tcp->env->now_tick;

	assert(flight->stirs == 0);
	flight->stalled_since = now;
	flight->timer = FLIGHT_TIMER_FIRST;
	flight->timer_deadline = (uint32_t)tcp->env->now_us;
	/* Quiet may have begun before. */
	if (profile->times_quiet || !conn_has(conn, CONN_TIMED) ||
	    seq_gt(conn->timer.deadline, now + profile->first_timer_ticks))
		timers_arm(tcp, conn);
}

/** What the timer of a first segment is follows from the round trip and the options as they are:
 *  called before one of them changes, and before that timer may be due. */
void timers_settle(const struct tcp *tcp, const struct tcp_conn *conn);

/** What its quiet time calls for now. */
enum quiet_action timers_quiet(const struct tcp *tcp, struct tcp_conn *conn);

/** Takes the connections out of the long lines whose time there is up, and calls what happens then;
 *  bounded. Returns how many. */
unsigned int timers_expire_lines(struct tcp *tcp);

/** Connections with a timer. */
uint32_t timers_armed(const struct tcp *tcp);

/** The retransmission timeout before the round trip was ever measured, in microseconds. */
uint32_t timers_initial_rto_us(const struct la_tcp_options *options, const struct tcp_conn *conn);

/** The timeout after so many doublings, in microseconds; options are the connection's. */
static inline uint32_t timers_timeout_by(const struct la_tcp_options *options,
					 const struct tcp_conn *conn, unsigned int doublings)
{
	uint32_t initial = conn->rtt.srtt_us == 0 ? timers_initial_rto_us(options, conn) : 0;

	return rtt_timeout_us(&conn->rtt, initial, options->rto_min_us, options->rto_max_us,
			      doublings);
}

/** The same. */
static inline uint32_t timers_timeout_us(const struct tcp *tcp, const struct tcp_conn *conn,
					 unsigned int doublings)
{
	return timers_timeout_by(tcp_options_of(tcp, conn), conn, doublings);
}

/** The current retransmission timeout, back-off included, in microseconds. */
static inline uint32_t timers_rto_us(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return timers_timeout_us(tcp, conn, conn->backoff);
}

#endif
