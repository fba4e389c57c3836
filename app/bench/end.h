/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * end.h: one end of the connections that is a stack: how it is built and what it has used.
 */
#ifndef BENCH_END_H
#define BENCH_END_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "breaths.h"
#include "bursts.h"
#include "lastack.h"

#define END_COUNTERS_MAX 256U /**< of each kind: statistics, drops */

/* The network of the benchmark, RFC 2544's: clients from 198.18.0.1 on, servers in 198.19. */
#define END_CLIENT_ADDRESS 0xc6120001U
#define END_SERVER_ADDRESS 0xc6130001U
#define END_PREFIX 15U
#define END_SERVER_PORT 5001U
/** So many connections from one address to one port leave room to find a free one quickly. */
#define END_TUPLES_PER_PORT 24576U
#define END_ADDRESSES_MAX 64U
#define END_PORTS_MAX 256U
#define END_TEXT_BYTES 65536U

struct options;

struct end {
	const char *name; /**< "client", "server" */
	bool here;        /**< this end is a stack of ours, or was one until its end */
	struct la_stack *stack;
	struct la_worker *worker; /**< NULL: this end is no stack of ours */
	struct la_blob *text;     /**< END_TEXT_BYTES to send without a copy */
	struct breather breather;
	struct breaths breaths; /**< one writer: the lcore that polls it; relaxed */
	struct bursts bursts;   /**< of its port; the same writer */
	bool apart;             /**< polled by another lcore than the main one (atomic) */
	clockid_t cpu_clock;    /**< of that lcore's thread */
	uint64_t memory;        /**< bytes that the stack reserved */
};

/** Counters of an end at one moment. */
struct end_sample {
	struct breaths breaths;
	struct bursts bursts;
	uint64_t cpu_ns; /**< processor time of the thread that polls it; 0: the main one */
	struct la_usage usage;
	uint64_t stats[END_COUNTERS_MAX], drops[END_COUNTERS_MAX];
};

/** How many addresses and ports the connections of a run need to be told apart. */
struct end_tuples {
	uint32_t client_addresses, server_ports;
};
struct end_tuples end_tuples(const struct options *options);

/** A stack for this many connections, polled by this lcore, without ports yet. False with a
 * message.
 */
bool end_create(struct end *end, const char *name, const struct options *options,
		unsigned int lcore, struct la_error *err);
/** Called by an lcore of its own that polls the end from now on. */
void end_moves_in(struct end *end);
/** The client's addresses on this port of its stack. */
bool end_add_client_addresses(struct end *end, int port, const struct options *options,
			      struct la_error *err);
/** The server's address on this port of its stack, and its listeners. */
bool end_serve(struct end *end, int port, const struct options *options, void *service_data,
	       struct la_error *err);
/** One breath. */
static inline unsigned int end_breathe(struct end *end)
{
	return breaths_take(&end->breaths, &end->breather);
}
/** Any thread. */
void end_sample(const struct end *end, struct end_sample *out);
void end_destroy(struct end *end);

/** Sends of the end's text, attached and not copied, as much as there is room for, and asks to be
 *  called when there is more room. For an end whose test sends without end. */
void end_stream(const struct end *end, struct la_conn conn);

/** The endpoints of connection number slot. */
struct la_endpoint end_client_endpoint(const struct end_tuples *tuples, uint32_t slot);
struct la_endpoint end_server_endpoint(const struct end_tuples *tuples, uint32_t slot);

#endif
