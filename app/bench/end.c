/* SPDX-License-Identifier: BSD-3-Clause */
#include "end.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "options.h"

#define SPARE_CONNECTIONS 1024U /* those that are just closing, and those that just came */
#define MBUFS_LEAST 32768U
#define MBUFS_MOST 65536U
#define MBUFS_PER_CONNECTION 4U
#define FLIGHTS_MOST 131072U /* transactions under way are bounded, what rests needs none */
#define EMBRYOS_MOST 32768U

struct end_tuples end_tuples(const struct options *options)
{
	uint64_t tuples = (uint64_t)options->connections;
	struct end_tuples out = { 1, 1 };

	/* Those in TIME-WAIT keep their port. */
	if ((options->test->takes & TAKES_CLOSER) != 0)
		tuples += options->time_waits;
	tuples = (tuples + END_TUPLES_PER_PORT - 1) / END_TUPLES_PER_PORT;
	while ((uint64_t)out.client_addresses * out.server_ports < tuples) {
		if (out.client_addresses < END_ADDRESSES_MAX)
			out.client_addresses++;
		else if (out.server_ports < END_PORTS_MAX)
			out.server_ports++;
		else
			break;
	}
	return out;
}

struct la_endpoint end_client_endpoint(const struct end_tuples *tuples, uint32_t slot)
{
	uint32_t number = slot % tuples->client_addresses;

	return (struct la_endpoint){ .addr = la_addr_from_ipv4(END_CLIENT_ADDRESS + number) };
}

struct la_endpoint end_server_endpoint(const struct end_tuples *tuples, uint32_t slot)
{
	uint32_t number = slot / tuples->client_addresses % tuples->server_ports;

	return (struct la_endpoint){ .addr = la_addr_from_ipv4(END_SERVER_ADDRESS),
				     .port = (uint16_t)(END_SERVER_PORT + number) };
}

static uint32_t mbufs_for(const struct options *options)
{
	uint64_t mbufs = (uint64_t)options->connections * MBUFS_PER_CONNECTION;

	if (mbufs < MBUFS_LEAST)
		return MBUFS_LEAST;
	return mbufs < MBUFS_MOST ? (uint32_t)mbufs : MBUFS_MOST;
}

bool end_create(struct end *end, const char *name, const struct options *options,
		unsigned int lcore, struct la_error *err)
{
	static const char text[END_TEXT_BYTES];
	struct la_stack_config config;

	assert(la_stat_count() <= END_COUNTERS_MAX && la_drop_count() <= END_COUNTERS_MAX);
	*end = (struct end){ .name = name };
	la_stack_config_init(&config);
	config.name = name;
	config.lcores = &lcore;
	config.max_connections = options->connections + SPARE_CONNECTIONS;
	config.max_flights = RTE_MIN(config.max_connections, FLIGHTS_MOST);
	config.max_embryos = RTE_MIN(config.max_connections, EMBRYOS_MOST);
	config.max_time_waits = options->time_waits;
	config.mbufs = mbufs_for(options);
	config.mbuf_size = options->mbuf_size;
	end->memory = la_stack_memory(&config);
	if (la_stack_create(&config, &end->stack, err) != 0)
		return false;
	end->here = true;
	end->worker = la_stack_worker(end->stack, 0);
	breather_init(&end->breather, end->worker);
	end->text = la_blob_create(end->stack, text, sizeof(text));
	if (end->text == NULL)
		snprintf(err->text, sizeof(err->text), "no memory for the text of the %s", name);
	return end->text != NULL;
}

bool end_add_client_addresses(struct end *end, int port, const struct options *options,
			      struct la_error *err)
{
	struct end_tuples tuples = end_tuples(options);

	for (uint32_t i = 0; i < tuples.client_addresses; i++) {
		struct la_endpoint endpoint = end_client_endpoint(&tuples, i);

		if (la_address_add(end->stack, port, &endpoint.addr, END_PREFIX, err) < 0)
			return false;
	}
	return true;
}

bool end_serve(struct end *end, int port, const struct options *options, void *service_data,
	       struct la_error *err)
{
	struct end_tuples tuples = end_tuples(options);
	struct la_endpoint endpoint = end_server_endpoint(&tuples, 0);

	if (la_address_add(end->stack, port, &endpoint.addr, END_PREFIX, err) < 0)
		return false;
	for (uint32_t i = 0; i < tuples.server_ports; i++) {
		endpoint.port = (uint16_t)(END_SERVER_PORT + i);
		if (la_listen(end->stack, &endpoint, options->test->server, service_data, NULL,
			      err) < 0)
			return false;
	}
	return true;
}

void end_moves_in(struct end *end)
{
	if (pthread_getcpuclockid(pthread_self(), &end->cpu_clock) == 0)
		__atomic_store_n(&end->apart, true, __ATOMIC_RELEASE);
}

static uint64_t cpu_time(const struct end *end)
{
	struct timespec now;

	if (!__atomic_load_n(&end->apart, __ATOMIC_ACQUIRE) ||
	    clock_gettime(end->cpu_clock, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void end_sample(const struct end *end, struct end_sample *out)
{
	memset(out, 0, sizeof(*out));
	if (end->worker == NULL)
		return;
	breaths_read(&end->breaths, &out->breaths);
	bursts_read(&end->bursts, &out->bursts);
	out->cpu_ns = cpu_time(end);
	la_worker_usage(end->worker, &out->usage);
	for (unsigned int i = 0; i < la_stat_count(); i++)
		out->stats[i] = la_worker_stat(end->worker, i);
	for (unsigned int i = 0; i < la_drop_count(); i++)
		out->drops[i] = la_worker_drop(end->worker, i);
}

void end_stream(const struct end *end, struct la_conn conn)
{
	ssize_t taken;

	/* Bounded by the send buffer. */
	do {
		taken = la_send_blob(end->worker, conn, end->text, 0, END_TEXT_BYTES, 0);
	} while (taken == END_TEXT_BYTES);
	if (taken >= 0)
		la_send_ask(end->worker, conn);
}

void end_destroy(struct end *end)
{
	la_blob_release(end->text);
	end->text = NULL;
	la_stack_destroy(end->stack);
	end->stack = NULL;
	end->worker = NULL;
}
