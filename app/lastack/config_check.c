/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * config_check: what no single setting can tell: that they fit together.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "config/limits.h"
#include "svc/http_limits.h"

/* What is checked, and where complaints go. */
struct check {
	const struct config *config;
	const char *file;
	struct document_error *error;
};

static const struct config_port *port_at(const struct config *config, uint32_t index)
{
	assert(index < config->ports.count);
	return (const struct config_port *)config->ports.items + index;
}

static const struct config_listener *listener_at(const struct config *config, uint32_t index)
{
	assert(index < config->listeners.count);
	return (const struct config_listener *)config->listeners.items + index;
}

static const struct setting_prefix *prefix_at(const struct config_port *port, uint32_t index)
{
	assert(index < port->addresses.count);
	return (const struct setting_prefix *)port->addresses.items + index;
}

/* ---- ports ----------------------------------------------------------------------------------- */

/* The first place, in the order of the file, where the address is ours; NULL: it is not. */
static const struct setting_prefix *find_address(const struct config *config,
						 const struct la_addr *addr)
{
	for (uint32_t p = 0; p < config->ports.count; p++) {
		const struct config_port *port = port_at(config, p);

		for (uint32_t i = 0; i < port->addresses.count; i++) {
			if (la_addr_equal(&prefix_at(port, i)->addr, addr))
				return prefix_at(port, i);
		}
	}
	return NULL;
}

static bool is_on_link(const struct config_port *port, const struct la_addr *addr)
{
	for (uint32_t i = 0; i < port->addresses.count; i++) {
		const struct setting_prefix *prefix = prefix_at(port, i);
		uint32_t differs = la_addr_to_ipv4(&prefix->addr) ^ la_addr_to_ipv4(addr);

		if (differs >> (32 - prefix->length) == 0)
			return true;
	}
	return false;
}

static int check_gateway(const struct check *check, uint32_t index)
{
	const struct config_port *port = port_at(check->config, index);
	char text[LA_ADDR_TEXT_SIZE];

	if (port->gateway_line == 0)
		return 0;
	la_addr_format(&port->gateway, text, sizeof(text));
	if (find_address(check->config, &port->gateway) != NULL)
		return document_complain(check->error, check->file, port->gateway_line,
					 "ports.gateway: %s is an address of our own; write that "
					 "of the router",
					 text);
	if (!is_on_link(port, &port->gateway))
		return document_complain(check->error, check->file, port->gateway_line,
					 "ports.gateway: %s is in no prefix of this port's "
					 "addresses; write a router that is on the link",
					 text);
	for (uint32_t i = 0; i < index; i++) {
		if (port_at(check->config, i)->gateway_line != 0)
			return document_complain(check->error, check->file, port->gateway_line,
						 "ports.gateway: there is one already, in line %d; "
						 "leave one",
						 port_at(check->config, i)->gateway_line);
	}
	return 0;
}

/* The network that a prefix names, in host order. */
static uint32_t network_of(const struct setting_prefix *prefix)
{
	assert(prefix->length >= 1 && prefix->length <= 32);
	return la_addr_to_ipv4(&prefix->addr) &
	       ~(uint32_t)(UINT32_MAX >> 1 >> (prefix->length - 1));
}

/* Whether an address of ours can stand beside another one's prefix. */
static int check_pair(const struct check *check, const struct setting_prefix *mine,
		      const struct setting_prefix *other, bool same_port)
{
	uint32_t host = la_addr_to_ipv4(&mine->addr) ^ network_of(other);
	uint32_t below = UINT32_MAX >> 1 >> (other->length - 1);
	char text[LA_ADDR_TEXT_SIZE], network[LA_ADDR_TEXT_SIZE];
	struct la_addr named = la_addr_from_ipv4(network_of(other));

	la_addr_format(&mine->addr, text, sizeof(text));
	la_addr_format(&named, network, sizeof(network));
	if (!same_port && mine->length == other->length && network_of(mine) == network_of(other))
		return document_complain(
			check->error, check->file, mine->line,
			"ports.addresses: %s/%u has the prefix of another port, in "
			"line %d; give each port a prefix of its own",
			text, mine->length, other->line);
	if (other->length < 31 && (host == 0 || host == below))
		return document_complain(
			check->error, check->file, mine->line,
			"ports.addresses: %s is the %s of %s/%u, in line %d; write "
			"an address that a host can have",
			text, host == 0 ? "network address" : "broadcast address", network,
			other->length, other->line);
	return 0;
}

/* An address against those of all ports, in both directions of the file. */
static int check_neighbours(const struct check *check, const struct config_port *port,
			    const struct setting_prefix *prefix)
{
	for (uint32_t p = 0; p < check->config->ports.count; p++) {
		const struct config_port *other = port_at(check->config, p);

		for (uint32_t i = 0; i < other->addresses.count; i++) {
			if (check_pair(check, prefix, prefix_at(other, i), port == other) != 0)
				return -1;
		}
	}
	return 0;
}

static int check_addresses(const struct check *check, const struct config_port *port)
{
	char text[LA_ADDR_TEXT_SIZE];

	for (uint32_t i = 0; i < port->addresses.count; i++) {
		const struct setting_prefix *prefix = prefix_at(port, i);
		const struct setting_prefix *first = find_address(check->config, &prefix->addr);

		if (first != prefix)
			return document_complain(
				check->error, check->file, prefix->line,
				"ports.addresses: %s is given twice, first in line %d; leave one",
				la_addr_format(&prefix->addr, text, sizeof(text)), first->line);
		if (check_neighbours(check, port, prefix) != 0)
			return -1;
	}
	return 0;
}

static int check_ports(const struct check *check)
{
	for (uint32_t i = 0; i < check->config->ports.count; i++) {
		const struct config_port *port = port_at(check->config, i);

		for (uint32_t j = 0; j < i; j++) {
			const struct config_port *before = port_at(check->config, j);

			if (strcmp(port->name, before->name) == 0)
				return document_complain(check->error, check->file, port->line,
							 "ports.name: %s is given twice, first in "
							 "line %d; give one port all addresses",
							 port->name, before->line);
		}
		if (check_addresses(check, port) != 0 || check_gateway(check, i) != 0)
			return -1;
	}
	return 0;
}

/* ---- TCP ------------------------------------------------------------------------------------- */

static int check_options(const struct check *check, const struct la_tcp_options *options, int line)
{
	if (options->rto_min_us > options->rto_max_us)
		return document_complain(check->error, check->file, line,
					 "rto_min is above rto_max; write rto_min <= rto_initial "
					 "<= rto_max");
	if (options->rto_initial_us < options->rto_min_us ||
	    options->rto_initial_us > options->rto_max_us)
		return document_complain(check->error, check->file, line,
					 "rto_initial is not between rto_min and rto_max; write "
					 "rto_min <= rto_initial <= rto_max");
	return 0;
}

/* ---- listeners ------------------------------------------------------------------------------- */

static int check_http(const struct check *check, const struct config_listener *listener)
{
	const struct svc_http_config *svc = &listener->http.svc;
	int contents = (svc->body != NULL) + (svc->size != 0) + (svc->root != NULL);
	struct la_error err;

	if (listener->http.line == 0)
		return document_complain(check->error, check->file, listener->line,
					 "listeners.http is missing; say what http serves, for "
					 "example http: {body: hello}");
	if (contents != 1)
		return document_complain(check->error, check->file, listener->http.line,
					 "listeners.http: %s; write exactly one of body, size and "
					 "root",
					 contents == 0 ? "there is nothing to serve"
						       : "there is more than one thing to serve");
	if (svc->root != NULL && svc->content_type != NULL)
		return document_complain(check->error, check->file, listener->http.line,
					 "listeners.http: content_type goes with body or size; "
					 "files have that of their extension, so leave it out");
	if (svc->content_type != NULL && !svc_http_is_content_type(svc->content_type))
		return document_complain(
			check->error, check->file, listener->http.type_line,
			"listeners.http.content_type: this is no media type; write "
			"1 to %u characters of visible ASCII, such as text/html",
			HTTP_CONTENT_TYPE_MAX);
	if (svc->root != NULL && svc_http_check_root(svc->root, svc->root_limit, &err) < 0)
		return document_complain(
			check->error, check->file, listener->http.content_line,
			"listeners.http.root: %s (below %.200s); write a directory "
			"with files that can be read",
			err.text, svc->root);
	return 0;
}

static int check_listener(const struct check *check, const struct config_listener *listener)
{
	const char *service = config_service_name((enum config_service)listener->service);
	char text[LA_ADDR_TEXT_SIZE];

	if (listener->address_line != 0 && find_address(check->config, &listener->address) == NULL)
		return document_complain(check->error, check->file, listener->address_line,
					 "listeners.address: %s is on no port; write one of the "
					 "ports' addresses, or leave it out to listen on all",
					 la_addr_format(&listener->address, text, sizeof(text)));
	if (listener->close_line != 0 && listener->service != CONFIG_SERVICE_ECHO)
		return document_complain(
			check->error, check->file, listener->close_line,
			"listeners.close: %s does not have it; leave it out%s", service,
			listener->service == CONFIG_SERVICE_HTTP
				? ", or write keep_alive: false in its http section"
				: "");
	if (listener->service == CONFIG_SERVICE_HTTP)
		return check_http(check, listener);
	if (listener->http.line != 0)
		return document_complain(check->error, check->file, listener->http.line,
					 "listeners.http: the service is %s; write service: http, "
					 "or leave this section out",
					 service);
	return 0;
}

static int check_listeners(const struct check *check)
{
	for (uint32_t i = 0; i < check->config->listeners.count; i++) {
		const struct config_listener *listener = listener_at(check->config, i);
		int line = listener->options_line != 0 ? listener->options_line : listener->line;

		for (uint32_t j = 0; j < i; j++) {
			const struct config_listener *before = listener_at(check->config, j);

			if (before->port == listener->port &&
			    la_addr_equal(&before->address, &listener->address))
				return document_complain(check->error, check->file, listener->line,
							 "listeners.port: %u is taken by the "
							 "listener in line %d; choose another port "
							 "or address",
							 listener->port, before->line);
		}
		if (check_listener(check, listener) != 0 ||
		    check_options(check, &listener->options, line) != 0)
			return -1;
	}
	return 0;
}

static int check_ephemeral(const struct check *check, int line)
{
	const struct la_stack_config *stack = &check->config->stack;
	unsigned int least = stack->ephemeral_first + EPHEMERAL_PORTS_MIN - 1;

	if (stack->ephemeral_last >= least)
		return 0;
	return document_complain(check->error, check->file, line,
				 "tcp.ephemeral_last: %u is too near to ephemeral_first, which is "
				 "%u; write %u or more, or a lower ephemeral_first",
				 stack->ephemeral_last, stack->ephemeral_first, least);
}

int config_check_listener(const struct config *config, const struct config_listener *listener,
			  const char *file, struct document_error *error)
{
	struct check check = { .config = config, .file = file, .error = error };
	int line = listener->options_line != 0 ? listener->options_line : listener->line;

	if (check_listener(&check, listener) != 0)
		return -1;
	return check_options(&check, &listener->options, line);
}

int config_check(const struct config *config, const char *file, struct document_error *error)
{
	struct check check = { .config = config, .file = file, .error = error };
	int tcp_line = config->tcp_line != 0 ? config->tcp_line : 1;

	if (check_ports(&check) != 0 || check_options(&check, &config->tcp, tcp_line) != 0 ||
	    check_ephemeral(&check, tcp_line) != 0)
		return -1;
	return check_listeners(&check);
}
