/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * worker.c: one breath of a worker: receive, state machine, timers, services, send.
 */
#include "stack/worker.h"

#include <assert.h>

#include <rte_cycles.h>
#include <rte_mempool.h>

#include "stack/stack.h"
#include "tcp/embryo.h"
#include "tcp/timers.h"

struct control *worker_control(struct la_worker *worker)
{
	return &worker->control;
}

static uint64_t tsc_us(const struct la_stack *stack)
{
	uint64_t cycles = rte_rdtsc();

	return cycles / stack->tsc_hz * 1000000 + cycles % stack->tsc_hz * 1000000 / stack->tsc_hz;
}

void worker_read_clock(struct la_worker *worker)
{
	const struct la_stack *stack = worker->stack;
	uint64_t now_us =
		stack->clock.now_us == NULL ? tsc_us(stack) : stack->clock.now_us(stack->clock.ctx);

	/* A clock that went back would fire every timer: time stands still instead. */
	if (now_us > worker->env.now_us)
		worker->env.now_us = now_us;
	worker->env.now_tick = (uint32_t)(worker->env.now_us / WHEEL_TICK_US);
}

static unsigned int receive(struct la_worker *worker)
{
	unsigned int frames = 0;

	for (unsigned int i = 0; i < worker->port_count; i++) {
		struct rte_mbuf *mbufs[BURST_FRAMES];
		struct packet packets[BURST_FRAMES];
		uint16_t count = port_receive(&worker->ports[i], mbufs, BURST_FRAMES);

		if (count == 0)
			continue;
		frames += count;
		tcp_receive_burst(&worker->tcp, packets,
				  ingress_burst(&worker->net, i, mbufs, count, packets));
	}
	return frames;
}

/*
 * Ends what the sweep of la_stack_stop() finds: FIN first, RST once the grace period is over. A
 * service that asked for room is in the middle of something: it gets the grace period to finish.
 * False when the connection has to be looked at again.
 */
static bool stop_one(struct la_worker *worker, struct tcp_conn *conn, bool grace_is_over)
{
	struct tcp *tcp = &worker->tcp;

	if (grace_is_over || conn->state == LA_SYN_SENT)
		tcp_abort(tcp, conn, LA_REASON_STOPPED);
	else if (conn_has(conn, CONN_END_ASKED | CONN_ENDED))
		return true;
	else if (conn_has(conn, CONN_ROOM_ASKED))
		return false;
	else
		tcp_end(tcp, conn);
	return true;
}

/* A bounded step of an orderly end. */
static void proceed_with_stop(struct la_worker *worker)
{
	struct worker_stop *stop = &worker->stop;
	struct tcp *tcp = &worker->tcp;
	bool over = worker->env.now_us >= stop->deadline_us;

	if (!stop->asked || (stop->swept && !over))
		return;
	for (unsigned int i = 0; i < STOP_PER_BREATH && embryo_refuse_one(tcp); i++)
		;
	for (unsigned int i = 0; i < STOP_PER_BREATH; i++) {
		if (stop->next == tcp->config.max_connections) {
			stop->next = 0;
			stop->swept = !stop->postponed && tcp->embryos.in_use == 0;
			stop->postponed = false;
			return;
		}
		if ((tcp->generations[stop->next] & 1) != 0 &&
		    !stop_one(worker, pool_at(&tcp->conns, stop->next), over))
			stop->postponed = true;
		stop->next++;
	}
}

static void account(struct la_worker *worker, unsigned int work, uint64_t began)
{
	struct counters *counters = &worker->env.counters;
	uint64_t cycles = rte_rdtsc() - began;

	stat_count(counters, work > 0 ? STAT_breaths_busy : STAT_breaths_idle);
	stat_add(counters, work > 0 ? STAT_cycles_busy : STAT_cycles_idle, cycles);
}

unsigned int la_worker_poll(struct la_worker *worker)
{
	uint64_t began = rte_rdtsc();
	unsigned int work;

	worker_read_clock(worker);
	work = receive(worker);
	work += tcp_expire(&worker->tcp);
	work += net_expire(&worker->net);
	proceed_with_stop(worker);
	work += tcp_flush(&worker->tcp);
	work += net_flush(&worker->net);
	work += control_drain(&worker->control, worker);
	account(worker, work, began);
	return work;
}

uint64_t la_worker_now_us(const struct la_worker *worker)
{
	return worker->env.now_us;
}

uint64_t la_worker_next_event_us(const struct la_worker *worker)
{
	const struct env *env = &worker->env;
	uint64_t next = net_next_event_us(&worker->net);
	uint64_t soon = (env->now_us / WHEEL_TICK_US + 1) * WHEEL_TICK_US;
	uint32_t tick;

	if (tcp_next_tick(&worker->tcp, &tick)) {
		int32_t ahead = (int32_t)(tick - env->now_tick);
		uint64_t at = env->now_us;

		if (ahead > 0)
			at = (env->now_us / WHEEL_TICK_US + (uint64_t)ahead) * WHEEL_TICK_US;
		next = at < next ? at : next;
	}
	/* Frames that a port did not take are offered again. */
	for (unsigned int i = 0; i < worker->port_count; i++)
		if (worker->ports[i].tx_count > 0)
			next = soon < next ? soon : next;
	if (worker->stop.asked && !la_stack_stopped(worker->stack)) {
		if (!worker->stop.swept)
			next = soon < next ? soon : next;
		else if (worker->stop.deadline_us < next)
			next = worker->stop.deadline_us;
	}
	return next;
}

void la_worker_usage(const struct la_worker *worker, struct la_usage *out)
{
	const struct tcp *tcp = &worker->tcp;
	uint32_t in_use = rte_mempool_in_use_count(worker->env.mbufs);

	*out = (struct la_usage){
		.connections = tcp->conns.in_use,
		.flights = tcp->flights.in_use,
		.embryos = tcp->embryos.in_use,
		.time_waits = tcp->time_waits.in_use,
		.mbufs = in_use > tcp->reserved ? in_use - tcp->reserved : 0,
		.timers = timers_armed(tcp),
		.fragments = worker->net.fragments.slots.in_use,
		.neighbour_waiting = neighbour_waiting(&worker->net.neighbours),
		.table_entries = tcp->table.entries,
	};
}
