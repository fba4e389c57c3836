/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * profile.h: service and options of connections: each distinct set stands once, connections hold
 * its 16-bit index.
 */
#ifndef TCP_PROFILE_H
#define TCP_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"
#include "net/way.h"
#include "tcp/listener.h"

#define PROFILE_NONE UINT16_MAX

struct profile {
	const struct la_service *service;
	void *service_data;
	struct la_tcp_options options;
	uint32_t users; /**< connections and listeners; 0: the place is free */
	/** What follows from the options, worked out once, since each segment asks for it: */
	uint32_t first_timer_ticks; /**< no timer of a segment that leaves for the first time is due
				     * before */
	uint16_t marks;             /**< profile_marks() */
	bool times_quiet;           /**< a timer runs while nothing moves */
	/** Whose own it is, or LISTENER_NONE. Its users are then the listener while it is open, its
	 *  half-open connections, and its connections, whatever became of their options. */
	uint16_t listener;
	uint16_t base; /**< the listener's, of which this is a change; or PROFILE_NONE */
};

struct profile_table {
	struct profile *list; /**< PROFILES_MAX */
	uint32_t high;        /**< places from here on were never used */
	uint32_t recent;      /**< place that profile_use() returned last */
	bool recent_is_plain; /**< its options are the defaults */
	struct la_tcp_options defaults;
};

/** TTL and TOS of the packets of whoever has these options. */
static inline uint16_t profile_marks(const struct la_tcp_options *options)
{
	return way_marks(options->ttl, (uint8_t)(options->dscp << 2));
}

int profile_table_create(struct profile_table *table, int numa_node);
void profile_table_destroy(struct profile_table *table);

/** The index of a profile equal to this one, with one user more. -ENOSPC when all are taken. */
int profile_use(struct profile_table *table, const struct profile *profile);

/**
 * The profile that profile_use() returned last, with one user more, if it is this one; -ENOENT
 * otherwise. options NULL: the defaults. Who opens many connections opens them with the same
 * options, which need not be checked again.
 */
int profile_use_recent(struct profile_table *table, const struct la_service *service,
		       const void *service_data, const struct la_tcp_options *options);

/** The index of a profile like this one that is the listener's alone, and the listener its first
 *  user. -ENOSPC when all are taken. */
int profile_own(struct profile_table *table, const struct profile *profile, uint16_t listener);

/** A user of one goes by other options from now on: the index of the profile that it uses then.
 *  -ENOSPC, and it stays where it is, when all are taken. */
int profile_change(struct profile_table *table, uint16_t index,
		   const struct la_tcp_options *options);

/** One user less. */
void profile_leave(struct profile_table *table, uint16_t index);

/** 0, or -EINVAL with a sentence that names the option. */
int profile_check(const struct la_tcp_options *options, struct la_error *err);

/** 0, or -EINVAL with a sentence that names what cannot change while a connection lasts. */
int profile_check_change(const struct la_tcp_options *from, const struct la_tcp_options *to,
			 struct la_error *err);

/** True if a connection may be quiet as long by the one as by the other. */
bool profile_same_quiet(const struct la_tcp_options *a, const struct la_tcp_options *b);

#endif
