/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crew: see crew.h.
 */
#include "crew.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#define STOP_MARGIN_US 2000000U /* for resets to leave after the grace period */
#define IDLE_BREATHS 64U        /* breaths with nothing to do before a worker may rest */

bool crew_choose(struct crew *crew, unsigned int wanted)
{
	unsigned int most = rte_lcore_count(), lcore;

	if (most > LA_WORKERS_MAX)
		most = LA_WORKERS_MAX;
	if (wanted > most)
		return false;
	if (wanted == 0)
		wanted = most;
	crew->lcores[0] = rte_get_main_lcore();
	crew->count = 1;
	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		if (crew->count < wanted)
			crew->lcores[crew->count++] = lcore;
	}
	assert(crew->count == wanted);
	return true;
}

char *crew_format_lcores(const struct crew *crew, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "lcore%s", crew->count == 1 ? "" : "s");

	for (unsigned int i = 0; i < crew->count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s %u", i == 0 ? "" : ",",
					 crew->lcores[i]);
	return buf;
}

/* Rests only when breath after breath had nothing to do, and then no longer than the settings and
 * the next timer allow. The system call is made here: a worker makes none. */
static void rest(const struct crew *crew, const struct la_worker *worker, unsigned int idle)
{
	uint64_t sleep_us = crew->idle_sleep_us;
	uint64_t now, next;
	struct timespec pause = { 0 };

	if (sleep_us == 0 || idle < IDLE_BREATHS)
		return;
	now = la_worker_now_us(worker);
	next = la_worker_next_event_us(worker);
	if (next <= now)
		return;
	if (next - now < sleep_us)
		sleep_us = next - now;
	pause.tv_nsec = (long)(sleep_us * 1000);
	nanosleep(&pause, NULL);
}

/* One breath, and a rest when it was one of many idle ones. */
static void breathe(const struct crew *crew, struct la_worker *worker, unsigned int *idle)
{
	if (la_worker_poll(worker) != 0)
		*idle = 0;
	else if (*idle < IDLE_BREATHS)
		*idle += 1;
	rest(crew, worker, *idle);
}

/* What an lcore other than the main one does. */
static int work(void *arg)
{
	const struct crew *crew = arg;
	unsigned int index = 0, idle = 0;
	struct la_worker *worker;

	while (crew->lcores[index] != rte_lcore_id())
		index++;
	assert(index < crew->count);
	worker = la_stack_worker(crew->stack, index);
	while (!__atomic_load_n(&crew->over, __ATOMIC_ACQUIRE))
		breathe(crew, worker, &idle);
	return 0;
}

static bool launch(struct crew *crew)
{
	for (unsigned int i = 1; i < crew->count; i++) {
		int result = rte_eal_remote_launch(work, crew, crew->lcores[i]);

		if (result == 0)
			continue;
		fprintf(stderr, "lastack: lcore %u does not take a worker: %s\n", crew->lcores[i],
			strerror(-result));
		return false;
	}
	return true;
}

/* Every worker leaves its lcore. What they decided to send last leaves, too: those without a queue
 * of their own hand it to workers before them. */
static void recall(struct crew *crew)
{
	__atomic_store_n(&crew->over, true, __ATOMIC_RELEASE);
	rte_eal_mp_wait_lcore();
	for (unsigned int i = crew->count; i > 0; i--)
		la_worker_poll(la_stack_worker(crew->stack, i - 1));
}

static void end(struct crew *crew, uint64_t grace_us, unsigned int (*stops)(void))
{
	struct la_worker *mine = la_stack_worker(crew->stack, 0);
	unsigned int idle = 0;
	uint64_t limit;

	la_stack_stop(crew->stack, grace_us);
	limit = la_worker_now_us(mine) + grace_us + STOP_MARGIN_US;
	while (!la_stack_stopped(crew->stack) && stops() < 2 && la_worker_now_us(mine) < limit)
		breathe(crew, mine, &idle);
}

bool crew_work(struct crew *crew, uint64_t grace_us, unsigned int (*stops)(void))
{
	struct la_worker *mine = la_stack_worker(crew->stack, 0);
	unsigned int idle = 0;
	bool launched = launch(crew), stopped;

	while (launched && stops() == 0)
		breathe(crew, mine, &idle);
	if (launched) {
		printf("stopping\n");
		fflush(stdout);
		end(crew, grace_us, stops);
	}
	stopped = la_stack_stopped(crew->stack);
	recall(crew);
	if (launched && !stopped)
		fprintf(stderr, "lastack: connections are left that were not told of the end\n");
	return launched && stopped;
}
