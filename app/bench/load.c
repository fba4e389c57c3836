/* SPDX-License-Identifier: BSD-3-Clause */
#include "load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "bench.h"

bool load_create(struct load *load, uint32_t connections)
{
	memset(load, 0, sizeof(*load));
	load->slots = calloc(connections, sizeof(*load->slots));
	load->idle = calloc(connections, sizeof(*load->idle));
	load->count = connections;
	return load->slots != NULL && load->idle != NULL;
}

void load_destroy(struct load *load)
{
	free(load->slots);
	free(load->idle);
	memset(load, 0, sizeof(*load));
}

static void push_idle(struct load *load, uint32_t slot)
{
	uint32_t at = load->idle_first + load->idle_count;

	assert(slot < load->count && load->idle_count < load->count);
	load->idle[at < load->count ? at : at - load->count] = slot;
	load->idle_count++;
}

static uint32_t pop_idle(struct load *load)
{
	uint32_t slot = load->idle[load->idle_first];

	load->idle_first = load->idle_first + 1 < load->count ? load->idle_first + 1 : 0;
	load->idle_count--;
	return slot;
}

static void collect_idle(struct load *load)
{
	load->idle_first = 0;
	load->idle_count = 0;
	for (uint32_t i = 0; i < load->count; i++) {
		if (!load->slots[i].busy)
			push_idle(load, i);
	}
}

/* The same order in every run. */
static void shuffle_idle(struct load *load)
{
	uint64_t state = 1;

	for (uint32_t i = load->idle_count; i > 1; i--) {
		uint32_t other, slot = load->idle[i - 1];

		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		other = (uint32_t)((state >> 32) * i >> 32);
		load->idle[i - 1] = load->idle[other];
		load->idle[other] = slot;
	}
}

void load_fill(struct load *load)
{
	load->filling = true;
	load->most = LOAD_BUSY_MAX;
	load->interval = 0;
	collect_idle(load);
}

void load_start(struct load *load, uint32_t most, uint64_t rate, uint64_t now)
{
	load->filling = false;
	load->most = most;
	load->interval = rate == 0 ? 0 : (double)rte_get_tsc_hz() / (double)rate;
	load->next_due = (double)now;
	collect_idle(load);
	shuffle_idle(load);
}

void load_idle(struct load *load, uint32_t slot)
{
	load->slots[slot].busy = false;
	load->busy--;
	if (!load->filling)
		push_idle(load, slot);
}

void load_retry(struct load *load, uint32_t slot)
{
	load->slots[slot].busy = false;
	load->busy--;
	push_idle(load, slot);
}

/*
 * At first nobody knows the MAC address of anybody, and few frames wait for one: the load grows
 * with the connections that were opened until each address has had one.
 */
static bool is_held_back(const struct bench *bench)
{
	uint64_t opened = bench->tally.opened;

	return opened < bench->tuples.client_addresses && bench->load.begun > 2 * opened &&
	       bench->options->test->exchange != EXCHANGE_FLOOD;
}

void load_step(struct bench *bench)
{
	struct load *load = &bench->load;
	uint64_t now;

	if (load->stopped || load->idle_count == 0)
		return;
	now = rte_rdtsc();
	for (unsigned int i = 0; i < LOAD_PER_STEP && load->idle_count > 0; i++) {
		uint32_t slot;

		if ((load->interval > 0 && load->next_due > (double)now) || is_held_back(bench) ||
		    load->busy >= load->most)
			return;
		slot = pop_idle(load);
		load->slots[slot].due = load->interval > 0 ? (uint64_t)load->next_due : now;
		load->next_due += load->interval;
		load->begun++;
		load->busy++;
		load->slots[slot].busy = true;
		bench->begin(bench, slot);
	}
}
