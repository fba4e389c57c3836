/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_intr_gate.c: a driver's callback in EAL's interrupt thread, and a thread that sends bursts
 * without a pause: the two never meet where the gate stands.
 */
#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_interrupts.h>

#include "config/limits.h"
#include "io/intr_gate.h"

#include "eal.h"

#define CALLS 40U
#define CALL_US 1000U /* of one callback: long beside a burst */
#define BURST_US 20U
#define PATIENCE_US 5000000U
#define FILES 1024 /* as many as are looked at */

/* Words that both threads read and write are atomic. */
struct lab {
	struct rte_intr_handle *handle; /* the driver's */
	int fd;
	struct intr_seat seat, other;
	pthread_t thread;
	bool ends;
	bool in_burst;
	uint32_t bursts, refused; /* so many */
	uint32_t calls, meetings; /* callbacks, and how many of them saw a burst */
};

static void count(uint32_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static uint32_t counted(const uint32_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* What net_memif does when its peer is gone, but for the mischief. */
static void unmap(void *arg)
{
	struct lab *lab = arg;
	uint64_t end = rte_get_timer_cycles() + CALL_US * rte_get_timer_hz() / 1000000;
	uint64_t told;
	bool met = false;

	assert_true(read(lab->fd, &told, sizeof(told)) == sizeof(told));
	while (rte_get_timer_cycles() < end)
		met |= __atomic_load_n(&lab->in_burst, __ATOMIC_ACQUIRE);
	if (met)
		count(&lab->meetings);
	count(&lab->calls);
}

static void *send_bursts(void *arg)
{
	struct lab *lab = arg;

	while (!__atomic_load_n(&lab->ends, __ATOMIC_RELAXED)) {
		if (!intr_gate_enter(&lab->seat)) {
			count(&lab->refused);
			continue;
		}
		__atomic_store_n(&lab->in_burst, true, __ATOMIC_RELEASE);
		rte_delay_us_block(BURST_US);
		__atomic_store_n(&lab->in_burst, false, __ATOMIC_RELEASE);
		intr_gate_exit(&lab->seat);
		count(&lab->bursts);
	}
	return NULL;
}

static int setup(void **state)
{
	static struct lab lab;

	lab = (struct lab){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	lab.handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	if (lab.fd < 0 || lab.handle == NULL || rte_intr_fd_set(lab.handle, lab.fd) != 0 ||
	    rte_intr_type_set(lab.handle, RTE_INTR_HANDLE_EXT) != 0 ||
	    rte_intr_callback_register(lab.handle, unmap, &lab) != 0)
		return -1;
	intr_gate_join(&lab.seat);
	*state = &lab;
	return pthread_create(&lab.thread, NULL, send_bursts, &lab);
}

static int teardown(void **state)
{
	struct lab *lab = *state;

	__atomic_store_n(&lab->ends, true, __ATOMIC_RELAXED);
	pthread_join(lab->thread, NULL);
	intr_gate_leave(&lab->seat);
	(void)rte_intr_callback_unregister_sync(lab->handle, unmap, lab);
	rte_intr_instance_free(lab->handle);
	close(lab->fd);
	return 0;
}

static void wait_for(const uint32_t *counter, uint32_t least)
{
	for (uint32_t us = 0; counted(counter) < least; us += 100) {
		assert_in_range(us, 0, PATIENCE_US);
		usleep(100);
	}
}

/* As often as CALLS the driver's callback, each in the midst of bursts. */
static void provoke(struct lab *lab)
{
	for (uint32_t i = 0; i < CALLS; i++) {
		uint64_t one = 1;
		uint32_t calls = counted(&lab->calls);

		wait_for(&lab->bursts, counted(&lab->bursts) + 1);
		assert_int_equal(write(lab->fd, &one, sizeof(one)), sizeof(one));
		wait_for(&lab->calls, calls + 1);
	}
}

static void a_callback_and_a_burst_never_meet(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(intr_gate_raise(), 0);
	provoke(lab);
	assert_int_equal(counted(&lab->meetings), 0);
	assert_in_range(counted(&lab->refused), 1, UINT32_MAX);
	intr_gate_lower();
}

/* Otherwise the test before would say nothing. */
static void without_a_gate_they_meet(void **state)
{
	struct lab *lab = *state;

	provoke(lab);
	assert_in_range(counted(&lab->meetings), 1, CALLS);
	assert_int_equal(counted(&lab->refused), 0);
}

static void it_stands_until_the_last_lowers_it(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(intr_gate_raise(), 0);
	assert_int_equal(intr_gate_raise(), 0);
	intr_gate_lower();
	provoke(lab);
	assert_int_equal(counted(&lab->meetings), 0);
	intr_gate_lower();
	provoke(lab);
	assert_in_range(counted(&lab->meetings), 1, CALLS);
	assert_int_equal(intr_gate_raise(), 0);
	__atomic_store_n(&lab->meetings, 0, __ATOMIC_RELAXED);
	provoke(lab);
	assert_int_equal(counted(&lab->meetings), 0);
	intr_gate_lower();
}

static void seats_come_and_go_where_it_stands(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(intr_gate_raise(), 0);
	for (unsigned int i = 0; i < 100; i++) {
		intr_gate_join(&lab->other);
		usleep(INTR_GATE_HOLD_US / 50);
		intr_gate_leave(&lab->other);
	}
	provoke(lab);
	assert_int_equal(counted(&lab->meetings), 0);
	intr_gate_lower();
}

static unsigned int open_files(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < FILES; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

static void nothing_is_left_of_it(void **state)
{
	unsigned int before = open_files();

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(intr_gate_raise(), 0);
		intr_gate_lower();
		assert_int_equal(open_files(), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_callback_and_a_burst_never_meet, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_gate_they_meet, setup, teardown),
		cmocka_unit_test_setup_teardown(it_stands_until_the_last_lowers_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(seats_come_and_go_where_it_stands, setup, teardown),
		cmocka_unit_test(nothing_is_left_of_it),
	};

	return cmocka_run_group_tests_name("intr_gate", tests, eal_setup, eal_teardown);
}
