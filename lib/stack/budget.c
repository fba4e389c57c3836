/* SPDX-License-Identifier: BSD-3-Clause */
#include "stack/budget.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/memory.h"
#include "stack/stack.h"

#define MIB (1024.0 * 1024.0)

/*
 * Whoever carries text holds a packet buffer, so more flights than buffers are of use to those
 * alone that open, close or have just stopped.
 */
static uint32_t default_flights(const struct la_stack_config *config)
{
	uint32_t most = config->mbufs > FLIGHTS_DEFAULT ? config->mbufs : FLIGHTS_DEFAULT;

	return config->max_connections < most ? config->max_connections : most;
}

struct tcp_config budget_tcp(const struct la_stack_config *config)
{
	return (struct tcp_config){
		.max_connections = config->max_connections,
		.max_flights =
			config->max_flights == 0 ? default_flights(config) : config->max_flights,
		.max_embryos = config->max_embryos,
		.max_time_waits = config->max_time_waits,
		.msl_us = config->msl_us,
		.flight_idle_us = config->flight_idle_us,
		.no_short_cuts = config->no_short_cuts,
		.ephemeral_first = config->ephemeral_first,
		.ephemeral_last = config->ephemeral_last,
	};
}

uint64_t budget_mbuf(const struct la_stack_config *config)
{
	uint32_t object =
		(uint32_t)sizeof(struct rte_mbuf) + MBUF_PRIVATE_BYTES + config->mbuf_size;

	/* With a header, and padding that spreads objects over the channels of memory. */
	return rte_mempool_calc_obj_size(object, 0, NULL);
}

struct budget budget_of(const struct la_stack_config *config)
{
	struct tcp_config config_of_tcp = budget_tcp(config);
	struct tcp_memory tcp = tcp_memory(&config_of_tcp);

	return (struct budget){ .bytes = {
					[BUDGET_MBUFS] = config->mbufs * budget_mbuf(config),
					[BUDGET_CONNECTIONS] = tcp.connections,
					[BUDGET_FLIGHTS] = tcp.flights,
					[BUDGET_HALF_OPEN] = tcp.embryos,
					[BUDGET_TIME_WAIT] = tcp.time_waits,
					[BUDGET_NEIGHBOURS] = config->neighbours *
							      (uint64_t)sizeof(struct neighbour),
					[BUDGET_REST] = tcp.rest +
							LADDER_RUNGS * sizeof(struct la_rung) +
							sizeof(struct la_worker),
				} };
}

uint64_t budget_sum(const struct budget *budget)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < BUDGET_PARTS; i++)
		sum += budget->bytes[i];
	return sum;
}

void budget_list(const struct budget *budget, char *text, size_t size)
{
	static const char *const names[BUDGET_PARTS] = {
		[BUDGET_MBUFS] = "mbufs",         [BUDGET_CONNECTIONS] = "connections",
		[BUDGET_FLIGHTS] = "flights",     [BUDGET_HALF_OPEN] = "half_open",
		[BUDGET_TIME_WAIT] = "time_wait", [BUDGET_NEIGHBOURS] = "neighbours",
		[BUDGET_REST] = "other",
	};
	bool told[BUDGET_PARTS] = { false };
	size_t length = 0;

	text[0] = '\0';
	for (unsigned int n = 0; n < BUDGET_PARTS && length < size; n++) {
		unsigned int largest = BUDGET_PARTS;

		for (unsigned int i = 0; i < BUDGET_PARTS; i++)
			if (!told[i] &&
			    (largest == BUDGET_PARTS || budget->bytes[i] > budget->bytes[largest]))
				largest = i;
		told[largest] = true;
		if (budget->bytes[largest] == 0)
			break;
		length += (size_t)snprintf(text + length, size - length, "%s%s %.1f MiB",
					   n == 0 ? "" : ", ", names[largest],
					   (double)budget->bytes[largest] / MIB);
	}
}

int budget_check(const struct budget *budget, unsigned int workers, int numa_node,
		 struct la_error *err)
{
	struct memory_left left = memory_left(numa_node);
	struct budget wanted = *budget;
	uint64_t sum;
	int length;

	/* Buffers come from EAL in any case; without hugepages its memory is not what is left. */
	if (!left.hugepages)
		wanted.bytes[BUDGET_MBUFS] = 0;
	for (unsigned int i = 0; i < BUDGET_PARTS; i++)
		wanted.bytes[i] *= workers;
	sum = budget_sum(&wanted);
	if (sum <= left.bytes)
		return 0;
	length = snprintf(
		err->text, sizeof(err->text),
		"%.1f MiB are needed and %.1f MiB of %s are free on node %d; lower what takes "
		"most: ",
		(double)sum / MIB, (double)left.bytes / MIB,
		left.hugepages ? "hugepages" : "memory", numa_node < 0 ? 0 : numa_node);
	if (length > 0 && (size_t)length < sizeof(err->text))
		budget_list(&wanted, err->text + length, sizeof(err->text) - (size_t)length);
	return -ENOMEM;
}

uint64_t la_stack_memory(const struct la_stack_config *config)
{
	struct budget budget = budget_of(config);
	uint64_t workers = config->workers == 0 ? 1 : config->workers;

	return sizeof(struct la_stack) + workers * budget_sum(&budget) +
	       workers * (workers - 1) * steer_ring_memory();
}

void la_stack_memory_list(const struct la_stack_config *config, struct la_error *out)
{
	struct budget budget = budget_of(config);

	for (unsigned int i = 0; i < BUDGET_PARTS; i++)
		budget.bytes[i] *= config->workers == 0 ? 1 : config->workers;
	budget_list(&budget, out->text, sizeof(out->text));
}
