/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * listen.c: listeners: on every worker, opened and closed while they run.
 *
 * A worker may call a listener by another number than the next one does, since a closed one keeps
 * its place there until its last half-open connection is gone. Outside it is known by the number
 * that it has on the first worker.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "stack/stack.h"

/* What a worker is asked, and what it answers. */
struct listen_question {
	struct profile profile;
	uint16_t port, local_index;
	int result; /**< the listener's number there, or -errno */
	struct la_error err;
};

struct listen_end_question {
	uint16_t number;
	int result;
};

/* Which own address a listener's endpoint names. */
static int listener_address(const struct la_worker *worker, const struct la_endpoint *local,
			    struct la_error *err)
{
	char text[LA_ADDR_TEXT_SIZE];
	int index;

	if (la_addr_is_any(&local->addr))
		return LISTENER_ANY_ADDRESS;
	/* Addresses are added before any worker runs and never change: any thread may look. */
	index = address_find(&worker->net.addresses, &local->addr);
	if (index >= 0)
		return index;
	snprintf(err->text, sizeof(err->text), "%s is no address of ours: add it to a port first",
		 la_addr_format(&local->addr, text, sizeof(text)));
	return -EADDRNOTAVAIL;
}

/* In the worker. */
static void open_here(struct la_worker *worker, void *arg)
{
	struct listen_question *question = arg;
	struct tcp *tcp = &worker->tcp;
	int profile = profile_use(&tcp->profiles, &question->profile);

	if (profile < 0) {
		snprintf(question->err.text, sizeof(question->err.text),
			 "too many different listeners");
		question->result = profile;
		return;
	}
	question->result = listener_open(&tcp->listeners, question->port, question->local_index,
					 (uint16_t)profile);
	if (question->result >= 0)
		return;
	profile_leave(&tcp->profiles, (uint16_t)profile);
	snprintf(question->err.text, sizeof(question->err.text),
		 question->result == -EADDRINUSE ? "port %u is listened on already"
						 : "port %u: too many listeners",
		 question->port);
}

/* In the worker. */
static void close_here(struct la_worker *worker, void *arg)
{
	struct listen_end_question *question = arg;
	struct tcp *tcp = &worker->tcp;

	question->result = listener_close(&tcp->listeners, question->number);
	if (question->result == 0)
		profile_leave(&tcp->profiles, tcp->listeners.list[question->number].profile);
}

static int close_on(struct la_stack *stack, unsigned int worker, uint16_t number)
{
	struct listen_end_question question = { .number = number };
	int result = control_ask(&stack->workers[worker]->control, stack->workers[worker],
				 close_here, &question, sizeof(question));

	return result != 0 ? result : question.result;
}

/* Opens the listener on every worker, or on none. */
static int open_everywhere(struct la_stack *stack, struct listen_question *question,
			   struct la_error *err)
{
	uint16_t numbers[WORKERS_MAX] = { 0 };

	for (unsigned int i = 0; i < stack->worker_count; i++) {
		int result = control_ask(&stack->workers[i]->control, stack->workers[i], open_here,
					 question, sizeof(*question));

		if (result != 0)
			snprintf(err->text, sizeof(err->text), "worker %u does not answer", i);
		else if (question->result < 0)
			*err = question->err;
		if (result == 0)
			result = question->result;
		if (result < 0) {
			while (i-- > 0)
				close_on(stack, i, numbers[i]);
			return result;
		}
		numbers[i] = (uint16_t)result;
	}
	for (unsigned int i = 0; i < stack->worker_count; i++)
		stack->listeners[numbers[0]][i] = numbers[i];
	return numbers[0];
}

int la_listen(struct la_stack *stack, const struct la_endpoint *local,
	      const struct la_service *service, void *service_data,
	      const struct la_tcp_options *options, struct la_error *err)
{
	struct listen_question question = {
		.profile = { .service = service, .service_data = service_data },
		.port = local->port,
	};
	struct la_error ignored;
	int index, result;

	err = err == NULL ? &ignored : err;
	if (options != NULL)
		question.profile.options = *options;
	else
		la_tcp_options_init(&question.profile.options);
	result = profile_check(&question.profile.options, err);
	if (result != 0)
		return result;
	if (local->port == 0 || service == NULL) {
		snprintf(err->text, sizeof(err->text),
			 "a listener needs a port above 0 and a service");
		return -EINVAL;
	}
	index = listener_address(stack->workers[0], local, err);
	if (index < 0)
		return index;
	question.local_index = (uint16_t)index;
	return open_everywhere(stack, &question, err);
}

int la_listen_end(struct la_stack *stack, int listener)
{
	int result = 0;

	if (listener < 0 || listener >= (int)LISTENERS_MAX)
		return -ENOENT;
	for (unsigned int i = 0; i < stack->worker_count; i++) {
		int rc = close_on(stack, i,
				  i == 0 ? (uint16_t)listener : stack->listeners[listener][i]);

		/* One that is not open is not open anywhere, as the first worker can tell. */
		if (i == 0 && rc != 0)
			return rc;
		result = rc != 0 ? rc : result;
	}
	return result;
}

int la_worker_listener(struct la_worker *worker, int listener, struct la_listener_info *out)
{
	const struct tcp *tcp = &worker->tcp;
	const struct listener *at;
	uint16_t number;

	if (listener < 0 || listener >= (int)LISTENERS_MAX)
		return -ENOENT;
	number = worker->index == 0 ? (uint16_t)listener
				    : worker->stack->listeners[listener][worker->index];
	at = &tcp->listeners.list[number];
	if (!at->open)
		return -ENOENT;
	*out = (struct la_listener_info){ .local.port = at->port, .half_open = at->half_open };
	if (at->local_index != LISTENER_ANY_ADDRESS)
		out->local.addr = worker->net.addresses.list[at->local_index].addr;
	out->service = tcp->profiles.list[at->profile].service->name;
	return 0;
}
