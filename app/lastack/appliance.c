/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * appliance: see appliance.h.
 */
#include "appliance.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "crew.h"
#include "units.h"

#define OPENED_MAX 64U /* HTTP services of listeners that were opened while workers ran */

/* Connections may outlive their listener: what they need stays to the end. */
struct opened {
	struct svc_http *http;
	struct arena arena; /* of its configuration */
};

struct appliance {
	const struct config *config;
	const char *file;
	struct la_stack_config stack_config; /* that of the file, with what EAL decides */
	struct la_stack *stack;
	struct crew crew;
	struct svc_echo_config echo[2]; /* by who closes first */
	struct svc_http **https;        /* as many as listeners; NULL where it is another service */
	struct svc_chargen *chargen;    /* one for all */
	struct opened opened[OPENED_MAX];
	unsigned int opened_count;
	bool telemetry;
};

static const struct config_port *port_at(const struct appliance *appliance, uint32_t index)
{
	assert(index < appliance->config->ports.count);
	return (const struct config_port *)appliance->config->ports.items + index;
}

static const struct config_listener *listener_at(const struct appliance *appliance, uint32_t index)
{
	assert(index < appliance->config->listeners.count);
	return (const struct config_listener *)appliance->config->listeners.items + index;
}

/* A message that names the line of the configuration; false, for the caller to pass on. */
static bool complain(const struct appliance *appliance, int line, const char *text)
{
	assert(text[0] != '\0');
	fprintf(stderr, "%s:%d: %s\n", appliance->file, line, text);
	return false;
}

/* ---- ports ----------------------------------------------------------------------------------- */

static bool add_addresses(struct appliance *appliance, const struct config_port *config, int port)
{
	const struct la_addr all = la_addr_from_ipv4(0);
	struct la_error err;

	for (uint32_t i = 0; i < config->addresses.count; i++) {
		const struct setting_prefix *prefix =
			(const struct setting_prefix *)config->addresses.items + i;

		if (la_address_add(appliance->stack, port, &prefix->addr, prefix->length, &err) < 0)
			return complain(appliance, prefix->line, err.text);
	}
	if (config->gateway_line != 0 &&
	    la_route_add(appliance->stack, port, &all, 0, &config->gateway, &err) < 0)
		return complain(appliance, config->gateway_line, err.text);
	return true;
}

/* A port on another NUMA node works, but every frame crosses the interconnect: worth a word. */
static void report_nodes(const struct appliance *appliance, const struct config_port *config,
			 uint16_t ethdev)
{
	int port_node = rte_eth_dev_socket_id(ethdev);

	for (unsigned int i = 0; port_node >= 0 && i < appliance->crew.count; i++) {
		unsigned int lcore = appliance->crew.lcores[i];
		int node = (int)rte_lcore_to_socket_id(lcore);

		if (node != port_node)
			fprintf(stderr,
				"lastack: port %s is on NUMA node %d and worker %u, lcore %u, on "
				"node %d: choose lcores of node %d (EAL's -l)\n",
				config->name, port_node, i, lcore, node, port_node);
	}
}

/* Who has no queue works all the same, through those who have: worth a word, too. */
static void report_queues(const struct appliance *appliance, const struct config_port *config,
			  int port)
{
	unsigned int workers = appliance->crew.count;
	struct la_port_info info;

	la_port_info(appliance->stack, port, &info);
	if (info.queues < workers)
		fprintf(stderr,
			"lastack: port %s has %u queue pair%s for %u workers: from number %u on "
			"they receive and send through the others\n",
			config->name, info.queues, info.queues == 1 ? "" : "s", workers,
			info.queues);
}

static bool add_port(struct appliance *appliance, const struct config_port *config)
{
	const struct la_port_config port_config = {
		.name = config->name,
		.mtu = config->mtu,
		.vlan = config->vlan,
		.queues = config->queues,
	};
	struct la_error err;
	char text[400];
	uint16_t ethdev;
	int port;

	if (rte_eth_dev_get_port_by_name(config->name, &ethdev) != 0) {
		snprintf(text, sizeof(text),
			 "ports.name: there is no ethdev %.100s; make it with an EAL argument such "
			 "as --vdev=net_tap0, or bind the device to vfio-pci",
			 config->name);
		return complain(appliance, config->line, text);
	}
	port = la_port_add_ethdev(appliance->stack, ethdev, &port_config, &err);
	if (port < 0)
		return complain(appliance, config->line, err.text);
	report_nodes(appliance, config, ethdev);
	report_queues(appliance, config, port);
	return add_addresses(appliance, config, port);
}

/* ---- listeners ------------------------------------------------------------------------------- */

/* A service and its data. */
struct serving {
	const struct la_service *service;
	void *data;
};

/* What a listener's service is; one of HTTP is left at *http. 0 or -errno and a sentence. */
static int make_service(struct appliance *appliance, const struct config_listener *listener,
			struct svc_http **http, struct serving *out, struct la_error *err)
{
	int result = 0;

	switch ((enum config_service)listener->service) {
	case CONFIG_SERVICE_ECHO:
		*out = (struct serving){ svc_echo(), &appliance->echo[listener->close] };
		return 0;
	case CONFIG_SERVICE_DISCARD:
		*out = (struct serving){ svc_discard(), NULL };
		return 0;
	case CONFIG_SERVICE_CHARGEN:
		if (appliance->chargen == NULL)
			result = svc_chargen_create(appliance->stack, &appliance->chargen, err);
		*out = (struct serving){ svc_chargen(), appliance->chargen };
		return result;
	case CONFIG_SERVICE_HTTP:
		result = svc_http_create(appliance->stack, &listener->http.svc, http, err);
		*out = (struct serving){ svc_http(), *http };
		return result;
	case CONFIG_SERVICE_NONE:
		break;
	}
	abort();
}

/* The listener's number, or -errno and a sentence. */
static int open_listener(struct appliance *appliance, const struct config_listener *listener,
			 struct svc_http **http, struct la_error *err)
{
	const struct la_endpoint local = { .addr = listener->address, .port = listener->port };
	struct la_tcp_options options = listener->options;
	struct serving serving;
	int number = make_service(appliance, listener, http, &serving, err);
	int limited;

	if (number != 0)
		return number;
	if (listener->service == CONFIG_SERVICE_HTTP)
		options.idle_timeout_us = svc_http_first_idle_us(&listener->http.svc);
	number = la_listen(appliance->stack, &local, serving.service, serving.data, &options, err);
	if (number < 0)
		return number;
	limited = la_listener_set_limits(appliance->stack, number, &listener->limits);
	if (limited == 0)
		return number;
	la_listen_end(appliance->stack, number);
	snprintf(err->text, sizeof(err->text), "its limits could not be set: %s",
		 strerror(-limited));
	return limited;
}

static bool add_listener(struct appliance *appliance, uint32_t index)
{
	const struct config_listener *listener = listener_at(appliance, index);
	bool is_http = listener->service == CONFIG_SERVICE_HTTP;
	struct la_error err;

	if (open_listener(appliance, listener, &appliance->https[index], &err) < 0)
		return complain(appliance,
				is_http && appliance->https[index] == NULL ? listener->http.line
									   : listener->line,
				err.text);
	return true;
}

/* ---- listeners opened while workers run ------------------------------------------------------ */

/* True if no worker had it open, so that no connection can name its service. */
static bool was_never_open(int result)
{
	return result != -EIO && result != -ETIMEDOUT;
}

static void opened_free(struct opened *opened)
{
	svc_http_free(opened->http);
	arena_free(&opened->arena);
	*opened = (struct opened){ .http = NULL };
}

/* For la_telemetry_listen(): a thread of DPDK's, one call at a time. */
static int open_on_demand(void *ctx, const char *text, struct la_error *err)
{
	struct appliance *appliance = ctx;
	struct opened spare = { .http = NULL };
	struct config_listener listener;
	struct document_error error;
	int number;

	if (config_read_listener(appliance->config, text, &spare.arena, &listener, &error) != 0) {
		const char *what = strstr(error.text, ": ");

		snprintf(err->text, sizeof(err->text), "%.250s",
			 what != NULL ? what + 2 : error.text);
		arena_free(&spare.arena);
		return -EINVAL;
	}
	if (listener.service == CONFIG_SERVICE_HTTP && appliance->opened_count == OPENED_MAX) {
		snprintf(err->text, sizeof(err->text),
			 "%u listeners of http were opened while it runs, and what they served is "
			 "kept: start it anew with those that are needed",
			 OPENED_MAX);
		arena_free(&spare.arena);
		return -ENOSPC;
	}
	number = open_listener(appliance, &listener, &spare.http, err);
	if (spare.http == NULL || (number < 0 && was_never_open(number))) {
		svc_http_unload(spare.http);
		opened_free(&spare);
	} else {
		appliance->opened[appliance->opened_count++] = spare;
	}
	return number;
}

/* ---- the summary ----------------------------------------------------------------------------- */

/* How what arrives comes to its worker. */
static void print_spread(const struct appliance *appliance, uint32_t index)
{
	struct la_port_info info;

	la_port_info(appliance->stack, (int)index, &info);
	printf(", %u queue pair%s", info.queues, info.queues == 1 ? "" : "s");
	if (appliance->crew.count > 1)
		printf(", spread by the %s", info.spreads ? "port" : "workers");
}

static void print_port(const struct appliance *appliance, uint32_t index)
{
	const struct config_port *port = port_at(appliance, index);
	struct rte_ether_addr mac = { 0 };
	char text[LA_ADDR_TEXT_SIZE];
	uint16_t ethdev;

	if (rte_eth_dev_get_port_by_name(port->name, &ethdev) == 0)
		rte_eth_macaddr_get(ethdev, &mac);
	printf("port %s: " RTE_ETHER_ADDR_PRT_FMT ", mtu %u", port->name,
	       RTE_ETHER_ADDR_BYTES(&mac), port->mtu);
	if (port->vlan != 0)
		printf(", vlan %u", port->vlan);
	for (uint32_t i = 0; i < port->addresses.count; i++) {
		const struct setting_prefix *prefix =
			(const struct setting_prefix *)port->addresses.items + i;

		printf(", %s/%u", la_addr_format(&prefix->addr, text, sizeof(text)),
		       prefix->length);
	}
	if (port->gateway_line != 0)
		printf(", gateway %s", la_addr_format(&port->gateway, text, sizeof(text)));
	print_spread(appliance, index);
	printf("\n");
}

static void print_listener(const struct appliance *appliance, uint32_t index)
{
	const struct config_listener *listener = listener_at(appliance, index);
	const struct svc_http_config *http = &listener->http.svc;
	char text[LA_ADDR_TEXT_SIZE], size[UNITS_TEXT_SIZE];

	printf("listener %s:%u: %s",
	       listener->address_line != 0 ? la_addr_format(&listener->address, text, sizeof(text))
					   : "*",
	       listener->port, config_service_name((enum config_service)listener->service));
	if (listener->service == CONFIG_SERVICE_HTTP) {
		if (http->root != NULL)
			printf(", %" PRIu32 " files below %s",
			       svc_http_files(appliance->https[index]), http->root);
		else if (http->body != NULL)
			printf(", a body of %zu bytes", strlen(http->body));
		else
			printf(", a body of %s", units_format_size(http->size, size));
	}
	printf("\n");
}

/* Before anything is reserved, so that who sees it fail knows how much it was. */
static void print_plan(const struct appliance *appliance)
{
	const struct la_stack_config *config = &appliance->stack_config;
	uint64_t memory = la_stack_memory(config);
	char lcores[8 * LA_WORKERS_MAX];
	struct la_error list;

	printf("lastack %s\n", la_version());
	printf("workers: %u, on %s\n", config->workers,
	       crew_format_lcores(&appliance->crew, lcores, sizeof(lcores)));
	printf("memory: %" PRIu64 ".%" PRIu64 " MiB for %" PRIu64 " connections", memory >> 20,
	       (memory & 0xfffff) * 10 >> 20, (uint64_t)config->workers * config->max_connections);
	if (config->workers > 1)
		printf(", %" PRIu32 " on each worker", config->max_connections);
	la_stack_memory_list(config, &list);
	printf(": %s\n", list.text);
	fflush(stdout);
}

static void print_summary(const struct appliance *appliance)
{
	for (uint32_t i = 0; i < appliance->config->ports.count; i++)
		print_port(appliance, i);
	for (uint32_t i = 0; i < appliance->config->listeners.count; i++)
		print_listener(appliance, i);
	printf("ready\n");
	fflush(stdout);
}

/* ---- start ----------------------------------------------------------------------------------- */

/* The workers, and the lcores that they are on. */
static bool choose_workers(struct appliance *appliance)
{
	const struct config *config = appliance->config;
	char text[200];

	appliance->stack_config = config->stack;
	if (!crew_choose(&appliance->crew, config->stack.workers)) {
		snprintf(text, sizeof(text),
			 "workers: %u are asked for and EAL has %u lcore%s; give it more (-l or "
			 "--lcores in the section eal) or lower workers",
			 config->stack.workers, rte_lcore_count(),
			 rte_lcore_count() == 1 ? "" : "s");
		return complain(appliance, config->workers_line, text);
	}
	appliance->stack_config.workers = appliance->crew.count;
	appliance->stack_config.lcores = appliance->crew.lcores;
	appliance->crew.idle_sleep_us = config->idle_sleep_us;
	return true;
}

static bool build(struct appliance *appliance)
{
	const struct config *config = appliance->config;
	struct la_error err;

	if (!choose_workers(appliance))
		return false;
	print_plan(appliance);
	if (la_stack_create(&appliance->stack_config, &appliance->stack, &err) != 0) {
		fprintf(stderr, "%s: %s\n", appliance->file, err.text);
		return false;
	}
	appliance->crew.stack = appliance->stack;
	for (uint32_t i = 0; i < config->ports.count; i++) {
		if (!add_port(appliance, port_at(appliance, i)))
			return false;
	}
	for (uint32_t i = 0; i < config->listeners.count; i++) {
		if (!add_listener(appliance, i))
			return false;
	}
	/* The stack works without being looked into; EAL's --no-telemetry is a choice. */
	appliance->telemetry = la_telemetry_start(appliance->stack, &err) == 0;
	if (appliance->telemetry)
		la_telemetry_listen(appliance->stack, open_on_demand, appliance);
	else
		fprintf(stderr, "lastack: lastackctl will see nothing: %s\n", err.text);
	return true;
}

struct appliance *appliance_start(const struct config *config, const char *file)
{
	struct appliance *appliance = calloc(1, sizeof(*appliance));
	uint32_t listeners = config->listeners.count;

	if (appliance != NULL) {
		appliance->config = config;
		appliance->file = file;
		appliance->echo[SVC_CLOSE_SERVER].close = SVC_CLOSE_SERVER;
		appliance->https = calloc(listeners, sizeof(struct svc_http *));
	}
	if (appliance == NULL || appliance->https == NULL) {
		fprintf(stderr, "lastack: no memory for %" PRIu32 " listeners\n", listeners);
		appliance_free(appliance);
		return NULL;
	}
	if (!build(appliance)) {
		appliance_free(appliance);
		return NULL;
	}
	print_summary(appliance);
	return appliance;
}

/* ---- run and free --------------------------------------------------------------------------- */

bool appliance_run(struct appliance *appliance, unsigned int (*stops)(void))
{
	return crew_work(&appliance->crew, appliance->config->grace_us, stops);
}

void appliance_free(struct appliance *appliance)
{
	uint32_t listeners;

	if (appliance == NULL)
		return;
	listeners = appliance->config->listeners.count;
	if (appliance->telemetry)
		la_telemetry_stop(appliance->stack);
	/* Blobs before the stack, whose memory they are in; the rest after it, since it may still
	 * name the services. */
	svc_chargen_unload(appliance->chargen);
	for (uint32_t i = 0; appliance->https != NULL && i < listeners; i++)
		svc_http_unload(appliance->https[i]);
	for (unsigned int i = 0; i < appliance->opened_count; i++)
		svc_http_unload(appliance->opened[i].http);
	la_stack_destroy(appliance->stack);
	svc_chargen_free(appliance->chargen);
	for (uint32_t i = 0; appliance->https != NULL && i < listeners; i++)
		svc_http_free(appliance->https[i]);
	for (unsigned int i = 0; i < appliance->opened_count; i++)
		opened_free(&appliance->opened[i]);
	free(appliance->https);
	free(appliance);
}
