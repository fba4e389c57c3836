/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judges of what the stack tells its user.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "stream.h"

#define ARP_WAIT_US 4000000U /* a frame may wait for an address so long */

int oracle_create(struct sim *sim)
{
	sim->oracle.flows = calloc(FLOWS_MAX, sizeof(*sim->oracle.flows));
	return sim->oracle.flows == NULL ? -1 : 0;
}

void oracle_destroy(struct sim *sim)
{
	free(sim->oracle.flows);
	sim->oracle.flows = NULL;
}

void oracle_fail(struct sim *sim, const char *oracle, const char *format, ...)
{
	struct violation *violation = &sim->oracle.violation;
	va_list args;

	assert(oracle != NULL);
	if (oracle_failed(violation))
		return;
	violation->oracle = oracle;
	violation->at_us = sim->now_us - sim->scenario.epoch_us;
	va_start(args, format);
	vsnprintf(violation->text, sizeof(violation->text), format, args);
	va_end(args);
}

bool oracle_prompt(const struct sim *sim, unsigned int host)
{
	return sim->scenario.hosts[host].tx_short == 0 && !sim->scenario.tight &&
	       (sim->scenario.hosts[host].late == 0 || sim->calm) &&
	       sim->now_us >= sim->oracle.asked_us[host] + ARP_WAIT_US;
}

bool oracle_misled(const struct sim *sim, const struct flow *flow)
{
	const struct scenario *scenario = &sim->scenario;
	unsigned int s;

	for (s = 0; s < scenario->session_count && flow->remote_host == scenario->host_count; s++) {
		const struct swarm_session *session = &scenario->sessions[s];

		if (session->rogue == 0 && session->server_port == flow->local_port)
			return swarm_may_meet_cookie(scenario, session) &&
			       (session->manners.stamps == STAMPS_WILD_ECHO ||
				session->manners.stamps == STAMPS_SOMETIMES);
	}
	return false;
}

static void side_fail(struct side *side, const char *oracle, const char *text)
{
	oracle_fail(side->sim, oracle,
		    "session %u side %u (host %u, state %s, sent %" PRIu64 ", received %" PRIu64
		    " of %" PRIu64 "): %s",
		    side->session_index, side->which, side->params->host + 1,
		    la_state_name(side->last_state), side->sent, side->received, side->peer->sent,
		    text);
}

/* ---- states ---- */

#define TO(state) (1U << LA_##state)

/* RFC 9293 3.3.2, one step. RST, abort and give-up lead to CLOSED from everywhere. */
static const uint16_t edges[LA_STATES] = {
	[LA_CLOSED] = TO(LISTEN) | TO(SYN_SENT) | TO(SYN_RECEIVED),
	[LA_LISTEN] = TO(SYN_RECEIVED) | TO(SYN_SENT) | TO(CLOSED),
	[LA_SYN_SENT] = TO(SYN_RECEIVED) | TO(ESTABLISHED) | TO(CLOSED),
	[LA_SYN_RECEIVED] =
		TO(ESTABLISHED) | TO(FIN_WAIT_1) | TO(CLOSE_WAIT) | TO(LISTEN) | TO(CLOSED),
	[LA_ESTABLISHED] = TO(FIN_WAIT_1) | TO(CLOSE_WAIT) | TO(CLOSED),
	[LA_FIN_WAIT_1] = TO(FIN_WAIT_2) | TO(CLOSING) | TO(TIME_WAIT) | TO(CLOSED),
	[LA_FIN_WAIT_2] = TO(TIME_WAIT) | TO(CLOSED),
	[LA_CLOSE_WAIT] = TO(LAST_ACK) | TO(CLOSED),
	[LA_CLOSING] = TO(TIME_WAIT) | TO(CLOSED),
	[LA_LAST_ACK] = TO(CLOSED),
	[LA_TIME_WAIT] = TO(CLOSED) | TO(SYN_RECEIVED), /* reopened by a SYN, 3.10.7.4 */
};

/* True if `to` can follow `from` with any number of steps, none of which leads through CLOSED. */
static bool reachable(enum la_state from, enum la_state to)
{
	uint16_t seen = (uint16_t)(1U << from);
	unsigned int round, state;

	for (round = 0; round < LA_STATES; round++) {
		uint16_t grown = seen;

		for (state = 0; state < LA_STATES; state++) {
			if ((seen & (1U << state)) && (state != LA_CLOSED || from == LA_CLOSED))
				grown |= edges[state];
		}
		seen = grown;
	}
	return (seen & (1U << to)) != 0;
}

static bool opens(enum la_state state)
{
	return state == LA_CLOSED || state == LA_LISTEN || state == LA_SYN_SENT ||
	       state == LA_SYN_RECEIVED;
}

/* A tuple that this worker has, or answers for, is its own. */
static void check_owner(struct sim *sim, unsigned int host, unsigned int worker,
			const struct la_endpoint *local, const struct la_endpoint *remote)
{
	unsigned int owner = host_owner(&sim->hosts[host], local->port,
					la_addr_to_ipv4(&remote->addr), remote->port);

	if (owner != worker)
		oracle_fail(sim, "owner",
			    "host %u: worker %u has to do with ports %u and %u, which are worker "
			    "%u's",
			    host + 1, worker, local->port, remote->port, owner);
}

/* A wrong hash brought a segment to a worker that refused it, and touched nothing. */
static bool is_refused(const struct sim *sim, unsigned int host, const struct la_rung *rung)
{
	unsigned int spread = sim->scenario.hosts[host].spread;

	return (spread == SPREAD_MISREAD || spread == SPREAD_LIES) && rung->drop != 0 &&
	       strcmp(la_drop_name(rung->drop), "wrong_worker") == 0;
}

void oracle_rung(struct sim *sim, unsigned int host, unsigned int worker,
		 const struct la_rung *rung)
{
	struct oracle *oracle = &sim->oracle;
	uint32_t remote = la_addr_to_ipv4(&rung->remote.addr);
	struct ladder_state *known;
	unsigned int i;

	if (is_refused(sim, host, rung))
		return;
	/* Of a flood nothing is remembered. */
	if (remote - swarm_address(0) >= swarm_ends(&sim->scenario)) {
		check_owner(sim, host, worker, &rung->local, &rung->remote);
		return;
	}
	if (rung->state >= LA_STATES) {
		oracle_fail(sim, "ladder", "host %u: a rung tells state %u", host + 1, rung->state);
		return;
	}
	for (i = 0; i < oracle->state_count; i++) {
		known = &oracle->states[i];
		if (known->host == host && known->remote == remote &&
		    known->local_port == rung->local.port &&
		    known->remote_port == rung->remote.port)
			break;
	}
	if (i == FLOWS_MAX)
		return;
	known = &oracle->states[i];
	if (i == oracle->state_count) {
		oracle->state_count++;
		*known = (struct ladder_state){
			.host = (uint8_t)host,
			.remote = remote,
			.local_port = rung->local.port,
			.remote_port = rung->remote.port,
			.state = LA_CLOSED,
			.worker = (uint8_t)worker,
		};
	}
	if (known->worker != worker && known->state != LA_CLOSED)
		oracle_fail(sim, "twice", "host %u port %u: worker %u has it, and so has worker %u",
			    host + 1, rung->local.port, known->worker, worker);
	check_owner(sim, host, worker, &rung->local, &rung->remote);
	known->worker = (uint8_t)worker;
	/* The rung of a segment that came bears the state after all the changes that it brought,
	 * and stands before them: what counts is each change, and the state of what is sent. */
	if (rung->event == LA_RUNG_SEGMENT && !rung->sent)
		return;
	/* A record that ended without a rung of its own leaves CLOSED or LISTEN behind. */
	if (!reachable(known->state, rung->state) && !opens(rung->state))
		oracle_fail(sim, "ladder", "host %u port %u: %s follows %s in the ladder", host + 1,
			    rung->local.port, la_state_name(rung->state),
			    la_state_name(known->state));
	known->state = rung->state;
}

/* ---- after a breath ---- */

/* What any status must satisfy. */
enum la_state oracle_state_of(const struct sim *sim, const struct flow *flow)
{
	const struct oracle *oracle = &sim->oracle;

	for (unsigned int i = 0; i < oracle->state_count; i++) {
		const struct ladder_state *known = &oracle->states[i];

		if (known->host == flow->host && known->local_port == flow->local_port &&
		    known->remote_port == flow->remote_port &&
		    known->remote == swarm_address(flow->remote_host))
			return (enum la_state)known->state;
	}
	return LA_CLOSED;
}

static struct la_worker *worker_of(const struct side *side)
{
	return side->sim->hosts[side->params->host].workers[side->worker].worker;
}

/* The worker's own list of connections. */
static void check_home(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct host *host = arg;
	struct la_status status;

	if (la_status(worker, conn, &status) == 0)
		check_owner(host->sim, host->index, la_worker_index(worker), &status.local,
			    &status.remote);
}

void oracle_homes(struct sim *sim, unsigned int host)
{
	struct host *it = &sim->hosts[host];
	unsigned int i;

	for (i = 0; i < it->worker_count && it->worker_count > 1; i++)
		la_worker_each(it->workers[i].worker, 0, it->params->max_connections, check_home,
			       it);
}

void oracle_connected(struct side *side)
{
	const struct host *host = &side->sim->hosts[side->params->host];
	struct la_status status;
	unsigned int owner;

	if (la_status(worker_of(side), side->conn, &status) != 0)
		return;
	owner = mutant_home(side->sim, host->worker_count,
			    host_owner(host, status.local.port,
				       la_addr_to_ipv4(&status.remote.addr), status.remote.port));
	if (owner != side->worker)
		oracle_fail(side->sim, "home",
			    "session %u side %u: opened on worker %u from port %u, and answers "
			    "come to worker %u",
			    side->session_index, side->which, side->worker, status.local.port,
			    owner);
}

static void oracle_status(struct side *side, const struct la_status *status)
{
	if (status->passive != (side->which == 1 && side->session->kind != SESSION_SIMULTANEOUS))
		side_fail(side, "status", "passive and active are mixed up");
	else if (status->local.port != side->local_port || status->remote.port != side->remote_port)
		side_fail(side, "status", "the ports have changed");
	else if (status->send_queued > swarm_send_buffer(side->params))
		side_fail(side, "status", "more is queued to send than the buffer holds");
	else if (status->in_flight > status->send_queued + 1 + (status->state == LA_SYN_RECEIVED))
		side_fail(side, "status", "more is in flight than queued");
	else if ((int32_t)(status->snd_nxt - status->snd_una) < 0)
		side_fail(side, "status", "SND.NXT lies behind SND.UNA");
	else if (status->receive_queued > swarm_receive_buffer(side->params))
		side_fail(side, "status", "more is unread than the receive buffer holds");
	else if (!side->closing &&
		 status->receive_queued != la_recv_ready(worker_of(side), side->conn))
		side_fail(side, "status", "la_recv_ready() contradicts la_status()");
	else if (status->mss == 0 && status->state >= LA_ESTABLISHED)
		side_fail(side, "status", "established with an MSS of 0");
	else if (status->cwnd == 0 && status->state >= LA_ESTABLISHED)
		side_fail(side, "status", "established with a congestion window of 0");
}

/* True if the peer owes an answer, so that something must be armed to ask again. */
static bool waits_for_peer(const struct la_status *status)
{
	switch (status->state) {
	case LA_SYN_SENT:
	case LA_SYN_RECEIVED:
	case LA_FIN_WAIT_1:
	case LA_CLOSING:
	case LA_LAST_ACK:
		return true;
	default:
		return status->send_queued > 0 || status->in_flight > 0;
	}
}

static void oracle_side_breath(struct sim *sim, struct side *side, bool silent)
{
	struct la_status status;
	enum la_state state;

	if (la_status(worker_of(side), side->conn, &status) != 0) {
		side_fail(side, "handle", "la_status() fails though closed() was not told");
		return;
	}
	state = mutant_state(sim, status.state);
	if (!reachable(side->last_state, state)) {
		oracle_fail(sim, "state", "session %u side %u: %s follows %s", side->session_index,
			    side->which, la_state_name(state), la_state_name(side->last_state));
		return;
	}
	side->last_state = state;
	oracle_status(side, &status);
	if (silent && waits_for_peer(&status))
		side_fail(side, "timer", "something is unacknowledged or unsent and nothing armed");
}

void oracle_breath(struct sim *sim, unsigned int host, unsigned int worker)
{
	uint64_t next_us = mutant_next_event(sim, host_worker_next_us(&sim->hosts[host], worker));
	unsigned int s, i;

	oracle_pace_breath(sim, host, worker);
	for (s = 0; s < sim->scenario.session_count; s++) {
		for (i = 0; i < 2; i++) {
			struct side *side = &sim->app.sides[s][i];

			if (side->alive && side->params->host == host && side->worker == worker)
				oracle_side_breath(sim, side, next_us == UINT64_MAX);
		}
	}
}

/* ---- callbacks ---- */

void oracle_text(struct side *side, const void *bytes, size_t size)
{
	size_t good = stream_check(side->peer->key, side->received, bytes, size);

	if (side->received + size > side->peer->sent)
		side_fail(side, "bytes", "more was read than the peer has written");
	else if (good < size)
		oracle_fail(side->sim, "bytes",
			    "session %u side %u: byte %" PRIu64 " is not what the peer wrote",
			    side->session_index, side->which, side->received + good);
}

void oracle_opened(struct side *side)
{
	if (side->opened)
		side_fail(side, "opened_once", "opened() came twice");
	if (side->closed_count > 0)
		side_fail(side, "opened_once", "opened() came after closed()");
	if (side->session->kind == SESSION_REFUSED || side->session->kind == SESSION_NOWHERE)
		side_fail(side, "opened_once", "opened() came where nobody listens");
}

void oracle_peer_closed(struct side *side)
{
	const struct side *peer = side->peer;

	if (side->peer_closed)
		side_fail(side, "end", "peer_closed() came twice");
	else if (!peer->ended && !peer->closing &&
		 (side_is_rogue(peer) || !side->sim->hosts[peer->params->host].stopped))
		side_fail(side, "end", "peer_closed() came and the peer has not ended");
	else if (!side->closing && side->received != peer->sent)
		side_fail(side, "end", "peer_closed() came before every byte was read");
}

/*
 * A reset in LAST-ACK or CLOSING is no fault if the peer has every byte, ended in order, and its
 * TIME-WAIT was over before our FIN's last repetition came: all it cut off is an ACK.
 */
static bool late_fin(const struct side *side, enum la_reason reason)
{
	const struct side *peer = side->peer;
	bool told = peer->closed_count == 1 && peer->reason == LA_REASON_DONE &&
		    (peer->received == side->sent || peer->closing);
	/* What it has not read keeps closed() waiting, not its TIME-WAIT. */
	bool unread = peer->alive && !peer->closing &&
		      (peer->last_state == LA_TIME_WAIT || peer->last_state == LA_CLOSED);

	return reason == LA_REASON_RESET &&
	       (side->last_state == LA_LAST_ACK || side->last_state == LA_CLOSING) &&
	       (told || unread);
}

static bool somebody_stops(const struct side *side)
{
	const struct scenario *scenario = &side->sim->scenario;

	return scenario->hosts[side->params->host].stop_us > 0 ||
	       (!side_is_rogue(side->peer) &&
		scenario->hosts[side->peer->params->host].stop_us > 0);
}

/* Whether anything in the scenario explains this reason. */
static bool reason_is_explained(const struct side *side, enum la_reason reason)
{
	const struct scenario *scenario = &side->sim->scenario;
	const struct side *peer = side->peer;
	bool over = swarm_impatient(peer->params) || peer->aborted || peer->closing ||
		    peer->orphaned || (peer->closed_count > 0 && peer->reason != LA_REASON_DONE);

	switch (reason) {
	case LA_REASON_DONE:
		return side->ended || side->closing || somebody_stops(side);
	case LA_REASON_RESET:
		return side_is_rogue(peer) || over ||
		       swarm_may_meet_cookie(scenario, side->session) ||
		       swarm_fast_open(side->session) || scenario->tight || somebody_stops(side) ||
		       late_fin(side, reason) ||
		       (side->session->kind != SESSION_SIMULTANEOUS && !peer->opened);
	case LA_REASON_REFUSED:
		return !side->opened &&
		       (side->session->kind == SESSION_REFUSED || over || scenario->tight ||
			somebody_stops(side) || side_is_rogue(peer));
	case LA_REASON_TIMEOUT:
		return scenario->hasty || scenario->tight || side_is_rogue(peer) ||
		       (swarm_impatient(side->params) && side->closing) ||
		       side->session->kind == SESSION_NOWHERE || over;
	case LA_REASON_IDLE:
		return side->params->options.idle_timeout_us > 0;
	case LA_REASON_ABORTED:
		return side->aborted || side->closing || side->orphaned;
	case LA_REASON_UNREACHABLE:
		return side->session->kind == SESSION_NOWHERE;
	case LA_REASON_STALLED:
		return side->params->options.stall_timeout_us > 0;
	case LA_REASON_STOPPED:
		return side->sim->hosts[side->params->host].stopped;
	default:
		return false;
	}
}

void oracle_closed(struct side *side, enum la_reason reason)
{
	const struct side *peer = side->peer;
	bool clean = swarm_clean(&side->sim->scenario, side->session);

	if (side->closed_count > 0) {
		side_fail(side, "closed_once", "closed() came twice");
		return;
	}
	if (clean && reason != LA_REASON_DONE && !late_fin(side, reason)) {
		oracle_fail(side->sim, "clean",
			    "session %u side %u (host %u) was to end in order and ended: %s; "
			    "state %s, sent %" PRIu64 ", received %" PRIu64 " of %" PRIu64,
			    side->session_index, side->which, side->params->host + 1,
			    la_reason_name(reason), la_state_name(side->last_state), side->sent,
			    side->received, peer->sent);
		return;
	}
	if (!reason_is_explained(side, reason))
		oracle_fail(side->sim, "reason",
			    "session %u side %u (host %u) ended: %s, and nothing explains it",
			    side->session_index, side->which, side->params->host + 1,
			    la_reason_name(reason));
	if (reason == LA_REASON_DONE && !side->closing && !side->peer_closed &&
	    !somebody_stops(side))
		side_fail(side, "end", "closed in order, but peer_closed() never came");
	if (reason == LA_REASON_DONE && !side->closing && !somebody_stops(side) &&
	    side->received != peer->sent)
		side_fail(side, "bytes", "closed in order before every byte was read");
}

void oracle_urgent(struct side *side)
{
	struct la_status status;
	unsigned int i;
	uint64_t mark;

	if (la_status(worker_of(side), side->conn, &status) != 0) {
		side_fail(side, "handle", "la_status() fails in urgent()");
		return;
	}
	if (status.urgent_ahead == 0)
		return;
	mark = side->received + status.urgent_ahead;
	/* The pointer reaches no further than 65535: with more in flight the mark comes in steps.
	 */
	if (swarm_send_buffer(side->peer->params) > UINT16_MAX && side->peer->urgent_count > 0 &&
	    mark < side->peer->urgent_ends[side->peer->urgent_count - 1])
		return;
	for (i = 0; i < side->peer->urgent_count; i++) {
		if (side->peer->urgent_ends[i] == mark)
			return;
	}
	oracle_fail(side->sim, "urgent",
		    "session %u side %u: the urgent mark %" PRIu64 " is none that the peer set",
		    side->session_index, side->which, mark);
}

/* ---- the end ---- */

static bool usage_is_zero(const struct la_usage *usage)
{
	return usage->connections == 0 && usage->flights == 0 && usage->embryos == 0 &&
	       usage->time_waits == 0 && usage->mbufs == 0 && usage->timers == 0 &&
	       usage->fragments == 0 && usage->neighbour_waiting == 0 && usage->table_entries == 0;
}

static struct la_usage usage_of(const struct host *host)
{
	struct la_usage sum = { 0 };
	unsigned int i;

	for (i = 0; i < host->worker_count; i++) {
		struct la_usage usage;

		la_worker_usage(host->workers[i].worker, &usage);
		sum.connections += usage.connections;
		sum.flights += usage.flights;
		sum.embryos += usage.embryos;
		sum.time_waits += usage.time_waits;
		sum.mbufs += usage.mbufs;
		sum.timers += usage.timers;
		sum.fragments += usage.fragments;
		sum.neighbour_waiting += usage.neighbour_waiting;
		sum.table_entries += usage.table_entries;
	}
	return sum;
}

/* What one has left for another on a ring or a lane makes that one due at once. */
static bool something_is_handed(const struct host *host)
{
	return host->worker_count > 1 && host_next_event_us(host) <= host->sim->now_us;
}

bool oracle_is_empty(struct sim *sim, unsigned int host)
{
	struct la_usage usage = usage_of(&sim->hosts[host]);

	return usage_is_zero(&usage) && host_buffers_used(&sim->hosts[host]) == 0 &&
	       !something_is_handed(&sim->hosts[host]);
}

static void usage_print(struct sim *sim, unsigned int host, char *buf, size_t size)
{
	struct la_usage usage = usage_of(&sim->hosts[host]);

	snprintf(buf, size,
		 "host %u: %u connections, %u flights, %u embryos, %u time-waits, %u mbufs (pool "
		 "says %u), %u timers, %u fragments, %u waiting for ARP, %u table entries%s",
		 host + 1, usage.connections, usage.flights, usage.embryos, usage.time_waits,
		 usage.mbufs, host_buffers_used(&sim->hosts[host]), usage.timers, usage.fragments,
		 usage.neighbour_waiting, usage.table_entries,
		 something_is_handed(&sim->hosts[host]) ? ", and something on a ring" : "");
}

static void oracle_empty(struct sim *sim)
{
	unsigned int h;
	char text[320];

	for (h = 0; h < sim->scenario.host_count; h++) {
		if (oracle_is_empty(sim, h))
			continue;
		usage_print(sim, h, text, sizeof(text));
		oracle_fail(sim, "empty", "after the end, %s", text);
	}
}

/* Clean sessions: both sides ended, and each has read what the other has written. */
static void oracle_delivered(struct sim *sim)
{
	unsigned int s, i;

	for (s = 0; s < sim->scenario.session_count; s++) {
		if (!swarm_clean(&sim->scenario, &sim->scenario.sessions[s]))
			continue;
		for (i = 0; i < 2; i++) {
			struct side *side = &sim->app.sides[s][i];
			/* A reset that late_fin() excused took what had not been read with it. */
			bool all_read = side->received == side->peer->params->bytes ||
					side->reason == LA_REASON_RESET;

			if (side->closed_count != 1)
				side_fail(side, "closed_once", "closed() never came");
			else if (side->sent != side->params->bytes || !all_read)
				side_fail(side, "delivered", "not every byte came over");
			else if (side->peer->urgent_count > 0 && side->urgent_calls == 0 &&
				 side->params->end != CLOSE_DONE) /* which may be gone by then */
				side_fail(side, "urgent", "urgent() was never told");
		}
	}
}

void oracle_end(struct sim *sim)
{
	oracle_delivered(sim);
	oracle_empty(sim);
}

void oracle_overdue(struct sim *sim)
{
	unsigned int s, i, h;
	char text[320] = "nothing is in use";

	for (s = 0; s < sim->scenario.session_count; s++) {
		for (i = 0; i < 2; i++) {
			if (sim->app.sides[s][i].alive)
				side_fail(&sim->app.sides[s][i], "liveness", "still not over");
		}
	}
	for (h = 0; h < sim->scenario.host_count; h++) {
		if (!oracle_is_empty(sim, h)) {
			usage_print(sim, h, text, sizeof(text));
			/* The application is done: what is still held is a leak, not a delay. */
			oracle_fail(sim, app_finished(sim) ? "empty" : "liveness",
				    "still in use: %s", text);
		}
	}
	oracle_fail(sim, "liveness", "still not over: %s", text);
}
