/* SPDX-License-Identifier: BSD-3-Clause */
#include "judge.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench.h"
#include "figures.h"

#define CLOCK_DEVIATION_PPM 100.0
#define COMPARABLE_S 0.1    /* in less the reading itself is too coarse */
#define DROPS_ONE_IN 10000U /* of the frames received: more than these are too many */
#define SHARE_LEAST 0.95    /* of the processor; with less no rate is the machine's */

/* A clock is stable if its rate while it was measured is the rate before. */
static void judge_clock(struct bench *bench)
{
	const struct clock_reading *from = &bench->before.clock, *to = &bench->after.clock;
	double before = clock_seconds(&bench->began, from), share;
	struct figures figures;
	double ppm = (clock_hz(from, to) / clock_hz(&bench->began, from) - 1) * 1e6;

	figures_between(bench, &bench->before, &bench->after, &figures);
	share = figures.share;
	if (before >= COMPARABLE_S && clock_seconds(from, to) >= COMPARABLE_S &&
	    fabs(ppm) > CLOCK_DEVIATION_PPM)
		doubts_add(&bench->doubts, "clock",
			   "the TSC changed its rate by %+.0f ppm against the kernel's clock: "
			   "cycles are no measure here",
			   ppm);
	if (share < SHARE_LEAST)
		doubts_add(&bench->doubts, "processor",
			   "this thread had %.0f %% of its processor: rates and latencies are of "
			   "a shared machine (cycles leave interrupted breaths out)",
			   share * 100);
}

/* A port that is soon used again, or a segment that crosses a FIN, makes for a drop now and then.
 */
static void judge_drops(struct bench *bench, const char *name, const struct end_sample *from,
			const struct end_sample *to)
{
	unsigned int rx = figures_stat("rx_frames");
	uint64_t few = (to->stats[rx] - from->stats[rx]) / DROPS_ONE_IN;

	for (unsigned int i = 0; i < la_drop_count(); i++) {
		uint64_t drops = to->drops[i] - from->drops[i];

		if (drops > few)
			doubts_add(&bench->doubts, "drops",
				   "%s dropped %" PRIu64 " frames: %s (%s)", name, drops,
				   la_drop_name(i), la_drop_help(i));
	}
}

/* The null driver's frames are for nobody: each is dropped, under one reason. */
static void judge_frames(struct bench *bench)
{
	const struct end_sample *from = &bench->before.server, *to = &bench->after.server;
	unsigned int rx = figures_stat("rx_frames");
	uint64_t frames = to->stats[rx] - from->stats[rx], drops = 0;

	for (unsigned int i = 0; i < la_drop_count(); i++)
		drops += to->drops[i] - from->drops[i];
	if (drops != frames)
		doubts_add(&bench->doubts, "drops",
			   "%" PRIu64 " frames came and %" PRIu64 " were dropped", frames, drops);
}

static void judge_connections(struct bench *bench)
{
	const struct tally *from = &bench->before.tally, *to = &bench->after.tally;
	struct figures figures;

	figures_between(bench, &bench->before, &bench->after, &figures);
	for (unsigned int i = 0; i < LA_REASONS; i++) {
		if (to->failed[i] > from->failed[i])
			doubts_add(&bench->doubts, "failed", "%" PRIu64 " connections ended: %s",
				   to->failed[i] - from->failed[i],
				   la_reason_name((enum la_reason)i));
	}
	if (to->refused > from->refused)
		doubts_add(&bench->doubts, "refused",
			   "%" PRIu64 " calls of the client were refused: pools or ports ran out",
			   to->refused - from->refused);
	if (figures.done == 0)
		doubts_add(&bench->doubts, "nothing", "no %s was completed",
			   bench->options->test->unit_one);
}

static void judge_leaks(struct bench *bench, const struct end *end)
{
	struct la_usage usage;

	if (end->worker == NULL || bench->let_go)
		return;
	la_worker_usage(end->worker, &usage);
	if (bench->options->topology->holds_buffers)
		usage.mbufs = 0;
	if (usage.mbufs > 0 || usage.connections > 0 || usage.embryos > 0)
		doubts_add(&bench->doubts, "leak",
			   "%s: %" PRIu32 " packet buffers, %" PRIu32 " connections and %" PRIu32
			   " half-open ones are left when all is over",
			   end->name, usage.mbufs, usage.connections, usage.embryos);
}

void judge(struct bench *bench)
{
	uint64_t lost = bench->after.lost - bench->before.lost;

	judge_clock(bench);
	if (lost > 0)
		doubts_add(&bench->doubts, "lost", "%" PRIu64 " frames found no room on their way",
			   lost);
	if (bench->options->test->exchange == EXCHANGE_FRAMES) {
		judge_frames(bench);
	} else if (bench->options->test->exchange != EXCHANGE_FLOOD) {
		judge_drops(bench, "client", &bench->before.client, &bench->after.client);
		judge_drops(bench, "server", &bench->before.server, &bench->after.server);
	}
	judge_connections(bench);
	judge_leaks(bench, &bench->client);
	judge_leaks(bench, &bench->server);
}
