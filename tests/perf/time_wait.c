/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * time_wait: records in TIME-WAIT for a true 2MSL, in virtual time: connections open and close at a
 * constant rate, so that as many wait as asked for, and go on doing so while the first ones expire.
 * At last time makes a leap, and all are due at once.
 *
 * That each expires on its tick is checked, and fails the run. What a breath costs is printed; the
 * peer, which is the benchmark's stateless one, is taken off.
 *
 *   time_wait [EAL OPTIONS] [-- NUMBER]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_eal.h>

#include "lastack.h"
#include "stateless.h"

#define BREATH_US 50U
#define MSL_US 30000000U
#define WAIT_BREATHS (2 * MSL_US / BREATH_US)
#define TICK_BREATHS 2U /* in which a record may come, and go, of the same tick */
#define RING (WAIT_BREATHS + TICK_BREATHS + 1)
#define COSTS 40U /* by powers of two */
/* Work is bounded: a breath that took longer was interrupted, and is left out of what they cost. */
#define INTERRUPTED_CYCLES (UINT64_C(1) << 19)
#define NUMBER_SMALL 20000U
#define CONNECTIONS 4096U

/* The network of the run; nothing of it leaves the process. */
#define OWN_ADDRESS 0xc6120001U /* 198.18.0.1 */
#define GATEWAY 0xc6120002U
#define PEERS 0xc6130001U
#define OWN_PORT 5001U

struct run {
	uint32_t number; /* of records that wait */
	uint64_t now_us, breaths, opened;
	struct la_stack *stack;
	struct la_worker *worker;
	struct stateless *peer;
	unsigned int stat_entered, stat_expired;
	uint64_t *entered; /* how many so far, by the breath: a ring */
	uint64_t early, late;
	/* Of the phase. */
	uint64_t cycles, worst, by_cost[COSTS], measured, interrupted;
};

static uint64_t read_clock(void *ctx)
{
	return ((struct run *)ctx)->now_us;
}

static uint64_t *entered_by(struct run *run, uint64_t breath)
{
	return &run->entered[breath % RING];
}

/* Who came within a breath goes in the one 2MSL later; the clock of ticks may make that one more.
 */
static void check_expiry(struct run *run)
{
	uint64_t expired = la_worker_stat(run->worker, run->stat_expired);
	uint64_t may = 0, must = 0;

	*entered_by(run, run->breaths) = la_worker_stat(run->worker, run->stat_entered);
	if (run->breaths >= WAIT_BREATHS)
		may = *entered_by(run, run->breaths - WAIT_BREATHS);
	if (run->breaths >= WAIT_BREATHS + TICK_BREATHS)
		must = *entered_by(run, run->breaths - WAIT_BREATHS - TICK_BREATHS);
	run->early += expired > may;
	run->late += expired < must;
}

static uint64_t peer_cycles(const struct run *run)
{
	const struct foreign *cycles = &stateless_counts(run->peer)->cycles;

	return cycles->receive + cycles->send;
}

static void breathe(struct run *run)
{
	uint64_t peer = peer_cycles(run), began, cycles;

	run->now_us += BREATH_US;
	run->breaths++;
	began = rte_rdtsc();
	la_worker_poll(run->worker);
	cycles = rte_rdtsc() - began - (peer_cycles(run) - peer);
	if (cycles >= INTERRUPTED_CYCLES) {
		run->interrupted++;
		return;
	}
	run->measured++;
	run->cycles += cycles;
	run->worst = cycles > run->worst ? cycles : run->worst;
	run->by_cost[63 - __builtin_clzll(cycles | 1)]++;
}

/* Opens as many as are due by now; each is closed by us as soon as it stands. */
static void open_due(struct run *run)
{
	uint64_t due = run->breaths * run->number / WAIT_BREATHS;

	if (due == run->opened || !stateless_is_quiet(run->peer))
		return;
	stateless_begin(run->peer, STATELESS_OPEN, run->opened, due - run->opened, false);
	run->opened = due;
}

static void begin_phase(struct run *run)
{
	run->cycles = run->worst = run->measured = run->interrupted = 0;
	for (unsigned int i = 0; i < COSTS; i++)
		run->by_cost[i] = 0;
}

static void print_phase(struct run *run, const char *name, uint64_t count, const char *of)
{
	uint64_t breaths = run->measured + run->interrupted;
	double mean = run->measured > 0 ? (double)run->cycles / (double)run->measured : 0;
	struct la_usage usage;

	la_worker_usage(run->worker, &usage);
	printf("%s: %" PRIu64 " %s in %" PRIu64 " breaths, %.0f cycles for each; then %u wait\n",
	       name, count, of, breaths, count > 0 ? mean * (double)breaths / (double)count : 0.0,
	       usage.time_waits);
	printf("  worst breath %" PRIu64 " cycles (%" PRIu64 " were interrupted); by cycles:",
	       run->worst, run->interrupted);
	for (unsigned int i = 0; i < COSTS; i++)
		if (run->by_cost[i] > 0)
			printf(" 2^%u: %" PRIu64, i, run->by_cost[i]);
	printf("\n");
	fflush(stdout);
}

/* Goes on for 2MSL. */
static void steady(struct run *run, const char *name)
{
	uint64_t before = run->opened;

	begin_phase(run);
	for (uint32_t i = 0; i < WAIT_BREATHS; i++) {
		open_due(run);
		breathe(run);
		check_expiry(run);
	}
	print_phase(run, name, run->opened - before, "connections opened and closed");
}

/* 2MSL in which nobody breathed, once nothing is under way any more. */
static void leap(struct run *run)
{
	uint64_t before;
	struct la_usage usage;

	do {
		breathe(run);
		la_worker_usage(run->worker, &usage);
	} while (usage.connections + usage.embryos > 0 || !stateless_is_quiet(run->peer));
	before = la_worker_stat(run->worker, run->stat_expired);
	begin_phase(run);
	run->now_us += 2 * MSL_US;
	do {
		breathe(run);
		la_worker_usage(run->worker, &usage);
	} while (usage.time_waits > 0);
	print_phase(run, "leap", la_worker_stat(run->worker, run->stat_expired) - before,
		    "expired");
}

/* ---- the stack and its peer ------------------------------------------------------------------ */

static void end_at_once(struct la_worker *worker, struct la_conn conn, void *data)
{
	la_end(worker, conn);
}

static unsigned int stat_named(const char *name)
{
	for (unsigned int i = 0; i < la_stat_count(); i++)
		if (__builtin_strcmp(la_stat_name(i), name) == 0)
			return i;
	abort();
}

static bool build_peer(struct run *run)
{
	struct stateless_config config = {
		.peer_mac = { 2, 0, 0, 0, 0, 2 },
		.stack_mac = { 2, 0, 0, 0, 0, 1 },
		.gateway = GATEWAY,
		.stack = OWN_ADDRESS,
		.stack_port = OWN_PORT,
		.first_peer = PEERS,
		.offer = { .scale = true, .sack = true },
		.mbufs = la_worker_mempool(run->worker),
	};

	run->peer = stateless_create(&config);
	return run->peer != NULL;
}

static bool build(struct run *run, struct la_error *err)
{
	static const struct la_service service = { .name = "end", .opened = end_at_once };
	struct la_clock clock = { .now_us = read_clock, .ctx = run };
	struct la_port_config port = { .name = "stateless",
				       .ops = stateless_ops(),
				       .mac = { 2, 0, 0, 0, 0, 1 },
				       .flags = LA_PORT_TX_HANDOVER };
	struct la_addr own = la_addr_from_ipv4(OWN_ADDRESS), everywhere = la_addr_from_ipv4(0);
	struct la_addr gateway = la_addr_from_ipv4(GATEWAY);
	struct la_endpoint local = { .addr = own, .port = OWN_PORT };
	struct la_stack_config config;

	la_stack_config_init(&config);
	config.clock = &clock;
	config.max_connections = CONNECTIONS;
	config.max_embryos = CONNECTIONS;
	/* Some more: who closes meanwhile is not to end another one's wait. */
	config.max_time_waits = run->number + run->number / 8 + 64;
	config.mbufs = 2 * CONNECTIONS;
	config.msl_us = MSL_US;
	if (la_stack_create(&config, &run->stack, err) != 0)
		return false;
	run->worker = la_stack_worker(run->stack, 0);
	if (!build_peer(run))
		return false;
	port.ctx = run->peer;
	run->stat_entered = stat_named("time_wait_entered");
	run->stat_expired = stat_named("time_wait_expired");
	return la_port_add(run->stack, &port, err) >= 0 &&
	       la_address_add(run->stack, 0, &own, 24, err) >= 0 &&
	       la_route_add(run->stack, 0, &everywhere, 0, &gateway, err) >= 0 &&
	       la_listen(run->stack, &local, &service, run, NULL, err) >= 0;
}

static bool measure(struct run *run)
{
	struct la_usage usage;
	uint64_t recycled;

	steady(run, "fill");
	steady(run, "steady");
	la_worker_usage(run->worker, &usage);
	recycled = la_worker_stat(run->worker, stat_named("time_wait_recycled"));
	printf("expired before 2MSL: %" PRIu64 " breaths; later than the next tick: %" PRIu64
	       " breaths; ended for want of records: %" PRIu64 "\n",
	       run->early, run->late, recycled);
	leap(run);
	return run->early == 0 && run->late == 0 && recycled == 0 &&
	       usage.time_waits >= run->number - run->number / 100;
}

int main(int argc, char **argv)
{
	struct run run = { .number = NUMBER_SMALL, .now_us = BREATH_US };
	struct la_error err = { .text = "no memory for the peer" };
	int taken = rte_eal_init(argc, argv);
	bool fine;

	if (taken < 0)
		return EXIT_FAILURE;
	if (taken + 1 < argc)
		run.number = (uint32_t)strtoul(argv[taken + 1], NULL, 10);
	run.entered = calloc(RING, sizeof(uint64_t));
	if (run.entered == NULL || !build(&run, &err)) {
		fprintf(stderr, "time_wait: %s\n", err.text);
		return EXIT_FAILURE;
	}
	fine = measure(&run);
	if (!fine)
		fprintf(stderr, "time_wait: not as it should be\n");
	stateless_destroy(run.peer);
	la_stack_destroy(run.stack);
	free(run.entered);
	rte_eal_cleanup();
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
