/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "theory.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MEGABIT 1000000ULL
#define SECOND_US 1000000ULL
#define QUEUE_FRAMES_MIN 8U

/* How long a cell runs: these many losses, between these many segments ... */
#define LOSSES_WANTED 400U
#define SEGMENTS_MIN 40000U
#define SEGMENTS_MAX 600000U
/* ... and in no case shorter than this, in time and in round trips ... */
#define STEADY_US (20 * SECOND_US)
#define LOSSLESS_US (40 * SECOND_US)
#define ROUND_TRIPS_MIN 150U
/* ... unless, without loss, so many frames have passed the bottleneck before. */
#define FRAMES_MAX 6000000ULL

static const char *const control_names[] = { "newreno", "cubic", "mixed" };

/* ---- names ---- */

/* A number of units of 10^-4, without zeros behind: 12500 is 1.25. */
static unsigned int print_decimal(char *buf, size_t size, uint64_t parts)
{
	unsigned int whole = (unsigned int)(parts / 10000), rest = (unsigned int)(parts % 10000);
	int n = snprintf(buf, size, "%u", whole);

	if (rest == 0)
		return (unsigned int)n;
	n = snprintf(buf, size, "%u.%04u", whole, rest);
	while (buf[n - 1] == '0')
		buf[--n] = '\0';
	return (unsigned int)n;
}

char *cell_name(const struct cell *cell, char *buf)
{
	bool giga = cell->rate_bps >= 1000 * MEGABIT && cell->rate_bps % (1000 * MEGABIT) == 0;
	char flows[16] = "", rtt[24], queue[24], fault[24];

	if (cell->flows > 1)
		snprintf(flows, sizeof(flows), "*%u", cell->flows);
	print_decimal(rtt, sizeof(rtt), cell->rtt_us * 10ULL);
	print_decimal(queue, sizeof(queue), cell->queue_percent * 100ULL);
	switch (cell->kind) {
	case CELL_BURST:
		snprintf(fault, sizeof(fault), "burst%u", cell->fault);
		break;
	case CELL_TAIL:
		snprintf(fault, sizeof(fault), "tail%u", cell->fault);
		break;
	default:
		strcpy(fault + print_decimal(fault, sizeof(fault) - 2, cell->loss_ppm), "%");
		break;
	}
	snprintf(buf, CELL_NAME_SIZE, "%s%s/%u%c/%.10sms/%.8sbdp/%.16s",
		 control_names[cell->control], flows,
		 (unsigned int)(cell->rate_bps / (giga ? 1000 * MEGABIT : MEGABIT)),
		 giga ? 'G' : 'M', rtt, queue, fault);
	return buf;
}

/* Reads a decimal number in units of 10^-4 and moves *at behind it. */
static bool parse_decimal(const char **at, uint64_t *out)
{
	uint64_t value = 0, unit = 10000;
	const char *begin = *at;
	bool point = false;

	for (; (**at >= '0' && **at <= '9') || (**at == '.' && !point); (*at)++) {
		if (**at == '.') {
			point = true;
			continue;
		}
		if (point)
			unit /= 10;
		if (unit == 0 || value > UINT32_MAX)
			return false;
		value = value * 10 + (uint64_t)(**at - '0');
	}
	*out = value * unit;
	return *at > begin;
}

static bool skip(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

static bool parse_load(const char **at, struct cell *out)
{
	uint64_t number = 10000;
	unsigned int i;

	for (i = 0; i < COUNT_OF(control_names); i++) {
		if (skip(at, control_names[i]))
			break;
	}
	if (i == COUNT_OF(control_names))
		return false;
	out->control = (enum cell_control)i;
	if (skip(at, "*") && !parse_decimal(at, &number))
		return false;
	out->flows = (unsigned int)(number / 10000);
	return number % 10000 == 0 && out->flows > 0 && out->flows <= CELL_FLOWS_MAX &&
	       skip(at, "/");
}

static bool parse_path(const char **at, struct cell *out)
{
	uint64_t number;

	if (!parse_decimal(at, &number))
		return false;
	out->rate_bps = number * (MEGABIT / 10000);
	if (skip(at, "G"))
		out->rate_bps *= 1000;
	else if (!skip(at, "M"))
		return false;
	if (!skip(at, "/") || !parse_decimal(at, &number) || !skip(at, "ms/"))
		return false;
	out->rtt_us = (uint32_t)(number / 10);
	if (!parse_decimal(at, &number) || !skip(at, "bdp/"))
		return false;
	out->queue_percent = (uint32_t)(number / 100);
	return out->rate_bps > 0 && out->rate_bps <= 100000 * MEGABIT && out->rtt_us > 0;
}

bool cell_parse(const char *name, struct cell *out)
{
	uint64_t number;

	memset(out, 0, sizeof(*out));
	if (!parse_load(&name, out) || !parse_path(&name, out))
		return false;
	if (skip(&name, "burst"))
		out->kind = CELL_BURST;
	else if (skip(&name, "tail"))
		out->kind = CELL_TAIL;
	else
		out->kind = out->flows > 1 ? CELL_SHARED : CELL_STEADY;
	if (!parse_decimal(&name, &number))
		return false;
	if (out->kind == CELL_BURST || out->kind == CELL_TAIL) {
		out->fault = (uint32_t)(number / 10000);
		return *name == '\0' && out->fault > 0 && out->flows == 1;
	}
	out->loss_ppm = (uint32_t)number;
	return skip(&name, "%") && *name == '\0' && number < 1000000;
}

/* ---- what follows from the parameters ---- */

uint64_t cell_bdp_bytes(const struct cell *cell)
{
	return cell->rate_bps / 1000 * cell->rtt_us / 8000;
}

uint64_t cell_queue_bytes(const struct cell *cell)
{
	uint64_t least = QUEUE_FRAMES_MIN * (CELL_FULL_FRAME + CELL_WIRE_OVERHEAD);
	uint64_t queue = cell_bdp_bytes(cell) * cell->queue_percent / 100;

	return queue < least ? least : queue;
}

static uint64_t longer(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t steady_us(const struct cell *cell)
{
	uint64_t frame_bits = 8ULL * (CELL_FULL_FRAME + CELL_WIRE_OVERHEAD);
	uint64_t round_trips_us = (uint64_t)ROUND_TRIPS_MIN * cell->rtt_us;
	uint64_t segments, longest_us;

	if (cell->loss_ppm == 0) {
		longest_us = FRAMES_MAX * frame_bits / (cell->rate_bps / MEGABIT);
		round_trips_us = longer(round_trips_us, LOSSLESS_US);
		return round_trips_us < longest_us ? round_trips_us : longest_us;
	}
	segments = LOSSES_WANTED * 1000000ULL / cell->loss_ppm;
	segments = segments < SEGMENTS_MIN ? SEGMENTS_MIN : segments;
	segments = segments > SEGMENTS_MAX ? SEGMENTS_MAX : segments;
	return longer(longer(round_trips_us, STEADY_US),
		      segments * frame_bits * 1000 /
			      (theory_goodput_bps(cell, CELL_FULL_FRAME) / 1000));
}

uint64_t cell_duration_us(const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_STEADY:
		return steady_us(cell);
	case CELL_SHARED:
		return 60 * SECOND_US + 500ULL * cell->rtt_us;
	default:
		/* The fault comes after the warm-up; long enough for several timeouts. */
		return cell_warmup_us(cell) + 20 * SECOND_US + 50ULL * cell->rtt_us;
	}
}

uint64_t cell_warmup_us(const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_STEADY:
	case CELL_SHARED:
		return cell_duration_us(cell) / 4;
	default:
		return 5 * SECOND_US + 50ULL * cell->rtt_us;
	}
}

/* ---- the table ---- */

static const uint64_t rates[] = { 10 * MEGABIT, 100 * MEGABIT, 1000 * MEGABIT, 10000 * MEGABIT };
static const uint32_t rtts[] = { 1000, 20000, 200000 };
static const uint32_t queues[] = { 50, 100, 200 };
static const uint32_t losses[] = { 0, 100, 1000, 10000, 30000, 100000 };
static const uint32_t flows[] = { 2, 8 };
static const uint32_t bursts[] = { 10, 50, 100 };
static const uint32_t tails[] = { 1, 3, 10 };

struct cell_sink {
	struct cell *out;
	unsigned int count;
};

/* Queues that come to the same, since none is shorter than eight frames, are one cell. */
static bool repeats(const struct cell *cell)
{
	struct cell longer = *cell;

	longer.queue_percent *= 2;
	return longer.queue_percent <= queues[COUNT_OF(queues) - 1] &&
	       cell_queue_bytes(&longer) == cell_queue_bytes(cell);
}

static void add(struct cell_sink *sink, const struct cell *cell)
{
	assert(sink->count < CELLS_MAX);
	if (!repeats(cell))
		sink->out[sink->count++] = *cell;
}

static void add_steady(struct cell_sink *sink, enum cell_control control)
{
	struct cell cell = { .kind = CELL_STEADY, .control = control, .flows = 1 };
	unsigned int rate, rtt, queue, loss;

	for (rate = 0; rate < COUNT_OF(rates); rate++) {
		for (rtt = 0; rtt < COUNT_OF(rtts); rtt++) {
			for (queue = 0; queue < COUNT_OF(queues); queue++) {
				for (loss = 0; loss < COUNT_OF(losses); loss++) {
					cell.rate_bps = rates[rate];
					cell.rtt_us = rtts[rtt];
					cell.queue_percent = queues[queue];
					cell.loss_ppm = losses[loss];
					add(sink, &cell);
				}
			}
		}
	}
}

static void add_shared(struct cell_sink *sink, enum cell_control control)
{
	struct cell cell = { .kind = CELL_SHARED, .control = control, .rate_bps = rates[1] };
	unsigned int rtt, queue, n;

	for (rtt = 1; rtt < COUNT_OF(rtts); rtt++) {
		for (queue = 0; queue < COUNT_OF(queues); queue++) {
			for (n = 0; n < COUNT_OF(flows); n++) {
				cell.rtt_us = rtts[rtt];
				cell.queue_percent = queues[queue];
				cell.flows = flows[n];
				add(sink, &cell);
			}
		}
	}
}

static void add_faults(struct cell_sink *sink, enum cell_kind kind, const uint32_t *faults,
		       unsigned int count)
{
	struct cell cell = { .kind = kind, .flows = 1, .rate_bps = rates[1], .queue_percent = 100 };
	unsigned int rtt, i;

	for (cell.control = CELL_NEWRENO; cell.control <= CELL_CUBIC; cell.control++) {
		for (rtt = 0; rtt < COUNT_OF(rtts); rtt++) {
			for (i = 0; i < count; i++) {
				cell.rtt_us = rtts[rtt];
				cell.fault = faults[i];
				add(sink, &cell);
			}
		}
	}
}

unsigned int cell_list(struct cell *out)
{
	struct cell_sink sink = { .out = out };
	enum cell_control control;

	for (control = CELL_NEWRENO; control <= CELL_CUBIC; control++)
		add_steady(&sink, control);
	for (control = CELL_NEWRENO; control <= CELL_MIXED; control++)
		add_shared(&sink, control);
	add_faults(&sink, CELL_BURST, bursts, COUNT_OF(bursts));
	add_faults(&sink, CELL_TAIL, tails, COUNT_OF(tails));
	return sink.count;
}

bool cell_in_part(const struct cell *cell)
{
	bool middle = cell->rtt_us == 20000;

	if (cell->kind != CELL_STEADY)
		return middle && cell->queue_percent == 100;
	if (cell->rate_bps == 100 * MEGABIT)
		return middle && (cell->queue_percent == 100 || cell->loss_ppm == 0);
	if (cell->queue_percent != 100)
		return false;
	if (cell->rate_bps == 1000 * MEGABIT)
		return cell->rtt_us < 200000 && (cell->loss_ppm == 1000 || cell->loss_ppm == 10000);
	return cell->rate_bps == 10 * MEGABIT && cell->rtt_us == 200000 && cell->loss_ppm <= 10000;
}
