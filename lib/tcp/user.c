/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * user.c: the user's calls of RFC 9293 section 3.10.1 to 3.10.6, in their order.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/hold.h"
#include "tcp/isn.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/outstanding.h"
#include "tcp/ports.h"
#include "tcp/state.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"
#include "tcp/transmit.h"

/* -- 3.10.1 OPEN -- */

/*
 * A port for the tuple, whose address of ours the user has named or left to us: then the others on
 * the same port of the stack are tried as well.
 */
static int choose_port(struct tcp *tcp, struct tcp_tuple *tuple, bool any_address)
{
	uint16_t first = tuple->local_index;
	int result = ports_choose(tcp, tuple);

	while (result != 0 && any_address) {
		tuple->local_index = net_source_after(tcp->net, tuple->local_index);
		if (tuple->local_index == first)
			break;
		result = ports_choose(tcp, tuple);
	}
	if (result != 0)
		ports_note_shortage(tcp, &tuple->remote, tuple->remote_port);
	return result;
}

/** An OPEN under way. */
struct opening {
	struct tcp_tuple tuple;
	uint64_t hash;    /**< of the tuple, in the table */
	bool any_address; /**< of ours will do */
	bool any_port;    /**< of ours will do */
	bool guessed;     /**< the port is a guess */
	struct port_guess guess;
};

/* Which address of ours, and whether the user's names make sense. 0 or -errno. */
static int choose_address(const struct tcp *tcp, const struct la_endpoint *local,
			  const struct la_endpoint *remote, struct opening *opening)
{
	int index;

	opening->any_address = local == NULL || la_addr_is_any(&local->addr);
	if (remote->port == 0)
		return -EINVAL;
	if (!net_peer_legal(tcp->net, &remote->addr))
		return -EADDRNOTAVAIL;
	index = opening->any_address ? net_source_for(tcp->net, &remote->addr)
				     : address_find(&tcp->net->addresses, &local->addr);
	if (index < 0)
		return opening->any_address ? index : -EADDRNOTAVAIL;
	opening->tuple.remote = remote->addr;
	opening->tuple.remote_port = remote->port;
	opening->tuple.local_port = 0;
	opening->tuple.local_index = (uint16_t)index;
	return 0;
}

/*
 * The 4-tuple, as it most probably will be. Whether nobody has it says the table, whose lines are
 * in no cache: they are on their way while the record is made, and confirm_tuple() reads them.
 */
static int propose_tuple(struct tcp *tcp, const struct la_endpoint *local,
			 const struct la_endpoint *remote, struct opening *opening)
{
	int result = choose_address(tcp, local, remote, opening);

	if (result != 0)
		return result;
	opening->any_port = local == NULL || local->port == 0;
	opening->guessed = opening->any_port && ports_guess(tcp, &opening->tuple, &opening->guess);
	if (opening->any_port && !opening->guessed) {
		result = choose_port(tcp, &opening->tuple, opening->any_address);
		opening->hash = table_hash(&tcp->table, &opening->tuple);
		return result;
	}
	if (!opening->any_port) {
		opening->tuple.local_port = local->port;
		if (!ports_come_home(tcp, &opening->tuple))
			return -EXDEV;
	}
	opening->hash = table_hash(&tcp->table, &opening->tuple);
	table_prefetch(&tcp->table, opening->hash);
	return 0;
}

/* Nobody has the 4-tuple, or another port is found for it. 0 or -errno. */
static int confirm_tuple(struct tcp *tcp, struct opening *opening)
{
	int result;

	if (opening->any_port && !opening->guessed)
		return 0;
	if (table_find(&tcp->table, &opening->tuple, opening->hash).kind == RECORD_NONE) {
		if (opening->guessed)
			ports_guessed_right(tcp, &opening->guess);
		return 0;
	}
	if (!opening->any_port)
		return -EADDRINUSE;
	result = choose_port(tcp, &opening->tuple, opening->any_address);
	opening->hash = table_hash(&tcp->table, &opening->tuple);
	return result;
}

static void write_record(const struct tcp *tcp, const struct opening *opening, uint16_t profile,
			 struct tcp_conn *out)
{
	const struct la_tcp_options *options = &tcp->profiles.list[profile].options;
	uint32_t iss = isn_generate(&tcp->isn_key, opening->hash, tcp->env->now_us);

	*out = (struct tcp_conn){
		.state = LA_CLOSED,
		.snd_una = iss,
		.snd_nxt = iss,
		.flight = CONN_NONE,
		.due_next = CONN_NONE,
		.profile = profile & 0xfffU,
		.flags = options->no_delay ? CONN_NO_DELAY : 0,
		.features = options->fast_open ? CONN_FAST_OPEN : 0,
		.mss = options_mss_announced(tcp, &opening->tuple.remote, options) & CONN_MSS_MOST,
		.rcv_shift = options_receive_shift(options) & 0xf,
		.last_recv_tick = tcp->env->now_tick,
	};
	out->tuple = opening->tuple;
}

/* 0, or -ENOBUFS and its port is free again. */
static int enter_table(struct tcp *tcp, struct tcp_conn *conn, uint64_t hash)
{
	struct table_entry self = { .kind = RECORD_CONN, .index = conn_index(tcp, conn) };

	/* A SYN needs no flight. What is to follow does, and none may come back. */
	if (flight_available(tcp) && table_insert(&tcp->table, &conn->tuple, hash, self) == 0)
		return 0;
	ports_free(&tcp->ports, &conn->tuple);
	return -ENOBUFS;
}

static struct tcp_conn *take_within_limit(struct tcp *tcp)
{
	return likely(tcp->conns.in_use < tcp->limits.connections) ? lifetime_take(tcp) : NULL;
}

/* There is no record for it. What is wrong with the call itself is told first. */
static int refuse_opening(struct tcp *tcp, struct opening *opening, uint16_t profile)
{
	int result = confirm_tuple(tcp, opening);

	if (result == 0) {
		if (tcp->conns.in_use >= tcp->limits.connections)
			stat_count(&tcp->env->counters, STAT_opens_limited);
		ports_free(&tcp->ports, &opening->tuple);
		result = -ENOBUFS;
	}
	profile_leave(&tcp->profiles, profile);
	return result;
}

int tcp_open(struct tcp *tcp, const struct la_endpoint *local, const struct la_endpoint *remote,
	     uint16_t profile, struct tcp_conn **out)
{
	struct opening opening;
	struct tcp_conn *conn;
	uint64_t proposed;
	int result = propose_tuple(tcp, local, remote, &opening);

	if (result != 0) {
		profile_leave(&tcp->profiles, profile);
		return result;
	}
	conn = take_within_limit(tcp);
	if (unlikely(conn == NULL))
		return refuse_opening(tcp, &opening, profile);
	proposed = opening.hash;
	write_record(tcp, &opening, profile, conn);
	result = confirm_tuple(tcp, &opening);
	if (unlikely(opening.hash != proposed))
		write_record(tcp, &opening, profile, conn);
	if (result == 0)
		result = enter_table(tcp, conn, opening.hash);
	if (unlikely(result != 0)) {
		conn->flags |= CONN_ENDED;
		lifetime_release(tcp, conn);
		return result;
	}
	conn->flags |= CONN_TABLED | CONN_KNOWN;
	tcp_conn_enter(tcp, conn, LA_SYN_SENT);
	tcp_mark_due(tcp, conn);
	*out = conn;
	return 0;
}

/* -- 3.10.2 SEND -- */

/* In any state in which nothing may be sent one of the two is set: tcp_conn_enter() sees to it. */
static inline int may_send(const struct tcp_conn *conn)
{
	return unlikely(conn_has(conn, CONN_ENDED | CONN_END_ASKED)) ? -EPIPE : 0;
}

/*
 * The send buffer: what path and peer take in two round trips, between the two settings. It grows
 * into this connection's share of the packet buffers: peers that do not read must not take all.
 */
static uint32_t send_buffer_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);
	uint32_t window = conn->cc.cwnd < conn->snd_wnd ? conn->cc.cwnd : conn->snd_wnd;
	uint32_t wanted = window < BUFFER_MAX / 2 ? window * 2 : BUFFER_MAX;
	uint32_t share;

	if (wanted > options->send_buffer_max)
		wanted = options->send_buffer_max;
	/* The share is a division that most need not make. */
	if (wanted <= options->send_buffer)
		return options->send_buffer;
	share = transmit_share_bytes(tcp);
	if (wanted > share)
		wanted = share;
	return wanted > options->send_buffer ? wanted : options->send_buffer;
}

uint32_t tcp_send_space(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t buffer = send_buffer_of(tcp, conn);
	uint32_t queued = flight == NULL ? 0 : flight->send.bytes.bytes;

	if (may_send(conn) != 0)
		return 0;
	if (flight == NULL && !flight_available(tcp))
		return 0;
	return queued < buffer ? buffer - queued : 0;
}

uint32_t tcp_send_buffers(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	return share_left(&tcp->env->share, flight == NULL ? 0 : flight->send.bytes.buffers);
}

static bool sends_nothing(const struct tcp_flight *flight)
{
	return flight == NULL || flight->send.bytes.bytes == 0;
}

/* A service may read as much as there is room, to send it: all of it has to be taken then. */
uint32_t tcp_send_room(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint64_t most = (uint64_t)tcp_send_buffers(tcp, conn) * tcp->buffer_text;
	uint32_t space = most == 0 ? 0 : tcp_send_space(tcp, conn);

	return most < space ? (uint32_t)most : space;
}

/* What every send notes about the bytes it queued. */
static inline void note_sent(struct tcp_conn *conn, struct tcp_flight *flight, unsigned int flags)
{
	if ((flags & LA_SEND_MORE) == 0)
		sendq_push(&flight->send);
	if ((flags & LA_SEND_URGENT) != 0) {
		flight->snd_up = sendq_end(&flight->send);
		conn->flags |= CONN_URGENT_OUT;
	}
}

/* Copies what is in the connection's share of the packet buffers (tcp_send_room). */
static uint32_t append_copy(struct tcp *tcp, struct tcp_flight *flight, const void *bytes,
			    uint32_t size)
{
	uint32_t before = flight->send.bytes.buffers;

	size = mbufq_append_copy(&flight->send.bytes, tcp->env->mbufs, bytes, size);
	share_take(&tcp->env->share, flight->send.bytes.buffers - before);
	return size;
}

/*
 * A request or its answer, as it mostly is: nothing is queued, and this fits one buffer and the
 * least send buffer there is, so that who may begin can send it.
 */
static inline bool is_sent_at_once(const struct tcp *tcp, const struct tcp_flight *flight,
				   size_t size)
{
	return flight != NULL && !flight->stands_idle && flight->send.bytes.buffers == 0 &&
	       size > 0 && size <= tcp->sent_at_once && share_may_begin(&tcp->env->share);
}

/* As much as there is room for. */
static __attribute__((noinline)) ssize_t send_what_fits(struct tcp *tcp, struct tcp_conn *conn,
							const void *bytes, size_t size,
							unsigned int flags)
{
	uint32_t room = tcp_send_room(tcp, conn);
	struct tcp_flight *flight;

	if (room == 0 || size == 0)
		return 0;
	flight = flight_attach(tcp, conn);
	if (flight == NULL)
		return 0;
	if (size < room)
		room = (uint32_t)size;
	if (flight->send.bytes.bytes == 0)
		hold_begins(flight, tcp->env->now_tick);
	room = append_copy(tcp, flight, bytes, room);
	if (room > 0)
		note_sent(conn, flight, room < size ? flags & ~LA_SEND_URGENT : flags);
	/* Due in any case: a flight that was attached for nothing has to be settled. */
	tcp_mark_due(tcp, conn);
	return (ssize_t)room;
}

ssize_t tcp_send(struct tcp *tcp, struct tcp_conn *conn, const void *bytes, size_t size,
		 unsigned int flags)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct env *env = tcp->env;
	struct rte_mbuf *mbuf;
	int result = may_send(conn);

	if (result != 0)
		return result;
	if (unlikely(!is_sent_at_once(tcp, flight, size)))
		return send_what_fits(tcp, conn, bytes, size, flags);
	mbuf = buffer_take_at_hand(env->at_hand);
	if (unlikely(mbuf == NULL))
		return send_what_fits(tcp, conn, bytes, size, flags);
	mbufq_begin(&flight->send.bytes, mbuf, (uint16_t)size);
	share_take(&env->share, 1);
	hold_begins(flight, env->now_tick);
	note_sent(conn, flight, flags);
	tcp_mark_due(tcp, conn);
	memcpy(rte_pktmbuf_mtod(mbuf, void *), bytes, size);
	return (ssize_t)size;
}

int tcp_send_chain(struct tcp *tcp, struct tcp_conn *conn, struct rte_mbuf *chain,
		   unsigned int flags)
{
	struct tcp_flight *flight;
	uint32_t before;
	int result = may_send(conn);

	if (result != 0)
		return result;
	if (chain == NULL || chain->pkt_len == 0)
		return -EINVAL;
	/* One chain may be more than is left: its buffers exist, none is made for it. */
	if (chain->pkt_len > tcp_send_space(tcp, conn) || tcp_send_buffers(tcp, conn) == 0)
		return -EAGAIN;
	flight = flight_attach(tcp, conn);
	if (flight == NULL)
		return -EAGAIN;
	if (flight->send.bytes.bytes == 0)
		hold_begins(flight, tcp->env->now_tick);
	before = flight->send.bytes.buffers;
	mbufq_append_take(&flight->send.bytes, chain);
	share_take(&tcp->env->share, flight->send.bytes.buffers - before);
	note_sent(conn, flight, flags);
	tcp_mark_due(tcp, conn);
	return 0;
}

bool tcp_room_ready(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t window = conn->snd_wnd < conn->cc.cwnd ? conn->snd_wnd : conn->cc.cwnd;

	if (!(conn_is_synchronized(conn) || conn_is_fast_open(conn)) ||
	    tcp_send_room(tcp, conn) == 0)
		return false;
	return sends_nothing(flight) || outstanding_bytes(tcp, conn) < window;
}

bool tcp_room_is_short(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return share_limit(&tcp->env->share) == 0 && sends_nothing(flight_of(tcp, conn));
}

void tcp_send_ask(struct tcp *tcp, struct tcp_conn *conn)
{
	if (tcp_send_buffers(tcp, conn) == 0 && tcp_send_space(tcp, conn) > 0)
		stat_count(&tcp->env->counters, STAT_sends_curbed);
	conn->flags |= CONN_ROOM_ASKED;
	tcp_mark_due(tcp, conn);
}

/* -- 3.10.3 RECEIVE -- */

/* The number of the next byte that the service reads; a FIN that was taken is none. */
static uint32_t reader_seq(const struct tcp_conn *conn, const struct tcp_flight *flight)
{
	return conn->rcv_nxt - conn_has(conn, CONN_FIN_RECEIVED) - flight->receive.bytes;
}

/* Reading opens the window, and may be what the end was waiting for. */
static void note_read(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_flight *flight)
{
	if (conn_has(conn, CONN_URGENT_IN) && seq_geq(reader_seq(conn, flight), flight->rcv_up))
		conn->flags &= ~CONN_URGENT_IN;
	ack_policy_read(tcp, conn, flight);
	tcp_mark_due(tcp, conn);
}

size_t tcp_receive_copy(struct tcp *tcp, struct tcp_conn *conn, void *bytes, size_t size)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL || flight->receive.bytes == 0 || size == 0)
		return 0;
	if (size > flight->receive.bytes)
		size = flight->receive.bytes;
	mbufq_peek(&flight->receive, bytes, (uint32_t)size);
	mbufq_trim(&flight->receive, (uint32_t)size);
	note_read(tcp, conn, flight);
	return size;
}

/* As much as there is. */
static __rte_noinline size_t skip_part(struct tcp *tcp, struct tcp_conn *conn, size_t max)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL || flight->receive.bytes == 0 || max == 0)
		return 0;
	if (max > flight->receive.bytes)
		max = flight->receive.bytes;
	mbufq_trim(&flight->receive, (uint32_t)max);
	note_read(tcp, conn, flight);
	return max;
}

size_t tcp_receive_skip(struct tcp *tcp, struct tcp_conn *conn, size_t max)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct rte_mbuf *mbuf;
	uint32_t bytes;

	/* A request, as it mostly is: one buffer, after which note_read() has nothing to note. */
	if (unlikely(flight == NULL || flight->receive.buffers != 1 ||
		     flight->receive.bytes > max || conn_has(conn, CONN_URGENT_IN) ||
		     ack_policy_wants_more(flight)))
		return skip_part(tcp, conn, max);
	bytes = flight->receive.bytes;
	mbuf = mbufq_take_only(&flight->receive);
	tcp_mark_due(tcp, conn);
	buffer_give_at_hand(mbuf, tcp->env->mbufs, tcp->env->at_hand);
	return bytes;
}

struct rte_mbuf *tcp_receive_chain(struct tcp *tcp, struct tcp_conn *conn, uint32_t max)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct rte_mbuf *chain;

	if (flight == NULL || max == 0)
		return NULL;
	chain = mbufq_take(&flight->receive, tcp->env->mbufs, max);
	if (chain != NULL)
		note_read(tcp, conn, flight);
	return chain;
}

/* -- 3.10.4 CLOSE -- */

int tcp_end(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	int result = may_send(conn);

	if (result != 0)
		return result;
	conn->flags |= CONN_END_ASKED;
	conn->flags &= ~CONN_ROOM_ASKED;
	if (flight != NULL && flight->send.bytes.bytes == 0)
		hold_begins(flight, tcp->env->now_tick);
	if (conn->state == LA_ESTABLISHED)
		tcp_conn_enter(tcp, conn, LA_FIN_WAIT_1);
	else if (conn->state == LA_CLOSE_WAIT)
		tcp_conn_enter(tcp, conn, LA_LAST_ACK);
	/* In SYN-SENT and SYN-RECEIVED the FIN waits for ESTABLISHED (lifetime_established). */
	tcp_mark_due(tcp, conn);
	return 0;
}

static bool has_unread(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	return flight != NULL && (flight->receive.bytes > 0 || flight->reasm.head != NULL);
}

int tcp_close(struct tcp *tcp, struct tcp_conn *conn)
{
	conn->flags |= CONN_READER_GONE;
	tcp_mark_due(tcp, conn);
	if (conn_has(conn, CONN_ENDED))
		return 0;
	if (conn->state == LA_SYN_SENT || has_unread(tcp, conn)) {
		tcp_abort(tcp, conn, LA_REASON_ABORTED);
		return 0;
	}
	if (conn->state == LA_FIN_WAIT_2)
		timers_on_lingering(tcp, conn);
	return conn_has(conn, CONN_END_ASKED) ? 0 : tcp_end(tcp, conn);
}

/* -- 3.10.5 ABORT -- */

void tcp_abort(struct tcp *tcp, struct tcp_conn *conn, enum la_reason reason)
{
	conn->flags |= CONN_READER_GONE;
	tcp_mark_due(tcp, conn);
	if (conn_has(conn, CONN_ENDED))
		return;
	if (conn->state == LA_SYN_RECEIVED || conn->state == LA_ESTABLISHED ||
	    conn->state == LA_FIN_WAIT_1 || conn->state == LA_FIN_WAIT_2 ||
	    conn->state == LA_CLOSE_WAIT)
		conn->flags |= CONN_RESET_DUE;
	tcp_conn_enter(tcp, conn, LA_CLOSED);
	lifetime_end(tcp, conn, reason);
}

/* -- settings -- */

int tcp_change_profile(struct tcp *tcp, struct tcp_conn *conn, const struct la_tcp_options *options)
{
	int result;

	timers_settle(tcp, conn);
	result = profile_change(&tcp->profiles, conn->profile, options);
	if (result < 0)
		return -ENOBUFS;
	conn->profile = (uint16_t)result & 0xfffU;
	return 0;
}

int tcp_set_options(struct tcp *tcp, struct tcp_conn *conn, const struct la_tcp_options *options,
		    struct la_error *err)
{
	const struct la_tcp_options old = *tcp_options_of(tcp, conn);
	int result = profile_check(options, err);

	if (result == 0)
		result = profile_check_change(&old, options, err);
	if (result == 0)
		result = tcp_change_profile(tcp, conn, options);
	if (result != 0)
		return result;
	if (!profile_same_quiet(&old, options)) {
		conn->last_recv_tick = tcp->env->now_tick;
		conn->keepalive_probes = 0;
	}
	/* RFC 5482 3: a value that changes is told. */
	if (options->user_timeout_us != old.user_timeout_us)
		conn->flags |= CONN_USER_TIMEOUT_DUE;
	if (options->user_timeout_us == 0 || !conn_is_synchronized(conn))
		conn->flags &= ~CONN_USER_TIMEOUT_DUE;
	if (options->no_delay)
		conn->flags |= CONN_NO_DELAY;
	else
		conn->flags &= ~CONN_NO_DELAY;
	timers_arm(tcp, conn);
	tcp_mark_due(tcp, conn);
	return 0;
}

/* -- 3.10.6 STATUS -- */

static uint64_t idle_us(const struct tcp *tcp, const struct tcp_conn *conn)
{
	uint32_t received = tcp->env->now_tick - conn->last_recv_tick;
	uint32_t sent = tcp->env->now_tick - conn->last_send_tick;

	/* Before ESTABLISHED no text has left, but with a SYN, and that is timed by itself. */
	if (!conn_is_synchronized(conn) || received < sent)
		return (uint64_t)received * WHEEL_TICK_US;
	return (uint64_t)sent * WHEEL_TICK_US;
}

void tcp_status(const struct tcp *tcp, const struct tcp_conn *conn, struct la_status *out)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	*out = (struct la_status){
		.state = (enum la_state)conn->state,
		.local = { .addr = tcp->net->addresses.list[conn->tuple.local_index].addr,
			   .port = conn->tuple.local_port },
		.remote = { .addr = conn->tuple.remote, .port = conn->tuple.remote_port },
		.passive = conn_has(conn, CONN_PASSIVE),
		.snd_una = conn->snd_una,
		.snd_nxt = conn->snd_nxt,
		.snd_wnd = conn->snd_wnd,
		.rcv_nxt = conn->rcv_nxt,
		.rcv_wnd = conn_rcv_wnd(conn),
		.cwnd = conn->cc.cwnd,
		.ssthresh = conn->cc.ssthresh,
		.srtt_us = conn->rtt.srtt_us,
		.rttvar_us = conn->rtt.rttvar_us,
		.rto_us = timers_rto_us(tcp, conn),
		.in_flight = conn->snd_nxt - conn->snd_una,
		.mss = conn->mss,
		.idle_us = idle_us(tcp, conn),
	};
	if (flight == NULL)
		return;
	out->send_queued = flight->send.bytes.bytes;
	out->receive_queued = flight->receive.bytes;
	out->out_of_order = flight->reasm.bytes;
	out->retransmits = flight->retransmits;
	out->soft_error = flight->soft_error;
	if (conn_has(conn, CONN_URGENT_IN))
		out->urgent_ahead = flight->rcv_up - reader_seq(conn, flight);
}
