/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * config: what a configuration file says, checked: every value is in range and nothing contradicts.
 *
 * Owns the tables of settings and the checks across them. Starts nothing; EAL need not be up.
 */
#ifndef LASTACK_CONFIG_H
#define LASTACK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "arena.h"
#include "document.h"
#include "lastack.h"
#include "settings.h"
#include "svc/svc.h"

enum config_service {
	CONFIG_SERVICE_NONE, /**< never after config_load() */
	CONFIG_SERVICE_ECHO,
	CONFIG_SERVICE_DISCARD,
	CONFIG_SERVICE_CHARGEN,
	CONFIG_SERVICE_HTTP,
};

struct config_port {
	int line;
	const char *name;              /**< of the ethdev */
	struct setting_list addresses; /**< of struct setting_prefix, at least one */
	struct la_addr gateway;        /**< all zero: none */
	int gateway_line;
	uint16_t mtu;
	uint16_t vlan;   /**< 0: none */
	uint16_t queues; /**< 0: one for each worker */
};

struct config_http {
	int line;         /**< 0: the section is absent */
	int content_line; /**< of body, size or root */
	int type_line;    /**< of content_type */
	struct svc_http_config svc;
};

struct config_listener {
	int line;
	struct la_addr address; /**< all zero: any */
	int address_line;
	uint16_t port;
	int service; /**< enum config_service */
	int close;   /**< enum svc_close */
	int close_line;
	struct config_http http;
	int options_line;
	int no_delay_line;
	int idle_line; /**< of idle_timeout */
	struct la_tcp_options options;
	struct la_limits limits;
};

struct config {
	struct setting_list eal;       /**< of const char * */
	struct setting_list ports;     /**< of struct config_port, at least one */
	struct setting_list listeners; /**< of struct config_listener, at least one */
	struct la_stack_config stack;  /**< its workers 0: as many as EAL has lcores */
	int workers_line;
	int tcp_line;
	int no_delay_line;
	int idle_line;
	struct la_tcp_options tcp; /**< where a listener says nothing else */
	uint64_t grace_us;
	uint64_t idle_sleep_us; /**< 0: workers poll without a pause */
	struct arena arena;
};

/** The defaults. */
void config_init(struct config *config);

/**
 * Reads and checks a file, HTTP roots included. Returns 0, or -1 and the message. config_free() in
 * either case.
 */
int config_load(const char *file, struct config *out, struct document_error *error);
void config_free(struct config *config);

/**
 * Reads and checks a listener from a text, as one of the file's would be, with what that says of
 * TCP. What it refers to lives in the arena, also after an error. Returns 0, or -1 and the message.
 */
int config_read_listener(const struct config *config, const char *text, struct arena *arena,
			 struct config_listener *out, struct document_error *error);

/** "echo", "http", ... Static string. */
const char *config_service_name(enum config_service service);

/** Prints all settings as Markdown, for docs/operating.md. */
void config_print_settings(FILE *out);

/** The checks across settings; part of config_load(). */
int config_check_listener(const struct config *config, const struct config_listener *listener,
			  const char *file, struct document_error *error);
int config_check(const struct config *config, const char *file, struct document_error *error);

#endif
