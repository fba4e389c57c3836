/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lookup.c: LOOKUP: the table of connections by itself, beside rte_hash with the same keys.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "lookup_flood.h"
#include "lookup_pair.h"
#include "turns.h"

#define CHURN 10U /* so many times its size */
#define OTHER "rte_hash"

static void ask(struct bench *bench, struct lookup_pair *pair)
{
	static const struct {
		const char *name;
		bool present;
		double (*ours)(void *state), (*other)(void *state);
	} ways[] = {
		{ "single", true, lookup_ours_single, lookup_other_single },
		{ "burst", true, lookup_ours_burst, lookup_other_burst },
		{ "absent_single", false, lookup_ours_single, lookup_other_single },
		{ "absent_burst", false, lookup_ours_burst, lookup_other_burst },
		{ "change", true, lookup_ours_change, lookup_other_change },
	};
	struct turns turns;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (bench->stop_asked())
			return;
		pair->present = ways[i].present;
		turns_take(ways[i].ours, ways[i].other, pair, &turns);
		turns_report(bench, ways[i].name, "lastack", OTHER, &turns);
	}
}

/* Are removals without a trace? The same questions, before and after very many of them. */
static void churn(struct bench *bench, struct lookup_pair *pair)
{
	struct turns before, after;

	if (bench->stop_asked())
		return;
	pair->present = true;
	turns_take(lookup_ours_burst, lookup_other_burst, pair, &before);
	lookup_pair_churn(pair, (uint64_t)pair->entries * CHURN);
	turns_take(lookup_ours_burst, lookup_other_burst, pair, &after);
	extras_add(&bench->extras, "churn_ratio_before", before.ratio, "");
	extras_add(&bench->extras, "churn_ratio_after", after.ratio, "");
}

static void report_moves(struct bench *bench, const struct lookup_pair *pair, const char *when)
{
	char name[EXTRA_NAME_SIZE];

	for (unsigned int i = 0; i <= LOOKUP_MOVES_SHOWN; i++) {
		snprintf(name, sizeof(name), "%s_insertions_moving_%u%s", when, i,
			 i == LOOKUP_MOVES_SHOWN ? "_or_more" : "");
		extras_add(&bench->extras, name, (double)pair->moved[i], "");
	}
	snprintf(name, sizeof(name), "%s_insertions_refused", when);
	extras_add(&bench->extras, name, pair->refused, "");
}

static bool measure(struct bench *bench, struct lookup_pair *pair)
{
	const struct table *table = &pair->table;

	if (!lookup_pair_create(pair, bench->options->connections) || !lookup_pair_fill(pair))
		return false;
	extras_add(&bench->extras, "load",
		   (double)table->entries / ((double)table->bucket_count * TABLE_SLOTS), "");
	report_moves(bench, pair, "fill");
	ask(bench, pair);
	churn(bench, pair);
	report_moves(bench, pair, "all");
	return true;
}

static bool run_lookup(struct bench *bench)
{
	struct lookup_pair *pair = calloc(1, sizeof(*pair));
	bool done;

	if (pair == NULL)
		return false;
	clock_read(&bench->began);
	done = measure(bench, pair) && lookup_flood(bench);
	clock_read(&bench->after.clock);
	bench->cut_short = bench->stop_asked();
	if (pair->entries > 0)
		lookup_pair_destroy(pair);
	free(pair);
	return done;
}

const struct test test_lookup = {
	.name = "LOOKUP",
	.summary = "the table of connections alone, beside rte_hash",
	.exchange = EXCHANGE_ALONE,
	.takes = TAKES_TURNS,
	.defaults = { .connections = 1000000 },
	.run = run_lookup,
};
