/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "bench.h"
#include "figures.h"

#define RULE_WIDTH 78

static double microseconds(const struct bench *bench, uint64_t cycles)
{
	return (double)cycles / bench_hz(bench) * 1e6;
}

static double percentile(const struct bench *bench, uint32_t per_100000)
{
	return microseconds(bench, latency_at(&bench->latency, per_100000));
}

/* A line across the page with a title in it, drawn with this character. */
static void print_rule(char drawn, const char *title, const char *name)
{
	char text[64];
	int size = snprintf(text, sizeof(text), "%s%s%s%s", title[0] != '\0' ? " " : "", title,
			    name, title[0] != '\0' ? " " : "");
	int left = (RULE_WIDTH - size) / 2;

	printf("\n  ");
	for (int i = 0; i < RULE_WIDTH - size; i++) {
		if (i == left)
			printf("%s", text);
		putchar(drawn);
	}
	printf("\n");
}

static void print_transactions(const struct bench *bench, const struct figures *figures)
{
	const struct options *options = bench->options;
	const struct test *test = options->test;

	printf("  %s, topology %s, %" PRIu32 " connections", test->name, options->topology->name,
	       options->connections);
	if ((test->takes & TAKES_REQUEST) != 0)
		printf(", request %" PRIu32 " B", options->request);
	if ((test->takes & TAKES_RESPONSE) != 0)
		printf(", response %" PRIu32 " B", options->response);
	if ((test->takes & TAKES_FRAME) != 0)
		printf(", %" PRIu32 " B a frame", options->frame);
	if ((test->takes & TAKES_CLOSER) != 0)
		printf(", closed by the %s",
		       options->closer == CLOSER_SERVER ? "server" : "client");
	printf("\n  measured %.3f s%s; this thread had %.1f %% of its processor\n",
	       figures->seconds, bench->cut_short ? " (cut short)" : "", figures->share * 100);
	if (test->standing)
		printf("  opened in %.3f s: %.0f handshakes/s\n", bench->fill_seconds,
		       bench->fill_seconds > 0 ? options->connections / bench->fill_seconds : 0.0);
	printf("  %s: %" PRIu64 "  per second: %.0f  per second of processor: %.0f\n", test->unit,
	       figures->done, figures->rate, figures->rate_of_core);
	if (test->counts == COUNTS_KIB_SERVER || test->counts == COUNTS_KIB_CLIENT)
		printf("  Gbit/s of text: %.3f\n", figures->rate * 8192 / 1e9);
	printf("  failed: %" PRIu64 "  refused: %" PRIu64 "  lost: %" PRIu64 "\n", figures->failed,
	       figures->refused, figures->lost);
}

static void print_sizes(const char *name, const uint64_t *from, const uint64_t *to)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < BURST_SIZES; i++)
		all += to[i] - from[i];
	printf("  %s-bursts: %" PRIu64, name, all);
	for (unsigned int i = 0; i < BURST_SIZES; i++) {
		if (to[i] > from[i])
			printf("  %s: %.1f%%", bursts_size_name(i),
			       (double)(to[i] - from[i]) / (double)all * 100);
	}
	printf("\n");
}

static void print_port(const struct end *end, const struct end_sample *from,
		       const struct end_sample *to, const struct end_figures *figures)
{
	if (!end->here)
		return;
	print_rule('-', "port of the ", end->name);
	printf("  RX-packets: %-16" PRIu64 " RX-bytes: %" PRIu64 "\n", figures->rx_frames,
	       figures->rx_bytes);
	printf("  TX-packets: %-16" PRIu64 " TX-bytes: %" PRIu64 "\n", figures->tx_frames,
	       figures->tx_bytes);
	print_sizes("RX", from->bursts.rx, to->bursts.rx);
	print_sizes("TX", from->bursts.tx, to->bursts.tx);
}

static void print_bursts(const struct end_sample *from, const struct end_sample *to)
{
	static const char *const names[BREATH_BURSTS] = { "0",     "1",     "2-3",    "4-7", "8-15",
							  "16-31", "32-63", "64-127", "128-" };
	uint64_t all = 0;

	for (unsigned int i = 0; i < BREATH_BURSTS; i++)
		all += to->breaths.work[i] - from->breaths.work[i];
	printf("  breaths by frames and timers:");
	for (unsigned int i = 0; i < BREATH_BURSTS && all > 0; i++) {
		uint64_t count = to->breaths.work[i] - from->breaths.work[i];

		if (count > 0)
			printf("  %s: %.0f%%", names[i], (double)count / (double)all * 100);
	}
	printf("\n");
}

static void print_stages(const struct bench *bench, const struct end_figures *figures)
{
	printf("  cycles/%s by stage:", bench->options->test->unit_one);
	for (unsigned int i = 0; i < BREATH_STAGES; i++)
		printf("  %s %.0f", breath_stage_name(i), figures->stages_per_unit[i]);
	printf("\n");
	if (figures->foreign_cycles > 0)
		printf("  cycles/%s of the peer, measured alone and taken off: %.0f\n",
		       bench->options->test->unit_one,
		       (double)figures->foreign_cycles / (double)figures->busy_cycles *
			       figures->cycles_per_unit);
}

static void print_end(const struct bench *bench, const struct end *end,
		      const struct end_sample *from, const struct end_sample *to,
		      const struct end_figures *figures)
{
	const struct test *test = bench->options->test;
	uint64_t all = figures->busy_cycles + figures->idle_cycles;

	if (!end->here)
		return;
	print_rule('-', "worker of the ", end->name);
	printf("  RX-segments: %-16" PRIu64 "TX-segments: %-16" PRIu64 "retransmitted: %" PRIu64
	       "\n",
	       figures->segments_in, figures->segments_out, figures->retransmits);
	printf("  dropped: %" PRIu64 "\n", figures->drops);
	for (unsigned int i = 0; i < la_drop_count(); i++) {
		if (to->drops[i] > from->drops[i])
			printf("    %s: %" PRIu64 "\n", la_drop_name(i),
			       to->drops[i] - from->drops[i]);
	}
	print_bursts(from, to);
	printf("  busy cycles: %" PRIu64 " (%.1f %%)  idle: %" PRIu64 "  in interrupted breaths: "
	       "%" PRIu64 " (%" PRIu64 " breaths)\n",
	       figures->busy_cycles,
	       all > 0 ? (double)figures->busy_cycles / (double)all * 100 : 0.0,
	       figures->idle_cycles, figures->interrupted_cycles,
	       to->breaths.interrupted - from->breaths.interrupted);
	printf("  CPU cycles/%s=%.0f  cycles/packet=%.1f (received and sent)  "
	       "segments/%s=%.2f  at %.0f MHz clock\n",
	       test->unit_one, figures->cycles_per_unit, figures->cycles_per_packet, test->unit_one,
	       figures->segments_per_unit, bench_hz(bench) / 1e6);
	print_stages(bench, figures);
}

static void print_latency(const struct bench *bench)
{
	if (bench->latency.count == 0)
		return;
	printf("  latency in us, %s: 50%%: %.1f  90%%: %.1f  99%%: %.1f  99.9%%: %.1f  "
	       "99.99%%: %.1f  most: %.1f\n",
	       bench->options->rate > 0 ? "from when it was due" : "closed loop",
	       percentile(bench, 50000), percentile(bench, 90000), percentile(bench, 99000),
	       percentile(bench, 99900), percentile(bench, 99990),
	       microseconds(bench, bench->latency.most));
}

static void print_memory(const struct bench *bench)
{
	const struct memory_use *from = &bench->memory_before, *to = &bench->memory_after;
	uint64_t process = to->resident + to->hugepages;

	printf("  memory: process %.1f MiB (%.1f before the stacks); reserved by the client "
	       "%.1f MiB, by the server %.1f MiB\n",
	       (double)process / 1048576, (double)(from->resident + from->hugepages) / 1048576,
	       (double)bench->client.memory / 1048576, (double)bench->server.memory / 1048576);
	printf("  all in, of this process and both ends: %.0f B for each of %" PRIu32
	       " connections\n",
	       (double)process / bench->options->connections, bench->options->connections);
}

static void print_extras(const struct bench *bench)
{
	for (uint32_t i = 0; i < bench->extras.count; i++)
		printf("  %-48s %14.6g %s\n", bench->extras.list[i].name,
		       bench->extras.list[i].value, bench->extras.list[i].unit);
}

static void print_run(const struct bench *bench)
{
	struct figures figures;

	figures_between(bench, &bench->before, &bench->after, &figures);
	print_transactions(bench, &figures);
	print_latency(bench);
	print_memory(bench);
	print_port(&bench->client, &bench->before.client, &bench->after.client, &figures.client);
	print_port(&bench->server, &bench->before.server, &bench->after.server, &figures.server);
	print_end(bench, &bench->client, &bench->before.client, &bench->after.client,
		  &figures.client);
	print_end(bench, &bench->server, &bench->before.server, &bench->after.server,
		  &figures.server);
}

void report_print(const struct bench *bench)
{
	print_rule('+', "", "");
	if (bench->options->topology != NULL)
		print_run(bench);
	print_extras(bench);
	print_rule('+', "", "");
	for (uint32_t i = 0; i < bench->doubts.count; i++)
		printf("  not to be trusted (%s): %s\n", bench->doubts.list[i].kind,
		       bench->doubts.list[i].text);
	fflush(stdout);
}
