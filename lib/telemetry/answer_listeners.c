/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer_listeners.c: the endpoints of listeners: what is listened on, by page; and no more.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "telemetry/answer.h"

struct listeners_page {
	uint32_t from, next; /**< numbers; next 0: that was all */
	uint32_t count;
	uint32_t numbers[TELEMETRY_LISTENERS];
	struct la_listener_info listeners[TELEMETRY_LISTENERS];
};

_Static_assert(sizeof(struct listeners_page) <= CONTROL_ARG_MAX, "a page fits into a message");

/* In the first worker, whose numbers are everybody's. */
static void listeners_collect(struct la_worker *worker, void *arg)
{
	struct listeners_page *page = arg;

	for (uint32_t i = page->from; i < LISTENERS_MAX; i++) {
		if (page->count == TELEMETRY_LISTENERS) {
			page->next = i;
			return;
		}
		if (la_worker_listener(worker, (int)i, &page->listeners[page->count]) == 0)
			page->numbers[page->count++] = i;
	}
}

/* In another worker: adds what that one has of them. */
static void listeners_add(struct la_worker *worker, void *arg)
{
	struct listeners_page *page = arg;
	struct la_listener_info here;

	for (uint32_t i = 0; i < page->count; i++) {
		if (la_worker_listener(worker, (int)page->numbers[i], &here) != 0)
			continue;
		page->listeners[i].connections += here.connections;
		page->listeners[i].half_open += here.half_open;
	}
}

static void listener_add_fields(struct rte_tel_data *out, uint32_t number,
				const struct la_listener_info *info)
{
	char text[ANSWER_ENDPOINT_SIZE];

	rte_tel_data_add_dict_u64(out, "listener", number);
	rte_tel_data_add_dict_string(out, "local", answer_endpoint(&info->local, text));
	rte_tel_data_add_dict_string(out, "service", info->service);
	rte_tel_data_add_dict_u64(out, "connections", info->connections);
	rte_tel_data_add_dict_u64(out, "half_open", info->half_open);
	if (info->limits.connections != LA_LIMIT_NONE)
		rte_tel_data_add_dict_u64(out, "connections_limit", info->limits.connections);
	if (info->limits.half_open != LA_LIMIT_NONE)
		rte_tel_data_add_dict_u64(out, "half_open_limit", info->limits.half_open);
}

void answer_listeners(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct listeners_page page = { 0 };
	uint64_t from = 0;

	if (params[0] != '\0' &&
	    (!answer_number(&params, &from) || params[0] != '\0' || from > LISTENERS_MAX)) {
		answer_error(out,
			     "/lastack/listeners takes the \"next\" of the answer before, or 0");
		return;
	}
	page.from = (uint32_t)from;
	if (!answer_ask(out, la_stack_worker(stack, 0), listeners_collect, &page, sizeof(page)))
		return;
	for (unsigned int i = 1; i < la_stack_workers(stack); i++)
		if (!answer_ask(out, la_stack_worker(stack, i), listeners_add, &page, sizeof(page)))
			return;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "next", page.next);
	rte_tel_data_add_dict_u64(out, "count", page.count);
	for (uint32_t i = 0; i < page.count; i++) {
		struct rte_tel_data *entry = answer_list_entry();

		if (entry == NULL) {
			answer_error(out, "out of memory");
			return;
		}
		listener_add_fields(entry, page.numbers[i], &page.listeners[i]);
		answer_list_add(out, i, entry);
	}
}

void answer_listen(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct la_error err = { "" };
	int number;

	(void)stack;
	if (params[0] == '\0') {
		answer_error(out, "/lastack/listen takes a listener as the configuration has it: "
				  "{port: 7, service: echo}");
		return;
	}
	number = answer_open_listener(params, &err);
	if (number < 0) {
		answer_error(out, "%s", err.text[0] != '\0' ? err.text : strerror(-number));
		return;
	}
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "listener", (uint64_t)number);
}

void answer_listen_end(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	uint64_t number;
	int result;

	if (!answer_number(&params, &number) || params[0] != '\0') {
		answer_error(out, "/lastack/listen_end takes the number that /lastack/listeners "
				  "shows");
		return;
	}
	result = number < LISTENERS_MAX ? la_listen_end(stack, (int)number) : -ENOENT;
	if (result == -ENOENT) {
		answer_error(out, "there is no listener %" PRIu64, number);
	} else if (result != 0) {
		answer_error(out, "not every worker has closed listener %" PRIu64 ": %s", number,
			     strerror(-result));
	} else {
		rte_tel_data_start_dict(out);
		rte_tel_data_add_dict_u64(out, "closed", 1);
	}
}
