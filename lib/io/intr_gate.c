/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/intr_gate.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_interrupts.h>

#include "config/limits.h"

struct gate {
	pthread_mutex_t users_lock;
	unsigned int users;
	struct rte_intr_handle *handle; /* of an eventfd that is always readable */
	pthread_mutex_t seats_lock; /* the callback takes it, so nobody waits for that under it */
	struct intr_seat *seats;
	bool turn;     /* atomic: the interrupt thread has its turn, or is waiting for it */
	bool lowering; /* atomic: it is held no more */
};

/* DEVIATION: mutable file-scope state. EAL has one interrupt thread for all that is in a process.
 */
static struct gate the_gate = { .users_lock = PTHREAD_MUTEX_INITIALIZER,
				.seats_lock = PTHREAD_MUTEX_INITIALIZER };

/* A burst is over soon, unless whoever is inside has lost its processor, maybe to this thread. */
static bool is_empty_soon(const struct intr_seat *seat)
{
	for (unsigned int us = 0; us < INTR_GATE_WAIT_US; us++) {
		if (!__atomic_load_n(&seat->inside, __ATOMIC_SEQ_CST))
			return true;
		rte_delay_us_block(1);
	}
	return false;
}

static bool all_are_outside(struct gate *gate)
{
	const struct intr_seat *seat;

	pthread_mutex_lock(&gate->seats_lock);
	for (seat = gate->seats; seat != NULL && is_empty_soon(seat);)
		seat = seat->next;
	pthread_mutex_unlock(&gate->seats_lock);
	return seat == NULL;
}

/*
 * Runs in the interrupt thread, once a round: what it does between two calls is its turn. Where
 * somebody is inside for long, bursts go on, and it asks again later.
 */
static void hold(void *arg)
{
	struct gate *gate = arg;

	while (!__atomic_load_n(&gate->lowering, __ATOMIC_ACQUIRE)) {
		__atomic_store_n(&gate->turn, false, __ATOMIC_RELEASE);
		usleep(INTR_GATE_HOLD_US);
		__atomic_store_n(&gate->turn, true, __ATOMIC_SEQ_CST);
		if (all_are_outside(gate))
			return;
	}
}

static void handle_free(struct rte_intr_handle *handle)
{
	int fd = rte_intr_fd_get(handle);

	if (fd >= 0)
		close(fd);
	rte_intr_instance_free(handle);
}

static struct rte_intr_handle *handle_create(void)
{
	struct rte_intr_handle *handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);

	if (handle == NULL)
		return NULL;
	if (rte_intr_fd_set(handle, eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) == 0 &&
	    rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT) == 0 && rte_intr_fd_get(handle) >= 0)
		return handle;
	handle_free(handle);
	return NULL;
}

static int put_up(struct gate *gate)
{
	struct rte_intr_handle *handle = handle_create();
	int rc;

	if (handle == NULL)
		return -ENOMEM;
	/* Until it is held for the first time it may be anywhere. */
	__atomic_store_n(&gate->turn, true, __ATOMIC_SEQ_CST);
	__atomic_store_n(&gate->lowering, false, __ATOMIC_RELEASE);
	rc = rte_intr_callback_register(handle, hold, gate);
	if (rc != 0) {
		handle_free(handle);
		return rc;
	}
	gate->handle = handle;
	return 0;
}

/* To unregister a callback is to wait until it has returned. */
static void take_down(struct gate *gate)
{
	__atomic_store_n(&gate->lowering, true, __ATOMIC_RELEASE);
	(void)rte_intr_callback_unregister_sync(gate->handle, hold, gate);
	__atomic_store_n(&gate->turn, false, __ATOMIC_RELEASE);
	handle_free(gate->handle);
	gate->handle = NULL;
}

int intr_gate_raise(void)
{
	struct gate *gate = &the_gate;
	int rc = 0;

	pthread_mutex_lock(&gate->users_lock);
	if (gate->users == 0)
		rc = put_up(gate);
	if (rc == 0)
		gate->users++;
	pthread_mutex_unlock(&gate->users_lock);
	return rc;
}

void intr_gate_lower(void)
{
	struct gate *gate = &the_gate;

	pthread_mutex_lock(&gate->users_lock);
	assert(gate->users > 0);
	if (--gate->users == 0)
		take_down(gate);
	pthread_mutex_unlock(&gate->users_lock);
}

void intr_gate_join(struct intr_seat *seat)
{
	struct gate *gate = &the_gate;

	seat->inside = false;
	pthread_mutex_lock(&gate->seats_lock);
	seat->next = gate->seats;
	gate->seats = seat;
	pthread_mutex_unlock(&gate->seats_lock);
}

void intr_gate_leave(struct intr_seat *seat)
{
	struct gate *gate = &the_gate;
	struct intr_seat **at;

	assert(!seat->inside);
	pthread_mutex_lock(&gate->seats_lock);
	for (at = &gate->seats; *at != seat; at = &(*at)->next)
		assert(*at != NULL);
	*at = seat->next;
	pthread_mutex_unlock(&gate->seats_lock);
}

bool intr_gate_enter(struct intr_seat *seat)
{
	/* Each side tells that it comes before it looks for the other: one of them sees the other.
	 */
	__atomic_store_n(&seat->inside, true, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&the_gate.turn, __ATOMIC_SEQ_CST))
		return true;
	intr_gate_exit(seat);
	return false;
}

void intr_gate_exit(struct intr_seat *seat)
{
	__atomic_store_n(&seat->inside, false, __ATOMIC_RELEASE);
}
