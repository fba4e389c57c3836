/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stop.c: the orderly end of a stack: asked for by any thread, carried out by each worker.
 */
#include <rte_branch_prediction.h>

#include "stack/stack.h"
#include "tcp/embryo.h"

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

/* Looks at a bounded number of records, and asks their connections to end. */
static void sweep(struct la_worker *worker, bool over)
{
	struct worker_stop *stop = &worker->stop;
	struct tcp *tcp = &worker->tcp;

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
		    !stop_one(worker, conn_at(tcp, stop->next), over))
			stop->postponed = true;
		stop->next++;
	}
}

static bool is_empty(const struct la_worker *worker)
{
	const struct tcp *tcp = &worker->tcp;

	return tcp->conns.in_use == 0 && tcp->embryos.in_use == 0;
}

static void note_whether_done(struct la_worker *worker)
{
	__atomic_store_n(&worker->stop.done, is_empty(worker), __ATOMIC_RELEASE);
}

/* No new connection from here on. */
static void begin(struct la_worker *worker, uint64_t grace_us)
{
	if (worker->stop.asked)
		return;
	worker_read_clock(worker);
	for (unsigned int i = 0; i < LISTENERS_MAX; i++)
		if (listener_close(&worker->tcp.listeners, (uint16_t)i) == 0)
			profile_leave(&worker->tcp.profiles, worker->tcp.listeners.list[i].profile);
	worker->stop.deadline_us = worker->env.now_us + grace_us;
	worker->stop.asked = true;
	note_whether_done(worker);
}

void worker_stop_step(struct la_worker *worker)
{
	struct worker_stop *stop = &worker->stop;
	struct la_stop *asked = &worker->stack->stop;
	bool over;

	if (likely(!__atomic_load_n(&asked->asked, __ATOMIC_ACQUIRE)))
		return;
	begin(worker, asked->grace_us);
	over = worker->env.now_us >= stop->deadline_us;
	if (!stop->swept || over)
		sweep(worker, over);
	note_whether_done(worker);
}

uint64_t worker_stop_next_us(const struct la_worker *worker)
{
	const struct worker_stop *stop = &worker->stop;
	uint64_t soon = (worker->env.now_us / WHEEL_TICK_US + 1) * WHEEL_TICK_US;

	if (!stop->asked || is_empty(worker))
		return UINT64_MAX;
	return stop->swept ? stop->deadline_us : soon;
}

void la_stack_stop(struct la_stack *stack, uint64_t grace_us)
{
	if (__atomic_load_n(&stack->stop.asked, __ATOMIC_RELAXED))
		return;
	stack->stop.grace_us = grace_us;
	__atomic_store_n(&stack->stop.asked, true, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < stack->worker_count; i++)
		if (control_is_here(&stack->workers[i]->control))
			begin(stack->workers[i], grace_us);
}

bool la_stack_stopped(const struct la_stack *stack)
{
	for (unsigned int i = 0; i < stack->worker_count; i++) {
		const struct la_worker *worker = stack->workers[i];

		if (control_is_here(&worker->control)
			    ? !is_empty(worker)
			    : !__atomic_load_n(&worker->stop.done, __ATOMIC_ACQUIRE))
			return false;
	}
	return true;
}
