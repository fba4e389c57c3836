/* SPDX-License-Identifier: BSD-3-Clause */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>

#include <rte_cycles.h>

#include "bench.h"
#include "figures.h"
#include "interactive.h"
#include "judge.h"
#include "period.h"

#define STEPS_PER_LOOK 16U    /* breaths between two looks at the time */
#define FILL_STALLED_S 10U    /* without a new connection for so long it will not fill */
#define END_GRACE_US 1000000U /* for connections to end in order when all is measured */
#define END_PATIENCE_S 5U     /* without one less it will not end */

static void take_sample(const struct bench *bench, struct sample *out)
{
	out->tally = bench->tally;
	end_sample(&bench->client, &out->client);
	end_sample(&bench->server, &out->server);
	out->lost = bench->options->topology->lost(bench);
	clock_read(&out->clock);
}

static uint64_t cycles_of(uint64_t us)
{
	return (uint64_t)((double)us / 1e6 * (double)rte_get_tsc_hz());
}

/* Breaths until TSC deadline, or until a signal. False for the signal. */
static bool breathe_until(struct bench *bench, uint64_t deadline)
{
	const struct topology *topology = bench->options->topology;

	do {
		if (bench->stop_asked() || interactive_stops(bench))
			return false;
		for (unsigned int i = 0; i < STEPS_PER_LOOK; i++) {
			load_step(bench);
			topology->breathe(bench);
			if (bench->look != NULL)
				bench->look(bench);
		}
	} while (rte_rdtsc() < deadline);
	return true;
}

/* A line for each period: very many take a while. */
static void tell_fill(const struct bench *bench, uint64_t *told)
{
	const struct options *options = bench->options;
	uint64_t now = rte_rdtsc();

	if (options->period_us == 0 || now - *told < cycles_of(options->period_us))
		return;
	*told = now;
	printf("opening: %" PRIu32 " of %" PRIu32 " connections\n", bench->load.established,
	       options->connections);
	fflush(stdout);
}

/* Opens the standing connections. */
static bool fill(struct bench *bench)
{
	uint64_t began = rte_rdtsc(), look = rte_get_tsc_hz() / 1000, progress_at = began;
	uint64_t told = began;
	uint32_t seen = 0;

	load_fill(&bench->load);
	if (bench->options->topology->fill != NULL)
		bench->options->topology->fill(bench);
	while (bench->load.established < bench->options->connections) {
		if (!breathe_until(bench, rte_rdtsc() + look)) {
			doubts_add(&bench->doubts, "fill",
				   "it was ended when %" PRIu32 " of %" PRIu32
				   " connections were open",
				   bench->load.established, bench->options->connections);
			return false;
		}
		tell_fill(bench, &told);
		if (bench->load.established > seen) {
			seen = bench->load.established;
			progress_at = rte_rdtsc();
		}
		if (rte_rdtsc() - progress_at > FILL_STALLED_S * rte_get_tsc_hz()) {
			doubts_add(&bench->doubts, "fill",
				   "%" PRIu32 " of %" PRIu32 " connections could be opened", seen,
				   bench->options->connections);
			return false;
		}
	}
	bench->fill_seconds = (double)(rte_rdtsc() - began) / (double)rte_get_tsc_hz();
	return true;
}

static void measure(struct bench *bench)
{
	const struct options *options = bench->options;
	struct sample last;
	uint64_t now, end;

	latency_clear(&bench->latency);
	take_sample(bench, &bench->before);
	last = bench->before;
	now = bench->before.clock.tsc;
	end = now + cycles_of(options->duration_us);
	while (now < end && !bench->cut_short) {
		uint64_t period =
			options->period_us == 0 ? UINT64_MAX : now + cycles_of(options->period_us);
		struct sample here;

		bench->cut_short = !breathe_until(bench, period < end ? period : end);
		take_sample(bench, &here);
		if (options->period_us != 0)
			period_print(bench, &last, &here);
		last = here;
		now = here.clock.tsc;
	}
	bench->after = last;
	memory_read(&bench->memory_after);
}

static bool all_ended(const struct bench *bench)
{
	return (bench->client.stack == NULL || la_stack_stopped(bench->client.stack)) &&
	       (bench->server.stack == NULL || la_stack_stopped(bench->server.stack));
}

/* What the ends still hold: connections, half-open ones too, and buffers, where these are given
 * back. */
static uint64_t held(const struct bench *bench)
{
	const struct end *ends[] = { &bench->client, &bench->server };
	uint64_t sum = 0;

	for (unsigned int i = 0; i < RTE_DIM(ends); i++) {
		struct la_usage usage = { 0 };

		if (ends[i]->worker != NULL)
			la_worker_usage(ends[i]->worker, &usage);
		sum += usage.connections + usage.embryos +
		       (bench->options->topology->holds_buffers ? 0 : usage.mbufs);
	}
	return sum;
}

/* Goes on for as long as it helps: millions of connections take their time. */
struct patience {
	uint64_t held, until;
};

static bool breathe_on(struct bench *bench, struct patience *patience)
{
	uint64_t now_held;

	for (unsigned int i = 0; i < STEPS_PER_LOOK; i++)
		bench->options->topology->breathe(bench);
	now_held = held(bench);
	if (now_held < patience->held) {
		patience->held = now_held;
		patience->until = rte_rdtsc() + END_PATIENCE_S * rte_get_tsc_hz();
	}
	return rte_rdtsc() < patience->until;
}

/* Ends what is open, so that each end gives back the buffers that it has of the other. */
static void end_orderly(struct bench *bench)
{
	struct patience patience = {
		.held = UINT64_MAX,
		.until = rte_rdtsc() + cycles_of(END_GRACE_US),
	};
	bool patient = true;

	bench->load.stopped = true;
	if (bench->client.stack != NULL)
		la_stack_stop(bench->client.stack, END_GRACE_US);
	while (bench->client.stack != NULL && !la_stack_stopped(bench->client.stack) && patient)
		patient = breathe_on(bench, &patience);
	if (bench->server.stack != NULL)
		la_stack_stop(bench->server.stack, 0);
	while (!all_ended(bench) && patient)
		patient = breathe_on(bench, &patience);
	/* The last frames are still on their way. */
	while (held(bench) > 0 && patient)
		patient = breathe_on(bench, &patience);
	/* Once is enough: a pool is counted piece by piece, while another lcore may use it. */
	bench->let_go = patient;
	bench->abandoned = !all_ended(bench);
	if (bench->abandoned)
		doubts_add(&bench->doubts, "end", "connections did not end");
}

/* A server whose clients are not ours begins nothing: it waits for the first of them. */
static bool wait_for_client(struct bench *bench)
{
	unsigned int established = figures_stat("established");

	bench->load.stopped = true;
	while (la_worker_stat(bench->server.worker, established) == 0) {
		if (!breathe_until(bench, 0))
			return false;
	}
	return true;
}

static uint32_t most_at_a_time(const struct options *options)
{
	bool streams = options->test->exchange == EXCHANGE_STREAM ||
		       options->test->exchange == EXCHANGE_MAERTS;

	return streams && streams_in_turn(options->connections) ? STREAMS_MAX : LOAD_BUSY_MAX;
}

static void run_phases(struct bench *bench)
{
	const struct options *options = bench->options;
	uint64_t now;

	if (bench_only_serves(bench) ? !wait_for_client(bench)
				     : options->test->standing && !fill(bench)) {
		bench->cut_short = true;
		measure(bench);
		return;
	}
	now = rte_rdtsc();
	load_start(&bench->load, most_at_a_time(options), options->rate, now);
	if (options->topology->start != NULL)
		options->topology->start(bench);
	if (options->warmup_us > 0 && !breathe_until(bench, now + cycles_of(options->warmup_us)))
		bench->cut_short = true;
	measure(bench);
}

bool run(struct bench *bench)
{
	const struct options *options = bench->options;
	const struct topology *topology = options->topology;
	struct la_error err = { .text = "" };

	clock_read(&bench->began);
	memory_read(&bench->memory_before);
	bench->tuples = end_tuples(options);
	bench->begin = topology->begin != NULL ? topology->begin : options->test->begin;
	bench->look = topology->begin != NULL ? NULL : options->test->look;
	if (!topology->create(bench, &err) ||
	    !load_create(&bench->load, topology->fill != NULL ? 0 : options->connections)) {
		fprintf(stderr, "lastack-bench: %s\n",
			err.text[0] != '\0' ? err.text : "no memory for the load");
		load_destroy(&bench->load);
		topology->destroy(bench);
		return false;
	}
	run_phases(bench);
	end_orderly(bench);
	judge(bench);
	if (options->test->tell != NULL)
		options->test->tell(bench);
	topology->destroy(bench);
	load_destroy(&bench->load);
	return true;
}
