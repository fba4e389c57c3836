/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options.h: the command line behind `--`, checked: what is here makes sense together.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "stateless_frame.h"
#include "test.h"
#include "topology.h"

enum closer {
	CLOSER_CLIENT,
	CLOSER_SERVER,
};

/** Which end the topology port has. */
enum role {
	ROLE_CLIENT,
	ROLE_SERVER,
};

struct options {
	bool help, version;
	bool interactive;
	const struct test *test;
	const struct topology *topology; /**< NULL: the test stands alone */
	uint32_t connections;            /**< open at a time */
	uint32_t request, response;      /**< bytes */
	uint32_t frame;                  /**< bytes of the null driver's frames */
	uint16_t mtu;                    /**< of the ports */
	uint32_t mbuf_size;              /**< bytes, headroom included */
	struct stateless_offer offer;    /**< of a peer that is no stack */
	uint64_t rate;                   /**< transactions per second to begin; 0: as many as go */
	uint64_t duration_us, warmup_us;
	uint64_t period_us;  /**< between lines while it runs; 0: none */
	uint32_t time_waits; /**< TIME-WAIT records of each end */
	enum closer closer;
	enum role role;
	const char *json; /**< path; NULL: none */
	uint64_t msl_us;  /**< TIME-WAIT lasts twice as long */
	bool active;      /**< the stack opens, to stateless peers */
	bool notebook;    /**< the stateless peer notes four bytes a connection */
};

/** Reads argv[0 .. count), the words behind `--`. False: a message went to stderr. */
bool options_parse(struct options *options, int count, char **words);

/** False: the option of this name stands alone. */
bool options_has_value(const char *name);

/** What --help prints. */
void options_help(FILE *out);

#endif
