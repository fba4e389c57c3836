/* SPDX-License-Identifier: BSD-3-Clause */
#include "figures.h"

#include <assert.h>
#include <string.h>

#include "bench.h"

unsigned int figures_stat(const char *name)
{
	unsigned int i;

	for (i = 0; i < la_stat_count(); i++) {
		if (strcmp(la_stat_name(i), name) == 0)
			break;
	}
	assert(i < la_stat_count());
	return i;
}

static uint64_t stat_between(const struct end_sample *from, const struct end_sample *to,
			     const char *name)
{
	unsigned int i = figures_stat(name);

	return to->stats[i] - from->stats[i];
}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static void of_end(const struct end_sample *from, const struct end_sample *to, uint64_t done,
		   struct end_figures *out)
{
	*out = (struct end_figures){
		.rx_frames = stat_between(from, to, "rx_frames"),
		.tx_frames = stat_between(from, to, "tx_frames"),
		.rx_bytes = stat_between(from, to, "rx_bytes"),
		.tx_bytes = stat_between(from, to, "tx_bytes"),
		.segments_in = stat_between(from, to, "segments_in"),
		.segments_out = stat_between(from, to, "segments_out"),
		.retransmits = stat_between(from, to, "retransmits"),
		.busy_cycles = to->breaths.busy_cycles - from->breaths.busy_cycles,
		.idle_cycles = to->breaths.idle_cycles - from->breaths.idle_cycles,
		.interrupted_cycles =
			to->breaths.interrupted_cycles - from->breaths.interrupted_cycles,
	};
	out->foreign_cycles = to->breaths.foreign_cycles - from->breaths.foreign_cycles;
	for (unsigned int i = 0; i < BREATH_STAGES; i++)
		out->stages_per_unit[i] = ratio(
			(double)(to->breaths.stages[i] - from->breaths.stages[i]), (double)done);
	for (unsigned int i = 0; i < la_drop_count(); i++)
		out->drops += to->drops[i] - from->drops[i];
	out->cycles_per_unit = ratio((double)out->busy_cycles, (double)done);
	out->cycles_per_packet =
		ratio((double)out->busy_cycles, (double)(out->rx_frames + out->tx_frames));
	out->segments_per_unit =
		ratio((double)(out->segments_in + out->segments_out), (double)done);
}

static uint64_t done_between(const struct bench *bench, const struct sample *from,
			     const struct sample *to)
{
	switch (bench->options->test->counts) {
	case COUNTS_KIB_SERVER:
		/* A server that is elsewhere: what it acknowledged is close to what we sent. */
		if (!bench->server.here)
			return stat_between(&from->client, &to->client, "bytes_out") / 1024;
		return stat_between(&from->server, &to->server, "bytes_in") / 1024;
	case COUNTS_KIB_CLIENT:
		if (!bench->client.here)
			return stat_between(&from->server, &to->server, "bytes_out") / 1024;
		return stat_between(&from->client, &to->client, "bytes_in") / 1024;
	case COUNTS_FRAMES:
		return stat_between(&from->server, &to->server, "rx_frames");
	case COUNTS_TALLY:
		break;
	}
	if (bench_only_serves(bench) && bench->options->test->exchange == EXCHANGE_REQUESTS)
		return stat_between(&from->server, &to->server, "bytes_in") /
		       bench->options->request;
	if (bench_only_serves(bench))
		return stat_between(&from->server, &to->server, "closed_done");
	return to->tally.done - from->tally.done;
}

/* The server's lcore may have had less of its processor than the client's. */
static double lesser_share(const struct sample *from, const struct sample *to)
{
	double passed = (double)(to->clock.raw_ns - from->clock.raw_ns);
	double share = clock_share(&from->clock, &to->clock);
	double servers;

	if (to->server.cpu_ns == 0)
		return share;
	servers = ratio((double)(to->server.cpu_ns - from->server.cpu_ns), passed);
	return servers < share ? servers : share;
}

void figures_between(const struct bench *bench, const struct sample *from, const struct sample *to,
		     struct figures *out)
{
	*out = (struct figures){
		.seconds = clock_seconds(&from->clock, &to->clock),
		.share = lesser_share(from, to),
		.done = done_between(bench, from, to),
		.failed = tally_failed(&to->tally) - tally_failed(&from->tally),
		.refused = to->tally.refused - from->tally.refused,
		.lost = to->lost - from->lost,
		.bytes_in = to->tally.bytes_in - from->tally.bytes_in,
		.bytes_out = to->tally.bytes_out - from->tally.bytes_out,
	};
	out->rate = ratio((double)out->done, out->seconds);
	out->rate_of_core = ratio((double)out->done, out->seconds * out->share);
	of_end(&from->client, &to->client, out->done, &out->client);
	of_end(&from->server, &to->server, out->done, &out->server);
}
