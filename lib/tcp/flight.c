/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/flight.h"

#include <assert.h>

#include <rte_prefetch.h>

#include "base/seq.h"
#include "tcp/hold.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"

static void leave_line(struct tcp *tcp, struct tcp_flight *flight)
{
	if (!flight->stands_idle)
		return;
	line_remove(&tcp->idle_flights, pool_index(&tcp->flights, flight));
	flight->stands_idle = false;
}

/* Something is queued, either way, or waits beyond a gap. */
static inline bool holds_buffers(const struct tcp_flight *flight)
{
	return flight->send.bytes.head != NULL || flight->receive.head != NULL ||
	       flight->reasm.head != NULL;
}

void flight_detach(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL)
		return;
	leave_line(tcp, flight);
	loss_close(&flight->loss);
	if (unlikely(holds_buffers(flight))) {
		sendq_free(&flight->send);
		mbufq_free(&flight->receive);
		reasm_free(&flight->reasm);
	}
	pool_give(&tcp->flights, conn->flight);
	conn->flight = CONN_NONE;
	conn->flags &= ~(CONN_RESENDING | CONN_RESEND_HEAD | CONN_URGENT_OUT | CONN_URGENT_IN |
			 CONN_PROBE_DUE);
}

static bool is_idle(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	return conn->snd_una == conn->snd_nxt && flight->send.bytes.bytes == 0 &&
	       flight->receive.bytes == 0 && flight->reasm.head == NULL && !flight->reasm.has_fin &&
	       flight->timer == FLIGHT_TIMER_NONE && !flight->paced &&
	       !conn_has(conn, CONN_URGENT_IN | CONN_URGENT_OUT) && conn->state != LA_SYN_SENT &&
	       conn->state != LA_SYN_RECEIVED;
}

/*
 * Who has been idle longest is in no cache any more. The one that is next to be taken back came
 * here when the one before it was taken: now its connection follows, and the one behind it.
 */
static void prefetch_oldest(const struct tcp *tcp)
{
	uint32_t index = tcp->idle_flights.head;
	const struct tcp_flight *oldest;

	if (index == TIMER_NODE_NONE)
		return;
	oldest = pool_at(&tcp->flights, index);
	rte_prefetch0(conn_at(tcp, oldest->owner));
	if (oldest->idle.next != TIMER_NODE_NONE)
		flight_prefetch(pool_at(&tcp->flights, oldest->idle.next));
}

/* The flight that has been idle longest, taken from its connection. */
static uint32_t reclaim_oldest(struct tcp *tcp)
{
	uint32_t index = tcp->idle_flights.head;
	struct tcp_flight *flight;

	if (index == TIMER_NODE_NONE)
		return POOL_NONE;
	flight = pool_at(&tcp->flights, index);
	assert(is_idle(conn_at(tcp, flight->owner), flight));
	flight_detach(tcp, conn_at(tcp, flight->owner));
	prefetch_oldest(tcp);
	stat_count(&tcp->env->counters, STAT_flights_reclaimed);
	return pool_take(&tcp->flights);
}

bool flight_available(const struct tcp *tcp)
{
	return pool_left(&tcp->flights) > 0 || tcp->idle_flights.length > 0;
}

/* What the record kept of a SYN that is under way. */
static void take_over_syn(const struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight)
{
	uint32_t age_us = (uint32_t)tcp->env->now_us - conn->ts_recent;

	flight->rtt_runs = true;
	flight->rtt_seq = conn->snd_una + 1;
	flight->rtt_sent_us = tcp->env->now_us - age_us;
	timers_on_attached(conn, flight);
}

/*
 * The number of the first byte of the queue. The first one of all stands behind the SYN; a FIN that
 * was sent and acknowledged stands right before SND.NXT and behind all text.
 */
static uint32_t queue_begins(const struct tcp_conn *conn)
{
	if (conn->state == LA_SYN_SENT)
		return conn->snd_una + 1;
	return conn->snd_nxt - conn_has(conn, CONN_FIN_SENT);
}

/* It is about to be used again: for how long has it stood there? Its deadline was rounded up. */
static void note_rest(const struct tcp *tcp, struct tcp_flight *flight)
{
	uint32_t since = flight->idle.deadline - ticks_from_us(tcp->config.flight_idle_us);
	uint32_t brisk_until = since + ticks_from_us(FLIGHT_BRISK_US);

	flight->rested = seq_lt(tcp->env->now_tick, brisk_until) ? FLIGHT_BRISK : FLIGHT_RESTED;
}

struct tcp_flight *flight_fetch(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t index;

	if (flight != NULL) {
		/* Whoever attaches is about to use it: it must not be taken back before. */
		if (flight->stands_idle)
			note_rest(tcp, flight);
		leave_line(tcp, flight);
		return flight;
	}
	index = pool_take(&tcp->flights);
	if (index == POOL_NONE)
		index = reclaim_oldest(tcp);
	if (index == POOL_NONE)
		return NULL;
	flight = pool_at(&tcp->flights, index);
	*flight = (struct tcp_flight){ .owner = conn_index(tcp, conn),
				       .heard_tick = tcp->env->now_tick };
	/* What is not named is empty when it is zero. */
	loss_init(&flight->loss);
	sendq_init(&flight->send, queue_begins(conn));
	if (conn_syn_is_bare(conn))
		take_over_syn(tcp, conn, flight);
	conn->flight = index;
	hold_begins(flight, tcp->env->now_tick);
	return flight;
}

/*
 * Where flights run low, who was quiet before this exchange hands its own back at once: it is in
 * the cache, and the next one takes it. The line is for those who go on.
 */
static bool stands_not(const struct tcp *tcp, const struct tcp_flight *flight)
{
	if (tcp->config.flight_idle_us == 0)
		return true;
	return flight->rested == FLIGHT_FRESH &&
	       pool_left(&tcp->flights) < tcp->config.max_flights / IDLE_KEEPS_FLIGHTS;
}

void flight_sort(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight)
{
	if (!is_idle(conn, flight)) {
		leave_line(tcp, flight);
		return;
	}
	/* Who was quiet before this exchange may be so for long: nothing of it is to come back
	 * when it has left the cache. Who goes on soon leaves its entry in the wheel for the next
	 * one.
	 */
	if (flight->rested != FLIGHT_BRISK)
		timers_on_idle(tcp, conn);
	if (stands_not(tcp, flight)) {
		flight_detach(tcp, conn);
		return;
	}
	if (flight->rested == FLIGHT_FRESH)
		flight->rested = FLIGHT_RESTED;
	/* Whoever was active last stands last, so the line's order is that of use. */
	leave_line(tcp, flight);
	line_append(&tcp->idle_flights, conn->flight,
		    env_tick_after(tcp->env, tcp->config.flight_idle_us));
	flight->stands_idle = true;
}

/* Those whose time is up leave the line, and their connections are on their way here. */
static unsigned int leave_when_due(struct tcp *tcp, uint32_t *owners)
{
	unsigned int count = 0;

	while (count < BURST_FRAMES) {
		uint32_t index = line_expire(&tcp->idle_flights, tcp->env->now_tick);
		struct tcp_flight *flight;

		if (index == TIMER_NODE_NONE)
			break;
		flight = pool_at(&tcp->flights, index);
		flight->stands_idle = false;
		rte_prefetch0(conn_at(tcp, flight->owner));
		flight_prefetch(flight);
		owners[count++] = flight->owner;
	}
	return count;
}

unsigned int flight_expire(struct tcp *tcp)
{
	uint32_t owners[BURST_FRAMES];
	unsigned int count = 0, burst;

	do {
		burst = leave_when_due(tcp, owners);
		for (unsigned int i = 0; i < burst; i++) {
			struct tcp_conn *conn = conn_at(tcp, owners[i]);

			assert(is_idle(conn, flight_of(tcp, conn)));
			flight_detach(tcp, conn);
		}
		count += burst;
	} while (burst == BURST_FRAMES && count < LINE_PER_BREATH);
	return count;
}
