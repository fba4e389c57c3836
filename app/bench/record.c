/* SPDX-License-Identifier: BSD-3-Clause */
#include "record.h"

#include <errno.h>
#include <string.h>

#include "bench.h"
#include "figures.h"
#include "json.h"

/* Raised when a program that reads the file has to be changed. */
#define FORMAT 1U

static void record_options(struct json *json, const struct options *options)
{
	json_object(json, "options");
	json_count(json, "connections", options->connections);
	if ((options->test->takes & TAKES_REQUEST) != 0)
		json_count(json, "request", options->request);
	if ((options->test->takes & TAKES_RESPONSE) != 0)
		json_count(json, "response", options->response);
	if ((options->test->takes & TAKES_FRAME) != 0)
		json_count(json, "frame", options->frame);
	if ((options->test->takes & TAKES_RATE) != 0)
		json_count(json, "rate", options->rate);
	if ((options->test->takes & TAKES_CLOSER) != 0)
		json_text(json, "closer", options->closer == CLOSER_SERVER ? "server" : "client");
	if (options->topology != NULL) {
		json_count(json, "mtu", options->mtu);
		json_count(json, "mbuf_size", options->mbuf_size);
	}
	if (options->topology != NULL && (options->topology->kind == TOPOLOGY_NULL ||
					  options->topology->kind == TOPOLOGY_STATELESS)) {
		json_list(json, "offer");
		if (options->offer.timestamps)
			json_text(json, NULL, "timestamps");
		if (options->offer.scale)
			json_text(json, NULL, "scale");
		if (options->offer.sack)
			json_text(json, NULL, "sack");
		json_end_list(json);
	}
	json_number(json, "duration", (double)options->duration_us / 1e6);
	json_number(json, "warmup", (double)options->warmup_us / 1e6);
	json_end_object(json);
}

static void record_latency(struct json *json, const struct bench *bench)
{
	static const struct {
		const char *name;
		uint32_t per_100000;
	} points[] = { { "50", 50000 }, { "75", 75000 },   { "90", 90000 },
		       { "99", 99000 }, { "99.9", 99900 }, { "99.99", 99990 } };
	const struct latency *latency = &bench->latency;
	double us = 1e6 / bench_hz(bench);

	if (latency->count == 0)
		return;
	json_object(json, "latency_us");
	json_count(json, "count", latency->count);
	json_number(json, "mean", (double)latency->sum / (double)latency->count * us);
	json_number(json, "least", (double)latency->least * us);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		json_number(json, points[i].name,
			    (double)latency_at(latency, points[i].per_100000) * us);
	json_number(json, "most", (double)latency->most * us);
	json_end_object(json);
}

static void record_memory(struct json *json, const struct bench *bench)
{
	json_object(json, "memory");
	json_count(json, "resident_before", bench->memory_before.resident);
	json_count(json, "resident", bench->memory_after.resident);
	json_count(json, "hugepages_before", bench->memory_before.hugepages);
	json_count(json, "hugepages", bench->memory_after.hugepages);
	json_end_object(json);
}

static void record_bursts(struct json *json, const char *name, const uint64_t *from,
			  const uint64_t *to)
{
	json_object(json, name);
	for (unsigned int i = 0; i < BURST_SIZES; i++)
		json_count(json, bursts_size_name(i), to[i] - from[i]);
	json_end_object(json);
}

static void record_end(struct json *json, const struct end *end, const struct end_sample *from,
		       const struct end_sample *to, const struct end_figures *figures)
{
	if (!end->here)
		return;
	json_object(json, end->name);
	json_number(json, "cycles_per_unit", figures->cycles_per_unit);
	json_number(json, "cycles_per_packet", figures->cycles_per_packet);
	json_number(json, "segments_per_unit", figures->segments_per_unit);
	json_object(json, "stages_per_unit");
	for (unsigned int i = 0; i < BREATH_STAGES; i++)
		json_number(json, breath_stage_name(i), figures->stages_per_unit[i]);
	json_end_object(json);
	json_count(json, "busy_cycles", figures->busy_cycles);
	json_count(json, "foreign_cycles", figures->foreign_cycles);
	json_count(json, "idle_cycles", figures->idle_cycles);
	json_count(json, "interrupted_cycles", figures->interrupted_cycles);
	json_count(json, "busy_breaths", to->breaths.busy - from->breaths.busy);
	json_count(json, "idle_breaths", to->breaths.idle - from->breaths.idle);
	json_count(json, "interrupted_breaths",
		   to->breaths.interrupted - from->breaths.interrupted);
	record_bursts(json, "rx_bursts", from->bursts.rx, to->bursts.rx);
	record_bursts(json, "tx_bursts", from->bursts.tx, to->bursts.tx);
	json_count(json, "connections", to->usage.connections);
	json_count(json, "time_waits", to->usage.time_waits);
	json_count(json, "memory_reserved", end->memory);
	json_object(json, "stats");
	for (unsigned int i = 0; i < la_stat_count(); i++)
		if (to->stats[i] != from->stats[i])
			json_count(json, la_stat_name(i), to->stats[i] - from->stats[i]);
	json_end_object(json);
	json_object(json, "drops");
	for (unsigned int i = 0; i < la_drop_count(); i++)
		if (to->drops[i] != from->drops[i])
			json_count(json, la_drop_name(i), to->drops[i] - from->drops[i]);
	json_end_object(json);
	json_end_object(json);
}

static void record_run(struct json *json, const struct bench *bench)
{
	const struct test *test = bench->options->test;
	struct figures figures;

	figures_between(bench, &bench->before, &bench->after, &figures);
	json_text(json, "topology", bench->options->topology->name);
	json_text(json, "unit", test->unit_one);
	json_number(json, "seconds", figures.seconds);
	json_number(json, "processor_share", figures.share);
	json_number(json, "tsc_hz", bench_hz(bench));
	json_bool(json, "cut_short", bench->cut_short);
	if (test->standing)
		json_number(json, "fill_seconds", bench->fill_seconds);
	json_count(json, "done", figures.done);
	json_number(json, "per_second", figures.rate);
	json_number(json, "per_processor_second", figures.rate_of_core);
	json_count(json, "failed", figures.failed);
	json_count(json, "refused", figures.refused);
	json_count(json, "lost", figures.lost);
	record_latency(json, bench);
	record_memory(json, bench);
	record_end(json, &bench->client, &bench->before.client, &bench->after.client,
		   &figures.client);
	record_end(json, &bench->server, &bench->before.server, &bench->after.server,
		   &figures.server);
}

static void record_all(struct json *json, const struct bench *bench)
{
	json_object(json, NULL);
	json_count(json, "format", FORMAT);
	json_text(json, "version", la_version());
	json_text(json, "test", bench->options->test->name);
	record_options(json, bench->options);
	if (bench->options->topology != NULL)
		record_run(json, bench);
	json_list(json, "extras");
	for (uint32_t i = 0; i < bench->extras.count; i++) {
		const struct extra *extra = &bench->extras.list[i];

		json_object(json, NULL);
		json_text(json, "name", extra->name);
		json_number(json, "value", extra->value);
		json_text(json, "unit", extra->unit);
		json_end_object(json);
	}
	json_end_list(json);
	json_list(json, "doubts");
	for (uint32_t i = 0; i < bench->doubts.count; i++) {
		json_object(json, NULL);
		json_text(json, "kind", bench->doubts.list[i].kind);
		json_text(json, "text", bench->doubts.list[i].text);
		json_end_object(json);
	}
	json_end_list(json);
	json_end_object(json);
}

bool record_write(const struct bench *bench)
{
	struct json json = { .out = fopen(bench->options->json, "we") };
	bool failed;

	if (json.out != NULL) {
		record_all(&json, bench);
		failed = ferror(json.out) != 0;
		failed |= fclose(json.out) != 0;
		if (!failed)
			return true;
	}
	fprintf(stderr, "lastack-bench: %s: %s\n", bench->options->json, strerror(errno));
	return false;
}
