/* SPDX-License-Identifier: BSD-3-Clause */
#include "../check.h"

#include "apart.h"

#include <sys/mman.h>

#include <rte_mbuf.h>

#include "stack/stack.h"

#define PAGE 4096U

struct area {
	void *at;
	size_t bytes;
};

static struct area area_of(const struct pool *pool)
{
	return (struct area){ pool->records, (size_t)pool->capacity * pool->record_size };
}

/* The pages that an area has for itself. */
static void protect(const struct area *area, int protection)
{
	uintptr_t from = ((uintptr_t)area->at + PAGE - 1) / PAGE * PAGE;
	uintptr_t to = ((uintptr_t)area->at + area->bytes) / PAGE * PAGE;

	if (from < to)
		assert_int_equal(mprotect((void *)from, to - from, protection), 0);
}

static void protect_worker(struct la_worker *worker, int protection)
{
	struct tcp *tcp = &worker->tcp;
	/* Read before the worker itself cannot be read any more. */
	const struct area areas[] = {
		area_of(&tcp->conns),
		area_of(&tcp->flights),
		area_of(&tcp->embryos),
		area_of(&tcp->time_waits),
		{ tcp->table.buckets, tcp->table.bucket_count * sizeof(struct table_bucket) },
		{ tcp->generations, tcp->config.max_connections * sizeof(uint32_t) },
		{ tcp->profiles.list, PROFILES_MAX * sizeof(struct profile) },
		area_of(&worker->net.neighbours.entries),
		area_of(&worker->net.neighbours.cells),
		area_of(&worker->net.fragments.slots),
		{ worker->env.ladder.rungs, LADDER_RUNGS * sizeof(struct la_rung) },
	};

	for (size_t i = 0; i < COUNT_OF(areas); i++)
		protect(&areas[i], protection);
}

void apart_close(struct la_stack *stack, const struct la_worker *polled)
{
	for (unsigned int i = 0; i < stack->worker_count; i++) {
		const struct area itself = { stack->workers[i], sizeof(struct la_worker) };

		if (stack->workers[i] == polled)
			continue;
		protect_worker(stack->workers[i], PROT_NONE);
		protect(&itself, PROT_NONE);
	}
}

static void expect_own(const struct rte_mbuf *mbuf, const struct rte_mempool *pool)
{
	for (; mbuf != NULL; mbuf = mbuf->next) {
		assert_ptr_equal(mbuf->pool, pool);
		if (RTE_MBUF_CLONED(mbuf))
			assert_ptr_equal(
				rte_mbuf_from_indirect((struct rte_mbuf *)(uintptr_t)mbuf)->pool,
				pool);
	}
}

static void expect_own_buffers(const struct la_worker *worker)
{
	const struct tcp *tcp = &worker->tcp;

	for (uint32_t i = 0; i < tcp->config.max_flights; i++) {
		const struct tcp_flight *flight;

		if (!pool_taken(&tcp->flights, i))
			continue;
		flight = pool_at(&tcp->flights, i);
		expect_own(flight->send.bytes.head, worker->env.mbufs);
		expect_own(flight->receive.head, worker->env.mbufs);
		expect_own(flight->reasm.head, worker->env.mbufs);
	}
}

void apart_open(struct la_stack *stack, const struct la_worker *polled)
{
	for (unsigned int i = 0; i < stack->worker_count; i++) {
		const struct area itself = { stack->workers[i], sizeof(struct la_worker) };

		if (stack->workers[i] == polled)
			continue;
		protect(&itself, PROT_READ | PROT_WRITE);
		protect_worker(stack->workers[i], PROT_READ | PROT_WRITE);
	}
	expect_own_buffers(polled);
}
