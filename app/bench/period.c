/* SPDX-License-Identifier: BSD-3-Clause */
#include "period.h"

#include <inttypes.h>
#include <stdio.h>

#include "bench.h"
#include "figures.h"

void period_print(const struct bench *bench, const struct sample *from, const struct sample *to)
{
	const struct test *test = bench->options->test;
	struct figures figures;

	figures_between(bench, from, to, &figures);
	printf("%6.1f s  %11.0f %s/s", clock_seconds(&bench->before.clock, &to->clock),
	       figures.rate, test->unit);
	if (figures.server.busy_cycles > 0)
		printf("  server %.0f cycles/%s", figures.server.cycles_per_unit, test->unit_one);
	if (figures.client.busy_cycles > 0)
		printf("  client %.0f", figures.client.cycles_per_unit);
	printf("  open %" PRIu32 "  retransmits %" PRIu64 "  drops %" PRIu64 "  failed %" PRIu64
	       "\n",
	       to->server.usage.connections,
	       figures.client.retransmits + figures.server.retransmits,
	       figures.client.drops + figures.server.drops + figures.lost, figures.failed);
	fflush(stdout);
}
