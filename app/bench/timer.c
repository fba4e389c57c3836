/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timer.c: TIMER: the timer wheel by itself, beside rte_timer with as many timers armed.
 */
#include <stdlib.h>

#include "bench.h"
#include "timer_pair.h"
#include "turns.h"

#define OTHER "rte_timer"

static void measure_turns(struct bench *bench, struct timer_pair *pair)
{
	static const struct {
		const char *name;
		double (*ours)(void *state), (*other)(void *state);
	} ways[] = {
		{ "arm", timer_ours_arm, timer_other_arm },
		{ "cancel", timer_ours_cancel, timer_other_cancel },
		{ "expire", timer_ours_expire, timer_other_expire },
	};
	struct turns turns;

	timer_pair_arm_all(pair);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (bench->stop_asked())
			return;
		turns_take(ways[i].ours, ways[i].other, pair, &turns);
		turns_report(bench, ways[i].name, "lastack", OTHER, &turns);
	}
}

static void measure_life(struct bench *bench, struct timer_pair *pair)
{
	struct timer_life life;

	if (bench->stop_asked())
		return;
	timer_pair_live(pair, &life);
	extras_add(&bench->extras, "idle_call_lastack", life.idle_cycles, "cycles");
	extras_add(&bench->extras, "life_lastack", life.cycles, "cycles");
	extras_add(&bench->extras, "worst_call_lastack", life.worst_cycles, "cycles");
	extras_add(&bench->extras, "most_expired_in_a_call", life.most_expired, "timers");
	extras_add(&bench->extras, "latest_expiry", life.latest, "ticks");
}

static bool run_timer(struct bench *bench)
{
	struct timer_pair *pair = calloc(1, sizeof(*pair));
	bool created;

	if (pair == NULL)
		return false;
	clock_read(&bench->began);
	created = timer_pair_create(pair, bench->options->connections);
	if (created) {
		measure_turns(bench, pair);
		measure_life(bench, pair);
	}
	clock_read(&bench->after.clock);
	bench->cut_short = bench->stop_asked();
	timer_pair_destroy(pair);
	free(pair);
	return created;
}

const struct test test_timer = {
	.name = "TIMER",
	.summary = "the timer wheel alone, beside rte_timer",
	.exchange = EXCHANGE_ALONE,
	.takes = TAKES_TURNS,
	.defaults = { .connections = 1000000 },
	.run = run_timer,
};
