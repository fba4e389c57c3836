/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer_ladder.c: the endpoints of the ladder: rungs by page, and what is watched.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "telemetry/answer.h"

struct ladder_page {
	uint64_t cursor;
	uint32_t count;
	struct la_rung rungs[TELEMETRY_RUNGS];
};

_Static_assert(sizeof(struct ladder_page) <= CONTROL_ARG_MAX, "a page fits into a control message");

static void ladder_collect(struct la_worker *worker, void *arg)
{
	struct ladder_page *page = arg;

	page->count = la_ladder_read(worker, &page->cursor, page->rungs, TELEMETRY_RUNGS);
	assert(page->count <= TELEMETRY_RUNGS);
}

/* "SYN ACK", in the order in which people say them. */
static void flags_format(uint8_t flags, char *buf, size_t size)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} names[] = { { 0x02, "SYN" }, { 0x01, "FIN" }, { 0x04, "RST" },
		      { 0x08, "PSH" }, { 0x10, "ACK" }, { 0x20, "URG" } };
	size_t used = 0;

	assert(size > 0);
	buf[0] = '\0';
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((flags & names[i].bit) != 0 && used + sizeof(" SYN") <= size)
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 used > 0 ? " " : "", names[i].name);
	}
}

static void rung_add_fields(struct rte_tel_data *out, const struct la_rung *rung)
{
	const char *drop = rung->drop != 0 ? la_drop_name(rung->drop) : NULL;
	char text[ANSWER_ENDPOINT_SIZE];

	rte_tel_data_add_dict_u64(out, "time_us", rung->time_us);
	rte_tel_data_add_dict_string(out, "event",
				     rung->event == LA_RUNG_STATE ? "state" : "segment");
	rte_tel_data_add_dict_string(out, "local", answer_endpoint(&rung->local, text));
	rte_tel_data_add_dict_string(out, "remote", answer_endpoint(&rung->remote, text));
	rte_tel_data_add_dict_u64(out, "sent", rung->sent);
	flags_format(rung->flags, text, sizeof(text));
	rte_tel_data_add_dict_string(out, "flags", text);
	rte_tel_data_add_dict_u64(out, "seq", rung->seq);
	rte_tel_data_add_dict_u64(out, "ack", rung->ack);
	rte_tel_data_add_dict_u64(out, "payload", rung->payload);
	rte_tel_data_add_dict_u64(out, "window", rung->window);
	rte_tel_data_add_dict_u64(out, "mss", rung->mss);
	rte_tel_data_add_dict_u64(out, "urgent", rung->urgent);
	rte_tel_data_add_dict_u64(out, "retransmit", rung->retransmit);
	rte_tel_data_add_dict_string(out, "state", la_state_name((enum la_state)rung->state));
	rte_tel_data_add_dict_string(out, "drop", drop != NULL ? drop : "");
}

void answer_ladder(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct ladder_page page = { 0 };
	struct la_worker *worker;
	uint64_t number = 0;

	if (params[0] != '\0' &&
	    (!answer_number(&params, &page.cursor) ||
	     (params[0] != '\0' && !answer_number(&params, &number)) || params[0] != '\0')) {
		answer_error(out,
			     "/lastack/ladder takes CURSOR[,WORKER]; a cursor is the \"next\" of "
			     "the answer before, or 0");
		return;
	}
	worker = number <= UINT32_MAX ? la_stack_worker(stack, (unsigned int)number) : NULL;
	if (worker == NULL) {
		answer_error(out, "there is no worker %" PRIu64, number);
		return;
	}
	if (!answer_ask(out, worker, ladder_collect, &page, sizeof(page)))
		return;

	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "worker", number);
	rte_tel_data_add_dict_u64(out, "next", page.cursor);
	rte_tel_data_add_dict_u64(out, "count", page.count);
	for (unsigned int i = 0; i < page.count; i++) {
		struct rte_tel_data *entry = answer_list_entry();

		if (entry == NULL) {
			answer_error(out, "out of memory");
			return;
		}
		rung_add_fields(entry, &page.rungs[i]);
		answer_list_add(out, i, entry);
	}
}

/* ---- what is watched ---- */

struct ladder_order {
	bool arm;
	struct la_ladder_filter filter;
};

static void ladder_obey(struct la_worker *worker, void *arg)
{
	const struct ladder_order *order = arg;

	la_ladder_arm(worker, order->arm ? &order->filter : NULL);
}

static bool port_parse(const char *text, uint16_t *out)
{
	uint64_t number;

	if (!answer_number(&text, &number) || *text != '\0' || number == 0 || number > UINT16_MAX)
		return false;
	*out = (uint16_t)number;
	return true;
}

/* One term of a filter. */
static bool filter_set(void *arg, const char *name, const char *value)
{
	struct la_ladder_filter *filter = arg;

	if (strcmp(name, "remote") == 0)
		return la_addr_parse(value, &filter->remote) == 0;
	if (strcmp(name, "remote_port") == 0)
		return port_parse(value, &filter->remote_port);
	if (strcmp(name, "local_port") == 0)
		return port_parse(value, &filter->local_port);
	return false;
}

static bool order_parse(const char *params, struct ladder_order *order)
{
	if (strcmp(params, "off") == 0)
		return true;
	order->arm = true;
	return strcmp(params, "all") == 0 || answer_terms(params, filter_set, &order->filter);
}

void answer_ladder_arm(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct ladder_order order = { 0 };
	struct la_worker *worker;

	if (!order_parse(params, &order)) {
		answer_error(out, "/lastack/ladder_arm takes remote=ADDRESS, remote_port=N, "
				  "local_port=N, by commas; or \"all\" or \"off\"");
		return;
	}
	for (unsigned int w = 0; (worker = la_stack_worker(stack, w)) != NULL; w++) {
		if (!answer_ask(out, worker, ladder_obey, &order, sizeof(order)))
			return;
	}
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "armed", order.arm);
}
