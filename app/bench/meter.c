/* SPDX-License-Identifier: BSD-3-Clause */
#include "meter.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <rte_cycles.h>

#include "stateless.h"

#define LONG_BREATH_US 50U /* from here on it is asked whether the kernel took the lcore away */

unsigned int meter_stat(const char *name)
{
	unsigned int i = 0;

	while (i < la_stat_count() && strcmp(la_stat_name(i), name) != 0)
		i++;
	assert(i < la_stat_count());
	return i;
}

static uint64_t peer_cycles(const struct meter *meter)
{
	const struct foreign *cycles = &stateless_counts(meter->peer)->cycles;

	return cycles->receive + cycles->send;
}

static long switches_now(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

void meter_init(struct meter *meter, struct la_worker *worker, const struct stateless *peer)
{
	*meter = (struct meter){
		.worker = worker,
		.peer = peer,
		.hz = (double)rte_get_tsc_hz(),
		.stat_in = meter_stat("segments_in"),
		.stat_out = meter_stat("segments_out"),
		.stat_retransmits = meter_stat("retransmits"),
		.switches = switches_now(),
	};
}

static void note_breath(struct meter *meter, uint64_t cycles)
{
	uint64_t us = (uint64_t)((double)cycles * 1e6 / meter->hz);
	unsigned int bucket = 0;

	if (us >= LONG_BREATH_US) {
		long switches = switches_now();

		if (switches != meter->switches) {
			meter->switches = switches;
			meter->preempted++;
			return;
		}
	}
	while (bucket + 1 < METER_BUCKETS && us >= UINT64_C(1) << bucket)
		bucket++;
	meter->breaths[bucket]++;
	if (cycles > meter->longest)
		meter->longest = cycles;
}

void meter_breathe(struct meter *meter)
{
	uint64_t peer = peer_cycles(meter);
	uint64_t began = rte_rdtsc();
	uint64_t cycles;

	la_worker_poll(meter->worker);
	cycles = rte_rdtsc() - began;
	note_breath(meter, cycles - (peer_cycles(meter) - peer));
}

struct moment meter_now(const struct meter *meter)
{
	struct timespec cpu;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	return (struct moment){
		.tsc = rte_rdtsc(),
		.cpu_ns = (uint64_t)cpu.tv_sec * 1000000000U + (uint64_t)cpu.tv_nsec,
		.segments = la_worker_stat(meter->worker, meter->stat_in) +
			    la_worker_stat(meter->worker, meter->stat_out),
		.retransmits = la_worker_stat(meter->worker, meter->stat_retransmits),
		.peer_cycles = peer_cycles(meter),
	};
}

struct cost meter_cost(const struct meter *meter, const struct moment *since, uint64_t count)
{
	struct moment now = meter_now(meter);
	struct cost cost = {
		.count = count,
		.wall_s = (double)(now.tsc - since->tsc) / meter->hz,
		.cpu_s = (double)(now.cpu_ns - since->cpu_ns) / 1e9,
		.segments = now.segments - since->segments,
		.retransmits = now.retransmits - since->retransmits,
	};

	/* The peer's cycles are of the wall clock: as large a part of them was really its own. */
	if (cost.wall_s > 0)
		cost.peer_cycles =
			(double)(now.peer_cycles - since->peer_cycles) * cost.cpu_s / cost.wall_s;
	cost.stack_cycles = cost.cpu_s * meter->hz - cost.peer_cycles;
	return cost;
}

void cost_add(struct cost *sum, const struct cost *more)
{
	sum->count += more->count;
	sum->wall_s += more->wall_s;
	sum->cpu_s += more->cpu_s;
	sum->stack_cycles += more->stack_cycles;
	sum->peer_cycles += more->peer_cycles;
	sum->segments += more->segments;
	sum->retransmits += more->retransmits;
}

void cost_print(const struct cost *cost, const char *name, uint64_t number, FILE *out)
{
	double count = (double)cost->count;

	if (cost->count == 0 || cost->segments == 0 || cost->wall_s <= 0)
		return;
	fprintf(out,
		"%-12s %11" PRIu64 " %8.0f k/s  cycles %6.0f each %5.0f per segment  peer %5.0f  "
		"segments %4.1f  seconds %7.2f  lcore %3.0f %%  retransmits %" PRIu64 "\n",
		name, number, count / cost->cpu_s / 1e3, cost->stack_cycles / count,
		cost->stack_cycles / (double)cost->segments, cost->peer_cycles / count,
		(double)cost->segments / count, cost->wall_s, cost->cpu_s / cost->wall_s * 100,
		cost->retransmits);
	fflush(out);
}

void meter_print_breaths(struct meter *meter, FILE *out)
{
	uint64_t all = 0, seen = 0;
	unsigned int last = 0;

	for (unsigned int i = 0; i < METER_BUCKETS; i++)
		all += meter->breaths[i];
	while (last + 1 < METER_BUCKETS &&
	       (double)(seen += meter->breaths[last]) < (double)all * 0.9999)
		last++;
	fprintf(out,
		"             breaths %" PRIu64 ", 99.99 %% below %" PRIu64 " us, longest %.0f us; "
		"%" PRIu64 " more were interrupted\n",
		all, UINT64_C(1) << last, (double)meter->longest * 1e6 / meter->hz,
		meter->preempted);
	memset(meter->breaths, 0, sizeof(meter->breaths));
	meter->longest = 0;
	meter->preempted = 0;
}
