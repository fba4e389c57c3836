/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test.h: what a test is, and the list of all.
 *
 * A test is a constant structure in a file of its own, named in tests.c. Most tests drive
 * connections over a topology: they give the services of both ends, and begin() for one
 * transaction. A test that stands alone (a table, a wheel) gives run() and nothing else.
 */
#ifndef BENCH_TEST_H
#define BENCH_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lastack.h"
#include "topology.h"

struct bench;
struct json;

/** What passes between the ends; a peer that is no stack (stateless, null) goes by it. */
enum exchange {
	EXCHANGE_ALONE,    /**< nothing: the test stands alone */
	EXCHANGE_CONNECT,  /**< connect, close */
	EXCHANGE_ONE,      /**< connect, request, response, close */
	EXCHANGE_REQUESTS, /**< on standing connections: request, response, request ... */
	EXCHANGE_STREAM,   /**< on standing connections: text to the server, without end */
	EXCHANGE_MAERTS,   /**< on standing connections: text to the client, without end */
	EXCHANGE_IDLE,     /**< standing connections that are seldom touched */
	EXCHANGE_FLOOD,    /**< SYNs that nobody follows up */
	EXCHANGE_FRAMES,   /**< frames that are not for us */
};

/* Options that only some tests take: --connections is taken by all. */
#define TAKES_REQUEST (1U << 0)
#define TAKES_RESPONSE (1U << 1)
#define TAKES_RATE (1U << 2)
#define TAKES_CLOSER (1U << 3)
#define TAKES_MANY (1U << 4) /**< what matters where there are very many connections */

#define TAKES_FRAME (1U << 5) /**< --frame */
#define TAKES_NONE (1U << 6)  /**< --connections may be 0 */
#define TAKES_TURNS (1U << 7) /**< and nothing of time: as many turns as it needs */

/** What a transaction is. */
enum counts {
	COUNTS_TALLY,      /**< what the client counts in its tally */
	COUNTS_KIB_SERVER, /**< KiB of text that the server received in order */
	COUNTS_KIB_CLIENT, /**< KiB of text that the client received in order */
	COUNTS_FRAMES,     /**< frames that the server's port received */
};

struct test {
	const char *name;    /**< as given to --test */
	const char *summary; /**< one line of --help */
	const char *unit;    /**< what is counted, in the plural: "requests" */
	const char *unit_one;
	enum exchange exchange;
	enum counts counts;
	uint32_t takes;      /**< TAKES_* */
	uint32_t topologies; /**< ON(...) of those it runs on; 0: it stands alone */
	/** Where the command line is silent. */
	struct {
		uint32_t connections, request, response;
	} defaults;
	/** Connections are opened before the measurement begins and stay. */
	bool standing;
	const struct la_service *client, *server; /**< their data is the struct bench */
	/** One transaction of this slot of the load, at the time that the slot says. */
	void (*begin)(struct bench *bench, uint32_t slot);
	/** Between two breaths: whether a transaction is over, where that has to be looked for;
	 *  NULL: nowhere. */
	void (*look)(struct bench *bench);
	/** Adds figures of its own to bench->extras when all is measured; NULL: it has none. */
	void (*tell)(struct bench *bench);
	/** Of a test that stands alone: all of it; its figures go to bench->extras, what is to be
	 *  doubted to bench->doubts. False: it failed, and said why.
	 */
	bool (*run)(struct bench *bench);
};

/** All tests; ends with NULL. */
const struct test *const *tests_all(void);
/** The test of this name, in any case of letters; NULL. */
const struct test *tests_find(const char *name);

extern const struct test test_idle, test_lookup, test_null, test_ports, test_syn_flood, test_tcp_cc,
	test_tcp_crr, test_tcp_maerts, test_tcp_rr, test_tcp_stream, test_timer;

#endif
