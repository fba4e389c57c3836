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

/* The first slot lies on top. */
static void collect_idle(struct load *load)
{
	load->idle_count = 0;
	for (uint32_t i = load->count; i-- > 0;) {
		if (!load->slots[i].busy)
			load->idle[load->idle_count++] = i;
	}
}

void load_fill(struct load *load)
{
	load->filling = true;
	load->interval = 0;
	collect_idle(load);
}

void load_start(struct load *load, uint64_t rate, uint64_t now)
{
	load->filling = false;
	load->interval = rate == 0 ? 0 : (double)rte_get_tsc_hz() / (double)rate;
	load->next_due = (double)now;
	collect_idle(load);
}

void load_idle(struct load *load, uint32_t slot)
{
	assert(slot < load->count && load->idle_count < load->count);
	load->slots[slot].busy = false;
	if (!load->filling)
		load->idle[load->idle_count++] = slot;
}

void load_retry(struct load *load, uint32_t slot)
{
	assert(slot < load->count && load->idle_count < load->count);
	load->slots[slot].busy = false;
	load->idle[load->idle_count++] = slot;
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
		uint32_t slot = load->idle[load->idle_count - 1];

		if ((load->interval > 0 && load->next_due > (double)now) || is_held_back(bench))
			return;
		load->slots[slot].due = load->interval > 0 ? (uint64_t)load->next_due : now;
		load->next_due += load->interval;
		load->idle_count--;
		load->begun++;
		load->slots[slot].busy = true;
		bench->begin(bench, slot);
	}
}
