/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_stack.c: a process whose telemetry is the real one, over a stack that is made up: every
 * number as long as it can be, so that what does not fit into DPDK's answers shows.
 *
 * Two "workers" are one thread that drains their control rings. A line on standard input each:
 * "busy" stops the draining, "idle" resumes it, "stop" calls la_telemetry_stop(), "start" starts it
 * again, "double" starts a second one, "open" lets listeners be opened; each is answered by a line.
 * The end of the input ends all. With FAKE_REFUSES=N in the environment DPDK seems to refuse our
 * Nth command, once.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_telemetry.h>

#include "base/counters.h"
#include "base/verdict.h"
#include "config/limits.h"
#include "lastack.h"
#include "stack/control.h"

#define WORKERS 2
#define CONNECTIONS 40 /* of each worker, in every other record */
#define RUNGS 100

struct fake_worker {
	struct control control;
	struct la_stack *stack;
	unsigned int number;
	bool armed;
	struct la_ladder_filter filter;
};

struct fake_stack {
	struct fake_worker workers[WORKERS];
	uint32_t busy; /**< atomic: the workers do not drain */
	uint32_t end;  /**< atomic */
};

static struct fake_worker *worker_of(const struct la_worker *worker)
{
	return (struct fake_worker *)(uintptr_t)worker;
}

/* What the telemetry room calls of the rooms below it. */

struct control *worker_control(struct la_worker *worker);

struct control *worker_control(struct la_worker *worker)
{
	return &worker_of(worker)->control;
}

const char *la_version(void)
{
	return "0.1.0";
}

struct la_worker *la_stack_worker(struct la_stack *stack, unsigned int index)
{
	struct fake_stack *fake = (struct fake_stack *)(void *)stack;

	return index < WORKERS ? (struct la_worker *)(void *)&fake->workers[index] : NULL;
}

unsigned int la_stack_workers(const struct la_stack *stack)
{
	(void)stack;
	return WORKERS;
}

unsigned int la_worker_index(const struct la_worker *worker)
{
	return worker_of(worker)->number;
}

void la_worker_usage(const struct la_worker *worker, struct la_usage *out)
{
	memset(out, 0xff, sizeof(*out));
	out->connections = CONNECTIONS;
}

unsigned int la_stat_count(void)
{
	return STATS;
}

const char *la_stat_name(unsigned int stat)
{
	return stat_name(stat);
}

const char *la_stat_help(unsigned int stat)
{
	return stat_help(stat);
}

uint64_t la_worker_stat(const struct la_worker *worker, unsigned int stat)
{
	return stat == 0 ? 0 : UINT64_MAX / WORKERS;
}

unsigned int la_drop_count(void)
{
	return VERDICTS;
}

const char *la_drop_name(unsigned int drop)
{
	return verdict_drop_name(drop);
}

const char *la_drop_help(unsigned int drop)
{
	return verdict_drop_help(drop);
}

uint64_t la_worker_drop(const struct la_worker *worker, unsigned int drop)
{
	return drop == DROP_sequence ? UINT64_MAX / WORKERS : 0;
}

static struct la_endpoint longest_endpoint(void)
{
	struct la_endpoint endpoint = { .port = UINT16_MAX };

	for (unsigned int i = 0; i < sizeof(endpoint.addr.bytes); i++)
		endpoint.addr.bytes[i] = 0xfe;
	return endpoint;
}

int la_status(struct la_worker *worker, struct la_conn conn, struct la_status *out)
{
	if (conn.id < UINT64_MAX - 2 * CONNECTIONS)
		return -ENOTCONN;
	memset(out, 0xff, sizeof(*out));
	out->state = LA_SYN_RECEIVED;
	out->passive = true;
	out->local = longest_endpoint();
	out->remote = longest_endpoint();
	out->remote.port = (uint16_t)(UINT16_MAX - (UINT64_MAX - conn.id));
	return 0;
}

int la_worker_listener(struct la_worker *worker, int listener, struct la_listener_info *out)
{
	uint32_t half = UINT32_MAX / 2;

	if (listener < 0 || listener % 10 != 3)
		return -ENOENT;
	*out = (struct la_listener_info){
		.local = longest_endpoint(),
		.service = "chargen",
		.connections = la_worker_index(worker) == 0 ? half : half + 1,
		.half_open = la_worker_index(worker),
		.limits = { .connections = LA_LIMIT_NONE - 1, .half_open = LA_LIMIT_NONE - 1 },
	};
	if (listener == 13)
		out->limits.half_open = LA_LIMIT_NONE;
	return 0;
}

void la_worker_limits(const struct la_worker *worker, struct la_limits *set,
		      struct la_limits *reserved)
{
	*set = (struct la_limits){ 7 + la_worker_index(worker), 8 };
	*reserved = (struct la_limits){ UINT32_MAX, UINT32_MAX - 1 };
}

int la_set_limits(struct la_stack *stack, const struct la_limits *limits, struct la_error *err)
{
	(void)stack;
	if (limits->connections == 99) {
		snprintf(err->text, sizeof(err->text), "connections: 99 are too many");
		return -EINVAL;
	}
	fprintf(stderr, "limits: %u %u\n", limits->connections, limits->half_open);
	return 0;
}

int la_listener_set_limits(struct la_stack *stack, int listener, const struct la_limits *limits)
{
	(void)stack;
	if (limits->connections == 99)
		return -ETIMEDOUT;
	fprintf(stderr, "limits of %d: %u %u\n", listener, limits->connections, limits->half_open);
	return 0;
}

int la_listen_end(struct la_stack *stack, int listener)
{
	(void)stack;
	return listener % 10 == 3 ? 0 : -ENOENT;
}

int la_abort(struct la_worker *worker, struct la_conn conn)
{
	if (conn.id < UINT64_MAX - 2 * CONNECTIONS)
		return -ENOTCONN;
	fprintf(stderr, "worker %u: killed 0x%" PRIx64 "\n", la_worker_index(worker), conn.id);
	return 0;
}

int la_options(struct la_worker *worker, struct la_conn conn, struct la_tcp_options *out)
{
	memset(out, 1, sizeof(*out));
	out->congestion = LA_NEWRENO;
	out->ecn = LA_ECN_ASK;
	out->syn_cookies = LA_COOKIES_ALWAYS;
	return 0;
}

uint32_t la_worker_each(struct la_worker *worker, uint32_t from, uint32_t count,
			void (*visit)(void *arg, struct la_worker *worker, struct la_conn conn),
			void *arg)
{
	uint32_t index;

	for (index = from; index < from + count && index < 2 * CONNECTIONS; index++) {
		if (index % 2 == 0)
			visit(arg, worker, (struct la_conn){ .id = UINT64_MAX - index });
	}
	return index < 2 * CONNECTIONS ? index : 0;
}

uint64_t la_worker_now_us(const struct la_worker *worker)
{
	return UINT64_MAX;
}

unsigned int la_port_shortages(const struct la_worker *worker, struct la_port_shortage *out,
			       unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		memset(&out[i], 0xff, sizeof(out[i]));
		out[i].remote = longest_endpoint();
		out[i].last_us = i;
	}
	return count;
}

void la_ladder_arm(struct la_worker *worker, const struct la_ladder_filter *filter)
{
	struct fake_worker *fake = worker_of(worker);
	char addr[LA_ADDR_TEXT_SIZE];

	fake->armed = filter != NULL;
	if (filter == NULL) {
		fprintf(stderr, "worker %u: off\n", fake->number);
		return;
	}
	fake->filter = *filter;
	fprintf(stderr, "worker %u: remote %s remote_port %u local_port %u\n", fake->number,
		la_addr_is_any(&filter->remote)
			? "any"
			: la_addr_format(&filter->remote, addr, sizeof(addr)),
		filter->remote_port, filter->local_port);
}

unsigned int la_ladder_read(struct la_worker *worker, uint64_t *cursor, struct la_rung *out,
			    unsigned int count)
{
	uint64_t first = UINT64_MAX - 1 - RUNGS; /* the ring has turned many times */
	unsigned int copied;

	if (*cursor < first)
		*cursor = first;
	for (copied = 0; copied < count && *cursor < first + RUNGS; copied++, (*cursor)++) {
		memset(&out[copied], 0xff, sizeof(out[copied]));
		out[copied].local = longest_endpoint();
		out[copied].remote = longest_endpoint();
		out[copied].sent = true;
		out[copied].retransmit = true;
		out[copied].state = LA_SYN_RECEIVED;
		out[copied].event = LA_RUNG_SEGMENT;
		out[copied].drop = DROP_no_connection_record;
	}
	return copied;
}

/* ---- the process ---- */

static void *drain(void *arg)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	struct fake_stack *fake = arg;

	while (__atomic_load_n(&fake->end, __ATOMIC_ACQUIRE) == 0) {
		for (unsigned int i = 0; i < WORKERS; i++) {
			struct fake_worker *worker = &fake->workers[i];

			if (__atomic_load_n(&fake->busy, __ATOMIC_ACQUIRE) == 0)
				control_drain(&worker->control, (struct la_worker *)(void *)worker);
		}
		nanosleep(&pause, NULL);
	}
	return NULL;
}

int __real_rte_telemetry_register_cmd(const char *command, telemetry_cb callback, const char *help);
int __wrap_rte_telemetry_register_cmd(const char *command, telemetry_cb callback, const char *help);

/* The linker puts this in place of DPDK's. */
int __wrap_rte_telemetry_register_cmd(const char *command, telemetry_cb callback, const char *help)
{
	/* DEVIATION: mutable state in a function: nothing of ours is passed in. */
	static int calls;
	const char *refuses = getenv("FAKE_REFUSES");

	if (refuses != NULL && ++calls == atoi(refuses))
		return -ENOMEM;
	return __real_rte_telemetry_register_cmd(command, callback, help);
}

static int open_listener(void *ctx, const char *text, struct la_error *err)
{
	(void)ctx;
	fprintf(stderr, "listen: %s\n", text);
	if (strstr(text, "echo") != NULL)
		return 1023;
	memset(err->text, 'x', sizeof(err->text) - 1);
	err->text[sizeof(err->text) - 1] = '\0';
	return -EINVAL;
}

static void obey(struct fake_stack *fake, const char *order)
{
	struct la_stack *stack = (struct la_stack *)(void *)fake;
	struct la_error err = { .text = "" };
	int ret = 0;

	if (strcmp(order, "busy\n") == 0)
		__atomic_store_n(&fake->busy, 1, __ATOMIC_RELEASE);
	else if (strcmp(order, "idle\n") == 0)
		__atomic_store_n(&fake->busy, 0, __ATOMIC_RELEASE);
	else if (strcmp(order, "stop\n") == 0)
		la_telemetry_stop(stack);
	else if (strcmp(order, "open\n") == 0)
		la_telemetry_listen(stack, open_listener, NULL);
	else if (strcmp(order, "start\n") == 0 || strcmp(order, "double\n") == 0)
		ret = la_telemetry_start(stack, &err);
	else
		ret = -EINVAL;
	printf("%d %s\n", ret, err.text);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct fake_stack fake = { 0 };
	char order[64];
	pthread_t thread;

	if (rte_eal_init(argc, argv) < 0)
		return 2;
	for (unsigned int i = 0; i < WORKERS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "fake_%u", i);
		fake.workers[i].number = i;
		if (control_create(&fake.workers[i].control, name, -1) != 0)
			return 2;
	}
	if (pthread_create(&thread, NULL, drain, &fake) != 0)
		return 2;
	obey(&fake, "start\n");
	while (fgets(order, sizeof(order), stdin) != NULL)
		obey(&fake, order);
	la_telemetry_stop((struct la_stack *)(void *)&fake);
	__atomic_store_n(&fake.end, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	for (unsigned int i = 0; i < WORKERS; i++)
		control_destroy(&fake.workers[i].control);
	rte_eal_cleanup();
	return 0;
}
