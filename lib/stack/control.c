/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * control.c: a message is a heap block with a state that says whose turn it is.
 *
 *     PENDING ── worker ──▶ RUNNING ── worker ──▶ DONE
 *        └────── caller, when out of time ──▶ CANCELLED ── worker ──▶ DONE
 *
 * Only callers free: a message that is DONE is nobody else's any more. One whose caller went away
 * earlier is kept in a list until a later call, or the end, finds it DONE.
 *
 * DEVIATION: messages come from the heap, though nothing else is allocated after start. Only
 * callers allocate and free, never the worker, and at most CONTROL_RING messages are on their way.
 */
#include "stack/control.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_ring.h>

#include "config/limits.h"

#define POLL_INTERVAL_NS 20000L /* a caller looks for its answer this often */

_Static_assert((CONTROL_RING & (CONTROL_RING - 1)) == 0, "rte_ring sizes are powers of two");

enum message_state {
	MESSAGE_PENDING,   /**< in the ring; both sides may claim it */
	MESSAGE_RUNNING,   /**< the worker's */
	MESSAGE_CANCELLED, /**< in the ring, and not to be run any more */
	MESSAGE_DONE,      /**< the worker will not touch it again */
};

struct control_message {
	uint32_t state; /**< enum message_state, atomic */
	void (*run)(struct la_worker *worker, void *arg);
	struct control_message *next; /**< in control.abandoned */
	max_align_t arg[];            /**< the copy of what the caller passed */
};

static uint32_t message_state(const struct control_message *message)
{
	return __atomic_load_n(&message->state, __ATOMIC_ACQUIRE);
}

/* Moves a pending message to another state; false if the other side was faster. */
static bool message_claim(struct control_message *message, uint32_t to)
{
	uint32_t pending = MESSAGE_PENDING;

	return __atomic_compare_exchange_n(&message->state, &pending, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

int control_create(struct control *control, const char *name, int numa_node)
{
	assert(name != NULL);
	memset(control, 0, sizeof(*control));
	control->ring = rte_ring_create(name, CONTROL_RING, numa_node,
					RING_F_MP_HTS_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	if (control->ring == NULL)
		return rte_errno > 0 ? -rte_errno : -ENOMEM;
	pthread_mutex_init(&control->lock, NULL);
	control->builder = (pid_t)rte_gettid();
	return 0;
}

void control_destroy(struct control *control)
{
	struct control_message *message;
	void *taken;

	if (control->ring == NULL)
		return;
	/* What is still in the ring was given up by its caller, so it is in the list as well. */
	while (rte_ring_sc_dequeue(control->ring, &taken) == 0)
		assert(message_state(taken) == MESSAGE_CANCELLED);
	while ((message = control->abandoned) != NULL) {
		control->abandoned = message->next;
		free(message);
	}
	rte_ring_free(control->ring);
	pthread_mutex_destroy(&control->lock);
	memset(control, 0, sizeof(*control));
}

unsigned int control_drain(struct control *control, struct la_worker *worker)
{
	unsigned int count;

	assert(control->ring != NULL);
	/* Written only when it changes: callers read this cache line. */
	if (__atomic_load_n(&control->drainer, __ATOMIC_RELAXED) != (pid_t)rte_gettid())
		__atomic_store_n(&control->drainer, (pid_t)rte_gettid(), __ATOMIC_RELAXED);
	for (count = 0; count < CONTROL_PER_BREATH; count++) {
		struct control_message *message;
		void *taken;

		if (rte_ring_sc_dequeue(control->ring, &taken) != 0)
			break;
		message = taken;
		if (message_claim(message, MESSAGE_RUNNING))
			message->run(worker, message->arg);
		else
			assert(message_state(message) == MESSAGE_CANCELLED);
		__atomic_store_n(&message->state, MESSAGE_DONE, __ATOMIC_RELEASE);
	}
	return count;
}

/* Frees those that the worker is through with; the list is no longer than the ring and one. */
static void control_reap(struct control *control)
{
	struct control_message **link = &control->abandoned;

	pthread_mutex_lock(&control->lock);
	while (*link != NULL) {
		struct control_message *message = *link;

		if (message_state(message) == MESSAGE_DONE) {
			*link = message->next;
			free(message);
		} else {
			link = &message->next;
		}
	}
	pthread_mutex_unlock(&control->lock);
}

static void control_abandon(struct control *control, struct control_message *message)
{
	pthread_mutex_lock(&control->lock);
	message->next = control->abandoned;
	control->abandoned = message;
	pthread_mutex_unlock(&control->lock);
}

static uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

/* Waits for the worker. True if the message is done; false if it now belongs to the list. */
static bool control_wait(struct control *control, struct control_message *message,
			 uint64_t timeout_us)
{
	const struct timespec interval = { .tv_nsec = POLL_INTERVAL_NS };
	uint64_t start = monotonic_us();

	while (message_state(message) != MESSAGE_DONE) {
		if (monotonic_us() - start >= timeout_us) {
			/* Unless it is done this very moment, the worker still holds it. */
			if (!message_claim(message, MESSAGE_CANCELLED) &&
			    message_state(message) == MESSAGE_DONE)
				return true;
			control_abandon(control, message);
			return false;
		}
		nanosleep(&interval, NULL);
	}
	return true;
}

int control_call(struct control *control, void (*run)(struct la_worker *worker, void *arg),
		 void *arg, size_t arg_size, uint64_t timeout_us)
{
	struct control_message *message;

	assert(run != NULL);
	assert(arg != NULL || arg_size == 0);
	if (arg_size > CONTROL_ARG_MAX)
		return -EINVAL;
	if (__atomic_load_n(&control->drainer, __ATOMIC_RELAXED) == (pid_t)rte_gettid())
		return -EDEADLK;
	control_reap(control);
	message = calloc(1, sizeof(*message) + arg_size);
	if (message == NULL)
		return -ENOMEM;
	message->run = run;
	if (arg_size > 0)
		memcpy(message->arg, arg, arg_size);
	__atomic_store_n(&message->state, MESSAGE_PENDING, __ATOMIC_RELEASE);
	if (rte_ring_enqueue(control->ring, message) != 0) {
		free(message);
		return -EAGAIN;
	}
	if (!control_wait(control, message, timeout_us))
		return -ETIMEDOUT;
	if (arg_size > 0)
		memcpy(arg, message->arg, arg_size);
	free(message);
	return 0;
}

bool control_is_here(const struct control *control)
{
	pid_t drainer = __atomic_load_n(&control->drainer, __ATOMIC_RELAXED);

	return (drainer == 0 ? control->builder : drainer) == (pid_t)rte_gettid();
}

int control_ask(struct control *control, struct la_worker *worker,
		void (*run)(struct la_worker *worker, void *arg), void *arg, size_t arg_size)
{
	if (!control_is_here(control))
		return control_call(control, run, arg, arg_size, CONTROL_TIMEOUT_US);
	run(worker, arg);
	return 0;
}
