/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * budget.h: what a worker of a configuration reserves, setting by setting, and whether that is
 * there. Known before anything is taken, so that an error can name the setting to lower.
 */
#ifndef STACK_BUDGET_H
#define STACK_BUDGET_H

#include <stdint.h>

#include "lastack.h"
#include "tcp/tcp.h"

/** By the settings that they follow from, as a configuration file calls them. */
enum budget_part {
	BUDGET_MBUFS,
	BUDGET_CONNECTIONS,
	BUDGET_FLIGHTS,
	BUDGET_HALF_OPEN,
	BUDGET_TIME_WAIT,
	BUDGET_NEIGHBOURS,
	BUDGET_REST, /**< follows from no setting */
	BUDGET_PARTS,
};

struct budget {
	uint64_t bytes[BUDGET_PARTS]; /**< of one worker */
};

/** What TCP of a worker is told; max_flights is a number here in any case. */
struct tcp_config budget_tcp(const struct la_stack_config *config);

struct budget budget_of(const struct la_stack_config *config);

/** Bytes of one packet buffer, with what DPDK keeps beside it. */
uint64_t budget_mbuf(const struct la_stack_config *config);

uint64_t budget_sum(const struct budget *budget);

/** A list of the parts, the largest first: "mbufs 78.0 MiB, flights 11.5 MiB, ...". */
void budget_list(const struct budget *budget, char *text, size_t size);

/** 0; -ENOMEM with a sentence if so many workers of one NUMA node want more than it has. */
int budget_check(const struct budget *budget, unsigned int workers, int numa_node,
		 struct la_error *err);

#endif
