/* SPDX-License-Identifier: BSD-3-Clause */
#include "user.h"

#include <string.h>

#include <rte_mbuf.h>

#define CHUNK_MAX 2000U
#define GHOST 1U /**< in the context word: an earlier life */

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

bool user_state_follows(enum la_state from, enum la_state to)
{
	uint16_t seen = (uint16_t)(1U << from), before = 0;

	while (seen != before) {
		before = seen;
		for (unsigned int state = 0; state < LA_STATES; state++)
			if ((before & (1U << state)) != 0 &&
			    (state != LA_CLOSED || from == LA_CLOSED))
				seen |= edges[state];
	}
	return (seen & (1U << to)) != 0;
}

/* ---- calls ---- */

void user_reset(struct user *user)
{
	DEMAND(!user->alive);
	user->conn.id = 0;
	user->wire = (struct peer_user){ .sent = 0 };
	user->habits = 0;
	user->spoilt = user->opened = user->told_end = user->reading_known = false;
	user->closing = false;
	user->last_state = LA_CLOSED;
}

/*
 * A connection that is over on the wire keeps its handle until all was read; its 4-tuple is free by
 * then, and a new one may come. The old handle is closed, and only its end is waited for.
 */
static void abandon(struct user *user)
{
	struct la_worker *worker = user->lab->worker;
	struct la_status status;

	DEMAND(la_status(worker, user->conn, &status) == 0);
	DEMAND(status.state == LA_CLOSED || status.state == LA_TIME_WAIT);
	la_set_context(worker, user->conn, (uint64_t)(uintptr_t)user | GHOST);
	user->ghosts++;
	user->alive = false;
	DEMAND(la_close(worker, user->conn) == 0);
}

static bool is_ghost(struct la_worker *worker, struct la_conn conn)
{
	return (la_context(worker, conn) & GHOST) != 0;
}

/* A new life: the account starts anew, the habits stay. */
static void begin(struct user *user, struct la_conn conn)
{
	uint8_t habits = user->habits;
	bool spoilt = user->spoilt;

	user_reset(user);
	user->habits = habits;
	user->spoilt = spoilt;
	user->conn = conn;
	user->alive = true;
	la_set_context(user->lab->worker, conn, (uint64_t)(uintptr_t)user);
}

void user_connect(struct user *user, uint16_t our_port, const struct la_tcp_options *options)
{
	struct la_endpoint local = { la_addr_from_ipv4(LAB_US(user->peer->port)), our_port };
	struct la_endpoint remote = { la_addr_from_ipv4(user->peer->address),
				      user->peer->their_port };
	struct la_conn conn;

	if (la_connect(user->lab->worker, &local, &remote, &user_service, user, options, &conn) !=
	    0)
		return;
	if (user->alive)
		abandon(user);
	begin(user, conn);
}

static struct rte_mbuf *make_chain(struct user *user, const uint8_t *bytes, uint32_t size)
{
	struct rte_mempool *pool = la_worker_mempool(user->lab->worker);
	struct rte_mbuf *chain = NULL;
	uint32_t part = size / 3 + 1;

	for (uint32_t at = 0; at < size; at += part) {
		struct rte_mbuf *piece = rte_pktmbuf_alloc(pool);
		uint32_t length = size - at < part ? size - at : part;

		if (piece == NULL) {
			rte_pktmbuf_free(chain);
			return NULL;
		}
		memcpy(rte_pktmbuf_append(piece, (uint16_t)length), bytes + at, length);
		if (chain == NULL)
			chain = piece;
		else
			DEMAND(rte_pktmbuf_chain(chain, piece) == 0);
	}
	return chain;
}

void user_write(struct user *user, uint32_t size, enum user_way way, unsigned int flags)
{
	struct la_worker *worker = user->lab->worker;
	uint8_t bytes[CHUNK_MAX];

	if (!user->alive || user->wire.sent + size > USER_SENT_MAX || size == 0)
		return;
	DEMAND(size <= sizeof(bytes));
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = peer_user_octet(user->wire.sent + i);
	if (way == USER_CHAIN) {
		struct rte_mbuf *chain = make_chain(user, bytes, size);

		if (chain == NULL)
			return;
		if (la_send_mbuf(worker, user->conn, chain, flags) == 0)
			user->wire.sent += size;
		else
			rte_pktmbuf_free(chain);
	} else {
		ssize_t taken = la_send(worker, user->conn, bytes, size, flags);

		DEMAND(taken <= (ssize_t)size);
		user->wire.sent += taken > 0 ? (uint32_t)taken : 0;
	}
}

static void judge_bytes(struct user *user, const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size && user->reading_known; i++) {
		DEMAND(peer_has_sent(user->peer, user->read_seq + i));
		DEMAND(user->spoilt || bytes[i] == peer_octet(user->read_seq + i));
	}
}

void user_read(struct user *user, uint32_t size, enum user_way way)
{
	struct la_worker *worker = user->lab->worker;
	uint8_t bytes[CHUNK_MAX];
	uint32_t got = 0;

	if (!user->alive || user->closing)
		return;
	if (way == USER_COPY) {
		ssize_t taken = la_recv(worker, user->conn, bytes,
					size < sizeof(bytes) ? size : sizeof(bytes));

		DEMAND(taken >= 0 && taken <= (ssize_t)size);
		got = (uint32_t)taken;
		judge_bytes(user, bytes, got);
	} else if (way == USER_SKIP) {
		got = (uint32_t)la_recv_skip(worker, user->conn, size);
	} else {
		struct rte_mbuf *chain = la_recv_mbuf(worker, user->conn, size);

		for (const struct rte_mbuf *piece = chain; piece != NULL; piece = piece->next) {
			judge_bytes(user, rte_pktmbuf_mtod(piece, const uint8_t *),
				    piece->data_len);
			user->read_seq += piece->data_len;
			got += piece->data_len;
		}
		DEMAND(chain == NULL || (chain->pkt_len == got && got <= size));
		user->read_seq -= got;
		rte_pktmbuf_free(chain);
	}
	/* No byte comes after the end was told. */
	DEMAND(got == 0 || !user->told_end);
	user->read_seq += got;
}

void user_end(struct user *user)
{
	if (!user->alive)
		return;
	if (la_end(user->lab->worker, user->conn) == 0)
		user->wire.ended = true;
}

void user_close(struct user *user)
{
	if (!user->alive)
		return;
	user->wire.ended = user->closing = true;
	DEMAND(la_close(user->lab->worker, user->conn) == 0);
}

void user_abort(struct user *user)
{
	if (!user->alive)
		return;
	user->wire.ended = user->closing = true;
	DEMAND(la_abort(user->lab->worker, user->conn) == 0);
}

/* ---- what must hold after every breath ---- */

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

void user_judge(struct user *user)
{
	struct la_worker *worker = user->lab->worker;
	struct la_status status;

	if (!user->alive) {
		/* A handle is dead once its end was told. */
		DEMAND(user->conn.id == 0 || la_status(worker, user->conn, &status) < 0);
		return;
	}
	DEMAND(la_status(worker, user->conn, &status) == 0);
	DEMAND(user_state_follows(user->last_state, status.state));
	user->last_state = status.state;
	DEMAND(status.send_queued <= user->send_buffer);
	/* A FIN, and where Fast Open sends before the handshake is over our SYN, too. */
	DEMAND(status.in_flight <= status.send_queued + 1 + (status.state == LA_SYN_RECEIVED));
	DEMAND((int32_t)(status.snd_nxt - status.snd_una) >= 0);
	DEMAND(status.receive_queued <= user->receive_buffer);
	DEMAND(status.receive_queued == la_recv_ready(worker, user->conn) || user->closing);
	if (waits_for_peer(&status))
		DEMAND(la_worker_next_event_us(worker) != UINT64_MAX);
}

/* ---- callbacks ---- */

static struct user *known(struct la_worker *worker, struct la_conn conn)
{
	struct user *user = (struct user *)(uintptr_t)la_context(worker, conn);

	DEMAND(user != NULL && user->alive && user->conn.id == conn.id);
	return user;
}

/* The number of the first byte there is to read: from the state it is known whether a FIN counts.
 */
static void find_first_byte(struct user *user)
{
	struct la_status status;

	DEMAND(la_status(user->lab->worker, user->conn, &status) == 0);
	user->read_seq = status.rcv_nxt - status.receive_queued;
	user->reading_known = true;
	switch (status.state) {
	case LA_CLOSE_WAIT:
	case LA_LAST_ACK:
	case LA_CLOSING:
	case LA_TIME_WAIT:
		user->read_seq--;
		break;
	case LA_CLOSED:
		user->reading_known = false;
		break;
	default:
		break;
	}
}

static void on_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct user *user = (struct user *)(uintptr_t)la_context(worker, conn);

	if (user == NULL) {
		struct la_status status;

		DEMAND(la_status(worker, conn, &status) == 0);
		DEMAND(status.passive);
		user = user_of_port(data, status.remote.port);
		DEMAND(user != NULL);
		if (user->alive)
			abandon(user);
		begin(user, conn);
		user->last_state = status.state;
	}
	DEMAND(user->conn.id == conn.id && user->alive && !user->opened);
	user->opened = true;
	find_first_byte(user);
	if ((user->habits & HABIT_WRITE_AT_OPEN) != 0)
		user_write(user, 700, USER_CHAIN, 0);
	if ((user->habits & HABIT_END_AT_OPEN) != 0)
		user_end(user);
	if ((user->habits & HABIT_WRITE) != 0)
		la_send_ask(worker, conn);
}

static void on_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct user *user = known(worker, conn);

	(void)data;
	DEMAND(user->opened && la_recv_ready(worker, conn) > 0);
	if ((user->habits & HABIT_READ) != 0)
		for (unsigned int i = 0; i < 64 && la_recv_ready(worker, conn) > 0; i++)
			user_read(user, CHUNK_MAX, USER_CHAIN);
	if ((user->habits & HABIT_CLOSE_IN_DATA) != 0)
		user_close(user);
	if ((user->habits & HABIT_ABORT_IN_DATA) != 0)
		user_abort(user);
}

static void on_urgent(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	DEMAND(known(worker, conn)->opened);
}

static void on_room(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct user *user = known(worker, conn);

	(void)data;
	DEMAND(user->opened);
	if ((user->habits & HABIT_WRITE) == 0 || user->wire.sent + 600 > USER_SENT_MAX)
		return;
	user_write(user, 600, USER_COPY, 0);
	la_send_ask(worker, conn);
}

static void on_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct user *user = known(worker, conn);

	(void)data;
	DEMAND(user->opened && !user->told_end && la_recv_ready(worker, conn) == 0);
	user->told_end = true;
	/* The FIN is the octet behind the last that was read. */
	DEMAND(!user->reading_known || peer_has_sent(user->peer, user->read_seq));
	if ((user->habits & HABIT_END_AFTER_PEER) != 0)
		user_end(user);
	if ((user->habits & HABIT_CLOSE_AFTER_PEER) != 0)
		user_close(user);
}

static void on_closed(struct la_worker *worker, struct la_conn conn, void *data,
		      enum la_reason reason)
{
	struct user *user;

	(void)data;
	DEMAND(reason < LA_REASONS);
	if (is_ghost(worker, conn)) {
		user = (struct user *)(uintptr_t)(la_context(worker, conn) & ~(uint64_t)GHOST);
		DEMAND(user->ghosts > 0);
		user->ghosts--;
		return;
	}
	user = known(worker, conn);
	DEMAND(reason != LA_REASON_DONE || user->wire.ended);
	DEMAND(reason != LA_REASON_DONE || user->told_end || user->closing);
	user->alive = false;
}

const struct la_service user_service = {
	.name = "fuzz",
	.opened = on_opened,
	.data = on_data,
	.urgent = on_urgent,
	.room = on_room,
	.peer_closed = on_peer_closed,
	.closed = on_closed,
};
