/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/seq.h"
#include "base/wheel.h"
#include "config/limits.h"

#include "child.h"

#define RECORDS 400U
#define OUT_MAX 64U
#define UNBOUNDED 100000U

/** The node does not come first: strides and offsets must be right. */
struct record {
	uint64_t payload;
	struct timer_node node;
	uint32_t more;
};

struct fixture {
	struct record records[RECORDS];
	struct wheel wheel;
	uint32_t out[OUT_MAX];
};

static void fixture_begin(struct fixture *f, uint32_t now)
{
	struct timer_node_array nodes = {
		.base = (uint8_t *)&f->records[0].node,
		.stride = sizeof(struct record),
	};

	memset(f->records, 0xa5, sizeof(f->records));
	wheel_init(&f->wheel, nodes, now);
}

static int fixture_setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state == NULL ? -1 : 0;
}

static int fixture_teardown(void **state)
{
	free(*state);
	return 0;
}

static unsigned int expire(struct fixture *f, uint32_t now)
{
	return wheel_expire(&f->wheel, now, f->out, OUT_MAX, UNBOUNDED);
}

static void entry_fires_on_its_tick_and_not_before(void **state)
{
	static const uint32_t distances[] = { 1,       2,       255,        256,       257,
					      65535,   65536,   65537,      0xffffffU, 0x1000000U,
					      9999999, 1000000, 0x3fffffffU };
	static const uint32_t starts[] = { 0, 1, 255, 0xff00, 0xfffffff0U, 0x7fffff80U };
	struct fixture *f = *state;

	for (size_t s = 0; s < COUNT_OF(starts); s++) {
		for (size_t d = 0; d < COUNT_OF(distances); d++) {
			uint32_t due = starts[s] + distances[d];

			fixture_begin(f, starts[s]);
			wheel_arm(&f->wheel, 7, due);
			assert_int_equal(expire(f, due - 1), 0);
			assert_int_equal(f->wheel.armed, 1);
			assert_int_equal(expire(f, due), 1);
			assert_int_equal(f->out[0], 7);
			assert_int_equal(f->wheel.armed, 0);
			assert_int_equal(expire(f, due + 1), 0);
		}
	}
}

static void past_deadline_fires_on_the_next_tick(void **state)
{
	static const uint32_t starts[] = { 1000, 255, 65535, 0xffffffU, UINT32_MAX };
	struct fixture *f = *state;

	for (size_t s = 0; s < COUNT_OF(starts); s++) {
		uint32_t now = starts[s];

		fixture_begin(f, now);
		wheel_arm(&f->wheel, 0, now);
		wheel_arm(&f->wheel, 1, now - 1);
		wheel_arm(&f->wheel, 2, now - 500000);
		assert_int_equal(expire(f, now), 0);
		assert_int_equal(expire(f, now + 1), 3);
	}
}

static void cancelled_entry_never_fires(void **state)
{
	struct fixture *f = *state;

	fixture_begin(f, 50);
	/* Three in one list: first, middle and last are taken out in turn. */
	for (uint32_t gone = 0; gone < 3; gone++) {
		uint32_t due = f->wheel.now + 10;

		for (uint32_t i = 0; i < 3; i++)
			wheel_arm(&f->wheel, i * WHEEL_CHAINS, due);
		wheel_cancel(&f->wheel, gone * WHEEL_CHAINS);
		assert_int_equal(f->wheel.armed, 2);
		assert_int_equal(expire(f, due), 2);
		assert_int_not_equal(f->out[0], gone * WHEEL_CHAINS);
		assert_int_not_equal(f->out[1], gone * WHEEL_CHAINS);
	}
	wheel_arm(&f->wheel, 9, f->wheel.now + 70000);
	wheel_cancel(&f->wheel, 9);
	assert_int_equal(f->wheel.armed, 0);
	assert_int_equal(expire(f, f->wheel.now + 80000), 0);
}

/** The first entry of tick 10. */
static uint32_t first_of_tick_ten(const struct fixture *f)
{
	for (unsigned int i = 0; i < WHEEL_CHAINS; i++)
		if (f->wheel.slots[0][10][i] != TIMER_NODE_NONE)
			return f->wheel.slots[0][10][i];
	return TIMER_NODE_NONE;
}

static void overdue_entry_can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	bool fired[5 * WHEEL_CHAINS] = { false };
	uint32_t waiting;

	fixture_begin(f, 0);
	for (uint32_t i = 0; i < 5; i++)
		wheel_arm(&f->wheel, i * WHEEL_CHAINS, 10);
	assert_int_equal(wheel_expire(&f->wheel, 10, f->out, 1, UNBOUNDED), 1);
	fired[f->out[0]] = true;
	assert_int_equal(f->wheel.armed, 4);

	/* The first of those left over, then one in the middle. */
	waiting = first_of_tick_ten(f);
	fired[waiting] = true;
	wheel_cancel(&f->wheel, waiting);
	waiting = f->records[first_of_tick_ten(f)].node.next;
	fired[waiting] = true;
	wheel_cancel(&f->wheel, waiting);

	assert_int_equal(expire(f, 10), 2);
	assert_false(fired[f->out[0]]);
	assert_false(fired[f->out[1]]);
	assert_int_not_equal(f->out[0], f->out[1]);
	assert_int_equal(f->wheel.armed, 0);
}

static void every_list_of_a_slot_is_emptied(void **state)
{
	struct fixture *f = *state;

	/* Lists of different length, one of them empty. */
	fixture_begin(f, 0);
	for (uint32_t i = 0; i < 40; i++)
		if (i % WHEEL_CHAINS != 2 && (i % WHEEL_CHAINS != 1 || i < 9))
			wheel_arm(&f->wheel, i, 1000);
	assert_int_equal(f->wheel.armed, 22);
	assert_int_equal(expire(f, 999), 0);
	assert_int_equal(expire(f, 1000), 22);
	assert_int_equal(f->wheel.armed, 0);
	assert_false(wheel_next(&f->wheel, f->out));
}

static void overdue_entry_can_be_armed_again(void **state)
{
	struct fixture *f = *state;
	uint32_t waiting, tick;

	fixture_begin(f, 0);
	wheel_arm(&f->wheel, 0, 10);
	wheel_arm(&f->wheel, 1, 10);
	assert_int_equal(wheel_expire(&f->wheel, 1000, f->out, 1, UNBOUNDED), 1);
	assert_true(wheel_next(&f->wheel, &tick));
	assert_true(seq_leq(tick, 1000));
	waiting = first_of_tick_ten(f);
	wheel_cancel(&f->wheel, waiting);
	wheel_arm(&f->wheel, waiting, 2000);
	assert_int_equal(expire(f, 1999), 0);
	assert_int_equal(expire(f, 2000), 1);
	assert_int_equal(f->out[0], waiting);
}

static void work_is_bounded_by_entries_and_not_by_ticks(void **state)
{
	struct fixture *f = *state;
	unsigned int calls = 0;

	/* Alone and far away, an entry is touched once per level, whatever lies between. */
	fixture_begin(f, 0x12345678U);
	wheel_arm(&f->wheel, 3, 0x12345678U + WHEEL_REACH_TICKS);
	while (wheel_expire(&f->wheel, 0x12345678U + WHEEL_REACH_TICKS, f->out, 1, 1) == 0) {
		calls++;
		assert_true(calls < WHEEL_LEVELS);
	}
	assert_int_equal(f->out[0], 3);
}

static void budget_and_count_are_kept_and_nothing_is_lost(void **state)
{
	struct fixture *f = *state;
	unsigned int total = 0;
	unsigned int calls = 0;

	fixture_begin(f, 0);
	for (uint32_t i = 0; i < 100; i++)
		wheel_arm(&f->wheel, i, 70000);
	while (f->wheel.armed > 0) {
		unsigned int got = wheel_expire(&f->wheel, 70000, f->out, 8, 5);

		assert_true(got <= 5);
		total += got;
		calls++;
		assert_true(calls < 100);
	}
	assert_int_equal(total, 100);
	/* Each of them was touched more than once: it cascaded. */
	assert_true(calls > 100 / 5);

	fixture_begin(f, 0);
	for (uint32_t i = 0; i < 10; i++)
		wheel_arm(&f->wheel, i, 5);
	assert_int_equal(wheel_expire(&f->wheel, 5, f->out, 3, UNBOUNDED), 3);
	assert_int_equal(f->wheel.armed, 7);
	assert_int_equal(expire(f, 5), 7);
}

static void lagging_wheel_takes_the_farthest_deadline(void **state)
{
	struct fixture *f = *state;
	uint32_t now = WHEEL_REACH_TICKS;

	/* The caller's time is far ahead: one call with a budget of one leaves the wheel behind. */
	fixture_begin(f, 0);
	wheel_arm(&f->wheel, 0, 1);
	wheel_arm(&f->wheel, 1, 1);
	assert_int_equal(wheel_expire(&f->wheel, now, f->out, 1, 1), 1);
	wheel_arm(&f->wheel, 2, now + WHEEL_REACH_TICKS);
	assert_int_equal(expire(f, now), 1);
	assert_int_not_equal(f->out[0], 2);
	assert_int_equal(expire(f, now + WHEEL_REACH_TICKS - 1), 0);
	assert_int_equal(expire(f, now + WHEEL_REACH_TICKS), 1);
}

static void next_is_exact_near_and_a_bound_far(void **state)
{
	struct fixture *f = *state;
	uint32_t tick;

	fixture_begin(f, 0x10000U);
	assert_false(wheel_next(&f->wheel, &tick));
	wheel_arm(&f->wheel, 0, 0x10000U + 200);
	assert_true(wheel_next(&f->wheel, &tick));
	assert_int_equal(tick, 0x10000U + 200);
	wheel_arm(&f->wheel, 1, 0x10000U + 17);
	assert_true(wheel_next(&f->wheel, &tick));
	assert_int_equal(tick, 0x10000U + 17);
	wheel_cancel(&f->wheel, 0);
	wheel_cancel(&f->wheel, 1);
	wheel_arm(&f->wheel, 2, 0x10000U + 1000);
	assert_true(wheel_next(&f->wheel, &tick));
	/* It cascades before the multiple of 256 below it. */
	assert_int_equal(tick, 0x10000U + 767);
	assert_int_equal(expire(f, tick), 0);
	assert_true(wheel_next(&f->wheel, &tick));
	assert_int_equal(tick, 0x10000U + 1000);
}

static void entries_cascade_ahead_of_time_and_a_few_at_a_time(void **state)
{
	struct fixture *f = *state;
	unsigned int calls = 0;

	fixture_begin(f, 0);
	for (uint32_t i = 0; i < 3 * WHEEL_AHEAD_MAX; i++)
		wheel_arm(&f->wheel, i, 600 + i % 100);
	/* They lie two turns ahead, and hang in level 1 until that is one. */
	assert_int_equal(expire(f, 255), 0);
	assert_int_not_equal(f->wheel.occupied[1][0], 0);
	while (f->wheel.occupied[1][0] != 0) {
		assert_int_equal(expire(f, 256), 0);
		calls++;
	}
	assert_int_equal(calls, 3);
	assert_int_equal(f->wheel.armed, 3 * WHEEL_AHEAD_MAX);
	/* So when their turn begins, nothing is left to do but to let them fire. */
	assert_int_equal(wheel_expire(&f->wheel, 599, f->out, 1, 1), 0);
	assert_int_equal(wheel_expire(&f->wheel, 600, f->out, OUT_MAX, 3), 3);
}

static void what_is_not_cascaded_in_time_is_late_and_not_lost(void **state)
{
	struct fixture *f = *state;
	unsigned int total = 0;

	fixture_begin(f, 0);
	for (uint32_t i = 0; i < 200; i++)
		wheel_arm(&f->wheel, i, 600);
	/* Not called for a long time: the whole slot has to be moved first, within the budget. */
	for (unsigned int call = 0; call < 20; call++) {
		assert_int_equal(wheel_expire(&f->wheel, 600, f->out, OUT_MAX, 10), 0);
		assert_int_equal(f->wheel.now, call < 19 ? 511 : 599);
	}
	while (f->wheel.armed > 0)
		total += wheel_expire(&f->wheel, 600, f->out, OUT_MAX, 10);
	assert_int_equal(total, 200);
}

static void time_that_goes_back_moves_nothing(void **state)
{
	struct fixture *f = *state;

	fixture_begin(f, 1000);
	wheel_arm(&f->wheel, 0, 1010);
	assert_int_equal(expire(f, 1005), 0);
	assert_int_equal(expire(f, 900), 0);
	assert_int_equal(f->wheel.now, 1005);
	assert_int_equal(expire(f, 1010), 1);
}

static void cancel_twice(void *arg)
{
	struct fixture *f = arg;

	wheel_cancel(&f->wheel, 1);
	wheel_cancel(&f->wheel, 1);
}

static void cancelling_what_is_not_armed_is_asserted(void **state)
{
	struct fixture *f = *state;

	fixture_begin(f, 0);
	wheel_arm(&f->wheel, 0, 100);
	wheel_arm(&f->wheel, 1, 100);
	child_asserts(cancel_twice, f, "HEADS");
}

/* ---- against a model: a plain array of deadlines, sorted when asked ---- */

struct model_entry {
	uint32_t index;
	uint32_t due; /**< deadline, or the tick after arming if that was past */
};

struct model {
	struct model_entry armed[RECORDS];
	uint32_t count;
	uint32_t fired;
};

static uint32_t model_find(const struct model *model, uint32_t index)
{
	for (uint32_t i = 0; i < model->count; i++)
		if (model->armed[i].index == index)
			return i;
	return RECORDS;
}

/** Keeps the array sorted by due tick. */
static void model_insert(struct model *model, uint32_t index, uint32_t due)
{
	uint32_t at = model->count++;

	while (at > 0 && seq_gt(model->armed[at - 1].due, due)) {
		model->armed[at] = model->armed[at - 1];
		at--;
	}
	model->armed[at] = (struct model_entry){ index, due };
}

static void model_remove(struct model *model, uint32_t at)
{
	model->count--;
	memmove(&model->armed[at], &model->armed[at + 1],
		(model->count - at) * sizeof(model->armed[0]));
}

/** From one tick to a day and more, every magnitude as likely. */
static uint32_t random_span(struct random_stream *random)
{
	uint32_t bits = 1 + random_below(random, 30);

	return random_below(random, UINT32_C(1) << bits);
}

static void model_arm(struct fixture *f, struct model *model, struct random_stream *random,
		      uint32_t now)
{
	uint32_t index = random_below(random, RECORDS);
	uint32_t span = random_span(random);
	bool past = random_below(random, 16) == 0;
	uint32_t deadline = past ? now - span : now + span;
	uint32_t at = model_find(model, index);

	if (at != RECORDS) {
		wheel_cancel(&f->wheel, index);
		model_remove(model, at);
	}
	wheel_arm(&f->wheel, index, deadline);
	assert_int_equal(f->records[index].node.deadline, deadline);
	model_insert(model, index, seq_gt(deadline, f->wheel.now) ? deadline : f->wheel.now + 1);
}

/** One call: nothing early, nothing that was not armed, no order upset, the bounds kept. */
static void model_expire_once(struct fixture *f, struct model *model, uint32_t now,
			      unsigned int count, unsigned int budget)
{
	unsigned int got = wheel_expire(&f->wheel, now, f->out, count, budget);

	assert_true(got <= count && got <= budget);
	for (unsigned int i = 0; i < got; i++) {
		uint32_t at = model_find(model, f->out[i]);

		assert_true(at < model->count);
		assert_true(seq_leq(model->armed[at].due, now));
		/* Nothing that was due on an earlier tick is still there. */
		assert_int_equal(model->armed[0].due, model->armed[at].due);
		model_remove(model, at);
		model->fired++;
	}
	assert_int_equal(f->wheel.armed, model->count);
}

/** Until nothing is left for now; then the wheel and the model agree. */
static void model_expire_all(struct fixture *f, struct model *model, uint32_t now,
			     unsigned int count, unsigned int budget)
{
	/* Each entry is touched at most once per level. */
	unsigned int calls_max = model->count * WHEEL_LEVELS + 2;
	unsigned int calls = 0;
	uint32_t tick;

	while (wheel_next(&f->wheel, &tick) && seq_leq(tick, now)) {
		model_expire_once(f, model, now, count, budget);
		assert_true(++calls < calls_max);
	}
	model_expire_once(f, model, now, count, budget);
	assert_int_equal(f->wheel.now, now);
	if (model->count > 0)
		assert_true(seq_gt(model->armed[0].due, now));
	if (wheel_next(&f->wheel, &tick)) {
		assert_true(seq_gt(tick, now));
		assert_true(seq_leq(tick, model->armed[0].due));
	}
	assert_int_equal(f->wheel.armed, model->count);
}

static void run_against_model(struct fixture *f, uint64_t seed)
{
	struct siphash_key key = { seed, 0x6d6f64656cU };
	struct random_stream random;
	struct model model = { 0 };
	uint32_t now = 0xffff0000U;
	unsigned int wraps = 0;

	random_init(&random, &key);
	fixture_begin(f, now);
	for (unsigned int step = 0; step < 20000; step++) {
		uint32_t choice = random_below(&random, 100);
		uint32_t before = now;

		if (choice < 55) {
			model_arm(f, &model, &random, now);
		} else if (choice < 70) {
			if (model.count > 0) {
				uint32_t at = random_below(&random, model.count);

				wheel_cancel(&f->wheel, model.armed[at].index);
				model_remove(&model, at);
			}
		} else if (choice < 85) {
			/* A little time and a small budget: the wheel may fall behind. */
			now += random_below(&random, 3000);
			model_expire_once(f, &model, now, 1 + random_below(&random, 4),
					  1 + random_below(&random, 4));
		} else {
			/* Drained first, so that wheel and caller are never too far apart. */
			model_expire_all(f, &model, now, OUT_MAX, 1 + random_below(&random, 9));
			now += random_below(&random, 8) == 0 ? random_span(&random) : 1;
			model_expire_all(f, &model, now, 1 + random_below(&random, OUT_MAX),
					 1 + random_below(&random, 300));
		}
		wraps += now < before;
	}
	now += WHEEL_REACH_TICKS;
	model_expire_all(f, &model, now, OUT_MAX, 7);
	assert_int_equal(f->wheel.armed, 0);
	/* The run was what it claims to be. */
	assert_true(wraps >= 2);
	assert_true(model.fired > 5000);
}

static void wheel_agrees_with_a_sorted_array(void **state)
{
	for (uint64_t seed = 1; seed <= 10; seed++)
		run_against_model(*state, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_fires_on_its_tick_and_not_before),
		cmocka_unit_test(past_deadline_fires_on_the_next_tick),
		cmocka_unit_test(cancelled_entry_never_fires),
		cmocka_unit_test(overdue_entry_can_be_cancelled),
		cmocka_unit_test(every_list_of_a_slot_is_emptied),
		cmocka_unit_test(overdue_entry_can_be_armed_again),
		cmocka_unit_test(work_is_bounded_by_entries_and_not_by_ticks),
		cmocka_unit_test(budget_and_count_are_kept_and_nothing_is_lost),
		cmocka_unit_test(lagging_wheel_takes_the_farthest_deadline),
		cmocka_unit_test(next_is_exact_near_and_a_bound_far),
		cmocka_unit_test(entries_cascade_ahead_of_time_and_a_few_at_a_time),
		cmocka_unit_test(what_is_not_cascaded_in_time_is_late_and_not_lost),
		cmocka_unit_test(time_that_goes_back_moves_nothing),
		cmocka_unit_test(cancelling_what_is_not_armed_is_asserted),
		cmocka_unit_test(wheel_agrees_with_a_sorted_array),
	};

	return cmocka_run_group_tests_name("wheel", tests, fixture_setup, fixture_teardown);
}
