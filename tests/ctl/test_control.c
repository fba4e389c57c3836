/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_control.c: messages to a worker, with a thread that drains and threads that call.
 *
 * Nothing here depends on how fast a thread is: a worker that must not answer is one that nobody
 * drains for, and a message that must be running when its caller gives up waits for the caller.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <rte_eal.h>
#include <rte_lcore.h>

#include "config/limits.h"
#include "stack/control.h"

#define LONG_US 60000000U /* never reached in a passing test */
#define SHORT_US 2000U
#define CALLERS 4
#define CALLS_EACH 500

/* A worker is opaque to the control ring: the tests pass this in its place. */
struct fake_worker {
	uint64_t calls;
	uint32_t hold; /**< atomic: 1 while a message is to stay in run() */
	uint32_t held; /**< atomic: 1 once it is there */
};

struct drainer {
	struct control *control;
	struct fake_worker *worker;
	uint32_t stop; /**< atomic */
	pthread_t thread;
};

struct question {
	uint64_t in;
	uint64_t out;
	uint8_t pad[200];
};

static void breathe(void)
{
	const struct timespec pause = { .tv_nsec = 10000 };

	nanosleep(&pause, NULL);
}

static struct la_worker *disguise(struct fake_worker *worker)
{
	return (struct la_worker *)(void *)worker;
}

static void answer(struct la_worker *worker, void *arg)
{
	struct fake_worker *fake = (struct fake_worker *)(void *)worker;
	struct question *question = arg;

	fake->calls++;
	question->out = question->in * 2 + 1;
	question->pad[sizeof(question->pad) - 1] = (uint8_t)question->in;
}

/* Begins, says so, and stays until told. */
static void answer_slowly(struct la_worker *worker, void *arg)
{
	struct fake_worker *fake = (struct fake_worker *)(void *)worker;

	__atomic_store_n(&fake->held, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&fake->hold, __ATOMIC_ACQUIRE) == 1)
		breathe();
	answer(worker, arg);
}

static void *drain_until_stopped(void *arg)
{
	struct drainer *drainer = arg;

	while (__atomic_load_n(&drainer->stop, __ATOMIC_ACQUIRE) == 0) {
		if (control_drain(drainer->control, disguise(drainer->worker)) == 0)
			breathe();
	}
	return NULL;
}

static void drainer_start(struct drainer *drainer, struct control *control,
			  struct fake_worker *worker)
{
	*drainer = (struct drainer){ .control = control, .worker = worker };
	assert_int_equal(pthread_create(&drainer->thread, NULL, drain_until_stopped, drainer), 0);
}

static void drainer_stop(struct drainer *drainer)
{
	__atomic_store_n(&drainer->stop, 1, __ATOMIC_RELEASE);
	assert_int_equal(pthread_join(drainer->thread, NULL), 0);
}

struct caller {
	struct control *control;
	uint64_t first;
	uint64_t wrong;
	uint64_t refused; /**< -EAGAIN: the ring was full, asked again */
	pthread_t thread;
};

static void *call_many_times(void *arg)
{
	struct caller *caller = arg;

	for (uint64_t i = caller->first; i < caller->first + CALLS_EACH;) {
		struct question question = { .in = i };
		int err =
			control_call(caller->control, answer, &question, sizeof(question), LONG_US);

		if (err == -EAGAIN) {
			caller->refused++;
			continue;
		}
		if (err != 0 || question.out != i * 2 + 1 ||
		    question.pad[sizeof(question.pad) - 1] != (uint8_t)i)
			caller->wrong++;
		i++;
	}
	return NULL;
}

static void every_caller_gets_its_own_answer(void **state)
{
	struct fake_worker worker = { 0 };
	struct caller callers[CALLERS];
	struct drainer drainer;
	struct control control;

	assert_int_equal(control_create(&control, "t_answers", -1), 0);
	drainer_start(&drainer, &control, &worker);
	for (unsigned int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .control = &control, .first = i * 1000000U };
		assert_int_equal(
			pthread_create(&callers[i].thread, NULL, call_many_times, &callers[i]), 0);
	}
	for (unsigned int i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
		assert_int_equal(callers[i].wrong, 0);
	}
	drainer_stop(&drainer);
	assert_int_equal(worker.calls, CALLERS * CALLS_EACH);
	control_destroy(&control);
}

static void a_message_given_up_before_it_ran_never_runs(void **state)
{
	struct question question = { .in = 7, .out = 99 };
	struct fake_worker worker = { 0 };
	struct control control;
	struct drainer drainer;

	assert_int_equal(control_create(&control, "t_cancel", -1), 0);
	/* Nobody drains. */
	assert_int_equal(control_call(&control, answer, &question, sizeof(question), SHORT_US),
			 -ETIMEDOUT);
	assert_int_equal(question.out, 99);

	drainer_start(&drainer, &control, &worker);
	assert_int_equal(control_call(&control, answer, &question, sizeof(question), LONG_US), 0);
	assert_int_equal(question.out, 15);
	drainer_stop(&drainer);
	assert_int_equal(worker.calls, 1);
	control_destroy(&control);
}

static void a_message_given_up_while_it_runs_ends_safely(void **state)
{
	struct question question = { .in = 7, .out = 99 };
	struct fake_worker worker = { .hold = 1 };
	struct control control;
	struct drainer drainer;

	assert_int_equal(control_create(&control, "t_abandon", -1), 0);
	drainer_start(&drainer, &control, &worker);
	/* However long the worker takes to begin, once it holds the message the caller gives up. */
	while (__atomic_load_n(&worker.held, __ATOMIC_ACQUIRE) == 0)
		assert_int_equal(control_call(&control, answer_slowly, &question, sizeof(question),
					      SHORT_US),
				 -ETIMEDOUT);
	assert_int_equal(question.out, 99);
	/* What it wrote since lies in the message, not on this stack. */
	memset(&question, 0xee, sizeof(question));
	__atomic_store_n(&worker.hold, 0, __ATOMIC_RELEASE);

	struct question next = { .in = 8 };
	assert_int_equal(control_call(&control, answer, &next, sizeof(next), LONG_US), 0);
	assert_int_equal(next.out, 17);
	assert_int_equal(question.in, 0xeeeeeeeeeeeeeeeeULL);
	/* The answer to that came after the worker was through with the first: a call frees it now.
	 */
	assert_int_equal(control_call(&control, answer, &next, sizeof(next), LONG_US), 0);
	drainer_stop(&drainer);
	assert_int_equal(worker.calls, 3);
	assert_null(control.abandoned);
	control_destroy(&control);
}

static void a_full_ring_refuses(void **state)
{
	struct question question = { .in = 1 };
	struct fake_worker worker = { 0 };
	struct control control;
	unsigned int drained = 0;

	assert_int_equal(control_create(&control, "t_full", -1), 0);
	for (unsigned int i = 0; i < CONTROL_RING; i++)
		assert_int_equal(control_call(&control, answer, &question, sizeof(question), 0),
				 -ETIMEDOUT);
	assert_int_equal(control_call(&control, answer, &question, sizeof(question), 0), -EAGAIN);

	for (unsigned int taken = CONTROL_PER_BREATH; taken == CONTROL_PER_BREATH; drained += taken)
		taken = control_drain(&control, disguise(&worker));
	assert_int_equal(drained, CONTROL_RING);
	assert_int_equal(worker.calls, 0);
	control_destroy(&control);
}

static void a_breath_takes_a_bounded_number(void **state)
{
	struct question question = { .in = 1 };
	struct fake_worker worker = { 0 };
	struct control control;

	assert_int_equal(control_create(&control, "t_bound", -1), 0);
	for (unsigned int i = 0; i < CONTROL_PER_BREATH + 1; i++)
		assert_int_equal(control_call(&control, answer, &question, sizeof(question), 0),
				 -ETIMEDOUT);
	assert_int_equal(control_drain(&control, disguise(&worker)), CONTROL_PER_BREATH);
	assert_int_equal(control_drain(&control, disguise(&worker)), 1);
	assert_int_equal(control_drain(&control, disguise(&worker)), 0);
	control_destroy(&control);
}

static void the_worker_itself_is_refused(void **state)
{
	struct question question = { .in = 1 };
	struct fake_worker worker = { 0 };
	struct control control;

	assert_int_equal(control_create(&control, "t_self", -1), 0);
	assert_int_equal(control_drain(&control, disguise(&worker)), 0);
	assert_int_equal(control_call(&control, answer, &question, sizeof(question), LONG_US),
			 -EDEADLK);
	assert_int_equal(control_drain(&control, disguise(&worker)), 0);
	control_destroy(&control);
}

static void an_argument_out_of_bounds_is_refused(void **state)
{
	uint8_t *arg = calloc(1, CONTROL_ARG_MAX + 1);
	struct control control;

	assert_non_null(arg);
	assert_int_equal(control_create(&control, "t_size", -1), 0);
	assert_int_equal(control_call(&control, answer, arg, CONTROL_ARG_MAX + 1, LONG_US),
			 -EINVAL);
	control_destroy(&control);
	free(arg);
}

static void destroying_frees_what_never_ran(void **state)
{
	struct question question = { .in = 1 };
	struct control control;

	/* A leak here is reported by the sanitizer builds; the ring's name being free again,
	 * always. */
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(control_create(&control, "t_destroy", -1), 0);
		assert_int_equal(control_call(&control, answer, &question, sizeof(question), 0),
				 -ETIMEDOUT);
		assert_non_null(control.abandoned);
		control_destroy(&control);
		assert_null(control.ring);
	}
}

int main(void)
{
	char eal[][32] = { "test_control",
			   "--no-huge",
			   "-m",
			   "64",
			   "--no-pci",
			   "--no-shconf",
			   "-l",
			   "0",
			   "--no-telemetry",
			   "--file-prefix=test_control",
			   "--log-level=error" };
	char *argv[sizeof(eal) / sizeof(eal[0])];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_caller_gets_its_own_answer),
		cmocka_unit_test(a_message_given_up_before_it_ran_never_runs),
		cmocka_unit_test(a_message_given_up_while_it_runs_ends_safely),
		cmocka_unit_test(a_full_ring_refuses),
		cmocka_unit_test(a_breath_takes_a_bounded_number),
		cmocka_unit_test(the_worker_itself_is_refused),
		cmocka_unit_test(an_argument_out_of_bounds_is_refused),
		cmocka_unit_test(destroying_frees_what_never_ran),
	};
	char directory[PATH_MAX];
	int result;

	for (unsigned int i = 0; i < sizeof(eal) / sizeof(eal[0]); i++)
		argv[i] = eal[i];
	if (rte_eal_init((int)(sizeof(eal) / sizeof(eal[0])), argv) < 0)
		return 2;
	result = cmocka_run_group_tests_name("control", tests, NULL, NULL);
	/* EAL makes a directory even where it puts nothing into it, and leaves it. */
	snprintf(directory, sizeof(directory), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(directory);
	return result;
}
