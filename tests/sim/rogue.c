/* SPDX-License-Identifier: BSD-3-Clause */
#include "rogue.h"

#include <assert.h>
#include <string.h>

#include "frame.h"
#include "sim.h"
#include "stream.h"

#define ROGUE_STREAM 0x5200U
#define SEGMENT_MAX 1460U
#define ACKS_AT_ONCE 12U  /**< that one arriving segment may bring */
#define QUIET_US 50000U   /**< between looks at the clock while there is nothing to do */
#define LAZY_SEGMENTS 32U /**< for so many a lazy receiver sends one ACK */
#define FAR_AHEAD 20000U  /**< how far beyond the truth claims go */
#define HALF_SPACE (1U << 30)
#define ARP_BYTES 42U

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- sending ---- */

static uint16_t window_now(struct rogue *rogue, bool syn)
{
	const struct swarm_rogue *manners = rogue->manners;
	uint32_t window = manners->window;

	switch (syn ? WINDOW_FIXED : manners->windows) {
	case WINDOW_SHRINKS:
		window = (uint32_t)prng_below(&rogue->prng, window + 1);
		break;
	case WINDOW_ZERO:
		window = 0;
		break;
	case WINDOW_ONE:
		window = 1;
		break;
	case WINDOW_FLAPS:
		window = prng_permille(&rogue->prng, 500) ? 0 : window;
		break;
	default:
		break;
	}
	if (rogue->scaled && !syn)
		window >>= manners->shift;
	return (uint16_t)smaller(window, UINT16_MAX);
}

static void stamp(struct rogue *rogue, struct frame *frame)
{
	const struct swarm_rogue *manners = rogue->manners;
	bool syn = (frame->flags & FRAME_SYN) != 0;

	frame->stamped = rogue->stamped;
	if (!frame->stamped)
		return;
	frame->tsval = rogue->tsval + (uint32_t)(rogue->sim->now_us / 1000);
	frame->tsecr = rogue->ts_recent;
	if (syn)
		return;
	switch (manners->stamps) {
	case STAMPS_GO_BACK:
		frame->tsval -= (uint32_t)prng_below(&rogue->prng, 10000);
		break;
	case STAMPS_JUMP:
		if (prng_permille(&rogue->prng, 20))
			rogue->tsval += (uint32_t)prng_u64(&rogue->prng);
		break;
	case STAMPS_WILD_ECHO:
		frame->tsecr = (uint32_t)prng_u64(&rogue->prng);
		break;
	case STAMPS_SOMETIMES:
		frame->stamped = prng_permille(&rogue->prng, 500);
		break;
	default:
		break;
	}
}

static void mark(struct rogue *rogue, struct frame *frame)
{
	const struct swarm_rogue *manners = rogue->manners;
	bool syn = (frame->flags & FRAME_SYN) != 0;

	switch (manners->ecn) {
	case ECN_ECHO_EVER:
		frame->flags |=
			syn ? FRAME_ECE | (frame->flags & FRAME_ACK ? 0 : FRAME_CWR) : FRAME_ECE;
		break;
	case ECN_ANYTHING:
		frame->flags |= (uint8_t)(prng_u64(&rogue->prng) & (FRAME_ECE | FRAME_CWR));
		frame->ecn = (uint8_t)prng_below(&rogue->prng, 4);
		break;
	default:
		break;
	}
}

/* An option that nobody knows, of a legal length or of one that leads astray. */
static size_t rubbish(struct rogue *rogue, uint8_t *at)
{
	size_t size = prng_range(&rogue->prng, 2, 8);

	if (!prng_permille(&rogue->prng, rogue->manners->rubbish))
		return 0;
	prng_fill(&rogue->prng, at, size);
	if (prng_permille(&rogue->prng, 500)) {
		at[0] = (uint8_t)prng_range(&rogue->prng, 35, 255);
		at[1] = (uint8_t)size;
	}
	return size;
}

/* Addresses, ports, window, stamps; then on the wire. */
static void send(struct rogue *rogue, struct frame *frame)
{
	uint8_t bytes[FRAME_SIZE_MAX], extra[8];
	size_t size;

	if (rogue->budget == 0) {
		rogue->stage = ROGUE_SILENT;
		return;
	}
	rogue->budget--;
	frame->source = swarm_address(rogue->side->params->host);
	frame->target = swarm_address(rogue->victim->params->host);
	frame->source_port = rogue->side->local_port;
	frame->target_port = rogue->side->remote_port;
	frame->window = window_now(rogue, (frame->flags & FRAME_SYN) != 0);
	if ((frame->flags & FRAME_SYN) == 0)
		frame->window_shift = -1;
	if ((frame->flags & FRAME_RST) == 0) {
		stamp(rogue, frame);
		mark(rogue, frame);
	}
	size = rubbish(rogue, extra);
	size = frame_build(frame, extra, size, bytes);
	sim_rogue_sent(rogue->sim, rogue->victim->params->host, bytes, size);
}

static void send_syn(struct rogue *rogue)
{
	const struct swarm_rogue *manners = rogue->manners;
	bool answer = rogue->heard_syn;
	struct frame frame = {
		.flags = answer ? FRAME_SYN | FRAME_ACK : FRAME_SYN,
		.seq = rogue->iss,
		.ack = answer ? rogue->irs + 1 : 0,
		.mss = manners->mss,
		.window_shift = -1,
	};

	if (!answer) {
		rogue->scaled = manners->scaling;
		rogue->stamped = manners->stamps != STAMPS_NONE;
		rogue->sacks = manners->sacks != SACKS_NONE;
	}
	if (rogue->scaled)
		frame.window_shift = (int8_t)manners->shift;
	frame.sack_permitted = rogue->sacks;
	rogue->syns++;
	rogue->stage = ROGUE_OPENING;
	rogue->next_us = rogue->sim->now_us + ROGUE_SYN_US;
	send(rogue, &frame);
}

/* ---- what it claims to have ---- */

static void put_sack(struct rogue *rogue, struct frame *frame, uint32_t from, uint32_t to)
{
	if (frame->sack_count == FRAME_SACKS_MAX)
		return;
	frame->sacks[frame->sack_count].from = rogue->irs + from;
	frame->sacks[frame->sack_count++].to = rogue->irs + to;
}

static void sack_lie(struct rogue *rogue, struct frame *frame)
{
	uint32_t span = rogue->highest > rogue->rcv_nxt ? rogue->highest - rogue->rcv_nxt : 1;
	uint32_t at = rogue->rcv_nxt + (uint32_t)prng_below(&rogue->prng, span);
	uint32_t more = 1 + (uint32_t)prng_below(&rogue->prng, FAR_AHEAD);

	switch (rogue->manners->sacks) {
	case SACKS_AHEAD:
		put_sack(rogue, frame, rogue->highest + more, rogue->highest + 2 * more);
		break;
	case SACKS_BELOW:
		put_sack(rogue, frame, 1, smaller(rogue->rcv_nxt, more) + 1);
		break;
	case SACKS_BACKWARD:
		put_sack(rogue, frame, at + more, at);
		break;
	case SACKS_SINGLE:
		put_sack(rogue, frame, at, at + 1);
		break;
	case SACKS_ALL:
		put_sack(rogue, frame, rogue->rcv_nxt + 1, rogue->rcv_nxt + 1 + span);
		break;
	default:
		put_sack(rogue, frame, at, at + more);
		break;
	}
}

static void put_sacks(struct rogue *rogue, struct frame *frame)
{
	unsigned int i;

	if (!rogue->sacks && !prng_permille(&rogue->prng, rogue->manners->unasked))
		return;
	if (rogue->manners->sacks > SACKS_RENEGED) {
		do
			sack_lie(rogue, frame);
		while (prng_permille(&rogue->prng, 600) && frame->sack_count < FRAME_SACKS_MAX);
		return;
	}
	for (i = rogue->range_count; i > 0; i--)
		put_sack(rogue, frame, rogue->ranges[i - 1].from, rogue->ranges[i - 1].to);
}

static void send_ack(struct rogue *rogue, uint32_t ack)
{
	struct frame frame = {
		.flags = FRAME_ACK,
		.seq = rogue->iss + rogue->snd_nxt,
		.ack = rogue->irs + ack,
	};

	put_sacks(rogue, &frame);
	if (ack > rogue->claimed)
		rogue->claimed = ack;
	send(rogue, &frame);
}

static void acknowledge(struct rogue *rogue)
{
	uint32_t from = smaller(rogue->claimed, rogue->rcv_nxt);
	unsigned int i, count = (unsigned int)prng_range(&rogue->prng, 2, ACKS_AT_ONCE);

	rogue->unacked_segments++;
	switch (rogue->manners->acks) {
	case ACKS_SPLIT:
		for (i = 1; i <= count; i++)
			send_ack(rogue, from + (rogue->rcv_nxt - from) * i / count);
		break;
	case ACKS_REPEATED:
		for (i = 0; i < count; i++)
			send_ack(rogue, rogue->rcv_nxt);
		break;
	case ACKS_OPTIMISTIC:
		rogue->claimed = (uint32_t)later(rogue->claimed, rogue->highest);
		send_ack(rogue, rogue->claimed + (uint32_t)prng_below(&rogue->prng, 3000));
		break;
	case ACKS_WILD:
		send_ack(rogue, rogue->highest + (uint32_t)prng_below(&rogue->prng, FAR_AHEAD));
		break;
	case ACKS_LAZY:
		if (rogue->unacked_segments % LAZY_SEGMENTS == 0)
			send_ack(rogue, rogue->rcv_nxt);
		break;
	case ACKS_NEVER:
		send_ack(rogue, 1);
		break;
	case ACKS_GO_BACK:
		send_ack(rogue, 1 + (uint32_t)prng_below(&rogue->prng, rogue->rcv_nxt));
		send_ack(rogue, rogue->rcv_nxt);
		break;
	default:
		send_ack(rogue, rogue->rcv_nxt);
		break;
	}
}

/* ---- text ---- */

static void send_piece(struct rogue *rogue, uint32_t from, uint32_t to)
{
	uint8_t text[SEGMENT_MAX];
	uint32_t end = 1 + rogue->side->params->bytes;
	struct frame frame = {
		.flags = FRAME_ACK | FRAME_PSH,
		.seq = rogue->iss + from,
		.ack = rogue->irs + smaller(rogue->claimed, rogue->rcv_nxt),
		.text = text,
	};

	if (rogue->manners->acks == ACKS_NEVER)
		frame.ack = rogue->irs + 1;
	to = smaller(to, end);
	if (from < 1 || from >= to)
		return;
	frame.text_size = smaller(to - from, SEGMENT_MAX);
	stream_fill(rogue->side->key, from - 1, text, frame.text_size);
	if (from + frame.text_size > rogue->snd_nxt)
		rogue->snd_nxt = from + frame.text_size;
	send(rogue, &frame);
}

static uint32_t segment_size(const struct rogue *rogue)
{
	uint32_t size = rogue->manners->segment;

	return smaller(size, rogue->mss != 0 ? rogue->mss : 536);
}

/* Every other byte between what is acknowledged and the edge; the others stay out. */
static void send_odd(struct rogue *rogue, uint32_t edge)
{
	uint32_t at = rogue->snd_una + 1 + 2 * (uint32_t)prng_below(&rogue->prng, 400);
	unsigned int i;

	for (i = 0; i < 8 && at + 1 < edge; i++, at += 2)
		send_piece(rogue, at, at + 1);
}

static void send_reversed(struct rogue *rogue, uint32_t edge)
{
	uint32_t size = segment_size(rogue), count = (edge - rogue->snd_una) / size + 1;

	for (count = smaller(count, 16); count > 0; count--)
		send_piece(rogue, rogue->snd_una + (count - 1) * size,
			   smaller(rogue->snd_una + count * size, edge));
}

/* Sends what its manners like best. False: it has nothing to send, or may not. */
static bool send_text(struct rogue *rogue)
{
	uint32_t end = 1 + rogue->side->params->bytes;
	uint32_t edge = smaller(end, rogue->snd_edge);
	uint32_t size = segment_size(rogue), at = rogue->snd_nxt;
	unsigned int i;

	if (rogue->snd_una >= end)
		return false;
	if (rogue->sim->now_us - rogue->progress_us > ROGUE_PATIENCE_US) {
		rogue->progress_us = rogue->sim->now_us;
		send_piece(rogue, rogue->snd_una, rogue->snd_una + size);
		return true;
	}
	switch (rogue->manners->text) {
	case TEXT_ODD:
		send_odd(rogue, edge);
		return true;
	case TEXT_REVERSED:
		send_reversed(rogue, edge);
		return true;
	case TEXT_OVERLAPS:
		at -= smaller(at - 1, (uint32_t)prng_below(&rogue->prng, 2 * size));
		break;
	case TEXT_BEYOND:
		if (prng_permille(&rogue->prng, 200))
			send_piece(rogue, edge, edge + size);
		break;
	case TEXT_REPEATED:
		for (i = 0; i < 3 && at < edge; i++)
			send_piece(rogue, at, smaller(at + size, edge));
		break;
	default:
		break;
	}
	if (at >= edge)
		return false;
	send_piece(rogue, at, smaller(at + size, edge));
	return true;
}

static void send_fin(struct rogue *rogue)
{
	struct frame frame = {
		.flags = FRAME_FIN | FRAME_ACK,
		.seq = rogue->iss + 1 + rogue->side->params->bytes,
		.ack = rogue->irs + smaller(rogue->claimed, rogue->rcv_nxt),
	};

	rogue->fin_sent = true;
	rogue->side->ended = true;
	rogue->progress_us = rogue->sim->now_us;
	send(rogue, &frame);
}

static void send_reset(struct rogue *rogue, uint32_t ahead)
{
	struct frame frame = { .flags = FRAME_RST, .seq = rogue->iss + rogue->snd_nxt + ahead };

	rogue->side->aborted = true;
	send(rogue, &frame);
}

/* All is acknowledged, or it has had enough. */
static void end(struct rogue *rogue)
{
	unsigned int i;

	switch (rogue->manners->end) {
	case ROGUE_FINS:
		if (!rogue->fin_sent ||
		    (rogue->snd_una <= rogue->side->params->bytes + 1 &&
		     rogue->sim->now_us - rogue->progress_us > ROGUE_PATIENCE_US))
			send_fin(rogue);
		break;
	case ROGUE_RESETS:
		for (i = 0; i < 5; i++)
			send_reset(rogue, 1 + (uint32_t)prng_below(&rogue->prng, 5000));
		send_reset(rogue, 0);
		rogue->stage = ROGUE_SILENT;
		break;
	default:
		rogue->stage = ROGUE_SILENT;
		break;
	}
}

/* ---- arriving ---- */

static void arrive(struct rogue *rogue, uint32_t from, uint32_t to)
{
	unsigned int i;

	rogue->highest = (uint32_t)later(rogue->highest, to);
	if (from > rogue->rcv_nxt) {
		if (rogue->range_count < ROGUE_RANGES_MAX) {
			rogue->ranges[rogue->range_count].from = from;
			rogue->ranges[rogue->range_count++].to = to;
		}
		return;
	}
	rogue->rcv_nxt = (uint32_t)later(rogue->rcv_nxt, to);
	for (i = 0; i < rogue->range_count;) {
		if (rogue->ranges[i].from > rogue->rcv_nxt) {
			i++;
			continue;
		}
		rogue->rcv_nxt = (uint32_t)later(rogue->rcv_nxt, rogue->ranges[i].to);
		rogue->ranges[i] = rogue->ranges[--rogue->range_count];
		i = 0;
	}
}

static void take_syn(struct rogue *rogue, const struct frame *frame)
{
	const struct swarm_rogue *manners = rogue->manners;
	bool client = rogue->side->which == 0;

	if (client && (frame->flags & FRAME_ACK) == 0)
		return;
	if (!rogue->heard_syn) {
		rogue->irs = frame->seq;
		rogue->rcv_nxt = rogue->highest = rogue->claimed = 1;
		rogue->scaled = manners->scaling && frame->window_shift >= 0;
		rogue->stamped = manners->stamps != STAMPS_NONE && frame->stamped;
		rogue->sacks = manners->sacks != SACKS_NONE && frame->sack_permitted;
		rogue->shift = rogue->scaled ? frame->window_shift : 0;
		rogue->mss = frame->mss;
		rogue->side->remote_port = frame->source_port;
	}
	rogue->heard_syn = true;
	rogue->ts_recent = frame->tsval;
	rogue->snd_edge = 1U + frame->window;
	if (!client) {
		send_syn(rogue);
		return;
	}
	rogue->stage = ROGUE_OPEN;
	rogue->snd_una = 1;
	rogue->next_us = rogue->sim->now_us + 1;
	send_ack(rogue, 1);
}

static void take_ack(struct rogue *rogue, const struct frame *frame)
{
	uint32_t ahead = frame->ack - rogue->iss;
	uint32_t edge = ahead + ((uint32_t)frame->window << rogue->shift);

	if (ahead > rogue->side->params->bytes + 2)
		return;
	if (ahead > rogue->snd_una) {
		rogue->snd_una = ahead;
		rogue->progress_us = rogue->sim->now_us;
	}
	if (rogue->snd_una > rogue->snd_nxt)
		rogue->snd_nxt = rogue->snd_una;
	rogue->snd_edge = (uint32_t)later(rogue->snd_edge, edge);
	rogue->stage = ROGUE_OPEN;
}

static void take_segment(struct rogue *rogue, const struct frame *frame)
{
	uint32_t from = frame->seq - rogue->irs, length = frame_length(frame);

	if (frame->flags & FRAME_SYN) {
		take_syn(rogue, frame);
		return;
	}
	if (!rogue->heard_syn || from == 0 || from > HALF_SPACE || (frame->flags & FRAME_ACK) == 0)
		return;
	take_ack(rogue, frame);
	if (frame->stamped)
		rogue->ts_recent = frame->tsval;
	if (length == 0 || prng_permille(&rogue->prng, rogue->manners->drop))
		return;
	arrive(rogue, from, from + length);
	acknowledge(rogue);
	if (rogue->manners->sacks == SACKS_RENEGED && prng_permille(&rogue->prng, 200))
		rogue->range_count = 0;
}

static void answer_arp(struct sim *sim, const struct wire_frame *wire)
{
	uint8_t bytes[FRAME_SIZE_MIN] = { 0 };

	if (wire->size < ARP_BYTES || wire->bytes[21] != 1 ||
	    wire->bytes[41] != (uint8_t)swarm_address(sim->scenario.host_count))
		return;
	memcpy(bytes, wire->bytes, ARP_BYTES);
	memcpy(bytes, wire->bytes + 6, 6);
	frame_mac_of(swarm_address(sim->scenario.host_count), bytes + 6);
	bytes[21] = 2; /* reply */
	memcpy(bytes + 22, bytes + 6, 6);
	memcpy(bytes + 28, wire->bytes + 38, 4);
	memcpy(bytes + 32, wire->bytes + 22, 10);
	sim_rogue_sent(sim, wire->from, bytes, sizeof(bytes));
}

void rogues_deliver(struct sim *sim, const struct wire_frame *wire)
{
	struct frame frame;
	unsigned int i;

	if (wire->damaged)
		return;
	frame_parse(wire->bytes, wire->size, &frame);
	if (frame.kind == FRAME_ARP)
		answer_arp(sim, wire);
	if (frame.kind != FRAME_TCP)
		return;
	for (i = 0; i < sim->rogues.count; i++) {
		struct rogue *rogue = &sim->rogues.list[i];

		if (frame.target_port != rogue->side->local_port ||
		    wire->from != rogue->victim->params->host || rogue->stage == ROGUE_SILENT)
			continue;
		if (frame.flags & FRAME_RST)
			rogue->stage = ROGUE_SILENT;
		else
			take_segment(rogue, &frame);
	}
}

/* ---- by the clock ---- */

/* Without anything arriving: what a rogue does on its own. */
static void act(struct rogue *rogue)
{
	uint64_t now_us = rogue->sim->now_us;
	uint32_t frames = rogue->budget;

	if (rogue->side->moment_us <= now_us ||
	    (!send_text(rogue) && rogue->snd_una > rogue->side->params->bytes))
		end(rogue);
	if (rogue->manners->acks == ACKS_LAZY && rogue->claimed < rogue->rcv_nxt)
		send_ack(rogue, rogue->rcv_nxt);
	if (rogue->manners->acks == ACKS_OPTIMISTIC || rogue->manners->acks == ACKS_REPEATED)
		acknowledge(rogue);
	rogue->next_us = now_us + rogue->manners->pace_us;
	if (rogue->budget == frames)
		rogue->next_us = now_us + later(rogue->manners->pace_us, QUIET_US);
}

static void rogue_run(struct rogue *rogue)
{
	switch (rogue->stage) {
	case ROGUE_IDLE:
	case ROGUE_OPENING:
		rogue->side->started = true;
		if (rogue->syns < ROGUE_SYNS_MAX)
			send_syn(rogue);
		else
			rogue->stage = ROGUE_SILENT;
		break;
	case ROGUE_OPEN:
		act(rogue);
		break;
	default:
		break;
	}
}

static void check_over(struct rogue *rogue)
{
	struct side *side = rogue->side;

	if (rogue->victim->closed_count > 0 || rogue->victim->failed)
		rogue->stage = ROGUE_SILENT;
	if (rogue->stage != ROGUE_SILENT || side->closed_count > 0)
		return;
	side->closed_count = 1;
	side->closed_us = rogue->sim->now_us;
	side->reason = LA_REASON_RESET;
}

void rogues_run(struct sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->rogues.count; i++) {
		struct rogue *rogue = &sim->rogues.list[i];

		if (rogue->stage != ROGUE_SILENT && rogue->next_us <= sim->now_us)
			rogue_run(rogue);
		check_over(rogue);
	}
}

uint64_t rogues_next_us(const struct sim *sim)
{
	uint64_t next = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < sim->rogues.count; i++) {
		const struct rogue *rogue = &sim->rogues.list[i];

		if (rogue->stage != ROGUE_SILENT && rogue->next_us < next)
			next = rogue->next_us;
	}
	return next;
}

bool rogue_is_over(const struct side *side)
{
	return side->closed_count > 0;
}

void rogues_create(struct sim *sim)
{
	unsigned int s;

	for (s = 0; s < sim->scenario.session_count; s++) {
		const struct swarm_session *session = &sim->scenario.sessions[s];
		struct rogue *rogue;

		if (session->rogue < 0)
			continue;
		assert(sim->rogues.count < ROGUES_MAX);
		rogue = &sim->rogues.list[sim->rogues.count++];
		rogue->sim = sim;
		rogue->manners = &session->manners;
		rogue->side = &sim->app.sides[s][session->rogue];
		rogue->victim = rogue->side->peer;
		prng_seed(&rogue->prng, sim->scenario.seed, ROGUE_STREAM + s);
		rogue->iss = (uint32_t)prng_u64(&rogue->prng);
		rogue->tsval = (uint32_t)prng_u64(&rogue->prng);
		rogue->snd_nxt = 1;
		rogue->budget = session->manners.budget;
		rogue->side->sent = rogue->side->params->bytes;
		rogue->side->local_port =
			session->rogue == 0 ? session->client_port : session->server_port;
		rogue->side->remote_port = session->server_port;
		rogue->next_us = session->rogue == 0 ? rogue->side->start_us : UINT64_MAX;
		if (sim->lonely)
			rogue->stage = ROGUE_SILENT;
	}
}
