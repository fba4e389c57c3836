/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack.c: building a stack: its configuration checked, everything reserved, ports, addresses and
 * listeners added, and all of it given back.
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

#include "base/mbufs.h"
#include "base/memory.h"
#include "stack/notify.h"

void la_stack_config_init(struct la_stack_config *config)
{
	*config = (struct la_stack_config){
		.name = "lastack",
		.max_connections = 16384,
		.max_embryos = 16384,
		.max_time_waits = 65536,
		.mbufs = 32768,
		.neighbours = 1024,
		.msl_us = TCP_MSL_DEFAULT_US,
		.flight_idle_us = FLIGHT_IDLE_US,
		.arp_expiry_us = ARP_EXPIRY_US,
	};
}

static struct tcp_config tcp_config_of(const struct la_stack_config *config)
{
	return (struct tcp_config){
		.max_connections = config->max_connections,
		.max_flights =
			config->max_flights == 0 ? config->max_connections : config->max_flights,
		.max_embryos = config->max_embryos,
		.max_time_waits = config->max_time_waits,
		.msl_us = config->msl_us,
		.flight_idle_us = config->flight_idle_us,
	};
}

uint64_t la_stack_memory(const struct la_stack_config *config)
{
	struct tcp_config tcp = tcp_config_of(config);
	uint64_t mbuf = sizeof(struct rte_mbuf) + MBUF_PRIVATE_BYTES + MBUF_DATA_ROOM + 64;

	return tcp_memory(&tcp) + config->mbufs * mbuf +
	       config->neighbours * (uint64_t)sizeof(struct neighbour) +
	       LADDER_RUNGS * sizeof(struct la_rung) + sizeof(struct la_worker);
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
		{ "connections", config->max_connections, 1, CONNECTIONS_MAX - 1 },
		{ "flights", config->max_flights, 0, CONNECTIONS_MAX - 1 },
		{ "half_open", config->max_embryos, 1, CONNECTIONS_MAX - 1 },
		{ "time_wait", config->max_time_waits, 1, CONNECTIONS_MAX - 1 },
		{ "mbufs", config->mbufs, MBUFS_MIN, 1U << 27 },
		{ "msl", config->msl_us, WHEEL_TICK_US, msl_most },
		{ "flight_idle", config->flight_idle_us, 0, msl_most },
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

static int create_env(struct la_worker *worker, const struct siphash_key *seed,
		      struct la_error *err)
{
	const struct la_stack *stack = worker->stack;
	struct env *env = &worker->env;
	char name[STACK_NAME_SIZE + 8];

	env->numa_node = rte_lcore_id() == LCORE_ID_ANY ? -1 : (int)rte_socket_id();
	random_init(&env->random, seed);
	worker_read_clock(worker);
	snprintf(name, sizeof(name), "%s-mbufs", stack->name);
	env->mbufs = mbufs_create(name, stack->config.mbufs, env->numa_node);
	if (env->mbufs == NULL) {
		snprintf(err->text, sizeof(err->text),
			 "%u packet buffers cannot be had (%s): lower mbufs, give EAL more memory, "
			 "or "
			 "choose another stack name",
			 stack->config.mbufs, rte_strerror(rte_errno));
		return -ENOMEM;
	}
	if (ladder_create(&env->ladder, LADDER_RUNGS, env->numa_node) != 0 ||
	    control_create(&worker->control, stack->name, env->numa_node) != 0) {
		snprintf(err->text, sizeof(err->text),
			 "no memory for the ladder and the control ring");
		return -ENOMEM;
	}
	return 0;
}

static int create_worker(struct la_stack *stack, struct la_error *err)
{
	struct net_config net = { .neighbours = stack->config.neighbours,
				  .arp_expiry_us = stack->config.arp_expiry_us };
	struct tcp_config tcp = tcp_config_of(&stack->config);
	struct la_worker *worker = memory_reserve(sizeof(*worker), -1);
	struct siphash_key seed;
	int result;

	if (worker == NULL) {
		snprintf(err->text, sizeof(err->text), "no memory for the worker itself");
		return -ENOMEM;
	}
	stack->worker = worker;
	worker->stack = stack;
	result = draw_seed(&stack->config, &seed, err);
	if (result == 0)
		result = create_env(worker, &seed, err);
	if (result == 0)
		result = net_create(&worker->net, &worker->env, &net, err);
	if (result == 0)
		result = tcp_create(&worker->tcp, &worker->env, &worker->net, &tcp, err);
	worker->tcp.tell = notify_service;
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
	stack->tsc_hz = rte_get_tsc_hz();
	snprintf(stack->name, sizeof(stack->name), "%s", config->name);
	result = create_worker(stack, err);
	if (result != 0) {
		la_stack_destroy(stack);
		return result;
	}
	*out = stack;
	return 0;
}

static void destroy_worker(struct la_worker *worker)
{
	if (worker->tcp.env != NULL)
		tcp_destroy(&worker->tcp);
	net_destroy(&worker->net);
	for (unsigned int i = 0; i < worker->port_count; i++)
		port_close(&worker->ports[i]);
	control_destroy(&worker->control);
	ladder_destroy(&worker->env.ladder);
	mbufs_destroy(worker->env.mbufs);
	memory_release(worker, sizeof(*worker));
}

void la_stack_destroy(struct la_stack *stack)
{
	if (stack == NULL)
		return;
	if (stack->worker != NULL)
		destroy_worker(stack->worker);
	free(stack);
}

/* Adds the port that was just filled in. Returns its index. */
static int adopt_port(struct la_worker *worker, struct la_error *err)
{
	struct port *port = &worker->ports[worker->port_count];
	int result = net_port_add(&worker->net, port, err);

	if (result != 0) {
		port_close(port);
		return result;
	}
	return (int)worker->port_count++;
}

static int check_port_count(const struct la_worker *worker, struct la_error *err)
{
	if (worker->port_count < PORTS_MAX)
		return 0;
	snprintf(err->text, sizeof(err->text), "at most %u ports", PORTS_MAX);
	return -ENOSPC;
}

int la_port_add(struct la_stack *stack, const struct la_port_config *config, struct la_error *err)
{
	struct la_worker *worker = stack->worker;
	struct la_error ignored;
	int result;

	err = err == NULL ? &ignored : err;
	result = check_port_count(worker, err);
	if (result == 0)
		result = port_init(&worker->ports[worker->port_count], config,
				   &worker->env.counters, err);
	return result != 0 ? result : adopt_port(worker, err);
}

int la_port_add_ethdev(struct la_stack *stack, uint16_t ethdev, const struct la_port_config *config,
		       struct la_error *err)
{
	struct la_worker *worker = stack->worker;
	struct la_error ignored;
	int result;

	err = err == NULL ? &ignored : err;
	result = check_port_count(worker, err);
	if (result == 0)
		result = port_init_ethdev(&worker->ports[worker->port_count], ethdev, config,
					  worker->env.mbufs, &worker->env.counters, err);
	return result != 0 ? result : adopt_port(worker, err);
}

int la_address_add(struct la_stack *stack, int port, const struct la_addr *addr,
		   unsigned int prefix_length, struct la_error *err)
{
	struct la_error ignored;

	worker_read_clock(stack->worker);
	return net_address_add(&stack->worker->net, (unsigned int)port, addr, prefix_length,
			       err == NULL ? &ignored : err);
}

int la_route_add(struct la_stack *stack, int port, const struct la_addr *prefix,
		 unsigned int length, const struct la_addr *gateway, struct la_error *err)
{
	struct la_error ignored;

	return net_route_add(&stack->worker->net, (unsigned int)port, prefix, length, gateway,
			     err == NULL ? &ignored : err);
}

/* Which own address a listener's endpoint names. */
static int listener_address(const struct la_stack *stack, const struct la_endpoint *local,
			    struct la_error *err)
{
	char text[LA_ADDR_TEXT_SIZE];
	int index;

	if (la_addr_is_any(&local->addr))
		return LISTENER_ANY_ADDRESS;
	index = address_find(&stack->worker->net.addresses, &local->addr);
	if (index >= 0)
		return index;
	snprintf(err->text, sizeof(err->text), "%s is no address of ours: add it to a port first",
		 la_addr_format(&local->addr, text, sizeof(text)));
	return -EADDRNOTAVAIL;
}

int la_listen(struct la_stack *stack, const struct la_endpoint *local,
	      const struct la_service *service, void *service_data,
	      const struct la_tcp_options *options, struct la_error *err)
{
	struct tcp *tcp = &stack->worker->tcp;
	struct profile profile = { .service = service, .service_data = service_data };
	struct la_error ignored;
	int index, number, result;

	err = err == NULL ? &ignored : err;
	if (options != NULL)
		profile.options = *options;
	else
		la_tcp_options_init(&profile.options);
	result = profile_check(&profile.options, err);
	if (result != 0)
		return result;
	if (local->port == 0 || service == NULL) {
		snprintf(err->text, sizeof(err->text),
			 "a listener needs a port above 0 and a service");
		return -EINVAL;
	}
	index = listener_address(stack, local, err);
	if (index < 0)
		return index;
	result = profile_use(&tcp->profiles, &profile);
	if (result < 0) {
		snprintf(err->text, sizeof(err->text), "too many different listeners");
		return result;
	}
	number = listener_open(&tcp->listeners, local->port, (uint16_t)index, (uint16_t)result);
	if (number < 0) {
		profile_leave(&tcp->profiles, (uint16_t)result);
		snprintf(err->text, sizeof(err->text),
			 number == -EADDRINUSE ? "port %u is listened on already"
					       : "port %u: too many listeners",
			 local->port);
	}
	return number;
}

int la_listen_end(struct la_stack *stack, int listener)
{
	struct tcp *tcp = &stack->worker->tcp;
	uint16_t number = (uint16_t)listener;

	if (listener < 0 || listener >= (int)LISTENERS_MAX)
		return -ENOENT;
	if (listener_close(&tcp->listeners, number) != 0)
		return -ENOENT;
	profile_leave(&tcp->profiles, tcp->listeners.list[number].profile);
	return 0;
}

struct la_worker *la_stack_worker(struct la_stack *stack, unsigned int index)
{
	return index == 0 ? stack->worker : NULL;
}

struct la_stack *la_worker_stack(struct la_worker *worker)
{
	return worker->stack;
}

void la_stack_stop(struct la_stack *stack, uint64_t grace_us)
{
	struct la_worker *worker = stack->worker;

	if (worker->stop.asked)
		return;
	worker_read_clock(worker);
	for (int i = 0; i < (int)LISTENERS_MAX; i++)
		la_listen_end(stack, i);
	worker->stop =
		(struct worker_stop){ .asked = true, .deadline_us = worker->env.now_us + grace_us };
}

bool la_stack_stopped(const struct la_stack *stack)
{
	const struct tcp *tcp = &stack->worker->tcp;

	return tcp->conns.in_use == 0 && tcp->embryos.in_use == 0;
}
