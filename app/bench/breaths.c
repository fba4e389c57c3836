/* SPDX-License-Identifier: BSD-3-Clause */
#include "breaths.h"

#include <rte_cycles.h>

#include "figures.h"

static const char *const stage_stats[BREATH_STAGES] = {
	"cycles_receive", "cycles_classify", "cycles_lookup", "cycles_tcp",
	"cycles_timers",  "cycles_service",  "cycles_output", "cycles_send",
};

/* Where a port is called. */
#define STAGE_FIRST 0U
#define STAGE_LAST (BREATH_STAGES - 1)

const char *breath_stage_name(unsigned int stage)
{
	return stage_stats[stage] + sizeof("cycles_") - 1;
}

void breather_init(struct breather *breather, struct la_worker *worker)
{
	*breather = (struct breather){
		.worker = worker,
		.interrupted_cycles = rte_get_tsc_hz() / 1000000 * BREATH_INTERRUPTED_US,
		.first_stage = figures_stat(stage_stats[0]),
	};
}

/* One writer, any readers. */
static void bump(uint64_t *counter, uint64_t by)
{
	__atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

_Static_assert(sizeof(struct breaths) % sizeof(uint64_t) == 0, "it is counters and nothing else");

void breaths_read(const struct breaths *breaths, struct breaths *out)
{
	const uint64_t *from = (const uint64_t *)breaths;
	uint64_t *to = (uint64_t *)out;

	for (size_t i = 0; i < sizeof(*breaths) / sizeof(*from); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

/* What the stages' counters went on by, since the last breath. */
static void take_stages(struct breaths *breaths, struct breather *breather, bool count,
			const struct foreign *foreign)
{
	for (unsigned int i = 0; i < BREATH_STAGES; i++) {
		uint64_t now = la_worker_stat(breather->worker, breather->first_stage + i);
		uint64_t cycles = now - breather->seen[i];

		breather->seen[i] = now;
		if (!count)
			continue;
		if (i == STAGE_FIRST)
			cycles -= foreign->receive < cycles ? foreign->receive : cycles;
		else if (i == STAGE_LAST)
			cycles -= foreign->send < cycles ? foreign->send : cycles;
		bump(&breaths->stages[i], cycles);
	}
}

static struct foreign foreign_now(const struct breather *breather)
{
	return breather->foreign != NULL ? *breather->foreign : (struct foreign){ 0 };
}

unsigned int breaths_take(struct breaths *breaths, struct breather *breather)
{
	struct foreign before = foreign_now(breather), foreign;
	uint64_t began = rte_rdtsc(), cycles;
	unsigned int work = la_worker_poll(breather->worker), bucket = 0;

	cycles = rte_rdtsc() - began;
	foreign = foreign_now(breather);
	foreign.receive -= before.receive;
	foreign.send -= before.send;
	if (cycles > breather->interrupted_cycles) {
		bump(&breaths->interrupted, 1);
		bump(&breaths->interrupted_cycles, cycles);
	} else if (work > 0) {
		bump(&breaths->busy, 1);
		bump(&breaths->busy_cycles, cycles - foreign.receive - foreign.send);
		bump(&breaths->foreign_cycles, foreign.receive + foreign.send);
	} else {
		bump(&breaths->idle, 1);
		bump(&breaths->idle_cycles, cycles);
	}
	if (work > 0) {
		bucket = 32U - (unsigned int)__builtin_clz(work);
		take_stages(breaths, breather, cycles <= breather->interrupted_cycles, &foreign);
	}
	bump(&breaths->work[bucket < BREATH_BURSTS ? bucket : BREATH_BURSTS - 1], 1);
	return work;
}
