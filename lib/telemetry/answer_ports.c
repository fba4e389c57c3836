/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer_ports.c: the endpoint that shows peers to which no local port was left, by worker.
 */
#include <assert.h>
#include <inttypes.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "telemetry/answer.h"

struct ports_page {
	uint64_t now_us;
	uint32_t count;
	struct la_port_shortage seen[PORT_SHORTAGES];
};

_Static_assert(sizeof(struct ports_page) <= CONTROL_ARG_MAX, "a page fits into a control message");

static void ports_collect(struct la_worker *worker, void *arg)
{
	struct ports_page *page = arg;

	page->now_us = la_worker_now_us(worker);
	page->count = la_port_shortages(worker, page->seen, PORT_SHORTAGES);
	assert(page->count <= PORT_SHORTAGES);
}

static void add_shortage(struct rte_tel_data *out, uint64_t worker, uint64_t now_us,
			 const struct la_port_shortage *shortage)
{
	char text[ANSWER_ENDPOINT_SIZE];

	rte_tel_data_add_dict_u64(out, "worker", worker);
	rte_tel_data_add_dict_string(out, "remote", answer_endpoint(&shortage->remote, text));
	rte_tel_data_add_dict_u64(out, "refused", shortage->refused);
	rte_tel_data_add_dict_u64(out, "ago_us", now_us - shortage->last_us);
}

void answer_ports(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct ports_page page = { 0 };
	uint64_t number = 0;
	struct la_worker *worker;

	if (params[0] != '\0' && (!answer_number(&params, &number) || params[0] != '\0')) {
		answer_error(out, "/lastack/ports takes the number of a worker, or nothing: 0");
		return;
	}
	worker = number <= UINT32_MAX ? la_stack_worker(stack, (unsigned int)number) : NULL;
	if (worker == NULL) {
		answer_error(out, "there is no worker %" PRIu64, number);
		return;
	}
	if (!answer_ask(out, worker, ports_collect, &page, sizeof(page)))
		return;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(
		out, "next",
		la_stack_worker(stack, (unsigned int)number + 1) != NULL ? number + 1 : 0);
	rte_tel_data_add_dict_u64(out, "count", page.count);
	for (unsigned int i = 0; i < page.count; i++) {
		struct rte_tel_data *entry = answer_list_entry();

		if (entry == NULL) {
			answer_error(out, "out of memory");
			return;
		}
		add_shortage(entry, number, page.now_us, &page.seen[i]);
		answer_list_add(out, i, entry);
	}
}
