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
#include "tcp/backlog.h"

/* What a worker is asked, and what it answers. */
struct listen_question {
	struct profile profile;
	uint16_t port, local_index;
	uint16_t number; /**< what it is called outside; LISTENER_NONE: as on this worker */
	int result;      /**< what it is called outside, or -errno */
	struct la_error err;
};

struct listen_end_question {
	uint16_t number;
	int result;
};

struct listen_limits_question {
	uint16_t number;
	struct la_limits limits;
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

/* In the worker: a place for the listener and what its connections go by. */
static int open_listener(struct tcp *tcp, const struct listen_question *question,
			 struct la_error *err)
{
	int number =
		listener_open(&tcp->listeners, question->port, question->local_index, PROFILE_NONE);
	int profile;

	if (number < 0) {
		snprintf(err->text, sizeof(err->text),
			 number == -EADDRINUSE ? "port %u is listened on already"
					       : "port %u: too many listeners",
			 question->port);
		return number;
	}
	profile = profile_own(&tcp->profiles, &question->profile, (uint16_t)number);
	if (profile < 0) {
		listener_close(&tcp->listeners, (uint16_t)number);
		snprintf(err->text, sizeof(err->text),
			 "port %u: too many listeners, closed ones with connections left included",
			 question->port);
		return profile;
	}
	tcp->listeners.list[number].profile = (uint16_t)profile;
	return number;
}

/* In the worker. */
static void open_here(struct la_worker *worker, void *arg)
{
	struct listen_question *question = arg;

	if (worker->stop.asked) {
		snprintf(question->err.text, sizeof(question->err.text),
			 "the stack is ending: it takes no new connections");
		question->result = -ESHUTDOWN;
		return;
	}
	question->result = open_listener(&worker->tcp, question, &question->err);
	if (question->result < 0)
		return;
	if (question->number == LISTENER_NONE)
		question->number = (uint16_t)question->result;
	worker->listeners[question->number] = (uint16_t)question->result;
	question->result = question->number;
}

/* In the worker: the listener that is open under this number; NULL: none is. */
static struct listener *listener_called(struct la_worker *worker, int number)
{
	struct listener *listener;

	if (number < 0 || number >= (int)LISTENERS_MAX ||
	    worker->listeners[number] == LISTENER_NONE)
		return NULL;
	listener = &worker->tcp.listeners.list[worker->listeners[number]];
	return listener->open ? listener : NULL;
}

/* In the worker. */
static void close_here(struct la_worker *worker, void *arg)
{
	struct listen_end_question *question = arg;
	struct listener *listener = listener_called(worker, question->number);
	struct tcp *tcp = &worker->tcp;

	question->result = -ENOENT;
	if (listener == NULL)
		return;
	question->result = listener_close(&tcp->listeners, worker->listeners[question->number]);
	assert(question->result == 0);
	profile_leave(&tcp->profiles, listener->profile);
	worker->listeners[question->number] = LISTENER_NONE;
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
	question->number = LISTENER_NONE;
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
			bool was_open = i > 0;

			while (i-- > 0)
				close_on(stack, i, question->number);
			return was_open && result != -ETIMEDOUT ? -EIO : result;
		}
	}
	return question->number;
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
		int rc = close_on(stack, i, (uint16_t)listener);

		/* One that is not open is not open anywhere, as the first worker can tell. */
		if (i == 0 && rc != 0)
			return rc;
		result = rc != 0 ? rc : result;
	}
	return result;
}

/* In the worker. */
static void limit_here(struct la_worker *worker, void *arg)
{
	struct listen_limits_question *question = arg;
	struct listener *listener = listener_called(worker, question->number);

	question->result = listener == NULL ? -ENOENT : 0;
	if (listener != NULL)
		listener->limits = question->limits;
}

int la_listener_set_limits(struct la_stack *stack, int listener, const struct la_limits *limits)
{
	struct listen_limits_question question = { .limits = *limits };
	int result = 0;

	if (listener < 0 || listener >= (int)LISTENERS_MAX)
		return -ENOENT;
	question.number = (uint16_t)listener;
	for (unsigned int i = 0; i < stack->worker_count; i++) {
		int rc = control_ask(&stack->workers[i]->control, stack->workers[i], limit_here,
				     &question, sizeof(question));

		rc = rc != 0 ? rc : question.result;
		if (i == 0 && rc != 0)
			return rc;
		result = rc != 0 ? rc : result;
	}
	return result;
}

int la_worker_listener(struct la_worker *worker, int listener, struct la_listener_info *out)
{
	const struct listener *at = listener_called(worker, listener);
	const struct tcp *tcp = &worker->tcp;

	if (at == NULL)
		return -ENOENT;
	*out = (struct la_listener_info){
		.local.port = at->port,
		.service = tcp->profiles.list[at->profile].service->name,
		.half_open = at->half_open,
		.connections = backlog_connections(tcp, at),
		.limits = at->limits,
	};
	if (at->local_index != LISTENER_ANY_ADDRESS)
		out->local.addr = worker->net.addresses.list[at->local_index].addr;
	return 0;
}
