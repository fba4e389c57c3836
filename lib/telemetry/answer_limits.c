/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer_limits.c: the endpoints of limits: those of the workers, by page; and their change, of all
 * workers or of a listener.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "telemetry/answer.h"

struct limits_seen {
	struct la_limits set, reserved;
};

/* In the worker. */
static void limits_look(struct la_worker *worker, void *arg)
{
	struct limits_seen *seen = arg;

	la_worker_limits(worker, &seen->set, &seen->reserved);
}

static void worker_add_limits(struct rte_tel_data *out, const struct la_worker *worker,
			      const struct limits_seen *seen)
{
	struct la_usage usage;

	la_worker_usage(worker, &usage);
	rte_tel_data_add_dict_u64(out, "worker", la_worker_index(worker));
	rte_tel_data_add_dict_u64(out, "connections", usage.connections);
	rte_tel_data_add_dict_u64(out, "connections_limit", seen->set.connections);
	rte_tel_data_add_dict_u64(out, "connections_reserved", seen->reserved.connections);
	rte_tel_data_add_dict_u64(out, "half_open", usage.embryos);
	rte_tel_data_add_dict_u64(out, "half_open_limit", seen->set.half_open);
	rte_tel_data_add_dict_u64(out, "half_open_reserved", seen->reserved.half_open);
}

void answer_limits(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct limits_seen seen[TELEMETRY_CONNECTIONS];
	unsigned int count = la_stack_workers(stack);
	uint64_t from = 0, end;

	if (params[0] != '\0' && (!answer_number(&params, &from) || params[0] != '\0')) {
		answer_error(out, "/lastack/limits takes the \"next\" of the answer before, or 0");
		return;
	}
	from = from < count ? from : count;
	end = from + TELEMETRY_CONNECTIONS < count ? from + TELEMETRY_CONNECTIONS : count;
	for (uint64_t i = from; i < end; i++)
		if (!answer_ask(out, la_stack_worker(stack, (unsigned int)i), limits_look,
				&seen[i - from], sizeof(seen[0])))
			return;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "next", end < count ? end : 0);
	rte_tel_data_add_dict_u64(out, "count", end - from);
	for (uint64_t i = from; i < end; i++) {
		struct rte_tel_data *entry = answer_list_entry();

		if (entry == NULL) {
			answer_error(out, "out of memory");
			return;
		}
		worker_add_limits(entry, la_stack_worker(stack, (unsigned int)i), &seen[i - from]);
		answer_list_add(out, (unsigned int)(i - from), entry);
	}
}

/* ---- change ---- */

struct limit_order {
	struct la_limits limits;
	bool connections, half_open, listener; /**< said */
	int number;                            /**< of the listener */
};

static bool limit_parse(const char *text, uint32_t *out)
{
	uint64_t number;

	if (strcmp(text, "all") == 0) {
		*out = LA_LIMIT_NONE;
		return true;
	}
	if (!answer_number(&text, &number) || *text != '\0' || number >= LA_LIMIT_NONE)
		return false;
	*out = (uint32_t)number;
	return true;
}

static bool limit_set(void *arg, const char *name, const char *value)
{
	struct limit_order *order = arg;
	uint64_t number;

	if (strcmp(name, "connections") == 0 && !order->connections) {
		order->connections = true;
		return limit_parse(value, &order->limits.connections);
	}
	if (strcmp(name, "half_open") == 0 && !order->half_open) {
		order->half_open = true;
		return limit_parse(value, &order->limits.half_open);
	}
	if (strcmp(name, "listener") != 0 || order->listener || !answer_number(&value, &number) ||
	    *value != '\0')
		return false;
	order->listener = true;
	order->number = number < LISTENERS_MAX ? (int)number : -1;
	return true;
}

struct listener_seen {
	int number, result;
	struct la_listener_info info;
};

/* In the worker. */
static void listener_look(struct la_worker *worker, void *arg)
{
	struct listener_seen *seen = arg;

	seen->result = la_worker_listener(worker, seen->number, &seen->info);
}

/* What is in force on the first worker; false: the answer says why it could not be had. */
static bool limits_now(struct la_stack *stack, const struct limit_order *order,
		       struct la_limits *now, struct rte_tel_data *out)
{
	struct listener_seen listener = { .number = order->number };
	struct limits_seen seen;

	if (!order->listener) {
		if (!answer_ask(out, la_stack_worker(stack, 0), limits_look, &seen, sizeof(seen)))
			return false;
		*now = seen.set;
		return true;
	}
	if (!answer_ask(out, la_stack_worker(stack, 0), listener_look, &listener, sizeof(listener)))
		return false;
	if (listener.result != 0)
		answer_error(out, "there is no such listener: /lastack/listeners shows them");
	*now = listener.info.limits;
	return listener.result == 0;
}

/* Has it changed; false: the answer says why not. */
static bool limits_change(struct la_stack *stack, const struct limit_order *order,
			  struct rte_tel_data *out)
{
	struct la_error err = { "" };
	int result;

	if (!order->listener) {
		result = la_set_limits(stack, &order->limits, &err);
		if (result != 0)
			answer_error(out, "%s", err.text);
		return result == 0;
	}
	result = la_listener_set_limits(stack, order->number, &order->limits);
	if (result != 0)
		answer_error(out, "not every worker has changed listener %d: %s", order->number,
			     strerror(-result));
	return result == 0;
}

void answer_limit(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct limit_order order = { 0 };
	struct la_limits now;

	if (!answer_terms(params, limit_set, &order) || !(order.connections || order.half_open)) {
		answer_error(out, "/lastack/limit takes connections=N, half_open=N or both, N a "
				  "number or \"all\"; of a listener: listener=N, too");
		return;
	}
	if (!limits_now(stack, &order, &now, out))
		return;
	if (!order.connections)
		order.limits.connections = now.connections;
	if (!order.half_open)
		order.limits.half_open = now.half_open;
	if (!limits_change(stack, &order, out))
		return;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "changed", 1);
}
