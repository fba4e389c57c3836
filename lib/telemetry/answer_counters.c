/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer_counters.c: the endpoints that read counters: stats, drops, their help, usage. Sums over
 * all workers; nothing here disturbs one.
 */
#include <string.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "telemetry/answer.h"

/* One list of counters, as lastack.h shows it. */
struct counter_list {
	unsigned int (*count)(void);
	const char *(*name)(unsigned int number);
	const char *(*help)(unsigned int number);
	uint64_t (*read)(const struct la_worker *worker, unsigned int number);
};

static const struct counter_list stats = { la_stat_count, la_stat_name, la_stat_help,
					   la_worker_stat };
static const struct counter_list drops = { la_drop_count, la_drop_name, la_drop_help,
					   la_worker_drop };

static void counters_add(struct la_stack *stack, const struct counter_list *list, bool zeros,
			 struct rte_tel_data *out)
{
	rte_tel_data_start_dict(out);
	for (unsigned int number = 0; number < list->count(); number++) {
		const char *name = list->name(number);
		struct la_worker *worker;
		uint64_t sum = 0;

		if (name == NULL)
			continue;
		for (unsigned int w = 0; (worker = la_stack_worker(stack, w)) != NULL; w++)
			sum += list->read(worker, number);
		if (sum > 0 || zeros)
			rte_tel_data_add_dict_u64(out, name, sum);
	}
}

void answer_stats(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	if (params[0] != '\0')
		answer_error(out, "/lastack/stats takes no parameter");
	else
		counters_add(stack, &stats, true, out);
}

void answer_drops(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	if (params[0] != '\0' && strcmp(params, "all") != 0)
		answer_error(out, "/lastack/drops takes no parameter, or \"all\" for zeros too");
	else
		counters_add(stack, &drops, params[0] != '\0', out);
}

void answer_help(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	const struct counter_list *list;

	if (strcmp(params, "stats") == 0)
		list = &stats;
	else if (strcmp(params, "drops") == 0)
		list = &drops;
	else {
		answer_error(out, "/lastack/help takes \"stats\" or \"drops\"");
		return;
	}
	rte_tel_data_start_dict(out);
	for (unsigned int number = 0; number < list->count(); number++) {
		if (list->name(number) != NULL)
			rte_tel_data_add_dict_string(out, list->name(number), list->help(number));
	}
}

void answer_usage(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct la_usage sum = { 0 };
	struct la_worker *worker;

	if (params[0] != '\0') {
		answer_error(out, "/lastack/usage takes no parameter");
		return;
	}
	for (unsigned int w = 0; (worker = la_stack_worker(stack, w)) != NULL; w++) {
		struct la_usage one;

		la_worker_usage(worker, &one);
		sum.connections += one.connections;
		sum.flights += one.flights;
		sum.embryos += one.embryos;
		sum.time_waits += one.time_waits;
		sum.mbufs += one.mbufs;
		sum.timers += one.timers;
		sum.fragments += one.fragments;
		sum.neighbour_waiting += one.neighbour_waiting;
		sum.table_entries += one.table_entries;
	}
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "connections", sum.connections);
	rte_tel_data_add_dict_u64(out, "flights", sum.flights);
	rte_tel_data_add_dict_u64(out, "embryos", sum.embryos);
	rte_tel_data_add_dict_u64(out, "time_waits", sum.time_waits);
	rte_tel_data_add_dict_u64(out, "mbufs", sum.mbufs);
	rte_tel_data_add_dict_u64(out, "timers", sum.timers);
	rte_tel_data_add_dict_u64(out, "fragments", sum.fragments);
	rte_tel_data_add_dict_u64(out, "neighbour_waiting", sum.neighbour_waiting);
	rte_tel_data_add_dict_u64(out, "table_entries", sum.table_entries);
}

/* ---- workers ---- */

static uint64_t stat_named(const struct la_worker *worker, const char *name)
{
	for (unsigned int i = 0; i < la_stat_count(); i++)
		if (strcmp(la_stat_name(i), name) == 0)
			return la_worker_stat(worker, i);
	return 0;
}

static void worker_add_fields(struct rte_tel_data *out, const struct la_worker *worker)
{
	static const char *const shown[] = { "rx_frames",    "tx_frames",   "segments_in",
					     "segments_out", "steer_out",   "steer_in",
					     "tx_handed",    "cycles_busy", "cycles_idle",
					     "retransmits" };
	struct la_usage usage;
	uint64_t dropped = 0;

	la_worker_usage(worker, &usage);
	for (unsigned int i = 0; i < la_drop_count(); i++)
		dropped += la_worker_drop(worker, i);
	rte_tel_data_add_dict_u64(out, "worker", la_worker_index(worker));
	rte_tel_data_add_dict_u64(out, "connections", usage.connections);
	rte_tel_data_add_dict_u64(out, "half_open", usage.embryos);
	rte_tel_data_add_dict_u64(out, "time_waits", usage.time_waits);
	rte_tel_data_add_dict_u64(out, "mbufs", usage.mbufs);
	rte_tel_data_add_dict_u64(out, "drops", dropped);
	for (unsigned int i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		rte_tel_data_add_dict_u64(out, shown[i], stat_named(worker, shown[i]));
}

void answer_workers(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	uint64_t from = 0, end;
	unsigned int count = la_stack_workers(stack);

	if (params[0] != '\0' && (!answer_number(&params, &from) || params[0] != '\0')) {
		answer_error(out, "/lastack/workers takes the \"next\" of the answer before, or 0");
		return;
	}
	from = from < count ? from : count;
	end = from + TELEMETRY_CONNECTIONS < count ? from + TELEMETRY_CONNECTIONS : count;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "next", end < count ? end : 0);
	rte_tel_data_add_dict_u64(out, "count", end - from);
	for (uint64_t i = from; i < end; i++) {
		struct rte_tel_data *entry = answer_list_entry();

		if (entry == NULL) {
			answer_error(out, "out of memory");
			return;
		}
		worker_add_fields(entry, la_stack_worker(stack, (unsigned int)i));
		answer_list_add(out, (unsigned int)(i - from), entry);
	}
}
