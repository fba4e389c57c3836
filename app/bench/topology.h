/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * topology.h: what a topology is, and the list of all.
 *
 * A topology says where the two ends of the connections are. It builds them, gives each lcore its
 * breaths, and tells what got lost on the way. It is a constant structure in a file of its own,
 * named in topologies.c.
 */
#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

struct bench;
struct la_error;

/** Bit of a topology, for struct test. */
enum topology_kind {
	TOPOLOGY_SELF,
	TOPOLOGY_PAIR,
	TOPOLOGY_STATELESS,
	TOPOLOGY_NULL,
	TOPOLOGY_PORT,
};
#define ON(kind) (1U << TOPOLOGY_##kind)

struct topology {
	const char *name;    /**< as given to --topology */
	const char *summary; /**< one line of --help */
	enum topology_kind kind;
	/** Devices keep some of the worker's packet buffers as long as they are there. */
	bool holds_buffers;
	/** Builds the ends (bench->client, bench->server; an end that is elsewhere stays empty) and
	 *  what joins them. False with a message. What was built before a failure goes with
	 *  destroy(). */
	bool (*create)(struct bench *bench, struct la_error *err);
	/** One turn of this lcore: a breath of each end that it has. */
	void (*breathe)(struct bench *bench);
	/** Where the client is no stack: opens and begins what the load asks for, in its stead.
	 * NULL where the client is a stack. */
	void (*begin)(struct bench *bench, uint32_t slot);
	/** Where the peer begins everything of its own accord, and there are no slots: opens the
	 *  standing connections, and begins the transactions. NULL elsewhere. */
	void (*fill)(struct bench *bench);
	void (*start)(struct bench *bench);
	/** Frames that the topology itself lost so far: no measurement may have any. */
	uint64_t (*lost)(const struct bench *bench);
	void (*destroy)(struct bench *bench);
};

/** All topologies; ends with NULL. */
const struct topology *const *topologies_all(void);
/** The topology of this name; NULL. */
const struct topology *topologies_find(const char *name);

extern const struct topology topology_self, topology_pair, topology_null, topology_port,
	topology_stateless;

#endif
