/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "frame.h"
#include "sim.h"
#include "stack/worker.h"

/* Strikes only after so many occasions: the handshake comes through, and the run is under way. */
#define MUTANT_PATIENCE 3U

static const struct {
	const char *name, *oracle, *help;
} mutants[MUTANTS] = {
	{ "NONE", "", "nothing is wrong" },
#define MUTANT(name, oracle, help) { #name, oracle, help },
#include "mutant.def"
#undef MUTANT
};

const char *mutant_name(enum mutant mutant)
{
	assert(mutant < MUTANTS);
	return mutants[mutant].name;
}

const char *mutant_oracle(enum mutant mutant)
{
	assert(mutant < MUTANTS);
	return mutants[mutant].oracle;
}

const char *mutant_help(enum mutant mutant)
{
	assert(mutant < MUTANTS);
	return mutants[mutant].help;
}

bool mutant_once(struct sim *sim, enum mutant mutant)
{
	return sim->mutant == mutant && sim->mutations++ == 0;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void add32(uint8_t *at, uint32_t more)
{
	uint32_t value =
		(uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];

	value += more;
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

/* A TCP segment that is neither SYN nor RST, and carries text if asked for. */
static bool suitable(const struct frame *frame, bool text)
{
	return frame->kind == FRAME_TCP && (frame->flags & (FRAME_SYN | FRAME_RST)) == 0 &&
	       (frame->flags & FRAME_ACK) != 0 && (!text || frame->text_size > 0);
}

/* Puts the option in the place of the MSS, if it is not there. */
static void permit_sack(const struct frame *frame, uint8_t *bytes, size_t size)
{
	static const uint8_t permitted[4] = { 4, 2, 1, 1 };
	size_t at = frame_tcp_offset(bytes, size) + 20;

	if (frame->kind != FRAME_TCP || frame->flags != (FRAME_SYN | FRAME_ACK) ||
	    frame->sack_permitted || bytes[at] != 2)
		return;
	memcpy(bytes + at, permitted, sizeof(permitted));
	frame_seal(bytes, size);
}

/* Moves the end of the first SACK block on. */
static void lie_of_sack(uint8_t *tcp)
{
	size_t at = 20, end = (size_t)(tcp[12] >> 4) * 4;

	while (at + 10 <= end && tcp[at] != 0 && tcp[at] != 5)
		at += tcp[at] == 1 ? 1 : tcp[at + 1];
	if (at + 10 <= end && tcp[at] == 5)
		add32(tcp + at + 6, 100000);
}

void mutant_sent(struct sim *sim, uint8_t *bytes, size_t size)
{
	enum mutant mutant = sim->mutant;
	struct frame frame;
	size_t tcp;

	if (mutant != MUTANT_REWRITE && mutant != MUTANT_CHECKSUM && mutant != MUTANT_ACK_UNSENT &&
	    mutant != MUTANT_EDGE_BACK && mutant != MUTANT_OPTION_UNASKED &&
	    mutant != MUTANT_ECT_ON_ACK && mutant != MUTANT_SACK_LIE &&
	    mutant != MUTANT_HAND_BACK && mutant != MUTANT_SHORT_CUT &&
	    mutant != MUTANT_UNWATCHED && mutant != MUTANT_STAMP_BACK)
		return;
	frame_parse(bytes, size, &frame);
	if (mutant == MUTANT_OPTION_UNASKED) {
		permit_sack(&frame, bytes, size);
		return;
	}
	if (!suitable(&frame, mutant == MUTANT_REWRITE) || sim->mutations++ < MUTANT_PATIENCE)
		return;
	tcp = frame_tcp_offset(bytes, size);
	switch (mutant) {
	case MUTANT_REWRITE:
		bytes[frame.text - bytes] ^= 0x20;
		break;
	case MUTANT_CHECKSUM:
		bytes[tcp + 16] ^= 0x01;
		return;
	case MUTANT_STAMP_BACK:
		/* NOP, NOP, timestamps. */
		if (frame.stamped && bytes[tcp + 22] == 8)
			add32(bytes + tcp + 24, 0U - 1000000);
		break;
	case MUTANT_HAND_BACK:
		bytes[FRAME_ETHERNET_BYTES + 8] -= sim->scenario.hosts[0].flight_idle_us == 0;
		break;
	case MUTANT_SHORT_CUT:
		bytes[FRAME_ETHERNET_BYTES + 8] -= sim->all_steps;
		break;
	case MUTANT_UNWATCHED:
		bytes[FRAME_ETHERNET_BYTES + 8] -= sim->unwatched;
		break;
	case MUTANT_SACK_LIE:
		lie_of_sack(bytes + tcp);
		break;
	case MUTANT_ECT_ON_ACK:
		bytes[FRAME_ETHERNET_BYTES + 1] |= frame.text_size == 0 ? FRAME_ECT0 : 0;
		break;
	case MUTANT_ACK_UNSENT:
		add32(bytes + tcp + 8, 1);
		break;
	default:
		put16(bytes + tcp + 14, frame.window / 2);
		break;
	}
	frame_seal(bytes, size);
}

void mutant_arriving(struct sim *sim, uint8_t *bytes, size_t size)
{
	enum mutant mutant = sim->mutant;
	struct frame frame;
	size_t tcp;

	if (mutant != MUTANT_TEXT && mutant != MUTANT_RESET)
		return;
	frame_parse(bytes, size, &frame);
	if (!suitable(&frame, true))
		return;
	if (sim->mutations++ < MUTANT_PATIENCE)
		return;
	tcp = frame_tcp_offset(bytes, size);
	if (mutant == MUTANT_TEXT)
		bytes[frame.text - bytes] ^= 0x20;
	else
		bytes[tcp + 13] = FRAME_RST | FRAME_ACK;
	frame_seal(bytes, size);
}

void mutant_observed(struct sim *sim, struct frame *frame)
{
	if (sim->mutant == MUTANT_WINDOW_BLIND)
		frame->window /= 4;
	if (sim->mutant == MUTANT_MSS_BLIND && (frame->flags & FRAME_SYN))
		frame->mss = frame->mss / 2;
}

uint32_t mutant_cwnd(struct sim *sim, uint32_t cwnd)
{
	if (sim->mutant == MUTANT_CWND_BLIND)
		return cwnd / 4;
	return sim->mutant == MUTANT_CWND_BLOWN ? cwnd + (1U << 20) : cwnd;
}

uint64_t mutant_gap(struct sim *sim, uint64_t gap_us)
{
	return sim->mutant == MUTANT_SLOTH ? gap_us * 1000 : gap_us;
}

enum la_state mutant_state(struct sim *sim, enum la_state state)
{
	if (sim->mutant == MUTANT_STATE_BACK && state >= LA_ESTABLISHED &&
	    sim->mutations++ >= MUTANT_PATIENCE)
		return LA_SYN_SENT;
	return state;
}

uint64_t mutant_next_event(struct sim *sim, uint64_t next_us)
{
	if (sim->mutant == MUTANT_TIMER_LOST)
		return UINT64_MAX;
	if (sim->mutant == MUTANT_SPIN && sim->mutations++ >= MUTANT_PATIENCE)
		return sim->now_us;
	return next_us;
}

size_t mutant_read(struct sim *sim, size_t size)
{
	return size > 1 && mutant_once(sim, MUTANT_SKIPPED) ? size - 1 : size;
}

bool mutant_forgets(struct sim *sim)
{
	return sim->mutant == MUTANT_FORGETFUL;
}

unsigned int mutant_pool(const struct sim *sim, unsigned int queue, unsigned int workers)
{
	return sim->mutant == MUTANT_POOL ? (queue + 1) % workers : queue;
}

unsigned int mutant_queue(const struct sim *sim, unsigned int worker, unsigned int workers)
{
	return sim->mutant == MUTANT_QUEUE ? (worker + 1) % workers : worker;
}

/* Where each queue brings what is its worker's, so that the second worker is the wrong one. */
static bool has_twins(const struct host *host)
{
	return host->sim->mutant == MUTANT_TWINS && host->worker_count > 1 && host_is_direct(host);
}

void mutant_worker(const struct host *host, struct la_worker *worker)
{
	if (host->sim->mutant == MUTANT_STRAY || has_twins(host))
		worker->steer.workers = 1;
}

bool mutant_twins(const struct host *host)
{
	return has_twins(host);
}

unsigned int mutant_home(const struct sim *sim, unsigned int workers, unsigned int owner)
{
	return sim->mutant == MUTANT_FAR_HOME ? (owner + 1) % workers : owner;
}

void mutant_entropy(struct sim *sim, void *buf, size_t size)
{
	struct timespec now;
	struct prng prng;

	clock_gettime(CLOCK_MONOTONIC, &now);
	prng_seed(&prng, (uint64_t)now.tv_nsec, sim->scenario.seed);
	prng_fill(&prng, buf, size);
}
