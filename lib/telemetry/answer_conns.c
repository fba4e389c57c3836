/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer_conns.c: the endpoints that show connections. The worker copies their status into a
 * message, a bounded number each time; the caller asks for the next page from where the last one
 * ended.
 *
 * A place to go on from is the number of the worker in the upper 32 bits and the index of a record
 * in the lower; 0 is both the beginning and the end.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "telemetry/answer.h"
#include "telemetry/conn_filter.h"

struct conn_seen {
	uint64_t id;
	struct la_status status;
};

struct conns_page {
	struct conn_filter filter;
	uint32_t from;
	uint32_t next; /**< 0: the worker has no more */
	uint32_t count;
	struct conn_seen seen[TELEMETRY_CONNECTIONS];
};

_Static_assert(sizeof(struct conns_page) <= CONTROL_ARG_MAX, "a page fits into a control message");

static void conns_visit(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct conns_page *page = arg;
	struct conn_seen *seen = &page->seen[page->count];

	assert(page->count < TELEMETRY_CONNECTIONS);
	if (la_status(worker, conn, &seen->status) != 0 ||
	    !conn_filter_matches(&page->filter, &seen->status))
		return;
	seen->id = conn.id;
	page->count++;
}

/* In the worker: looks at so many records that the page cannot overflow, and again while it has
 * room. */
static void conns_collect(struct la_worker *worker, void *arg)
{
	struct conns_page *page = arg;
	uint32_t scanned = 0;

	page->next = page->from;
	do {
		uint32_t room = TELEMETRY_CONNECTIONS - page->count;

		page->next = la_worker_each(worker, page->next, room, conns_visit, page);
		scanned += room;
	} while (page->next != 0 && page->count < TELEMETRY_CONNECTIONS &&
		 scanned < TELEMETRY_SCAN);
	assert(page->count <= TELEMETRY_CONNECTIONS);
}

static void conn_add_fields(struct rte_tel_data *out, unsigned int worker, uint64_t id,
			    const struct la_status *status)
{
	char text[ANSWER_ENDPOINT_SIZE];

	snprintf(text, sizeof(text), "0x%" PRIx64, id);
	rte_tel_data_add_dict_string(out, "id", text);
	rte_tel_data_add_dict_u64(out, "worker", worker);
	rte_tel_data_add_dict_string(out, "state", la_state_name(status->state));
	rte_tel_data_add_dict_string(out, "local", answer_endpoint(&status->local, text));
	rte_tel_data_add_dict_string(out, "remote", answer_endpoint(&status->remote, text));
	rte_tel_data_add_dict_u64(out, "passive", status->passive);
	rte_tel_data_add_dict_u64(out, "snd_una", status->snd_una);
	rte_tel_data_add_dict_u64(out, "snd_nxt", status->snd_nxt);
	rte_tel_data_add_dict_u64(out, "snd_wnd", status->snd_wnd);
	rte_tel_data_add_dict_u64(out, "rcv_nxt", status->rcv_nxt);
	rte_tel_data_add_dict_u64(out, "rcv_wnd", status->rcv_wnd);
	rte_tel_data_add_dict_u64(out, "cwnd", status->cwnd);
	rte_tel_data_add_dict_u64(out, "ssthresh", status->ssthresh);
	rte_tel_data_add_dict_u64(out, "srtt_us", status->srtt_us);
	rte_tel_data_add_dict_u64(out, "rttvar_us", status->rttvar_us);
	rte_tel_data_add_dict_u64(out, "rto_us", status->rto_us);
	rte_tel_data_add_dict_u64(out, "in_flight", status->in_flight);
	rte_tel_data_add_dict_u64(out, "send_queued", status->send_queued);
	rte_tel_data_add_dict_u64(out, "receive_queued", status->receive_queued);
	rte_tel_data_add_dict_u64(out, "out_of_order", status->out_of_order);
	rte_tel_data_add_dict_u64(out, "retransmits", status->retransmits);
	rte_tel_data_add_dict_u64(out, "mss", status->mss);
	rte_tel_data_add_dict_u64(out, "urgent_ahead", status->urgent_ahead);
	rte_tel_data_add_dict_u64(out, "idle_us", status->idle_us);
}

void answer_conns(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct conns_page page = { 0 };
	struct la_worker *worker;
	unsigned int number;
	uint64_t from = 0;

	if (params[0] != '\0' &&
	    (!answer_number(&params, &from) ||
	     (params[0] != '\0' && !conn_filter_parse(params, &page.filter)))) {
		answer_error(out, "/lastack/conns takes the \"next\" of the answer before, or 0; "
				  "and, if wanted, a filter");
		return;
	}
	number = (unsigned int)(from >> 32);
	worker = la_stack_worker(stack, number);
	if (worker == NULL) {
		answer_error(out, "there is no worker %u", number);
		return;
	}
	page.from = (uint32_t)from;
	if (!answer_ask(out, worker, conns_collect, &page, sizeof(page)))
		return;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "next", answer_next(stack, number, page.next));
	rte_tel_data_add_dict_u64(out, "count", page.count);
	for (unsigned int i = 0; i < page.count; i++) {
		struct rte_tel_data *entry = answer_list_entry();

		if (entry == NULL) {
			answer_error(out, "out of memory");
			return;
		}
		conn_add_fields(entry, number, page.seen[i].id, &page.seen[i].status);
		answer_list_add(out, i, entry);
	}
}

/* ---- one connection -------------------------------------------------------------------------- */

static void add_sizes(struct rte_tel_data *out, const struct la_tcp_options *options)
{
	rte_tel_data_add_dict_u64(out, "send_buffer", options->send_buffer);
	rte_tel_data_add_dict_u64(out, "send_buffer_max", options->send_buffer_max);
	rte_tel_data_add_dict_u64(out, "receive_buffer", options->receive_buffer);
	rte_tel_data_add_dict_u64(out, "receive_buffer_max", options->receive_buffer_max);
	rte_tel_data_add_dict_u64(out, "mss", options->mss);
	rte_tel_data_add_dict_u64(out, "ttl", options->ttl);
	rte_tel_data_add_dict_u64(out, "dscp", options->dscp);
	rte_tel_data_add_dict_u64(out, "r1_retransmits", options->r1_retransmits);
	rte_tel_data_add_dict_u64(out, "keepalive_probes", options->keepalive_probes);
	rte_tel_data_add_dict_u64(out, "stall_bytes_per_second", options->stall_bytes_per_second);
}

static void add_times(struct rte_tel_data *out, const struct la_tcp_options *options)
{
	rte_tel_data_add_dict_u64(out, "r2_us", options->r2_us);
	rte_tel_data_add_dict_u64(out, "r2_syn_us", options->r2_syn_us);
	rte_tel_data_add_dict_u64(out, "delayed_ack_us", options->delayed_ack_us);
	rte_tel_data_add_dict_u64(out, "rto_initial_us", options->rto_initial_us);
	rte_tel_data_add_dict_u64(out, "rto_min_us", options->rto_min_us);
	rte_tel_data_add_dict_u64(out, "rto_max_us", options->rto_max_us);
	rte_tel_data_add_dict_u64(out, "keepalive_idle_us", options->keepalive_idle_us);
	rte_tel_data_add_dict_u64(out, "keepalive_interval_us", options->keepalive_interval_us);
	rte_tel_data_add_dict_u64(out, "idle_timeout_us", options->idle_timeout_us);
	rte_tel_data_add_dict_u64(out, "user_timeout_us", options->user_timeout_us);
	rte_tel_data_add_dict_u64(out, "user_timeout_max_us", options->user_timeout_max_us);
	rte_tel_data_add_dict_u64(out, "fin_wait_2_us", options->fin_wait_2_us);
	rte_tel_data_add_dict_u64(out, "stall_timeout_us", options->stall_timeout_us);
}

static void add_choices(struct rte_tel_data *out, const struct la_tcp_options *options)
{
	static const char *const congestions[LA_CONGESTIONS] = { "cubic", "newreno" };
	static const char *const ecns[LA_ECNS] = { "off", "accept", "ask" };
	static const char *const cookies[LA_SYN_COOKIES] = { "pressure", "never", "always" };

	rte_tel_data_add_dict_string(out, "congestion", congestions[options->congestion]);
	rte_tel_data_add_dict_string(out, "ecn", ecns[options->ecn]);
	rte_tel_data_add_dict_string(out, "syn_cookies", cookies[options->syn_cookies]);
	rte_tel_data_add_dict_u64(out, "no_delay", options->no_delay);
	rte_tel_data_add_dict_u64(out, "window_scaling", options->window_scaling);
	rte_tel_data_add_dict_u64(out, "timestamps", options->timestamps);
	rte_tel_data_add_dict_u64(out, "sack", options->sack);
	rte_tel_data_add_dict_u64(out, "keepalive", options->keepalive);
	rte_tel_data_add_dict_u64(out, "fast_open", options->fast_open);
	rte_tel_data_add_dict_u64(out, "pacing", options->pacing);
	rte_tel_data_add_dict_u64(out, "path_mtu_probing", options->path_mtu_probing);
	rte_tel_data_add_dict_u64(out, "user_timeout_changeable", options->user_timeout_changeable);
}

struct conn_question {
	uint64_t id;
	int err;
	struct la_status status;
	struct la_tcp_options options;
};

static void conn_look(struct la_worker *worker, void *arg)
{
	struct conn_question *question = arg;
	struct la_conn conn = { .id = question->id };

	question->err = la_status(worker, conn, &question->status);
	if (question->err == 0)
		question->err = la_options(worker, conn, &question->options);
}

/* Reads ID[,WORKER] of a command and finds the worker. NULL: the answer says what is wrong. */
static struct la_worker *which_conn(struct la_stack *stack, const char *command, const char *params,
				    struct conn_question *question, struct rte_tel_data *out)
{
	struct la_worker *worker;
	uint64_t number = 0;

	if (!answer_number(&params, &question->id) ||
	    (params[0] != '\0' && !answer_number(&params, &number)) || params[0] != '\0') {
		answer_error(out, "%s takes ID[,WORKER] as /lastack/conns shows them", command);
		return NULL;
	}
	worker = number <= UINT32_MAX ? la_stack_worker(stack, (unsigned int)number) : NULL;
	if (worker == NULL)
		answer_error(out, "there is no worker %" PRIu64, number);
	return worker;
}

void answer_conn(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct conn_question question = { 0 };
	struct la_worker *worker = which_conn(stack, "/lastack/conn", params, &question, out);
	struct rte_tel_data *inner;

	if (worker == NULL)
		return;
	if (!answer_ask(out, worker, conn_look, &question, sizeof(question)))
		return;
	if (question.err != 0) {
		answer_error(out, "there is no connection 0x%" PRIx64, question.id);
		return;
	}
	inner = answer_list_entry();
	if (inner == NULL) {
		answer_error(out, "out of memory");
		return;
	}
	add_sizes(inner, &question.options);
	add_times(inner, &question.options);
	add_choices(inner, &question.options);
	rte_tel_data_start_dict(out);
	conn_add_fields(out, la_worker_index(worker), question.id, &question.status);
	rte_tel_data_add_dict_container(out, "options", inner, 0);
}

/* In the worker. */
static void conn_kill(struct la_worker *worker, void *arg)
{
	struct conn_question *question = arg;

	question->err = la_abort(worker, (struct la_conn){ question->id });
}

void answer_kill(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct conn_question question = { 0 };
	struct la_worker *worker = which_conn(stack, "/lastack/kill", params, &question, out);

	if (worker == NULL || !answer_ask(out, worker, conn_kill, &question, sizeof(question)))
		return;
	if (question.err != 0) {
		answer_error(out, "there is no connection 0x%" PRIx64, question.id);
		return;
	}
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "killed", 1);
}
