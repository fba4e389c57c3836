/* SPDX-License-Identifier: BSD-3-Clause */
#include "stateless.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "config/limits.h"
#include "stateless_frame.h"
#include "wire/tcp_header.h"

#define QUEUE_FRAMES 4096U /* on their way to the stack; a power of two */
#define PORT_FIRST 1024U
#define PORTS (65536U - PORT_FIRST)
#define ADDRESSES 65534U
#define PEER_MSS 1460U

_Static_assert((QUEUE_FRAMES & (QUEUE_FRAMES - 1)) == 0, "the queue is indexed by mask");

struct walk {
	enum stateless_walk what;
	bool by_notebook;
	uint64_t first, count;
	uint64_t done;     /**< connections that it has come to */
	uint64_t position; /**< of the next one, within the range */
	uint64_t stride;   /**< has no divisor in common with count */
};

struct stateless {
	struct stateless_config config;
	struct stateless_link link;
	struct walk walk;
	enum stateless_life life;
	uint32_t round;            /**< requests that each connection had before this walk */
	uint64_t walked, may_walk; /**< connections, by all walks */
	struct stateless_counts counts;
	uint32_t head, tail; /**< of the queue; they count on */
	struct rte_mbuf *queue[QUEUE_FRAMES];
};

struct stateless *stateless_create(const struct stateless_config *config)
{
	struct stateless *peer = calloc(1, sizeof(*peer));

	assert(config->request <= STATELESS_TEXT_MOST && config->response <= STATELESS_TEXT_MOST);
	if (peer == NULL)
		return NULL;
	peer->config = *config;
	memcpy(peer->link.peer_mac, config->peer_mac, sizeof(peer->link.peer_mac));
	memcpy(peer->link.stack_mac, config->stack_mac, sizeof(peer->link.stack_mac));
	peer->link.mss = PEER_MSS;
	peer->link.offer = config->offer;
	peer->may_walk = UINT64_MAX;
	return peer;
}

void stateless_destroy(struct stateless *peer)
{
	if (peer == NULL)
		return;
	while (peer->head != peer->tail)
		rte_pktmbuf_free(peer->queue[peer->head++ % QUEUE_FRAMES]);
	free(peer);
}

uint64_t stateless_most(void)
{
	return (uint64_t)ADDRESSES * PORTS;
}

struct la_endpoint stateless_endpoint(const struct stateless *peer, uint64_t number)
{
	assert(number < stateless_most());
	return (struct la_endpoint){
		.addr = la_addr_from_ipv4(peer->config.first_peer + (uint32_t)(number / PORTS)),
		.port = (uint16_t)(PORT_FIRST + number % PORTS),
	};
}

/* The number of the connection; meaningful for tuples that a number has made. */
static uint64_t number_of(const struct stateless *peer, const struct stateless_segment *segment)
{
	return (uint64_t)(segment->peer - peer->config.first_peer) * PORTS +
	       (uint64_t)(segment->peer_port - PORT_FIRST);
}

/* The peer's initial sequence number: any number will do that the tuple gives again. */
static uint32_t initial_sequence(const struct stateless_segment *segment)
{
	uint64_t mixed = ((uint64_t)segment->peer << 32 | (uint32_t)segment->peer_port << 16 |
			  segment->stack_port) *
			 UINT64_C(0x9e3779b97f4a7c15);

	mixed ^= mixed >> 29;
	mixed *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(mixed >> 32);
}

/* ---- towards the stack ----------------------------------------------------------------------- */

/* Takes the buffer; the frame leaves in its turn. */
static void enqueue(struct stateless *peer, struct rte_mbuf *mbuf)
{
	if (unlikely(peer->tail - peer->head == QUEUE_FRAMES)) {
		peer->counts.lost++;
		rte_pktmbuf_free(mbuf);
		return;
	}
	peer->queue[peer->tail++ % QUEUE_FRAMES] = mbuf;
}

static void count_sent(struct stateless_counts *counts, const struct stateless_segment *segment)
{
	counts->syns += (segment->flags & TCP_SYN) != 0;
	counts->requests += segment->text > 0;
	counts->fins += (segment->flags & TCP_FIN) != 0;
}

static void answer(struct stateless *peer, struct rte_mbuf *mbuf,
		   const struct stateless_segment *segment)
{
	count_sent(&peer->counts, segment);
	stateless_write(&peer->link, mbuf, segment);
	enqueue(peer, mbuf);
}

/* ---- what the stack sent --------------------------------------------------------------------- */

/* What a SYN-ACK is answered by. */
static void complete_handshake(struct stateless *peer, const struct stateless_segment *in,
			       struct stateless_segment *out)
{
	uint64_t number = number_of(peer, in);

	peer->counts.established++;
	if (number < peer->config.noted)
		peer->config.notebook[number] = in->seq;
	if (peer->life == STATELESS_ASK || peer->life == STATELESS_ASK_AND_CLOSE) {
		out->flags |= TCP_PSH;
		out->text = peer->config.request;
	} else if (peer->life == STATELESS_CONNECT) {
		out->flags |= TCP_FIN;
	}
}

/* The stack opens: the peer is the server. */
static void take_syn(struct stateless *peer, struct stateless_segment *out)
{
	peer->counts.established++;
	out->seq = initial_sequence(out);
	out->flags = TCP_SYN | TCP_ACK;
}

/*
 * A segment without SYN, RST, FIN and text: the stack says how far it is. What is asked for in this
 * walk and did not come yet is sent. False: there is nothing to say.
 */
static bool take_ack(struct stateless *peer, const struct stateless_segment *in,
		     struct stateless_segment *out)
{
	uint32_t taken = in->ack - initial_sequence(in) - 1; /* bytes, FIN included */

	if (peer->walk.what == STATELESS_REQUEST && taken == peer->round * peer->config.request) {
		out->flags |= TCP_PSH;
		out->text = peer->config.request;
		return true;
	}
	if (peer->walk.what == STATELESS_CLOSE && taken <= peer->config.request) {
		out->flags |= TCP_FIN;
		return true;
	}
	return false;
}

/* Text, FIN or both. */
static void take_text(struct stateless *peer, const struct stateless_segment *in,
		      struct stateless_segment *out)
{
	uint32_t taken = in->ack - initial_sequence(in) - 1;
	bool fin_is_out = taken == peer->config.request + 1U;

	if (in->text > 0) {
		peer->counts.responses++;
		peer->counts.response_bytes += in->text;
	}
	if ((in->flags & TCP_FIN) != 0) {
		peer->counts.fins_in++;
		if (!fin_is_out)
			out->flags |= TCP_FIN;
	} else if (peer->life == STATELESS_ASK_AND_CLOSE && (in->flags & TCP_PSH) != 0) {
		out->flags |= TCP_FIN;
	} else if (peer->life == STATELESS_ASK_AGAIN && (in->flags & TCP_PSH) != 0) {
		out->flags |= TCP_PSH;
		out->text = peer->config.request;
	}
}

/* As a server: a request is answered by a response, FIN by FIN. */
static void serve(struct stateless *peer, const struct stateless_segment *in,
		  struct stateless_segment *out)
{
	if (in->text > 0) {
		peer->counts.responses++;
		peer->counts.response_bytes += in->text;
		out->flags |= TCP_PSH;
		out->text = peer->config.response;
	}
	if ((in->flags & TCP_FIN) != 0) {
		peer->counts.fins_in++;
		out->flags |= TCP_FIN;
	}
}

/* The answer to a segment, in *out; false: none. */
static bool reply_to(struct stateless *peer, const struct stateless_segment *in,
		     struct stateless_segment *out)
{
	*out = *in;
	out->seq = in->ack;
	out->ack = in->seq + in->text + ((in->flags & (TCP_SYN | TCP_FIN)) != 0);
	out->flags = TCP_ACK;
	out->text = 0;
	out->has_timestamps = in->has_timestamps && peer->link.offer.timestamps;
	out->ts_echo = in->ts_value;
	if (unlikely((in->flags & TCP_RST) != 0)) {
		peer->counts.resets_in++;
		return false;
	}
	if ((in->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
		complete_handshake(peer, in, out);
		return true;
	}
	if ((in->flags & TCP_SYN) != 0) {
		take_syn(peer, out);
		return true;
	}
	if (in->text == 0 && (in->flags & TCP_FIN) == 0)
		return take_ack(peer, in, out);
	if (in->stack_port == peer->config.stack_port)
		take_text(peer, in, out);
	else
		serve(peer, in, out);
	return true;
}

/* Owns the buffer. */
static void take_frame(struct stateless *peer, struct rte_mbuf *mbuf)
{
	struct stateless_segment in, out;
	struct arp_packet arp;

	peer->counts.frames_in++;
	switch (stateless_read(&peer->link, mbuf, &in, &arp)) {
	case STATELESS_TCP:
		if (reply_to(peer, &in, &out)) {
			answer(peer, mbuf, &out);
			return;
		}
		break;
	case STATELESS_ARP_REQUEST:
		if (arp.target_ip == peer->config.gateway) {
			stateless_write_arp(&peer->link, mbuf, &arp);
			enqueue(peer, mbuf);
			return;
		}
		break;
	case STATELESS_BAD:
		peer->counts.bad++;
		break;
	default:
		break;
	}
	rte_pktmbuf_free(mbuf);
}

/* ---- walks ----------------------------------------------------------------------------------- */

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void stateless_begin(struct stateless *peer, enum stateless_walk walk, uint64_t first,
		     uint64_t count, bool by_notebook)
{
	/* By the golden section: connections that follow each other lie far apart. */
	uint64_t stride = count * 618 / 1000 + 1;

	assert(count > 0 && first + count <= stateless_most());
	assert(!by_notebook || first + count <= peer->config.noted);
	while (common_divisor(stride, count) != 1)
		stride++;
	peer->walk = (struct walk){ .what = walk,
				    .by_notebook = by_notebook,
				    .first = first,
				    .count = walk == STATELESS_REST ? 0 : count,
				    .stride = stride };
}

uint64_t stateless_progress(const struct stateless *peer)
{
	return peer->walk.done;
}

bool stateless_is_quiet(const struct stateless *peer)
{
	return peer->walk.done == peer->walk.count && peer->head == peer->tail;
}

void stateless_round(struct stateless *peer, uint32_t round)
{
	peer->round = round;
}

void stateless_may_walk(struct stateless *peer, uint64_t total)
{
	peer->may_walk = total;
}

uint64_t stateless_walked(const struct stateless *peer)
{
	return peer->walked;
}

void stateless_live(struct stateless *peer, enum stateless_life life)
{
	assert(life != STATELESS_CONNECT || peer->config.request == 0);
	peer->life = life;
}

/* The segment by which a walk comes to a connection. */
static void first_word(struct stateless *peer, uint64_t number, struct stateless_segment *out)
{
	const struct stateless_config *config = &peer->config;
	struct la_endpoint end = stateless_endpoint(peer, number);
	uint32_t initial;

	*out = (struct stateless_segment){ .peer = la_addr_to_ipv4(&end.addr),
					   .stack = config->stack,
					   .peer_port = end.port,
					   .stack_port = config->stack_port,
					   .has_timestamps = config->offer.timestamps };
	initial = initial_sequence(out);
	out->seq = initial;
	if (peer->walk.what == STATELESS_OPEN) {
		out->flags = TCP_SYN;
		return;
	}
	out->flags = TCP_ACK;
	if (!peer->walk.by_notebook) {
		/* A number that was acknowledged before: whatever the state, an ACK comes back. */
		peer->counts.probes++;
		return;
	}
	out->seq = initial + 1;
	out->ack = config->notebook[number] + 1;
	if (peer->walk.what == STATELESS_REQUEST) {
		out->flags |= TCP_PSH;
		out->seq += peer->round * config->request;
		out->ack += peer->round * config->response;
		out->text = config->request;
	} else {
		out->flags |= TCP_FIN;
		out->seq += config->request;
		out->ack += config->response;
	}
}

/* Up to count frames of the walk. Returns how many. */
static uint16_t walk_on(struct stateless *peer, struct rte_mbuf **mbufs, uint16_t count)
{
	struct walk *walk = &peer->walk;
	uint16_t made = 0;

	if (count > walk->count - walk->done)
		count = (uint16_t)(walk->count - walk->done);
	if (peer->walked + count > peer->may_walk)
		count = peer->may_walk > peer->walked ? (uint16_t)(peer->may_walk - peer->walked)
						      : 0;
	while (made < count) {
		struct stateless_segment segment;
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(peer->config.mbufs);

		/* The connection is come to later. */
		if (unlikely(mbuf == NULL))
			break;
		first_word(peer, walk->first + walk->position, &segment);
		count_sent(&peer->counts, &segment);
		stateless_write(&peer->link, mbuf, &segment);
		mbufs[made++] = mbuf;
		walk->done++;
		peer->walked++;
		walk->position += walk->stride;
		if (walk->position >= walk->count)
			walk->position -= walk->count;
	}
	return made;
}

/* ---- the port -------------------------------------------------------------------------------- */

static uint16_t give_frames(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct stateless *peer = ctx;
	uint64_t began = rte_rdtsc();
	uint16_t given = 0;

	while (given < count && peer->head != peer->tail)
		mbufs[given++] = peer->queue[peer->head++ % QUEUE_FRAMES];
	if (given < count)
		given = (uint16_t)(given + walk_on(peer, mbufs + given, (uint16_t)(count - given)));
	peer->counts.frames_out += given;
	peer->counts.breaths++;
	peer->counts.cycles.receive += rte_rdtsc() - began;
	return given;
}

static uint16_t take_frames(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct stateless *peer = ctx;
	uint64_t began = rte_rdtsc();

	for (uint16_t i = 0; i < count; i++)
		take_frame(peer, mbufs[i]);
	peer->counts.cycles.send += rte_rdtsc() - began;
	return count;
}

const struct la_port_ops *stateless_ops(void)
{
	static const struct la_port_ops ops = { .rx_burst = give_frames, .tx_burst = take_frames };

	return &ops;
}

const struct stateless_counts *stateless_counts(const struct stateless *peer)
{
	return &peer->counts;
}
