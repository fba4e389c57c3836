/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp.h: TCP of one worker: everything its connections live in, and the user's calls of RFC 9293
 * section 3.10.1 to 3.10.6. Handles are resolved by lib/stack; here a connection is a pointer.
 */
#ifndef TCP_TCP_H
#define TCP_TCP_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/env.h"
#include "base/line.h"
#include "base/pool.h"
#include "base/siphash.h"
#include "base/wheel.h"
#include "config/limits.h"
#include "config/tcp_constants.h"
#include "net/net.h"
#include "tcp/conn.h"
#include "tcp/cookie.h"
#include "tcp/fast_open.h"
#include "tcp/fast_open_cache.h"
#include "tcp/flight.h"
#include "tcp/listener.h"
#include "tcp/ports.h"
#include "tcp/profile.h"
#include "tcp/reset_limiter.h"
#include "tcp/table.h"

struct rss;

struct tcp_config {
	uint32_t max_connections, max_flights, max_embryos, max_time_waits;
	uint64_t msl_us;
	uint64_t flight_idle_us;
	bool no_short_cuts;    /**< quick.h */
	const struct rss *rss; /**< whose segments arrive where; NULL: all of them here */
	unsigned int worker;   /**< this one, in rss */
	struct siphash_key fast_open_secret;      /**< the same for all workers of the stack */
	uint16_t ephemeral_first, ephemeral_last; /**< local ports of active opens; 0: the defaults
						   */
};

/** Connections that owe something at the end of this breath, linked by conn.due_next. */
struct due_list {
	uint32_t head;
	uint32_t *end; /**< where the index of the next one goes: head, or due_next of the last */
};

/** What left by the short cut (quick.h), or came by it, since it was counted, which is once per
 *  breath or burst. */
struct quick_sum {
	uint32_t segments;
	uint64_t bytes; /**< of text */
};

struct tcp {
	struct env *env;
	struct net *net;
	struct tcp_config config;
	struct pool conns, flights, embryos, time_waits;
	struct sack_pool sacks; /**< runs of the scoreboards */
	uint32_t *generations;  /**< by connection index: odd while the record is taken */
	struct table table;
	const struct tcp_seg *arriving;     /**< the segment in work; NULL between segments */
	struct wheel wheel;                 /**< one entry for each connection with a timer, or: */
	struct line long_lines[LONG_LINES]; /**< the entry, by how far off its deadline is */
	struct line embryo_lines[EMBRYO_BACKOFFS_MAX]; /**< by retransmissions of the SYN-ACK */
	struct line time_wait_line;
	struct line idle_flights;
	uint32_t lines_tick;     /**< at which the lines were looked at last, */
	bool lines_looked_at;    /**< and nothing was due in them any more */
	struct la_limits limits; /**< at most what was reserved; lower, newcomers are refused */
	struct listener_table listeners;
	struct profile_table profiles;
	struct due_list due;
	struct quick_sum quick_sent, quick_taken;
	struct siphash_key isn_key;
	struct siphash_key timestamp_key;
	struct cookie_jar cookies;
	struct fast_open fast_open;
	struct fast_open_cache fast_open_servers;
	struct reset_limiter resets;
	struct ports ports;
	struct rte_mbuf *reserve[MBUF_RESERVE]; /**< buffers kept back for ACK, RST and FIN */
	uint32_t reserved;                      /**< of these (gauge.h) */
	uint32_t buffer_text;                   /**< bytes that a fresh buffer takes */
	uint32_t sent_at_once;                  /**< and so does the least send buffer */
	uint32_t let_go; /**< connections, in this breath, because memory runs short (hold.h) */
	bool starved;    /**< in this breath a buffer was missing: try again in the next */
	bool eager;      /**< a service asked for room again and can have it: told in the next */
	/** Calls the service back; set by whoever owns the handles. */
	void (*tell)(struct tcp *tcp, struct tcp_conn *conn);
};

/** Reserves pools and tables. 0 or -ENOMEM with a message that names the setting to lower. */
int tcp_create(struct tcp *tcp, struct env *env, struct net *net, const struct tcp_config *config,
	       struct la_error *err);

/** Frees everything, records still in use included. */
void tcp_destroy(struct tcp *tcp);

/** Bytes that tcp_create() reserves, by what they follow from. */
struct tcp_memory {
	uint64_t connections, flights, embryos, time_waits;
	uint64_t rest; /**< from nothing that is configured */
};

struct tcp_memory tcp_memory(const struct tcp_config *config);

/** Segments of a burst, as ingress hands them up, ICMP errors included. Owns their buffers. */
void tcp_receive_burst(struct tcp *tcp, struct packet *packets, unsigned int count);

/** Expires timers and lines, bounded. Returns how many. */
unsigned int tcp_expire(struct tcp *tcp);

/** Tells services what happened, then builds and sends what is due. Returns how many were due. */
unsigned int tcp_flush(struct tcp *tcp);

/** The next tick at which tcp_expire() or tcp_flush() has work; false: none. */
bool tcp_next_tick(const struct tcp *tcp, uint32_t *tick);

/** The hash of a tuple in the table. That of the segment in work may be known already. */
uint64_t tcp_hash(const struct tcp *tcp, const struct tcp_tuple *tuple);

/** A record leaves the table, in which it is. */
void tcp_table_remove(struct tcp *tcp, const struct tcp_tuple *tuple, struct table_entry entry);

/** The tuple's place in the table goes from one record to another. */
void tcp_table_replace(struct tcp *tcp, const struct tcp_tuple *tuple, struct table_entry from,
		       struct table_entry to);

/** A record by its index in tcp.conns, and back: pool_at() and pool_index() of a known size. */
static inline struct tcp_conn *conn_at(const struct tcp *tcp, uint32_t index)
{
	assert(index < tcp->conns.capacity);
	return (struct tcp_conn *)(void *)tcp->conns.records + index;
}

static inline uint32_t conn_index(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return (uint32_t)(conn - (const struct tcp_conn *)(const void *)tcp->conns.records);
}

static inline void due_list_init(struct due_list *list)
{
	list->head = CONN_NONE;
	list->end = &list->head;
}

/** Notes that a connection owes something at the end of this breath. */
static inline void tcp_mark_due(struct tcp *tcp, struct tcp_conn *conn)
{
	if (conn_has(conn, CONN_DUE)) {
		conn->flags |= CONN_DUE_AGAIN;
		return;
	}
	conn->flags |= CONN_DUE;
	conn->due_next = CONN_NONE;
	*tcp->due.end = conn_index(tcp, conn);
	tcp->due.end = &conn->due_next;
}

/** The connection's flight or NULL. */
static inline struct tcp_flight *flight_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	struct tcp_flight *records = (void *)tcp->flights.records;

	if (conn->flight == CONN_NONE)
		return NULL;
	/* The compiler knows by this that there is one. */
	if (records == NULL)
		__builtin_unreachable();
	return records + conn->flight;
}

/** The connection's flight, attached now if it had none; NULL when there is none to be had. */
static inline struct tcp_flight *flight_attach(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	return flight != NULL && !flight->stands_idle ? flight : flight_fetch(tcp, conn);
}

/** Service and options that the connection's listener or open was given. */
static inline const struct profile *tcp_profile_of(const struct tcp *tcp,
						   const struct tcp_conn *conn)
{
	return &tcp->profiles.list[conn->profile];
}

/** The options of these. */
static inline const struct la_tcp_options *tcp_options_of(const struct tcp *tcp,
							  const struct tcp_conn *conn)
{
	return &tcp_profile_of(tcp, conn)->options;
}

/** flight_settle() of one that may have to move. */
void flight_sort(struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight);

/** At the end of a breath: an idle flight goes to stand in line, a busy one leaves it. */
static inline void flight_settle(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	/* With something outstanding it is not idle. */
	if (flight != NULL && (conn->snd_una == conn->snd_nxt || flight->stands_idle))
		flight_sort(tcp, conn, flight);
}

/** The connection's congestion control, to be handed to an organ. */
static inline struct cc_control flight_cc(const struct tcp *tcp, struct tcp_conn *conn,
					  struct tcp_flight *flight)
{
	return (struct cc_control){
		.ops = cc_named(tcp_options_of(tcp, conn)->congestion),
		.cc = &conn->cc,
		.epoch = &flight->epoch,
	};
}

/* -- the user's calls; errors as in lastack.h -- */

/**
 * OPEN, active (3.10.1). *out is the new connection in SYN-SENT. It is a user of the profile, who
 * was counted already, and goes if this fails.
 */
int tcp_open(struct tcp *tcp, const struct la_endpoint *local, const struct la_endpoint *remote,
	     uint16_t profile, struct tcp_conn **out);

/** SEND (3.10.2): bytes copied; returns how many were taken. */
ssize_t tcp_send(struct tcp *tcp, struct tcp_conn *conn, const void *bytes, size_t size,
		 unsigned int flags);
/** SEND of a chain: 0 and owns it, or -errno and the caller keeps it. */
int tcp_send_chain(struct tcp *tcp, struct tcp_conn *conn, struct rte_mbuf *chain,
		   unsigned int flags);
/** Bytes that a send would take now. */
uint32_t tcp_send_room(const struct tcp *tcp, const struct tcp_conn *conn);
/** Bytes that fit the send buffer, if they come in few enough packet buffers. */
uint32_t tcp_send_space(const struct tcp *tcp, const struct tcp_conn *conn);
/** Packet buffers that a send may add now: what is left of the connection's share. */
uint32_t tcp_send_buffers(const struct tcp *tcp, const struct tcp_conn *conn);
/** True if nothing is queued and nothing may be: no ACK will tell when there is room again. */
bool tcp_room_is_short(const struct tcp *tcp, const struct tcp_conn *conn);
/** True if a service that asked for room should be told: there is buffer, and window or an empty
 *  queue (whose first bytes then probe a closed window). */
bool tcp_room_ready(const struct tcp *tcp, const struct tcp_conn *conn);
void tcp_send_ask(struct tcp *tcp, struct tcp_conn *conn);

/** RECEIVE (3.10.3). */
static inline uint32_t tcp_receive_ready(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	return flight == NULL ? 0 : flight->receive.bytes;
}
size_t tcp_receive_copy(struct tcp *tcp, struct tcp_conn *conn, void *bytes, size_t size);
size_t tcp_receive_skip(struct tcp *tcp, struct tcp_conn *conn, size_t max);
struct rte_mbuf *tcp_receive_chain(struct tcp *tcp, struct tcp_conn *conn, uint32_t max);

/** CLOSE of our direction (3.10.4). 0 or -errno. */
int tcp_end(struct tcp *tcp, struct tcp_conn *conn);
/** CLOSE of both: what is unread is refused by RST. 0 or -errno. */
int tcp_close(struct tcp *tcp, struct tcp_conn *conn);
/** ABORT (3.10.5), for the reason that closed() will be told. */
void tcp_abort(struct tcp *tcp, struct tcp_conn *conn, enum la_reason reason);
/** Changes what may change while a connection lasts. 0, -EINVAL with a sentence, or -ENOBUFS. */
int tcp_set_options(struct tcp *tcp, struct tcp_conn *conn, const struct la_tcp_options *options,
		    struct la_error *err);
/** Lets the connection go by these options, which are legal. 0 or -ENOBUFS. */
int tcp_change_profile(struct tcp *tcp, struct tcp_conn *conn,
		       const struct la_tcp_options *options);
/** STATUS (3.10.6). */
void tcp_status(const struct tcp *tcp, const struct tcp_conn *conn, struct la_status *out);

#endif
