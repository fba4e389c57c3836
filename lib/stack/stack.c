/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack.c: building a stack: its configuration checked, everything reserved for each worker, and
 * all of it given back.
 */
#include "stack/stack.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "base/buffer.h"
#include "base/mbufs.h"
#include "base/memory.h"
#include "io/umem.h"
#include "stack/budget.h"
#include "stack/notify.h"

void la_stack_config_init(struct la_stack_config *config)
{
	/* Padding included, so that two of them can be compared. */
	memset(config, 0, sizeof(*config));
	config->name = "lastack";
	config->workers = 1;
	config->max_connections = 16384;
	config->max_embryos = 16384;
	config->max_time_waits = 65536;
	config->mbufs = 32768;
	config->mbuf_size = MBUF_SIZE_DEFAULT;
	config->neighbours = 1024;
	config->msl_us = TCP_MSL_DEFAULT_US;
	config->flight_idle_us = FLIGHT_IDLE_US;
	config->arp_expiry_us = ARP_EXPIRY_US;
	config->ephemeral_first = EPHEMERAL_PORT_FIRST;
	config->ephemeral_last = EPHEMERAL_PORT_LAST;
}

static unsigned int workers_of(const struct la_stack_config *config)
{
	return config->workers == 0 ? 1 : config->workers;
}

static int refuse(struct la_error *err, const char *setting, uint64_t value, uint64_t least,
		  uint64_t most)
{
	snprintf(err->text, sizeof(err->text), "%s is %llu; it must be between %llu and %llu",
		 setting, (unsigned long long)value, (unsigned long long)least,
		 (unsigned long long)most);
	return -EINVAL;
}

static int check_config(const struct la_stack_config *config, struct la_error *err)
{
	/* TIME-WAIT is twice the MSL and has to fit the wheel's reach. */
	const uint64_t msl_most = (uint64_t)WHEEL_REACH_TICKS * WHEEL_TICK_US / 4;
	const struct {
		const char *name;
		uint64_t value, least, most;
	} bounds[] = {
		{ "workers", workers_of(config), 1, WORKERS_MAX },
		{ "connections", config->max_connections, 1, CONNECTIONS_MAX - 1 },
		{ "flights", config->max_flights, 0, FLIGHTS_MAX },
		{ "half_open", config->max_embryos, 1, CONNECTIONS_MAX - 1 },
		{ "time_wait", config->max_time_waits, 1, CONNECTIONS_MAX - 1 },
		{ "mbufs", config->mbufs, MBUFS_MIN, 1U << 27 },
		{ "mbuf_size", config->mbuf_size, MBUF_SIZE_DEFAULT, MBUF_SIZE_MAX },
		{ "msl", config->msl_us, WHEEL_TICK_US, msl_most },
		{ "flight_idle", config->flight_idle_us, 0, msl_most },
		{ "ephemeral_first", config->ephemeral_first, 1,
		  UINT16_MAX - EPHEMERAL_PORTS_MIN + 1 },
		{ "ephemeral_last", config->ephemeral_last,
		  config->ephemeral_first + EPHEMERAL_PORTS_MIN - 1, UINT16_MAX },
	};

	for (unsigned int i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (bounds[i].value < bounds[i].least || bounds[i].value > bounds[i].most)
			return refuse(err, bounds[i].name, bounds[i].value, bounds[i].least,
				      bounds[i].most);
	if (config->name == NULL || strlen(config->name) >= STACK_NAME_SIZE) {
		snprintf(err->text, sizeof(err->text), "the stack's name must be 1 to %u bytes",
			 STACK_NAME_SIZE - 1);
		return -EINVAL;
	}
	return 0;
}

/* The second door: everything random comes from these sixteen bytes. */
static int draw_seed(const struct la_stack_config *config, struct siphash_key *key,
		     struct la_error *err)
{
	if (config->random != NULL) {
		config->random->fill(config->random->ctx, key, sizeof(*key));
		return 0;
	}
	if (getrandom(key, sizeof(*key), 0) != (ssize_t)sizeof(*key)) {
		snprintf(err->text, sizeof(err->text), "no random numbers from the kernel: %s",
			 strerror(errno));
		return -EIO;
	}
	return 0;
}

/* The seed of worker number index, or of the stack's own things: all follow from the one. The first
 * worker has the stack's, so that a stack of one worker is what its seed says. */
static struct siphash_key derive_seed(const struct siphash_key *seed, uint64_t index)
{
	const uint64_t words[2][2] = { { index, 0 }, { index, 1 } };

	if (index == 0)
		return *seed;
	return (struct siphash_key){ .k0 = siphash_2_4(seed, words[0], 2),
				     .k1 = siphash_2_4(seed, words[1], 2) };
}

/* DPDK's name for a thing of a worker; that of the first is the stack's alone. */
static void name_of(const struct la_worker *worker, const char *what, char *out, size_t size)
{
	if (worker->index == 0)
		snprintf(out, size, "%s%s", worker->stack->name, what);
	else
		snprintf(out, size, "%s%s-%u", worker->stack->name, what, worker->index);
}

/* The NUMA node of the lcore that will poll a worker, or of the one that creates it; -1: unknown.
 */
static int node_of(const struct la_stack *stack, unsigned int index)
{
	if (stack->config.lcores != NULL)
		return (int)rte_lcore_to_socket_id(stack->config.lcores[index]);
	return rte_lcore_id() == LCORE_ID_ANY ? -1 : (int)rte_socket_id();
}

static struct rte_mempool *create_mbufs(const struct la_stack_config *config, const char *name,
					int numa_node)
{
	uint16_t size = (uint16_t)config->mbuf_size;

	return umem_is_wanted() ? mbufs_create_within_pages(name, config->mbufs, size, numa_node)
				: mbufs_create(name, config->mbufs, size, numa_node);
}

static int create_env(struct la_worker *worker, const struct siphash_key *seed,
		      struct la_error *err)
{
	const struct la_stack *stack = worker->stack;
	struct env *env = &worker->env;
	char name[STACK_NAME_SIZE + 24];

	env->numa_node = node_of(stack, worker->index);
	random_init(&env->random, seed);
	worker_read_clock(worker);
	name_of(worker, "-mbufs", name, sizeof(name));
	env->mbufs = create_mbufs(&stack->config, name, env->numa_node);
	env->at_hand = buffers_none();
	if (env->mbufs == NULL) {
		snprintf(err->text, sizeof(err->text),
			 "%u packet buffers cannot be had for worker %u (%s): lower mbufs or "
			 "workers, give EAL more memory (%.1f KiB each), or choose another stack "
			 "name",
			 stack->config.mbufs, worker->index, rte_strerror(rte_errno),
			 (double)budget_mbuf(&stack->config) / 1024);
		return -ENOMEM;
	}
	name_of(worker, "", name, sizeof(name));
	if (ladder_create(&env->ladder, LADDER_RUNGS, env->numa_node) != 0 ||
	    control_create(&worker->control, name, env->numa_node) != 0) {
		snprintf(err->text, sizeof(err->text),
			 "no memory for the ladder and the control ring");
		return -ENOMEM;
	}
	return 0;
}

/* Worker number index with all that is its own. */
static int create_worker(struct la_stack *stack, unsigned int index,
			 const struct siphash_key *stack_seed, struct la_error *err)
{
	struct siphash_key seed = derive_seed(stack_seed, index);
	struct net_config net = { .neighbours = stack->config.neighbours,
				  .arp_expiry_us = stack->config.arp_expiry_us,
				  .announces = index == 0 };
	struct tcp_config tcp = budget_tcp(&stack->config);
	struct la_worker *worker = memory_reserve(sizeof(*worker), node_of(stack, index));
	int result;

	tcp.rss = stack->rss.workers > 1 ? &stack->rss : NULL;
	tcp.worker = index;
	tcp.fast_open_secret = stack->fast_open_secret;
	if (worker == NULL) {
		snprintf(err->text, sizeof(err->text), "no memory for worker %u itself", index);
		return -ENOMEM;
	}
	stack->workers[stack->worker_count++] = worker;
	worker->stack = stack;
	worker->index = index;
	for (unsigned int i = 0; i < LISTENERS_MAX; i++)
		worker->listeners[i] = LISTENER_NONE;
	result = create_env(worker, &seed, err);
	if (result == 0)
		result = net_create(&worker->net, &worker->env, &net, err);
	if (result == 0)
		result = tcp_create(&worker->tcp, &worker->env, &worker->net, &tcp, err);
	if (result != 0)
		return result;
	worker->tcp.tell = notify_service;
	if (steer_create(&worker->steer, &worker->env, &worker->net, &stack->rss, index) == 0)
		return 0;
	snprintf(err->text, sizeof(err->text), "no memory for the rings between %u workers",
		 stack->rss.workers);
	return -ENOMEM;
}

/* What one worker receives for another, and hears of neighbours, has a way to it. */
static void join_workers(struct la_stack *stack)
{
	if (stack->worker_count == 1)
		return;
	for (unsigned int from = 0; from < stack->worker_count; from++) {
		struct la_worker *worker = stack->workers[from];

		for (unsigned int to = 0; to < stack->worker_count; to++)
			if (to != from)
				steer_join(&worker->steer, &stack->workers[to]->steer);
		worker->net.gossip =
			(struct net_gossip){ .tell = steer_tell, .ctx = &worker->steer };
	}
}

/* Before anything is taken: is there enough, on each node? */
static int check_memory(const struct la_stack *stack, struct la_error *err)
{
	struct budget budget = budget_of(&stack->config);
	unsigned int workers = workers_of(&stack->config);
	int result = 0;

	for (unsigned int i = 0; result == 0 && i < workers; i++) {
		unsigned int neighbours = 0;

		for (unsigned int other = 0; other < workers; other++)
			neighbours += node_of(stack, other) == node_of(stack, i);
		result = budget_check(&budget, neighbours, node_of(stack, i), err);
	}
	return result;
}

static int create_workers(struct la_stack *stack, struct la_error *err)
{
	struct random_stream random;
	struct siphash_key seed, own;
	uint8_t key[RSS_KEY_BYTES];
	int result = draw_seed(&stack->config, &seed, err);

	if (result != 0)
		return result;
	own = derive_seed(&seed, UINT64_MAX);
	random_init(&random, &own);
	rss_draw_key(key, &random);
	rss_init(&stack->rss, key, workers_of(&stack->config));
	stack->fast_open_secret =
		(struct siphash_key){ .k0 = random_u64(&random), .k1 = random_u64(&random) };
	for (unsigned int i = 0; result == 0 && i < stack->rss.workers; i++)
		result = create_worker(stack, i, &seed, err);
	if (result == 0)
		join_workers(stack);
	return result;
}

int la_stack_create(const struct la_stack_config *config, struct la_stack **out,
		    struct la_error *err)
{
	struct la_error ignored;
	struct la_stack *stack;
	int result;

	err = err == NULL ? &ignored : err;
	err->text[0] = '\0';
	result = check_config(config, err);
	if (result != 0)
		return result;
	stack = calloc(1, sizeof(*stack));
	if (stack == NULL)
		return -ENOMEM;
	stack->config = *config;
	if (config->clock != NULL)
		stack->clock = *config->clock;
	assert(rte_get_tsc_hz() > 1000000);
	stack->us_per_cycle = (uint64_t)(((unsigned __int128)1000000 << 64) / rte_get_tsc_hz());
	snprintf(stack->name, sizeof(stack->name), "%s", config->name);
	result = check_memory(stack, err);
	if (result == 0)
		result = create_workers(stack, err);
	if (result != 0) {
		la_stack_destroy(stack);
		return result;
	}
	*out = stack;
	return 0;
}

/* Two steps, since what lies on rings and lanes is in buffers of other workers' pools. */
static void empty_worker(struct la_worker *worker)
{
	if (worker->tcp.env != NULL)
		tcp_destroy(&worker->tcp);
	net_destroy(&worker->net);
	steer_destroy(&worker->steer);
	for (unsigned int i = worker->port_count; i > 0; i--)
		port_close(&worker->ports[i - 1]);
}

static void destroy_worker(struct la_worker *worker)
{
	control_destroy(&worker->control);
	ladder_destroy(&worker->env.ladder);
	mbufs_destroy(worker->env.mbufs);
	memory_release(worker, sizeof(*worker));
}

void la_stack_destroy(struct la_stack *stack)
{
	if (stack == NULL)
		return;
	/* The first worker's ports open and close the devices: they are the last to go. */
	for (unsigned int i = stack->worker_count; i > 0; i--)
		empty_worker(stack->workers[i - 1]);
	for (unsigned int i = 0; i < stack->worker_count; i++)
		destroy_worker(stack->workers[i]);
	free(stack);
}

struct la_worker *la_stack_worker(struct la_stack *stack, unsigned int index)
{
	return index < stack->worker_count ? stack->workers[index] : NULL;
}

unsigned int la_stack_workers(const struct la_stack *stack)
{
	return stack->worker_count;
}
