/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * app.h: the two sides of every session: who connects, sends, reads, ends, closes, aborts and when.
 *
 * Uses lastack.h alone, as any program would: service callbacks, and calls between two polls for
 * what happens by the clock. Each byte sent is a byte of the side's stream (stream.h) and each byte
 * received is checked against the peer's.
 */
#ifndef SIM_APP_H
#define SIM_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"
#include "prng.h"
#include "swarm.h"

struct sim;

#define APP_NEVER UINT64_MAX
#define URGENT_ENDS_MAX 1024U /**< urgent ends remembered per side; beyond, no more are sent */

struct side {
	struct sim *sim;
	const struct swarm_session *session;
	const struct swarm_side *params;
	struct side *peer;
	uint8_t session_index, which;
	struct prng prng;
	uint64_t key;        /**< of the stream that this side sends */
	unsigned int worker; /**< on which its connection is, or is to be opened */
	struct la_conn conn;
	uint16_t local_port, remote_port;
	uint8_t remote_host;
	bool started; /**< connected, or its listener stands */
	bool failed;  /**< la_connect() refused, and that is final */
	bool alive;   /**< has a handle */
	bool opened, ended, closing, aborted, peer_closed, orphaned;
	bool asked; /**< room() is awaited */
	unsigned int closed_count;
	enum la_reason reason;
	enum la_state last_state; /**< as la_status() told last */
	uint64_t closed_us;
	uint64_t sent, received;              /**< bytes queued, bytes read */
	uint64_t start_us;                    /**< APP_NEVER: not by the clock */
	uint64_t send_us, read_us, moment_us; /**< next action by the clock, or APP_NEVER */
	struct la_blob *blob;                 /**< the stream's first blob_size bytes; NULL: none */
	uint32_t blob_size;
	unsigned int urgent_calls;
	unsigned int urgent_count;
	uint64_t urgent_ends[URGENT_ENDS_MAX]; /**< stream offsets after each urgent byte sent */
};

/** What one listener's service_data points to: several sessions may use it one after another. */
struct app_port {
	struct sim *sim;
	uint8_t host;
	uint16_t number;
	bool cookies; /**< its SYN-ACKs may be cookies */
};

struct app {
	struct side sides[SESSIONS_MAX + ROGUES_MAX][2];
	struct app_port ports[SESSIONS_MAX + ROGUES_MAX];
};

/** True for the side of a session that a rogue plays (rogue.h). */
static inline bool side_is_rogue(const struct side *side)
{
	return side->session->rogue == side->which;
}

/** Prepares all sides and opens the listeners. 0 or -errno. */
int app_create(struct sim *sim);
/** Drops what the application still holds, its blobs; before the stacks are destroyed. */
void app_destroy(struct sim *sim);

/** When a side of this host next acts by the clock; APP_NEVER: none does. */
uint64_t app_next_us(const struct sim *sim, unsigned int host);

/** Does what is due on this host. Returns true if a call was made into its stack. */
bool app_run(struct sim *sim, unsigned int host);

/** True when no session will do anything any more. */
bool app_finished(const struct sim *sim);

/** The side that sends from host and local port to remote host and port, the latest one; or NULL.
 */
struct side *app_find(struct sim *sim, unsigned int host, uint16_t local_port,
		      unsigned int remote_host, uint16_t remote_port);

#endif
