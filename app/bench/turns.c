/* SPDX-License-Identifier: BSD-3-Clause */
#include "turns.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

#define TURNS 201U
/* Quartiles of the ratio that are further apart than this say that something else was measured. */
#define SPREAD_MAX 1.5

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at_share(const double *sorted, double share)
{
	return sorted[(unsigned int)((TURNS - 1) * share + 0.5)];
}

void turns_take(double (*ours)(void *state), double (*other)(void *state), void *state,
		struct turns *out)
{
	double a[TURNS], b[TURNS], ratio[TURNS];

	for (unsigned int i = 0; i < TURNS; i++) {
		a[i] = ours(state);
		b[i] = other(state);
		ratio[i] = a[i] / b[i];
	}
	qsort(a, TURNS, sizeof(a[0]), by_size);
	qsort(b, TURNS, sizeof(b[0]), by_size);
	qsort(ratio, TURNS, sizeof(ratio[0]), by_size);
	*out = (struct turns){
		.ours = at_share(a, 0.5),
		.other = at_share(b, 0.5),
		.ratio = at_share(ratio, 0.5),
		.ratio_low = at_share(ratio, 0.25),
		.ratio_high = at_share(ratio, 0.75),
	};
}

static void add(struct bench *bench, const char *what, const char *which, double value,
		const char *unit)
{
	char name[EXTRA_NAME_SIZE];

	snprintf(name, sizeof(name), "%s_%s", what, which);
	extras_add(&bench->extras, name, value, unit);
}

void turns_report(struct bench *bench, const char *what, const char *ours, const char *other,
		  const struct turns *turns)
{
	add(bench, what, ours, turns->ours, "cycles");
	add(bench, what, other, turns->other, "cycles");
	add(bench, what, "ratio", turns->ratio, "");
	if (turns->ratio_high > turns->ratio_low * SPREAD_MAX)
		doubts_add(&bench->doubts, "noise",
			   "%s: half of the ratios lie between %.2f and %.2f, the others outside",
			   what, turns->ratio_low, turns->ratio_high);
}
