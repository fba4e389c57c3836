/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * keepalive.h: what becomes of a connection on which nothing moves: keepalive probes (RFC 9293
 * 3.8.4) and the idle timeout.
 *
 * An organ: it gets ticks and settings, never a connection, and remembers nothing by itself.
 */
#ifndef TCP_KEEPALIVE_H
#define TCP_KEEPALIVE_H

#include <stdbool.h>
#include <stdint.h>

struct la_tcp_options;

/** In place of a number of probes: the last was answered, and quiet.probe_tick is the next one's.
 */
#define KEEPALIVE_HEARD 15U

/** How long a connection has been quiet. */
struct quiet {
	uint32_t recv_tick;  /**< when the peer's text, or its ACK of ours, last came */
	uint32_t moved_tick; /**< when text last went in either direction */
	uint32_t probe_tick; /**< when the next probe is due; meant unless probes is 0 */
	uint8_t probes;      /**< sent since the peer was last heard, or KEEPALIVE_HEARD */
	bool outstanding;    /**< something is, or waits to be sent: other timers ask the peer */
};

enum quiet_action {
	QUIET_WAIT,    /**< it is not time */
	QUIET_PROBE,   /**< a probe is due */
	QUIET_GIVE_UP, /**< so many probes were not answered */
	QUIET_END,     /**< the idle timeout is over */
};

/** The quiet time before a probe. Who promised to keep a connection for so long (RFC 5482 4.2) does
 *  not ask before. */
uint64_t quiet_time_us(const struct la_tcp_options *options);

/** When quiet_expired() is to be asked next, in *tick. False: never. */
bool quiet_deadline(const struct quiet *quiet, const struct la_tcp_options *options, uint32_t now,
		    uint32_t *tick);

/** What is to be done at tick now. */
enum quiet_action quiet_expired(const struct quiet *quiet, const struct la_tcp_options *options,
				uint32_t now);

#endif
