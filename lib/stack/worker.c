/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * worker.c: one breath of a worker: receive, state machine, timers, services, send.
 */
#include "stack/worker.h"

#include <assert.h>

#include <rte_cycles.h>
#include <rte_mempool.h>

#include "base/buffer.h"
#include "base/gauge.h"
#include "io/port_lane.h"
#include "stack/stack.h"
#include "tcp/timers.h"

struct control *worker_control(struct la_worker *worker)
{
	return &worker->control;
}

static uint64_t tsc_us(const struct la_stack *stack, uint64_t tsc)
{
	/* No division: each breath does this, and each open. What is rounded off comes to some
	 * microseconds in a hundred years. */
	return (uint64_t)(((unsigned __int128)tsc * stack->us_per_cycle) >> 64);
}

/* tsc is of now: to read it costs as much as a dozen other instructions. */
static void note_time(struct la_worker *worker, uint64_t tsc)
{
	const struct la_stack *stack = worker->stack;
	uint64_t now_us = stack->clock.now_us == NULL ? tsc_us(stack, tsc)
						      : stack->clock.now_us(stack->clock.ctx);

	/* A clock that went back would fire every timer: time stands still instead. */
	if (now_us > worker->env.now_us)
		worker->env.now_us = now_us;
	worker->env.now_tick = (uint32_t)(worker->env.now_us / WHEEL_TICK_US);
}

void worker_read_clock(struct la_worker *worker)
{
	note_time(worker, rte_rdtsc());
}

/* Packets to TCP. One that it refuses as another worker's came by a port whose hash was wrong. */
static void receive_burst(struct la_worker *worker, unsigned int from, struct packet *packets,
			  unsigned int count)
{
	const uint64_t *strays = &worker->env.counters.drops[DROP_wrong_worker];
	uint64_t before = *strays;

	tcp_receive_burst(&worker->tcp, packets, count);
	if (unlikely(*strays != before))
		steer_doubt(&worker->steer, from);
}

/* What the worker's own queues bring; what is another's is handed over. */
static unsigned int receive(struct la_worker *worker)
{
	struct stages *stages = &worker->env.stages;
	bool alone = worker->steer.workers == 1;
	unsigned int frames = 0;
	uint16_t count = 0;

	for (unsigned int i = 0; i < worker->port_count; i++) {
		struct rte_mbuf *mbufs[BURST_FRAMES];
		struct packet packets[BURST_FRAMES];
		unsigned int ours;

		count = port_receive(&worker->ports[i], mbufs, BURST_FRAMES);
		if (count == 0)
			continue;
		stage_end(stages, STAGE_RECEIVE);
		frames += count;
		ours = ingress_burst(&worker->net, i, mbufs, count, packets);
		if (!alone)
			ours = steer_out(&worker->steer, packets, ours);
		receive_burst(worker, worker->index, packets, ours);
	}
	/* Where the last port had frames, TCP has ended the stages of them all. */
	if (count == 0)
		stage_end(stages, STAGE_RECEIVE);
	return frames;
}

/* What other workers received for this one. */
static unsigned int receive_handed(struct la_worker *worker)
{
	unsigned int taken = 0;

	for (unsigned int from = 0; from < worker->steer.workers; from++) {
		struct packet packets[BURST_FRAMES];
		unsigned int count = steer_in(&worker->steer, from, packets);

		if (count == 0)
			continue;
		stage_end(&worker->env.stages, STAGE_RECEIVE);
		receive_burst(worker, from, packets, count);
		taken += count;
	}
	return taken;
}

/* What is due at this time. That nothing is, as mostly, takes less than to tell it apart: then the
 * next stage has it. */
static unsigned int expire(struct la_worker *worker)
{
	unsigned int work = tcp_expire(&worker->tcp);

	work += net_expire(&worker->net);
	work += alarms_ring(worker);
	worker_stop_step(worker);
	if (unlikely(work > 0 || worker->stop.asked))
		stage_end(&worker->env.stages, STAGE_TIMERS);
	return work;
}

static void account(struct la_worker *worker, unsigned int work, uint64_t cycles)
{
	struct counters *counters = &worker->env.counters;

	stat_count(counters, work > 0 ? STAT_breaths_busy : STAT_breaths_idle);
	stat_add(counters, work > 0 ? STAT_cycles_busy : STAT_cycles_idle, cycles);
	if (work > 0)
		stages_count(&worker->env.stages, counters);
}

unsigned int la_worker_poll(struct la_worker *worker)
{
	uint64_t began = rte_rdtsc();
	unsigned int work, orders;

	stages_begin(&worker->env.stages, began);
	note_time(worker, began);
	worker->env.at_hand = buffers_at_hand(worker->env.mbufs);
	work = receive(worker);
	work += receive_handed(worker);
	work += expire(worker);
	work += tcp_flush(&worker->tcp);
	work += net_flush(&worker->net);
	stage_end(&worker->env.stages, STAGE_SEND);
	orders = control_drain(&worker->control, worker);
	worker->env.at_hand = buffers_none();
	account(worker, work + orders,
		(orders > 0 ? rte_rdtsc() : worker->env.stages.since) - began);
	return work + orders;
}

unsigned int la_worker_index(const struct la_worker *worker)
{
	return worker->index;
}

struct la_stack *la_worker_stack(struct la_worker *worker)
{
	return worker->stack;
}

uint64_t la_worker_now_us(const struct la_worker *worker)
{
	return worker->env.now_us;
}

/* True if another worker left something for this one. */
static bool is_handed_something(const struct la_worker *worker)
{
	if (steer_waits(&worker->steer))
		return true;
	for (unsigned int i = 0; i < worker->port_count; i++)
		if (port_lane_waits(&worker->ports[i]))
			return true;
	return false;
}

uint64_t la_worker_next_event_us(const struct la_worker *worker)
{
	const struct env *env = &worker->env;
	uint64_t next = net_next_event_us(&worker->net);
	uint64_t soon = (env->now_us / WHEEL_TICK_US + 1) * WHEEL_TICK_US;
	uint64_t stop;
	uint32_t tick;

	if (tcp_next_tick(&worker->tcp, &tick)) {
		int32_t ahead = (int32_t)(tick - env->now_tick);
		uint64_t at = env->now_us;

		if (ahead > 0)
			at = (env->now_us / WHEEL_TICK_US + (uint64_t)ahead) * WHEEL_TICK_US;
		next = at < next ? at : next;
	}
	if (alarms_next_us(&worker->alarms) < next)
		next = alarms_next_us(&worker->alarms);
	/* Frames that a port did not take are offered again. */
	for (unsigned int i = 0; i < worker->port_count; i++)
		if (worker->ports[i].tx_count > 0)
			next = soon < next ? soon : next;
	stop = worker_stop_next_us(worker);
	next = stop < next ? stop : next;
	return is_handed_something(worker) ? env->now_us : next;
}

void la_worker_usage(const struct la_worker *worker, struct la_usage *out)
{
	const struct tcp *tcp = &worker->tcp;
	uint32_t in_use = rte_mempool_in_use_count(worker->env.mbufs);
	uint32_t reserved = gauge_read(&tcp->reserved);

	*out = (struct la_usage){
		.connections = gauge_read(&tcp->conns.in_use),
		.flights = gauge_read(&tcp->flights.in_use),
		.embryos = gauge_read(&tcp->embryos.in_use),
		.time_waits = gauge_read(&tcp->time_waits.in_use),
		.mbufs = in_use > reserved ? in_use - reserved : 0,
		.timers = timers_armed(tcp),
		.fragments = gauge_read(&worker->net.fragments.slots.in_use),
		.neighbour_waiting = neighbour_waiting(&worker->net.neighbours),
		.table_entries = gauge_read(&tcp->table.entries),
	};
}
