/* SPDX-License-Identifier: BSD-3-Clause */
#include "timer_pair.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "base/memory.h"

#define STRIDE 15485863U /* a prime: from timer to timer of a chunk, all over the records */
#define ANY_NODE (-1)
#define FAR_S 36000U     /* rte_timer: nothing of what is armed may expire meanwhile */
#define FAR_TICKS 10000U /* the wheel: nor may it there, in the ticks of all turns */
#define EXPIRE_TICKS 8U  /* of a turn */
#define EXPIRE_US 5U
#define LIVES 4U

static size_t records_bytes(const struct timer_pair *pair)
{
	return (size_t)pair->count * sizeof(struct timer_record);
}

static size_t timers_bytes(const struct timer_pair *pair)
{
	return (size_t)pair->count * sizeof(struct rte_timer);
}

static size_t best_bytes(void)
{
	return (TIMER_SPAN + 1) * sizeof(uint32_t);
}

bool timer_pair_create(struct timer_pair *pair, uint32_t count)
{
	static const struct siphash_key seed = { 0x74696d6572ULL, 1 };

	*pair = (struct timer_pair){ .count = count, .lcore = rte_lcore_id() };
	pair->chunk = count < TIMER_CHUNK ? count : TIMER_CHUNK;
	random_init(&pair->random, &seed);
	pair->records = memory_reserve(records_bytes(pair), ANY_NODE);
	pair->timers = memory_reserve(timers_bytes(pair), ANY_NODE);
	pair->best = memory_reserve(best_bytes(), ANY_NODE);
	if (pair->records == NULL || pair->timers == NULL || pair->best == NULL) {
		fprintf(stderr,
			"lastack-bench: no memory for %u timers: give EAL more (-m), or take "
			"fewer --connections\n",
			count);
		return false;
	}
	rte_timer_subsystem_init();
	for (uint32_t i = 0; i < count; i++)
		rte_timer_init(&pair->timers[i]);
	return true;
}

void timer_pair_destroy(struct timer_pair *pair)
{
	memory_release(pair->records, records_bytes(pair));
	memory_release(pair->timers, timers_bytes(pair));
	memory_release(pair->best, best_bytes());
	rte_timer_subsystem_finalize();
}

static void start_wheel(struct timer_pair *pair, uint32_t now)
{
	struct timer_node_array nodes = {
		.base = (uint8_t *)&pair->records[0].node,
		.stride = sizeof(struct timer_record),
	};

	pair->now = now;
	wheel_init(&pair->wheel, nodes, now);
}

static void note_fired(struct rte_timer *timer, void *state)
{
	((struct timer_pair *)state)->fired++;
}

static void other_arm(struct timer_pair *pair, uint32_t number, uint64_t cycles)
{
	rte_timer_reset(&pair->timers[number], cycles, SINGLE, pair->lcore, note_fired, pair);
}

static uint64_t other_far(struct timer_pair *pair)
{
	uint64_t span = rte_get_tsc_hz() / 10000 * TIMER_SPAN;

	return FAR_S * rte_get_tsc_hz() + random_u64(&pair->random) % span;
}

static uint32_t ours_far(struct timer_pair *pair)
{
	return pair->now + FAR_TICKS + random_below(&pair->random, TIMER_SPAN);
}

/* The timer that comes so many strides after the first: all come once in count strides. */
static uint32_t scattered(const struct timer_pair *pair, uint64_t steps)
{
	return (uint32_t)(steps * (pair->count % STRIDE == 0 ? 1 : STRIDE) % pair->count);
}

void timer_pair_arm_all(struct timer_pair *pair)
{
	uint64_t step = rte_get_tsc_hz() / 10000 * TIMER_SPAN / pair->count + 1;
	uint64_t first = rte_rdtsc() + FAR_S * rte_get_tsc_hz();

	start_wheel(pair, 0);
	for (uint32_t i = 0; i < pair->count; i++)
		wheel_arm(&pair->wheel, i, ours_far(pair));
	/* In order of deadlines, though not of memory: at random it takes hours. */
	for (uint32_t i = 0; i < pair->count; i++)
		other_arm(pair, scattered(pair, i), first + i * step - rte_rdtsc());
}

/* ---- the wheel from beginning to end --------------------------------------------------------- */

static uint32_t live_once(struct timer_pair *pair, struct timer_life *life)
{
	static const struct siphash_key seed = { 0x6c697665ULL, 1 };
	uint32_t expired[TIMERS_PER_BREATH], calls = 0;
	struct random_stream random;

	random_init(&random, &seed);
	start_wheel(pair, 0);
	for (uint32_t i = 0; i < pair->count; i++)
		wheel_arm(&pair->wheel, scattered(pair, i), 1 + random_below(&random, TIMER_SPAN));
	while (pair->wheel.armed > 0 && calls <= TIMER_SPAN) {
		uint64_t began = rte_rdtsc_precise(), cycles;
		unsigned int count;

		pair->now++;
		count = wheel_expire(&pair->wheel, pair->now, expired, TIMERS_PER_BREATH,
				     TIMERS_PER_BREATH);
		cycles = rte_rdtsc_precise() - began;
		if (cycles < pair->best[calls])
			pair->best[calls] = (uint32_t)cycles;
		calls++;
		for (unsigned int i = 0; i < count; i++) {
			uint32_t late = pair->now - pair->records[expired[i]].node.deadline;

			life->latest = late > life->latest ? late : life->latest;
		}
		life->most_expired = count > life->most_expired ? count : life->most_expired;
	}
	return calls;
}

void timer_pair_live(struct timer_pair *pair, struct timer_life *out)
{
	uint64_t sum = 0;
	uint32_t calls = 0, idle = UINT32_MAX;

	*out = (struct timer_life){ 0 };
	memset(pair->best, 0xff, best_bytes());
	for (unsigned int life = 0; life < LIVES; life++)
		calls = live_once(pair, out);
	for (uint32_t i = 0; i < calls; i++) {
		sum += pair->best[i];
		if (pair->best[i] > out->worst_cycles)
			out->worst_cycles = pair->best[i];
		if (pair->best[i] < idle)
			idle = pair->best[i];
	}
	out->idle_cycles = idle;
	out->cycles = (double)(sum - (uint64_t)idle * calls) / pair->count;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static void draw_chunk(struct timer_pair *pair)
{
	uint64_t first = random_below(&pair->random, pair->count);

	for (uint32_t i = 0; i < pair->chunk; i++)
		pair->numbers[i] = scattered(pair, first + i);
}

static double each(const struct timer_pair *pair, uint64_t began)
{
	return (double)(rte_rdtsc_precise() - began) / pair->chunk;
}

static double ours_cancel(struct timer_pair *pair)
{
	uint64_t began = rte_rdtsc_precise();

	for (uint32_t i = 0; i < pair->chunk; i++)
		wheel_cancel(&pair->wheel, pair->numbers[i]);
	return each(pair, began);
}

static double ours_arm_far(struct timer_pair *pair)
{
	uint32_t deadlines[TIMER_CHUNK];
	uint64_t began;

	for (uint32_t i = 0; i < pair->chunk; i++)
		deadlines[i] = ours_far(pair);
	began = rte_rdtsc_precise();
	for (uint32_t i = 0; i < pair->chunk; i++)
		wheel_arm(&pair->wheel, pair->numbers[i], deadlines[i]);
	return each(pair, began);
}

static double other_cancel(struct timer_pair *pair)
{
	uint64_t began = rte_rdtsc_precise();

	for (uint32_t i = 0; i < pair->chunk; i++)
		rte_timer_stop(&pair->timers[pair->numbers[i]]);
	return each(pair, began);
}

static double other_arm_far(struct timer_pair *pair)
{
	uint64_t cycles[TIMER_CHUNK];
	uint64_t began;

	for (uint32_t i = 0; i < pair->chunk; i++)
		cycles[i] = other_far(pair);
	began = rte_rdtsc_precise();
	for (uint32_t i = 0; i < pair->chunk; i++)
		other_arm(pair, pair->numbers[i], cycles[i]);
	return each(pair, began);
}

double timer_ours_cancel(void *state)
{
	double cycles;

	draw_chunk(state);
	cycles = ours_cancel(state);
	ours_arm_far(state);
	return cycles;
}

double timer_other_cancel(void *state)
{
	double cycles;

	draw_chunk(state);
	cycles = other_cancel(state);
	other_arm_far(state);
	return cycles;
}

double timer_ours_arm(void *state)
{
	draw_chunk(state);
	ours_cancel(state);
	return ours_arm_far(state);
}

double timer_other_arm(void *state)
{
	draw_chunk(state);
	other_cancel(state);
	return other_arm_far(state);
}

/* Those of the chunk expire, and nothing else. */
double timer_ours_expire(void *state)
{
	struct timer_pair *pair = state;
	uint32_t expired[TIMERS_PER_BREATH], end;
	uint64_t began;
	double cycles;

	draw_chunk(pair);
	ours_cancel(pair);
	end = pair->now + EXPIRE_TICKS;
	for (uint32_t i = 0; i < pair->chunk; i++)
		wheel_arm(&pair->wheel, pair->numbers[i],
			  pair->now + 1 + random_below(&pair->random, EXPIRE_TICKS));
	pair->fired = 0;
	began = rte_rdtsc_precise();
	while (pair->fired < pair->chunk) {
		if (pair->now != end)
			pair->now++;
		pair->fired += wheel_expire(&pair->wheel, pair->now, expired, TIMERS_PER_BREATH,
					    TIMERS_PER_BREATH);
	}
	cycles = each(pair, began);
	ours_arm_far(pair);
	return cycles;
}

double timer_other_expire(void *state)
{
	struct timer_pair *pair = state;
	uint64_t span = rte_get_tsc_hz() / 1000000 * EXPIRE_US, until, began;
	double cycles;

	draw_chunk(pair);
	other_cancel(pair);
	for (uint32_t i = 0; i < pair->chunk; i++)
		other_arm(pair, pair->numbers[i], random_u64(&pair->random) % span);
	until = rte_rdtsc() + span;
	while (rte_rdtsc() < until)
		;
	pair->fired = 0;
	began = rte_rdtsc_precise();
	while (pair->fired < pair->chunk)
		rte_timer_manage();
	cycles = each(pair, began);
	other_arm_far(pair);
	return cycles;
}
