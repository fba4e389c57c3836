/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * control.h: messages to a worker: "run this function for me, between two breaths".
 *
 * Owns the ring of messages on their way to one worker and the messages that their callers gave up
 * waiting for. Any thread may call; one worker drains. The worker never waits, locks, allocates or
 * makes a system call for a message: the caller polls for the answer.
 *
 * Knows nothing of what the messages do.
 */
#ifndef STACK_CONTROL_H
#define STACK_CONTROL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct la_worker;
struct rte_ring;
struct control_message;

struct control {
	struct rte_ring *ring; /**< many callers put, one worker takes */
	pid_t builder;         /**< thread that made it */
	pid_t drainer;         /**< thread that drained last (atomic); 0: none yet */
	pthread_mutex_t lock;  /**< of abandoned; callers only, the worker never takes it */
	struct control_message
		*abandoned; /**< given up by their callers, the worker may hold them */
};

/**
 * Makes an empty ring of CONTROL_RING messages. The name is one of DPDK's objects: unique in the
 * process and short. 0, -ENOMEM, -EEXIST or -ENAMETOOLONG. EAL must be up.
 */
int control_create(struct control *control, const char *name, int numa_node);

/**
 * Frees all, messages that never ran included. No caller may be inside control_call() and the
 * worker must not drain any more. A zeroed control is fine.
 */
void control_destroy(struct control *control);

/**
 * Runs what has been asked for, at most CONTROL_PER_BREATH messages; the rest waits for the next
 * breath. Returns how many were taken. Called by the worker, on its own thread.
 */
unsigned int control_drain(struct control *control, struct la_worker *worker);

/**
 * Has the worker call run(worker, copy), where copy is a copy of the arg_size bytes at arg, and
 * copies it back to arg afterwards. arg is not touched by the worker itself, so it may lie on the
 * stack. It must not hold pointers to memory that may be gone after a timeout.
 *
 * Any thread but the worker's own, for which the answer would never come: -EDEADLK there, once the
 * worker has drained for the first time.
 *
 * 0: run has returned and arg holds its result. -ETIMEDOUT: the worker did not finish in time; arg
 * is as it was. If run had not begun by then it never will; if it had, its effects stand. -EAGAIN:
 * the ring is full. -ENOMEM, -EINVAL (arg_size above CONTROL_ARG_MAX), -EDEADLK.
 */
int control_call(struct control *control, void (*run)(struct la_worker *worker, void *arg),
		 void *arg, size_t arg_size, uint64_t timeout_us);

/** True if what is the worker's may be touched by this thread: it polls it; or it made it, and
 *  nobody polls it yet. */
bool control_is_here(const struct control *control);

/**
 * Has the worker call run(worker, arg), for callers that may be its own thread: at once there, and
 * on the thread that made it while it was never polled; else as control_call(), within
 * CONTROL_TIMEOUT_US.
 */
int control_ask(struct control *control, struct la_worker *worker,
		void (*run)(struct la_worker *worker, void *arg), void *arg, size_t arg_size);

#endif
