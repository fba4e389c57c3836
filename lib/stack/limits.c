/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * limits.c: how much of what was reserved may be in use: on every worker, changed while they run.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "stack/stack.h"

/* What was reserved, for LA_LIMIT_NONE; 0, or -EINVAL with a sentence. */
static int settle(uint32_t *limit, uint32_t reserved, const char *what, struct la_error *err)
{
	if (*limit == LA_LIMIT_NONE)
		*limit = reserved;
	if (*limit <= reserved)
		return 0;
	snprintf(err->text, sizeof(err->text),
		 "%s: %u are more than the %u that each worker reserved at the start", what, *limit,
		 reserved);
	return -EINVAL;
}

/* In the worker. */
static void limit_here(struct la_worker *worker, void *arg)
{
	worker->tcp.limits = *(const struct la_limits *)arg;
}

int la_set_limits(struct la_stack *stack, const struct la_limits *limits, struct la_error *err)
{
	const struct tcp_config *config = &stack->workers[0]->tcp.config;
	struct la_limits settled = *limits;
	struct la_error ignored;
	int result;

	err = err == NULL ? &ignored : err;
	err->text[0] = '\0';
	result = settle(&settled.connections, config->max_connections, "connections", err);
	if (result == 0)
		result = settle(&settled.half_open, config->max_embryos, "half_open", err);
	for (unsigned int i = 0; result == 0 && i < stack->worker_count; i++) {
		struct la_worker *worker = stack->workers[i];

		result = control_ask(&worker->control, worker, limit_here, &settled,
				     sizeof(settled));
		if (result != 0)
			snprintf(err->text, sizeof(err->text),
				 "worker %u does not answer: it and those after it go on as before",
				 i);
	}
	return result;
}

void la_worker_limits(const struct la_worker *worker, struct la_limits *set,
		      struct la_limits *reserved)
{
	assert(set != NULL && reserved != NULL);
	*set = worker->tcp.limits;
	*reserved = (struct la_limits){ .connections = worker->tcp.config.max_connections,
					.half_open = worker->tcp.config.max_embryos };
}
