/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * network.c: ports, addresses and routes: the same on every worker, under the same numbers.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "io/port_lane.h"
#include "stack/stack.h"

/* Gives worker number index the port that the first worker has just filled in. */
static int share_port(struct la_stack *stack, unsigned int index, struct la_error *err)
{
	struct la_worker *worker = stack->workers[index];
	unsigned int number = worker->port_count;
	struct port *port = &worker->ports[number];
	const struct port *first = &stack->workers[0]->ports[number];

	port_init_same(port, first, (uint16_t)index, &worker->env.counters);
	if (index < first->queues)
		return 0;
	return port_lane_open(port, &stack->workers[index % first->queues]->ports[number],
			      worker->env.numa_node, err);
}

/* Every worker gets the port that the first one has just filled in. Returns its number. */
static int adopt_port(struct la_stack *stack, struct la_error *err)
{
	unsigned int number = stack->workers[0]->port_count;
	int result = 0;

	if (stack->workers[0]->ports[number].queues > stack->worker_count)
		stack->workers[0]->ports[number].queues = (uint16_t)stack->worker_count;
	for (unsigned int i = 1; result == 0 && i < stack->worker_count; i++)
		result = share_port(stack, i, err);
	for (unsigned int i = 0; result == 0 && i < stack->worker_count; i++)
		result = net_port_add(&stack->workers[i]->net, &stack->workers[i]->ports[number],
				      err);
	if (result != 0) {
		for (unsigned int i = stack->worker_count; i > 0; i--)
			port_close(&stack->workers[i - 1]->ports[number]);
		return result;
	}
	for (unsigned int i = 0; i < stack->worker_count; i++)
		stack->workers[i]->port_count++;
	return (int)number;
}

static int check_port_count(const struct la_stack *stack, struct la_error *err)
{
	if (stack->workers[0]->port_count < PORTS_MAX)
		return 0;
	snprintf(err->text, sizeof(err->text), "at most %u ports", PORTS_MAX);
	return -ENOSPC;
}

int la_port_add(struct la_stack *stack, const struct la_port_config *config, struct la_error *err)
{
	struct la_worker *worker = stack->workers[0];
	struct la_error ignored;
	int result;

	err = err == NULL ? &ignored : err;
	result = check_port_count(stack, err);
	if (result == 0)
		result = port_init(&worker->ports[worker->port_count], config,
				   &worker->env.counters, err);
	return result != 0 ? result : adopt_port(stack, err);
}

int la_port_add_ethdev(struct la_stack *stack, uint16_t ethdev, const struct la_port_config *config,
		       struct la_error *err)
{
	struct la_worker *worker = stack->workers[0];
	struct rte_mempool *mbufs[WORKERS_MAX];
	struct port_queues queues = { .mbufs = mbufs, .rss = &stack->rss };
	struct la_error ignored;
	int result;

	err = err == NULL ? &ignored : err;
	result = check_port_count(stack, err);
	for (unsigned int i = 0; i < stack->worker_count; i++)
		mbufs[i] = stack->workers[i]->env.mbufs;
	if (result == 0)
		result = port_init_ethdev(&worker->ports[worker->port_count], ethdev, config,
					  &queues, &worker->env.counters, err);
	return result != 0 ? result : adopt_port(stack, err);
}

int la_port_info(const struct la_stack *stack, int port, struct la_port_info *out)
{
	const struct la_worker *worker = stack->workers[0];

	if (port < 0 || (unsigned int)port >= worker->port_count)
		return -ENOENT;
	*out = (struct la_port_info){ .queues = worker->ports[port].queues,
				      .spreads = worker->ports[port].spreads };
	return 0;
}

int la_address_add(struct la_stack *stack, int port, const struct la_addr *addr,
		   unsigned int prefix_length, struct la_error *err)
{
	struct la_error ignored;
	int result = 0;

	err = err == NULL ? &ignored : err;
	for (unsigned int i = 0; i < stack->worker_count; i++) {
		struct la_worker *worker = stack->workers[i];

		worker_read_clock(worker);
		result =
			net_address_add(&worker->net, (unsigned int)port, addr, prefix_length, err);
		/* What the first takes all take: they have been told the same before. */
		assert(i == 0 || result == 0);
		if (result != 0)
			return result;
	}
	return result;
}

int la_route_add(struct la_stack *stack, int port, const struct la_addr *prefix,
		 unsigned int length, const struct la_addr *gateway, struct la_error *err)
{
	struct la_error ignored;
	int result = 0;

	err = err == NULL ? &ignored : err;
	for (unsigned int i = 0; i < stack->worker_count; i++) {
		result = net_route_add(&stack->workers[i]->net, (unsigned int)port, prefix, length,
				       gateway, err);
		assert(i == 0 || result == 0);
		if (result != 0)
			return result;
	}
	return result;
}
