/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * appliance: see appliance.h.
 */
#include "appliance.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "units.h"

#define STOP_MARGIN_US 2000000U /* for resets to leave after the grace period */
#define IDLE_BREATHS 64U        /* breaths with nothing to do before the worker may sleep */

struct appliance {
	const struct config *config;
	const char *file;
	struct la_stack *stack;
	struct la_worker *worker;
	struct svc_echo_config *echo; /* as many as listeners; those of echo are used */
	struct svc_http **https;      /* as many as listeners; NULL where it is another service */
	struct svc_chargen *chargen;  /* one for all */
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
static void report_node(const struct config_port *config, uint16_t ethdev)
{
	int port_node = rte_eth_dev_socket_id(ethdev);
	int worker_node = (int)rte_socket_id();

	if (port_node >= 0 && port_node != worker_node)
		fprintf(stderr,
			"lastack: port %s is on NUMA node %d and its worker, lcore %u, on node %d: "
			"choose an lcore of node %d (EAL's -l)\n",
			config->name, port_node, rte_lcore_id(), worker_node, port_node);
}

static bool add_port(struct appliance *appliance, const struct config_port *config)
{
	const struct la_port_config port_config = {
		.name = config->name,
		.mtu = config->mtu,
		.vlan = config->vlan,
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
	report_node(config, ethdev);
	return add_addresses(appliance, config, port);
}

/* ---- listeners ------------------------------------------------------------------------------- */

/* What a listener's service is, and its data. */
static bool make_service(struct appliance *appliance, uint32_t index,
			 const struct la_service **service, void **data)
{
	const struct config_listener *listener = listener_at(appliance, index);
	struct la_error err;

	*data = NULL;
	*service = NULL;
	switch ((enum config_service)listener->service) {
	case CONFIG_SERVICE_ECHO:
		appliance->echo[index].close = (enum svc_close)listener->close;
		*data = &appliance->echo[index];
		*service = svc_echo();
		return true;
	case CONFIG_SERVICE_DISCARD:
		*service = svc_discard();
		return true;
	case CONFIG_SERVICE_CHARGEN:
		if (appliance->chargen == NULL &&
		    svc_chargen_create(appliance->stack, &appliance->chargen, &err) != 0)
			return complain(appliance, listener->line, err.text);
		*data = appliance->chargen;
		*service = svc_chargen();
		return true;
	case CONFIG_SERVICE_HTTP:
		if (svc_http_create(appliance->stack, &listener->http.svc, &appliance->https[index],
				    &err) != 0)
			return complain(appliance, listener->http.line, err.text);
		*data = appliance->https[index];
		*service = svc_http();
		return true;
	case CONFIG_SERVICE_NONE:
		break;
	}
	abort();
}

static bool add_listener(struct appliance *appliance, uint32_t index)
{
	const struct config_listener *listener = listener_at(appliance, index);
	const struct la_endpoint local = { .addr = listener->address, .port = listener->port };
	struct la_tcp_options options = listener->options;
	const struct la_service *service;
	struct la_error err;
	void *data;

	if (!make_service(appliance, index, &service, &data))
		return false;
	if (listener->service == CONFIG_SERVICE_HTTP)
		options.idle_timeout_us = svc_http_first_idle_us(&listener->http.svc);
	if (la_listen(appliance->stack, &local, service, data, &options, &err) < 0)
		return complain(appliance, listener->line, err.text);
	return true;
}

/* ---- the summary ----------------------------------------------------------------------------- */

static void print_port(const struct config_port *port)
{
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

/* Before it is taken, so that it can be seen when it cannot be had. */
static void print_beginning(const struct la_stack_config *config)
{
	uint64_t memory = la_stack_memory(config);
	struct la_error list;

	la_stack_memory_list(config, &list);
	printf("lastack %s\n", la_version());
	printf("memory: %" PRIu64 ".%" PRIu64 " MiB for %" PRIu32 " connections: %s\n",
	       memory >> 20, (memory & 0xfffff) * 10 >> 20, config->max_connections, list.text);
	fflush(stdout);
}

static void print_summary(const struct appliance *appliance)
{
	for (uint32_t i = 0; i < appliance->config->ports.count; i++)
		print_port(port_at(appliance, i));
	for (uint32_t i = 0; i < appliance->config->listeners.count; i++)
		print_listener(appliance, i);
	printf("ready\n");
	fflush(stdout);
}

/* ---- start ----------------------------------------------------------------------------------- */

static bool build(struct appliance *appliance)
{
	const struct config *config = appliance->config;
	struct la_error err;

	print_beginning(&config->stack);
	if (la_stack_create(&config->stack, &appliance->stack, &err) != 0) {
		fprintf(stderr, "%s: %s\n", appliance->file, err.text);
		return false;
	}
	appliance->worker = la_stack_worker(appliance->stack, 0);
	assert(appliance->worker != NULL);
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
	if (!appliance->telemetry)
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
		appliance->echo = calloc(listeners, sizeof(*appliance->echo));
		appliance->https = calloc(listeners, sizeof(struct svc_http *));
	}
	if (appliance == NULL || appliance->echo == NULL || appliance->https == NULL) {
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

/* ---- run ------------------------------------------------------------------------------------- */

/* Sleeps only when breath after breath had nothing to do, and then no longer than the settings and
 * the next timer allow. The system call is made here: a worker makes none. */
static void rest(const struct appliance *appliance, unsigned int idle)
{
	uint64_t sleep_us = appliance->config->idle_sleep_us;
	uint64_t now = la_worker_now_us(appliance->worker);
	uint64_t next = la_worker_next_event_us(appliance->worker);
	struct timespec pause = { 0 };

	if (sleep_us == 0 || idle < IDLE_BREATHS || next <= now)
		return;
	if (next - now < sleep_us)
		sleep_us = next - now;
	pause.tv_nsec = (long)(sleep_us * 1000);
	nanosleep(&pause, NULL);
}

/* One breath, and a rest when it was one of many idle ones. */
static void breathe(struct appliance *appliance, unsigned int *idle)
{
	if (la_worker_poll(appliance->worker) != 0)
		*idle = 0;
	else if (*idle < IDLE_BREATHS)
		*idle += 1;
	rest(appliance, *idle);
}

bool appliance_run(struct appliance *appliance, unsigned int (*stops)(void))
{
	const uint64_t grace_us = appliance->config->grace_us;
	unsigned int idle = 0;
	uint64_t limit;

	while (stops() == 0)
		breathe(appliance, &idle);

	printf("stopping\n");
	fflush(stdout);
	la_stack_stop(appliance->stack, grace_us);
	limit = la_worker_now_us(appliance->worker) + grace_us + STOP_MARGIN_US;
	while (!la_stack_stopped(appliance->stack) && stops() < 2 &&
	       la_worker_now_us(appliance->worker) < limit)
		breathe(appliance, &idle);
	/* What the last breath decided to send leaves with this one. */
	la_worker_poll(appliance->worker);
	if (la_stack_stopped(appliance->stack))
		return true;
	fprintf(stderr, "lastack: connections are left that were not told of the end\n");
	return false;
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
	la_stack_destroy(appliance->stack);
	svc_chargen_free(appliance->chargen);
	for (uint32_t i = 0; appliance->https != NULL && i < listeners; i++)
		svc_http_free(appliance->https[i]);
	free(appliance->https);
	free(appliance->echo);
	free(appliance);
}
