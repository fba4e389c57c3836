/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <assert.h>
#include <stdlib.h>

#include "bench.h"
#include "config/tcp_constants.h"
#include "wire/tcp_header.h"

#define QUEUE_FRAMES 65536U /* on their way to the server; a power of two */
#define PORTS 50000U        /* of an address */
#define PORT_FIRST 10000U
#define TUPLES_LEAST 6400000U   /* so many are used in turn */
#define FLOOD_FIRST 0xc612ff00U /* 198.18.255.0/24: nobody answers from here */
#define SEQUENCE_STEP 1000000U  /* an initial number lies so far above the last one used */
#define ACK_EVERY 2U            /* segments of text (RFC 9293 MUST-58) */

_Static_assert((QUEUE_FRAMES & (QUEUE_FRAMES - 1)) == 0, "the queue is indexed by mask");

enum peer_state {
	PEER_CLOSED,
	PEER_OPENING,  /* SYN sent */
	PEER_OPEN,     /* established */
	PEER_ENDED,    /* we sent FIN first */
	PEER_LAST_ACK, /* the server sent FIN first, and we after it */
};

struct peer_conn {
	uint32_t tuple; /* number of its 4-tuple; modulo connections it is the slot */
	uint32_t snd_una, snd_nxt, rcv_nxt;
	uint8_t state;
	uint8_t unacknowledged; /* segments of text */
	bool fin_acknowledged;
	bool timestamps;    /* agreed */
	uint32_t ts_recent; /* to be echoed */
};

/* A frame that is still to be written. */
struct peer_frame {
	bool is_arp;
	union {
		struct stateless_segment segment;
		struct arp_packet arp;
	};
};

struct peer {
	struct bench *bench;
	struct stateless_link link;
	struct peer_conn *conns;
	uint32_t connections, tuples;
	uint64_t lost;
	uint64_t flooded;
	uint32_t head, tail; /* of the queue; they count on */
	struct peer_frame queue[QUEUE_FRAMES];
};

struct peer *peer_create(struct bench *bench, const struct stateless_link *link)
{
	/* None, in a flood alone: the one slot is never begun. */
	uint32_t connections = bench->options->connections > 0 ? bench->options->connections : 1;
	uint32_t rounds = TUPLES_LEAST / connections;
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL)
		return NULL;
	peer->bench = bench;
	peer->link = *link;
	peer->connections = connections;
	peer->tuples = connections * (rounds > 0 ? rounds : 1);
	peer->conns = calloc(connections, sizeof(*peer->conns));
	for (uint32_t i = 0; i < connections && peer->conns != NULL; i++)
		peer->conns[i].tuple = i;
	if (peer->conns != NULL)
		return peer;
	free(peer);
	return NULL;
}

void peer_destroy(struct peer *peer)
{
	if (peer == NULL)
		return;
	free(peer->conns);
	free(peer);
}

uint64_t peer_lost(const struct peer *peer)
{
	return peer->lost;
}

/* ---- towards the server ---------------------------------------------------------------------- */

static struct peer_frame *enqueue(struct peer *peer)
{
	if (peer->tail - peer->head == QUEUE_FRAMES) {
		peer->lost++;
		return NULL;
	}
	return &peer->queue[peer->tail++ & (QUEUE_FRAMES - 1)];
}

/* False: there is no room on the way, and nothing will come. */
static bool send_segment(struct peer *peer, struct peer_conn *conn, uint8_t flags, uint16_t text)
{
	struct peer_frame *frame = enqueue(peer);

	if (frame == NULL)
		return false;
	frame->is_arp = false;
	frame->segment = (struct stateless_segment){
		.peer = END_CLIENT_ADDRESS + conn->tuple / PORTS,
		.stack = END_SERVER_ADDRESS,
		.peer_port = (uint16_t)(PORT_FIRST + conn->tuple % PORTS),
		.stack_port = END_SERVER_PORT,
		.seq = conn->snd_nxt,
		.ack = conn->rcv_nxt,
		.text = text,
		.flags = flags,
		.has_timestamps = conn->timestamps,
		.ts_echo = conn->ts_recent,
	};
	conn->snd_nxt += text + ((flags & (TCP_SYN | TCP_FIN)) != 0);
	conn->unacknowledged = 0;
	return true;
}

/* What fits a segment with timestamps, whether there are any or not. */
static uint16_t segment_text(const struct peer *peer)
{
	return (uint16_t)(peer->link.mss - TCP_TIMESTAMPS_BYTES);
}

/* In as many segments as it takes; the last one is pushed. */
static void send_request(struct peer *peer, struct peer_conn *conn)
{
	const uint16_t segment = segment_text(peer);
	uint32_t left = peer->bench->options->request;

	peer->bench->tally.bytes_out += left;
	while (left > segment) {
		send_segment(peer, conn, TCP_ACK, segment);
		left -= segment;
	}
	send_segment(peer, conn, TCP_ACK | TCP_PSH, (uint16_t)left);
}

static void send_stream(struct peer *peer, struct peer_conn *conn)
{
	if (peer->bench->load.stopped)
		return;
	while (conn->snd_nxt - conn->snd_una + segment_text(peer) <= STREAMS_TURN_BYTES) {
		if (!send_segment(peer, conn, TCP_ACK, segment_text(peer)))
			return;
	}
}

static void end(struct peer *peer, struct peer_conn *conn, enum peer_state state)
{
	send_segment(peer, conn, TCP_ACK | TCP_FIN, 0);
	conn->state = (uint8_t)state;
}

void peer_begin(struct peer *peer, uint32_t slot)
{
	struct peer_conn *conn = &peer->conns[slot];
	struct load_slot *here = &peer->bench->load.slots[slot];

	assert(slot < peer->connections);
	here->received = 0;
	if (conn->state == PEER_CLOSED) {
		conn->tuple = (conn->tuple + peer->connections) % peer->tuples;
		conn->snd_nxt += SEQUENCE_STEP;
		conn->snd_una = conn->snd_nxt;
		conn->rcv_nxt = 0;
		conn->fin_acknowledged = false;
		conn->timestamps = peer->link.offer.timestamps;
		conn->ts_recent = 0;
		conn->state = PEER_OPENING;
		send_segment(peer, conn, TCP_SYN, 0);
	} else if (peer->bench->options->test->exchange == EXCHANGE_REQUESTS) {
		send_request(peer, conn);
	} else if (peer->bench->options->test->exchange == EXCHANGE_STREAM) {
		send_stream(peer, conn);
	} else if (peer->bench->options->test->exchange == EXCHANGE_MAERTS &&
		   streams_in_turn(peer->connections)) {
		send_segment(peer, conn, TCP_ACK | TCP_PSH, 1);
	}
}

/* ---- what the server sent -------------------------------------------------------------------- */

static uint32_t slot_of(const struct peer *peer, const struct peer_conn *conn)
{
	return (uint32_t)(conn - peer->conns);
}

/* The connection that a segment belongs to; NULL for those of a flood, and of older times. */
static struct peer_conn *find(struct peer *peer, const struct stateless_segment *in)
{
	uint32_t tuple =
		(in->peer - END_CLIENT_ADDRESS) * PORTS + (uint32_t)(in->peer_port - PORT_FIRST);
	struct peer_conn *conn;

	if (in->peer < END_CLIENT_ADDRESS || in->peer >= FLOOD_FIRST || tuple >= peer->tuples)
		return NULL;
	conn = &peer->conns[tuple % peer->connections];
	return conn->tuple == tuple && conn->state != PEER_CLOSED ? conn : NULL;
}

/* SYN-ACK: what follows a handshake at once. */
static void open(struct peer *peer, struct peer_conn *conn, const struct stateless_segment *in)
{
	struct bench *bench = peer->bench;
	const struct options *options = bench->options;

	conn->rcv_nxt = in->seq + 1;
	conn->timestamps = in->has_timestamps;
	conn->ts_recent = in->ts_value;
	conn->state = PEER_OPEN;
	bench->tally.opened++;
	if (options->test->standing) {
		send_segment(peer, conn, TCP_ACK, 0);
		bench->load.established++;
		load_idle(&bench->load, slot_of(peer, conn));
	} else if (options->test->exchange == EXCHANGE_CONNECT) {
		if (options->closer == CLOSER_CLIENT)
			end(peer, conn, PEER_ENDED);
		else
			send_segment(peer, conn, TCP_ACK, 0);
	} else {
		send_request(peer, conn);
	}
}

/* The response is complete. */
static void finish_response(struct peer *peer, struct peer_conn *conn)
{
	struct bench *bench = peer->bench;
	const struct options *options = bench->options;
	uint32_t slot = slot_of(peer, conn);

	if (options->test->exchange == EXCHANGE_REQUESTS) {
		/* The next request acknowledges, if it comes at once. */
		if (options->rate > 0 || peer->connections > LOAD_BUSY_MAX)
			send_segment(peer, conn, TCP_ACK, 0);
		bench_done(bench, slot);
		load_idle(&bench->load, slot);
	} else if (options->closer == CLOSER_CLIENT) {
		end(peer, conn, PEER_ENDED);
	}
}

/* A server may keep the last piece until all before it is acknowledged (RFC 9293 3.7.4). */
static void go_on_with_turn(struct peer *peer, struct peer_conn *conn, uint32_t left)
{
	if (conn->unacknowledged >= ACK_EVERY || left < peer->link.mss)
		send_segment(peer, conn, TCP_ACK, 0);
	if (left == 0)
		load_idle(&peer->bench->load, slot_of(peer, conn));
}

static void take_text(struct peer *peer, struct peer_conn *conn, const struct stateless_segment *in)
{
	struct bench *bench = peer->bench;
	struct load_slot *slot = &bench->load.slots[slot_of(peer, conn)];
	enum exchange exchange = bench->options->test->exchange;

	conn->rcv_nxt += in->text;
	bench->tally.bytes_in += in->text;
	slot->received += in->text;
	conn->unacknowledged++;
	if (exchange != EXCHANGE_MAERTS && exchange != EXCHANGE_STREAM &&
	    slot->received == bench->options->response)
		finish_response(peer, conn);
	else if (exchange == EXCHANGE_MAERTS && streams_in_turn(peer->connections))
		go_on_with_turn(peer, conn, STREAMS_TURN_BYTES - slot->received);
	else if (conn->unacknowledged >= ACK_EVERY)
		send_segment(peer, conn, TCP_ACK, 0);
}

/* Both directions have ended. */
static void close_slot(struct peer *peer, struct peer_conn *conn)
{
	struct bench *bench = peer->bench;
	uint32_t slot = slot_of(peer, conn);

	conn->state = PEER_CLOSED;
	if (bench->options->test->standing) {
		if (!bench->load.stopped)
			bench->tally.failed[LA_REASON_DONE]++;
		return;
	}
	/* A flood's transactions are its SYNs. */
	if (bench->options->test->exchange == EXCHANGE_FLOOD)
		latency_record(&bench->latency, rte_rdtsc() - bench->load.slots[slot].due);
	else
		bench_done(bench, slot);
	load_idle(&bench->load, slot);
}

static void take_fin(struct peer *peer, struct peer_conn *conn)
{
	conn->rcv_nxt++;
	if (conn->state == PEER_ENDED) {
		send_segment(peer, conn, TCP_ACK, 0);
		close_slot(peer, conn);
	} else {
		end(peer, conn, PEER_LAST_ACK);
	}
}

static void take_reset(struct peer *peer, struct peer_conn *conn)
{
	conn->state = PEER_CLOSED;
	if (peer->bench->load.stopped)
		return;
	peer->bench->tally.failed[LA_REASON_RESET]++;
	if (peer->bench->load.slots[slot_of(peer, conn)].busy)
		load_retry(&peer->bench->load, slot_of(peer, conn));
}

/* Without end, or until all of a turn has arrived. */
static void stream_on(struct peer *peer, struct peer_conn *conn)
{
	if (!streams_in_turn(peer->connections))
		send_stream(peer, conn);
	else if (conn->snd_una == conn->snd_nxt)
		load_idle(&peer->bench->load, slot_of(peer, conn));
}

static void take_ack(struct peer *peer, struct peer_conn *conn, uint32_t ack)
{
	if ((int32_t)(ack - conn->snd_una) <= 0 || (int32_t)(conn->snd_nxt - ack) < 0)
		return;
	conn->snd_una = ack;
	if (peer->bench->options->test->exchange == EXCHANGE_STREAM && conn->state == PEER_OPEN &&
	    peer->bench->load.slots[slot_of(peer, conn)].busy)
		stream_on(peer, conn);
	if (conn->state == PEER_LAST_ACK && ack == conn->snd_nxt)
		close_slot(peer, conn);
}

static void take_segment(struct peer *peer, const struct stateless_segment *in)
{
	struct peer_conn *conn = find(peer, in);

	if (conn == NULL)
		return;
	if ((in->flags & TCP_RST) != 0) {
		take_reset(peer, conn);
		return;
	}
	if (conn->state == PEER_OPENING) {
		if ((in->flags & TCP_SYN) != 0 && in->ack == conn->snd_nxt) {
			conn->snd_una = in->ack;
			open(peer, conn, in);
		}
		return;
	}
	if (in->seq != conn->rcv_nxt || (in->flags & TCP_SYN) != 0) {
		/* It comes a second time: what acknowledges it took too long. */
		if (in->text > 0)
			send_segment(peer, conn, TCP_ACK, 0);
		return;
	}
	conn->ts_recent = in->ts_value;
	take_ack(peer, conn, in->ack);
	if (in->text > 0)
		take_text(peer, conn, in);
	if ((in->flags & TCP_FIN) != 0)
		take_fin(peer, conn);
}

void peer_take(struct peer *peer, const struct rte_mbuf *mbuf)
{
	struct stateless_segment in;
	struct arp_packet arp;
	struct peer_frame *frame;

	switch (stateless_read(&peer->link, mbuf, &in, &arp)) {
	case STATELESS_TCP:
		take_segment(peer, &in);
		break;
	case STATELESS_ARP_REQUEST:
		frame = arp.target_ip == PEER_GATEWAY ? enqueue(peer) : NULL;
		if (frame != NULL)
			*frame = (struct peer_frame){ .is_arp = true, .arp = arp };
		break;
	case STATELESS_BAD:
		peer->lost++;
		break;
	case STATELESS_OTHER:
		break;
	}
}

uint16_t peer_give(struct peer *peer, struct rte_mbuf **mbufs, uint16_t count)
{
	uint32_t waiting = peer->tail - peer->head;
	uint16_t given = waiting < count ? (uint16_t)waiting : count;

	for (uint16_t i = 0; i < given; i++) {
		const struct peer_frame *frame = &peer->queue[peer->head++ & (QUEUE_FRAMES - 1)];

		if (frame->is_arp)
			stateless_write_arp(&peer->link, mbufs[i], &frame->arp);
		else
			stateless_write(&peer->link, mbufs[i], &frame->segment);
	}
	return given;
}

void peer_flood(struct peer *peer, struct rte_mbuf **mbufs, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		uint64_t mixed = ++peer->flooded * UINT64_C(0x9e3779b97f4a7c15);
		const struct stateless_segment syn = {
			.has_timestamps = peer->link.offer.timestamps,
			.peer = FLOOD_FIRST + (uint32_t)(mixed >> 56),
			.stack = END_SERVER_ADDRESS,
			.peer_port = (uint16_t)(mixed >> 32),
			.stack_port = END_SERVER_PORT,
			.seq = (uint32_t)mixed,
			.flags = TCP_SYN,
		};

		stateless_write(&peer->link, mbufs[i], &syn);
	}
	peer->bench->tally.done += count;
}
