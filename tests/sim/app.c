/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "config/limits.h"
#include "sim.h"
#include "stream.h"

#define SIDE_STREAM 0x4100U
#define HOME_STREAM 0x4f00U
#define BLOB_BYTES_MAX 65536U
#define CHUNK_BYTES_MAX 32768U
#define READ_BYTES_MAX 65536U
#define CHUNKS_PER_CALL 64U      /**< chunks queued in one callback */
#define RETRY_US 20000U          /**< a send that found no buffer is tried again after this */
#define MBUF_SEGMENT_BYTES 1000U /**< text per buffer in chains that the application builds */
#define STRANGER_WORD UINT64_MAX /**< context of a connection that belongs to no session */
#define ORPHAN_US 60000000U      /**< a side is given up so long after its peer has vanished */

static struct la_worker *side_worker(const struct side *side)
{
	return side->sim->hosts[side->params->host].workers[side->worker].worker;
}

static void side_drop_blob(struct side *side)
{
	la_blob_release(side->blob);
	side->blob = NULL;
	side->blob_size = 0;
}

static void side_note(const struct side *side, const char *what, uint64_t value)
{
	sim_note(side->sim, side, what, value);
}

/*
 * True for the answer of a call after la_stack_stop(), or between the end of a connection (a RST)
 * and closed(): callbacks that were due before it still come first, and may call what they like.
 */
static bool side_is_over(const struct side *side, long answer)
{
	struct la_status status;

	if (answer == -EPIPE && side->sim->hosts[side->params->host].stopped)
		return true;
	return answer == -EPIPE && la_status(side_worker(side), side->conn, &status) == 0 &&
	       status.state == LA_CLOSED;
}

/* ---- sending ---- */

static ssize_t send_copied(struct side *side, size_t size, unsigned int flags)
{
	uint8_t bytes[CHUNK_BYTES_MAX];

	stream_fill(side->key, side->sent, bytes, size);
	return la_send(side_worker(side), side->conn, bytes, size, flags);
}

/* A chain of buffers of uneven length. Less is sent if the pool runs dry; 0 if it is dry. */
static ssize_t send_chain(struct side *side, size_t size, unsigned int flags)
{
	struct rte_mempool *pool = la_worker_mempool(side_worker(side));
	struct rte_mbuf *chain = NULL;
	size_t room = la_send_room(side_worker(side), side->conn);
	size_t wanted = size, done = 0;
	int rc;

	/* Whoever builds buffers from the worker's pool leaves enough for the traffic itself. */
	if (rte_mempool_avail_count(pool) < pool->size / 3)
		return 0;
	if (size > room)
		size = room;
	while (done < size) {
		struct rte_mbuf *next = rte_pktmbuf_alloc(pool);
		size_t part = prng_range(&side->prng, 1, MBUF_SEGMENT_BYTES);

		if (next == NULL)
			break;
		if (part > size - done)
			part = size - done;
		stream_fill(side->key, side->sent + done, rte_pktmbuf_append(next, (uint16_t)part),
			    part);
		if (chain == NULL)
			chain = next;
		else if (rte_pktmbuf_chain(chain, next) != 0)
			abort();
		done += part;
	}
	if (chain == NULL)
		return 0;
	/* The urgent byte is the last one that was wanted. */
	if (done < wanted)
		flags &= ~LA_SEND_URGENT;
	rc = la_send_mbuf(side_worker(side), side->conn, chain, flags);
	if (rc != 0)
		rte_pktmbuf_free(chain);
	return rc == -EAGAIN ? 0 : rc != 0 ? rc : (ssize_t)done;
}

static ssize_t send_chunk(struct side *side, size_t size, unsigned int flags)
{
	uint8_t ways = side->params->send_ways;
	uint8_t way;

	if (side->sent + size > side->blob_size)
		ways &= (uint8_t)~SEND_BLOB;
	if (ways == 0)
		ways = SEND_COPY;
	do
		way = (uint8_t)(1U << prng_below(&side->prng, 3));
	while ((ways & way) == 0);
	switch (way) {
	case SEND_MBUF:
		return send_chain(side, size, flags);
	case SEND_BLOB:
		return la_send_blob(side_worker(side), side->conn, side->blob, side->sent, size,
				    flags);
	default:
		return send_copied(side, size, flags);
	}
}

static unsigned int draw_send_flags(struct side *side)
{
	unsigned int flags = 0;

	if (side->urgent_count < URGENT_ENDS_MAX &&
	    prng_permille(&side->prng, side->params->urgent))
		flags |= LA_SEND_URGENT;
	if (side->params->more && prng_permille(&side->prng, 300))
		flags |= LA_SEND_MORE;
	return flags;
}

/* Queues one chunk. Returns false when there is no more room now. */
static bool side_send_one(struct side *side)
{
	size_t left = side->params->bytes - side->sent;
	size_t size = prng_range(&side->prng, side->params->chunk_min, side->params->chunk_max);
	unsigned int flags = draw_send_flags(side);
	ssize_t taken;

	size = size < left ? size : left;
	size = size < CHUNK_BYTES_MAX ? size : CHUNK_BYTES_MAX;
	/* The last chunk must not announce another. */
	if (size == left)
		flags &= ~LA_SEND_MORE;
	taken = send_chunk(side, size, flags);
	if (side_is_over(side, (long)taken)) {
		side->ended = true;
		side->send_us = APP_NEVER;
		return false;
	}
	if (taken < 0 || (size_t)taken > size) {
		oracle_fail(side->sim, "handle", "session %u side %u: a send returned %ld for %zu",
			    side->session_index, side->which, (long)taken, size);
		return false;
	}
	side->sent += (size_t)taken;
	side_note(side, "sent", (uint64_t)taken);
	/* Of a chunk that was taken in part the last byte, the urgent one, is not among them. */
	if ((flags & LA_SEND_URGENT) && (size_t)taken == size)
		side->urgent_ends[side->urgent_count++] = side->sent;
	return (size_t)taken == size;
}

static void side_ask(struct side *side)
{
	/* Besides the callback there is a clock: a pool that was dry makes no callback. */
	side->send_us = side->sim->now_us + RETRY_US;
	if (side->asked)
		return;
	if (la_send_ask(side_worker(side), side->conn) == 0)
		side->asked = true;
}

static void side_send(struct side *side)
{
	unsigned int i;

	if (side->ended || side->closing || (!side->opened && !side->params->early))
		return;
	for (i = 0; i < CHUNKS_PER_CALL && side->sent < side->params->bytes; i++) {
		bool all = side_send_one(side);

		if (side->ended || oracle_failed(&side->sim->oracle.violation))
			return;
		if (all && side->params->pause_us > 0) {
			side->send_us = side->sim->now_us + side->params->pause_us;
			return;
		}
		if (!all || side->params->on_demand) {
			side_ask(side);
			return;
		}
	}
	if (side->sent < side->params->bytes)
		side->send_us = side->sim->now_us + 1;
	else
		side->send_us = APP_NEVER;
}

/* ---- receiving ---- */

static size_t read_chain(struct side *side, size_t max)
{
	struct rte_mbuf *chain = la_recv_mbuf(side_worker(side), side->conn, max);
	const struct rte_mbuf *piece;
	size_t size = 0;

	for (piece = chain; piece != NULL; piece = piece->next) {
		oracle_text(side, rte_pktmbuf_mtod(piece, const void *), piece->data_len);
		if (piece->pool != la_worker_mempool(side_worker(side)))
			oracle_fail(side->sim, "pools",
				    "session %u side %u: what came lies in a buffer of another "
				    "worker's",
				    side->session_index, side->which);
		side->received += piece->data_len;
		size += piece->data_len;
	}
	if (chain != NULL && (chain->pkt_len != size || size > max))
		oracle_fail(side->sim, "bytes",
			    "session %u side %u: la_recv_mbuf(%zu) gave %u bytes that count %zu",
			    side->session_index, side->which, max, chain->pkt_len, size);
	rte_pktmbuf_free(chain);
	return size;
}

static size_t read_copied(struct side *side, size_t max)
{
	uint8_t bytes[READ_BYTES_MAX];
	ssize_t size = la_recv(side_worker(side), side->conn, bytes, max);

	if (size < 0 || (size_t)size > max) {
		oracle_fail(side->sim, "handle", "session %u side %u: la_recv returned %ld of %zu",
			    side->session_index, side->which, (long)size, max);
		return 0;
	}
	if (side->received + (size_t)size < side->peer->params->bytes)
		size = (ssize_t)mutant_read(side->sim, (size_t)size);
	oracle_text(side, bytes, (size_t)size);
	side->received += (size_t)size;
	return (size_t)size;
}

static size_t read_skipped(struct side *side, size_t max)
{
	size_t size = la_recv_skip(side_worker(side), side->conn, max);

	side->received += size;
	return size;
}

static size_t side_read_once(struct side *side)
{
	size_t max = side->params->read_max;
	uint8_t way;

	do
		way = (uint8_t)(1U << prng_below(&side->prng, 3));
	while ((side->params->recv_ways & way) == 0);
	if (max > READ_BYTES_MAX)
		max = READ_BYTES_MAX;
	switch (way) {
	case RECV_MBUF:
		return read_chain(side, max);
	case RECV_SKIP:
		return read_skipped(side, max);
	default:
		return read_copied(side, max);
	}
}

/* Reads all there is, or one helping of it and the next by the clock. */
static void side_read(struct side *side)
{
	size_t size;

	if (side->closing)
		return;
	do {
		size = side_read_once(side);
		side_note(side, "read", size);
	} while (size > 0 && side->params->read_pause_us == 0 &&
		 !oracle_failed(&side->sim->oracle.violation));
	side->read_us = APP_NEVER;
	if (la_recv_ready(side_worker(side), side->conn) > 0)
		side->read_us = side->sim->now_us + side->params->read_pause_us;
}

/* ---- ending ---- */

static void side_end(struct side *side)
{
	int rc = la_end(side_worker(side), side->conn);

	side->ended = true;
	side->send_us = APP_NEVER;
	side_note(side, "end", 0);
	if (rc != 0 && !side->sim->hosts[side->params->host].stopped && !side_is_over(side, rc))
		oracle_fail(side->sim, "handle", "session %u side %u: la_end returned %d",
			    side->session_index, side->which, rc);
}

static void side_close(struct side *side)
{
	int rc = la_close(side_worker(side), side->conn);

	side->closing = true;
	side->send_us = side->read_us = APP_NEVER;
	side_note(side, "close", 0);
	if (rc != 0 && !side->sim->hosts[side->params->host].stopped)
		oracle_fail(side->sim, "handle", "session %u side %u: la_close returned %d",
			    side->session_index, side->which, rc);
}

static void side_abort(struct side *side)
{
	int rc = la_abort(side_worker(side), side->conn);

	side->aborted = true;
	side->closing = true;
	side->send_us = side->read_us = APP_NEVER;
	side_note(side, "abort", 0);
	if (rc != 0)
		oracle_fail(side->sim, "handle", "session %u side %u: la_abort returned %d",
			    side->session_index, side->which, rc);
}

static void side_end_if_due(struct side *side)
{
	bool sent_all = side->sent == side->params->bytes;

	if (!side->alive || side->closing || side->ended || !side->opened)
		return;
	if (mutant_forgets(side->sim))
		return;
	if ((side->params->end == CLOSE_RUDE || side->params->end == END_ABORT) &&
	    side->sim->now_us >= side->moment_us)
		return; /* app_run() does it, outside of callbacks as well as inside of none */
	switch (side->params->end) {
	case END_SENT:
	case CLOSE_RUDE:
	case END_ABORT:
		if (sent_all && side->params->end == END_SENT)
			side_end(side);
		break;
	case END_PEER:
		if (sent_all && side->peer_closed)
			side_end(side);
		break;
	case CLOSE_PEER:
		if (sent_all && side->peer_closed)
			side_close(side);
		break;
	case CLOSE_DONE:
		if (sent_all && (side->peer_closed || side->received == side->peer->params->bytes))
			side_close(side);
		break;
	}
}

static void side_step(struct side *side)
{
	side_send(side);
	if (!oracle_failed(&side->sim->oracle.violation))
		side_end_if_due(side);
}

/* ---- callbacks ---- */

/* The side a handle belongs to: its context word says. */
static struct side *side_of(struct sim *sim, struct la_worker *worker, struct la_conn conn)
{
	uint64_t word = la_context(worker, conn);
	struct side *side;

	if (word == STRANGER_WORD)
		return NULL;
	if (word == 0 || word > 2 * (SESSIONS_MAX + ROGUES_MAX)) {
		oracle_fail(sim, "handle", "the context word is %lu", (unsigned long)word);
		return NULL;
	}
	side = &sim->app.sides[(word - 1) / 2][(word - 1) % 2];
	if (side->worker != la_worker_index(worker)) {
		oracle_fail(sim, "owner", "session %u side %u: worker %u calls back, not worker %u",
			    side->session_index, side->which, la_worker_index(worker),
			    side->worker);
		return NULL;
	}
	if (side->conn.id != conn.id || !side->alive) {
		oracle_fail(sim, "handle", "a callback for session %u side %u, whose handle is %s",
			    side->session_index, side->which, side->alive ? "another" : "dead");
		return NULL;
	}
	return side;
}

static uint64_t side_word(const struct side *side)
{
	return 1 + 2U * side->session_index + side->which;
}

static void on_opened(struct side *side)
{
	oracle_opened(side);
	side->opened = true;
	side->alive = true;
	side_note(side, "opened", 0);
	if (mutant_once(side->sim, MUTANT_OPENED_TWICE))
		oracle_opened(side);
	side_step(side);
}

static void active_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct side *side = data;

	if (side_of(side->sim, worker, conn) == side)
		on_opened(side);
}

/* Which session of those that use this listener it is: the peer knows its ports. */
static struct side *port_match(const struct app_port *port, const struct la_status *status)
{
	struct sim *sim = port->sim;
	struct side *found = NULL;
	unsigned int s;

	for (s = 0; s < sim->scenario.session_count; s++) {
		struct side *side = &sim->app.sides[s][1];
		const struct side *client = side->peer;

		if (side->session->kind == SESSION_NORMAL && side->params->host == port->host &&
		    side->session->server_port == port->number && !side->opened &&
		    client->started && client->local_port == status->remote.port &&
		    swarm_address(client->params->host) == la_addr_to_ipv4(&status->remote.addr))
			found = side;
	}
	return found;
}

static void passive_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct app_port *port = data;
	struct la_status status;
	struct side *side;

	if (la_status(worker, conn, &status) != 0) {
		oracle_fail(port->sim, "handle", "la_status() fails in opened()");
		return;
	}
	side = port_match(port, &status);
	/* A cookie comes back in a duplicate, and makes a connection that both ends had forgotten.
	 */
	if (side == NULL && port->cookies) {
		la_set_context(worker, conn, STRANGER_WORD);
		la_abort(worker, conn);
		return;
	}
	if (side == NULL) {
		oracle_fail(port->sim, "opened_once",
			    "host %u: opened() for a connection from port %u that nobody opens",
			    port->host + 1, status.remote.port);
		return;
	}
	side->conn = conn;
	side->worker = la_worker_index(worker);
	side->alive = true;
	side->local_port = status.local.port;
	side->remote_port = status.remote.port;
	side->last_state = status.state;
	la_set_context(worker, conn, side_word(side));
	on_opened(side);
}

static struct sim *sim_of_active(void *data)
{
	return ((struct side *)data)->sim;
}

static struct sim *sim_of_passive(void *data)
{
	return ((struct app_port *)data)->sim;
}

static void on_peer_closed(struct side *side)
{
	if (side == NULL)
		return;
	oracle_peer_closed(side);
	side->peer_closed = true;
	side_note(side, "peer-closed", 0);
	side_end_if_due(side);
}

static void on_data(struct side *side)
{
	if (side == NULL)
		return;
	side_note(side, "data", 0);
	if (side->params->read_pause_us == 0)
		side_read(side);
	else if (side->read_us == APP_NEVER)
		side->read_us = side->sim->now_us + side->params->read_pause_us;
	if (side->received < side->peer->params->bytes && mutant_once(side->sim, MUTANT_LOST_END))
		on_peer_closed(side);
	side_end_if_due(side);
}

static void on_urgent(struct side *side)
{
	if (side == NULL)
		return;
	side->urgent_calls++;
	side_note(side, "urgent", 0);
	oracle_urgent(side);
}

static void on_room(struct side *side)
{
	if (side == NULL)
		return;
	side_note(side, "room", 0);
	if (!side->asked && !side->closing)
		oracle_fail(side->sim, "handle", "session %u side %u: room() nobody asked for",
			    side->session_index, side->which);
	side->asked = false;
	if (side->params->pause_us == 0)
		side_step(side);
}

static void on_closed(struct side *side, enum la_reason reason)
{
	if (side == NULL)
		return;
	side_note(side, "closed", reason);
	oracle_closed(side, reason);
	side->closed_count++;
	side->reason = reason;
	side->closed_us = side->sim->now_us;
	if (mutant_once(side->sim, MUTANT_CLOSED_TWICE))
		oracle_closed(side, reason);
	side->alive = false;
	side_drop_blob(side);
	side->send_us = side->read_us = side->moment_us = APP_NEVER;
}

/* Both roles do the same, but find the sim by different service data. */
#define CALLBACKS(role)                                                                           \
	static void role##_data(struct la_worker *worker, struct la_conn conn, void *data)        \
	{                                                                                         \
		on_data(side_of(sim_of_##role(data), worker, conn));                              \
	}                                                                                         \
	static void role##_urgent(struct la_worker *worker, struct la_conn conn, void *data)      \
	{                                                                                         \
		on_urgent(side_of(sim_of_##role(data), worker, conn));                            \
	}                                                                                         \
	static void role##_room(struct la_worker *worker, struct la_conn conn, void *data)        \
	{                                                                                         \
		on_room(side_of(sim_of_##role(data), worker, conn));                              \
	}                                                                                         \
	static void role##_peer_closed(struct la_worker *worker, struct la_conn conn, void *data) \
	{                                                                                         \
		on_peer_closed(side_of(sim_of_##role(data), worker, conn));                       \
	}                                                                                         \
	static void role##_closed(struct la_worker *worker, struct la_conn conn, void *data,      \
				  enum la_reason reason)                                          \
	{                                                                                         \
		on_closed(side_of(sim_of_##role(data), worker, conn), reason);                    \
	}                                                                                         \
	static const struct la_service role##_service = {                                         \
		.name = "sim-" #role,                                                             \
		.opened = role##_opened,                                                          \
		.data = role##_data,                                                              \
		.urgent = role##_urgent,                                                          \
		.room = role##_room,                                                              \
		.peer_closed = role##_peer_closed,                                                \
		.closed = role##_closed,                                                          \
	}

CALLBACKS(active);
CALLBACKS(passive);

/* ---- by the clock ---- */

/* What an active side connects, as far as it has a say in it. */
static void side_ends(const struct side *side, struct la_endpoint *local,
		      struct la_endpoint *remote)
{
	uint32_t address = side->session->kind == SESSION_NOWHERE
				   ? HOST_NETWORK + 200
				   : swarm_address(side->remote_host);

	*local = (struct la_endpoint){ .addr = la_addr_from_ipv4(0) };
	*remote = (struct la_endpoint){ .addr = la_addr_from_ipv4(address) };
	local->port = side->which == 0 ? side->session->client_port : side->session->server_port;
	remote->port = side->which == 0 ? side->session->server_port : side->session->client_port;
}

/* The worker that an active side opens on: any, or the one that its ports belong to. */
static unsigned int side_home(const struct side *side)
{
	const struct host *host = &side->sim->hosts[side->params->host];
	struct la_endpoint local, remote;
	struct prng prng;

	if (side_is_rogue(side) || host->worker_count == 1)
		return 0;
	side_ends(side, &local, &remote);
	if (local.port != 0)
		return host_owner(host, local.port, la_addr_to_ipv4(&remote.addr), remote.port);
	prng_seed(&prng, side->sim->scenario.seed, HOME_STREAM + side->session_index);
	return (unsigned int)prng_below(&prng, host->worker_count);
}

/* Whose port is named and is another worker's is told so. */
static void try_another_worker(const struct side *side, const struct la_endpoint *local,
			       const struct la_endpoint *remote)
{
	const struct host *host = &side->sim->hosts[side->params->host];
	unsigned int other = (side->worker + 1) % host->worker_count;
	struct la_conn conn;
	int rc;

	if (local->port == 0 || host->worker_count == 1 || host_is_late(host, other) ||
	    host->stopped)
		return;
	rc = la_connect(host->workers[other].worker, local, remote, &active_service, NULL,
			&side->params->options, &conn);
	if (rc != -EXDEV)
		oracle_fail(side->sim, "home",
			    "session %u: la_connect on worker %u from port %u, which is worker "
			    "%u's, returned %d",
			    side->session_index, other, local->port, side->worker, rc);
}

static void side_connect(struct side *side)
{
	struct la_endpoint local, remote;
	struct la_status status;
	int rc;

	side_ends(side, &local, &remote);
	try_another_worker(side, &local, &remote);
	rc = la_connect(side_worker(side), local.port != 0 ? &local : NULL, &remote,
			&active_service, side, &side->params->options, &side->conn);
	side_note(side, "connect", (uint64_t)-rc);
	if (rc == -EADDRINUSE && side->session->after >= 0) {
		/* The 4-tuple is in TIME-WAIT at this end: legal to refuse, legal to take. */
		side->start_us = side->sim->now_us + side->sim->scenario.msl_us / 2 + 1;
		return;
	}
	side->start_us = APP_NEVER;
	if (rc != 0) {
		side->failed = true;
		if (!side->sim->scenario.tight && !side->sim->hosts[side->params->host].stopped)
			oracle_fail(side->sim, "handle", "session %u: la_connect returned %d",
				    side->session_index, rc);
		return;
	}
	side->started = side->alive = true;
	side->last_state = LA_SYN_SENT;
	if (la_status(side_worker(side), side->conn, &status) != 0) {
		oracle_fail(side->sim, "handle", "session %u: la_status fails after la_connect",
			    side->session_index);
		return;
	}
	side->local_port = status.local.port;
	side->remote_port = status.remote.port;
	oracle_connected(side);
	la_set_context(side_worker(side), side->conn, side_word(side));
	side_send(side);
}

/* True when this side will not do anything any more, or never has. */
static bool side_finished(const struct side *side)
{
	if (side_is_rogue(side))
		return rogue_is_over(side);
	if (side->alive)
		return false;
	if (side->failed || side->closed_count > 0)
		return true;
	if (side->which == 0 || side->session->kind == SESSION_SIMULTANEOUS)
		return false;
	return side->session->kind != SESSION_NORMAL || side->peer->failed ||
	       (side->peer->closed_count > 0 && !side->opened);
}

/* Starts what follows `side`'s session on the same 4-tuple. */
static void chain_start(struct sim *sim)
{
	unsigned int s;

	for (s = 0; s < sim->scenario.session_count; s++) {
		struct side *client = &sim->app.sides[s][0];
		int after = sim->scenario.sessions[s].after;
		const struct side *before;

		if (after < 0 || client->started || client->failed || client->start_us != APP_NEVER)
			continue;
		before = sim->app.sides[after];
		if (before[0].closed_count > 0 && before[1].closed_count > 0) {
			client->start_us = sim->now_us + client->session->start_us;
			if (client->params->end == CLOSE_RUDE || client->params->end == END_ABORT)
				client->moment_us = client->start_us + client->params->moment_us;
			if (client->peer->params->end >= CLOSE_RUDE)
				client->peer->moment_us =
					client->start_us + client->peer->params->moment_us;
		} else if (before[0].failed) {
			client->failed = true;
		}
	}
}

/*
 * True if the peer is gone for good without this side's stack being able to know: its RST was lost,
 * or it never came to be. A stack without keepalive waits for ever; the user gives up.
 */
static bool side_is_orphan(const struct side *side)
{
	const struct side *peer = side->peer;
	uint64_t since = side->sim->scenario.epoch_us + side->sim->scenario.faults_us;

	if (!side->sim->calm || !side->alive || side->aborted)
		return false;
	if (swarm_clean(&side->sim->scenario, side->session))
		return false;
	/* Whatever a rogue still does: nobody's patience is endless. */
	if (side_is_rogue(peer))
		return side->sim->now_us >= since + ORPHAN_US;
	if (peer->closed_count > 0 && peer->reason == LA_REASON_DONE)
		return false;
	if (peer->closed_count > 0 && peer->closed_us > since)
		since = peer->closed_us;
	if (peer->closed_count == 0 && (peer->opened || peer->alive))
		return false;
	/* Nothing was ever opened: longer than any SYN is repeated. */
	if (peer->closed_count == 0)
		since += 2ULL * side->params->options.r2_syn_us;
	return side->opened && side->sim->now_us >= since + ORPHAN_US;
}

/* Calls are made on the worker's own thread, which does not run now. */
static bool side_is_late(const struct side *side)
{
	return !side_is_rogue(side) &&
	       host_is_late(&side->sim->hosts[side->params->host], side->worker);
}

static bool side_run(struct side *side)
{
	uint64_t now_us = side->sim->now_us;
	bool acted = false;

	if (side_is_late(side))
		return false;
	if (side->start_us <= now_us && !side->started) {
		side_connect(side);
		return true;
	}
	if (!side->alive || oracle_failed(&side->sim->oracle.violation))
		return false;
	if (side->moment_us <= now_us && !side->closing) {
		side->moment_us = APP_NEVER;
		if (side->params->end == END_ABORT)
			side_abort(side);
		else
			side_close(side);
		return true;
	}
	if (side->read_us <= now_us) {
		side_read(side);
		side_end_if_due(side);
		acted = true;
	}
	if (side->send_us <= now_us) {
		side_step(side);
		acted = true;
	}
	if (side_is_orphan(side)) {
		side->orphaned = true;
		side_abort(side);
		acted = true;
	}
	return acted;
}

bool app_run(struct sim *sim, unsigned int host)
{
	bool acted = false;
	unsigned int s, i;

	chain_start(sim);
	for (s = 0; s < sim->scenario.session_count; s++) {
		for (i = 0; i < 2; i++) {
			struct side *side = &sim->app.sides[s][i];

			if (side->params->host == host && side_run(side))
				acted = true;
		}
	}
	return acted;
}

static uint64_t side_next_us(const struct side *side)
{
	uint64_t next = side->started ? APP_NEVER : side->start_us;

	if (!side->alive)
		return next;
	if (side->send_us < next)
		next = side->send_us;
	if (side->read_us < next)
		next = side->read_us;
	if (side->moment_us < next && !side->closing)
		next = side->moment_us;
	/* Orphans are looked for once in a while. */
	if (side->sim->calm && !side->aborted && side->sim->now_us + ORPHAN_US < next)
		next = (side->sim->now_us / ORPHAN_US + 1) * ORPHAN_US;
	return next;
}

uint64_t app_next_us(const struct sim *sim, unsigned int host)
{
	uint64_t next = APP_NEVER;
	unsigned int s, i;

	for (s = 0; s < sim->scenario.session_count; s++) {
		for (i = 0; i < 2; i++) {
			const struct side *side = &sim->app.sides[s][i];
			uint64_t us = side->params->host == host ? side_next_us(side) : APP_NEVER;

			if (us != APP_NEVER && side_is_late(side)) {
				uint64_t late_us = sim->hosts[host].workers[side->worker].late_us;

				us = us < late_us ? late_us : us;
			}
			if (us < next)
				next = us;
		}
	}
	return next;
}

bool app_finished(const struct sim *sim)
{
	unsigned int s;

	for (s = 0; s < sim->scenario.session_count; s++) {
		if (!side_finished(&sim->app.sides[s][0]) || !side_finished(&sim->app.sides[s][1]))
			return false;
	}
	return true;
}

struct side *app_find(struct sim *sim, unsigned int host, uint16_t local_port,
		      unsigned int remote_host, uint16_t remote_port)
{
	struct side *found = NULL;
	unsigned int s, i;

	for (s = 0; s < sim->scenario.session_count; s++) {
		for (i = 0; i < 2; i++) {
			struct side *side = &sim->app.sides[s][i];

			if (side->params->host != host || side->remote_host != remote_host ||
			    side->local_port != local_port || side->remote_port != remote_port ||
			    (!side->alive && side->closed_count == 0))
				continue;
			if (found == NULL || !found->alive)
				found = side;
		}
	}
	return found;
}

/* ---- setting up ---- */

static void side_create(struct sim *sim, unsigned int s, unsigned int i)
{
	struct side *side = &sim->app.sides[s][i];
	const struct swarm_session *session = &sim->scenario.sessions[s];
	uint64_t epoch_us = sim->scenario.epoch_us;

	side->sim = sim;
	side->session = session;
	side->params = &session->side[i];
	side->peer = &sim->app.sides[s][!i];
	side->session_index = (uint8_t)s;
	side->which = (uint8_t)i;
	side->remote_host = session->side[!i].host;
	prng_seed(&side->prng, sim->scenario.seed, SIDE_STREAM + 2 * s + i);
	side->key = prng_u64(&side->prng);
	if (i == 0 || session->kind == SESSION_SIMULTANEOUS)
		side->worker = side_home(side);
	side->start_us = side->send_us = side->read_us = side->moment_us = APP_NEVER;
	if (session->after < 0) {
		if (i == 0 || session->kind == SESSION_SIMULTANEOUS)
			side->start_us = epoch_us + session->start_us;
		if (side->params->end == CLOSE_RUDE || side->params->end == END_ABORT)
			side->moment_us = epoch_us + session->start_us + side->params->moment_us;
	}
}

static void side_create_blob(struct side *side)
{
	uint8_t bytes[BLOB_BYTES_MAX];
	struct la_stack *stack;

	if ((side->params->send_ways & SEND_BLOB) == 0 || side->params->bytes == 0 ||
	    side_is_rogue(side))
		return;
	side->blob_size =
		side->params->bytes < BLOB_BYTES_MAX ? side->params->bytes : BLOB_BYTES_MAX;
	stream_fill(side->key, 0, bytes, side->blob_size);
	stack = side->sim->hosts[side->params->host].stack;
	side->blob = la_blob_create(stack, bytes, side->blob_size);
	if (side->blob == NULL)
		side->blob_size = 0;
}

static int listen_for(struct sim *sim, unsigned int s)
{
	const struct swarm_session *session = &sim->scenario.sessions[s];
	struct app_port *port = &sim->app.ports[s];
	struct la_endpoint local = { .addr = la_addr_from_ipv4(0), .port = session->server_port };
	struct la_error err;

	if (session->kind != SESSION_NORMAL || session->after >= 0 || session->rogue == 1)
		return 0;
	*port = (struct app_port){ .sim = sim,
				   .host = session->side[1].host,
				   .number = session->server_port,
				   .cookies = swarm_may_meet_cookie(&sim->scenario, session) ||
					      session->side[1].options.fast_open };
	return la_listen(sim->hosts[port->host].stack, &local, &passive_service, port,
			 &session->side[1].options, &err);
}

int app_create(struct sim *sim)
{
	unsigned int s, i;

	for (s = 0; s < sim->scenario.session_count; s++) {
		int rc;

		for (i = 0; i < 2; i++) {
			side_create(sim, s, i);
			side_create_blob(&sim->app.sides[s][i]);
		}
		rc = listen_for(sim, s);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void app_destroy(struct sim *sim)
{
	unsigned int s, i;

	for (s = 0; s < sim->scenario.session_count; s++) {
		for (i = 0; i < 2; i++)
			side_drop_blob(&sim->app.sides[s][i]);
	}
}
