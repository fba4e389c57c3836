/* SPDX-License-Identifier: BSD-3-Clause */
#include "loss.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_SIZE 14U
#define IPV4_SIZE 20U
#define TCP_SIZE 20U
#define PROTOCOL_TCP 6U
#define FLAG_SYN 2U
#define FLAG_ACK 16U
#define ECN_MASK 3U
#define AGAIN_MAX 8U /**< a bad byte is lost no more often than this */

/* What is looked at of a segment. */
struct seen_segment {
	uint16_t source, destination;
	uint32_t seq, text;
	uint8_t flags;
};

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

/* The finalizer of splitmix64: every bit of the result depends on every bit of the key. */
static uint64_t mix(uint64_t key)
{
	key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9ULL;
	key = (key ^ key >> 27) * 0x94d049bb133111ebULL;
	return key ^ key >> 31;
}

static uint64_t drawn(const struct loss *loss, unsigned int direction, uint64_t what,
		      uint32_t which)
{
	return mix(mix(loss->seed << 32 | (uint64_t)loss->ports[0] << 8 | direction << 4 | which) +
		   what * 0x9e3779b97f4a7c15ULL);
}

bool loss_init(struct loss *loss)
{
	for (unsigned int i = 0; i < 2; i++) {
		loss->ways[i].seen = calloc(CELLS_MAX, 1);
		if (!loss->ways[i].seen)
			return false;
	}
	return true;
}

static bool read_segment(const uint8_t *frame, uint32_t size, struct seen_segment *segment)
{
	const uint8_t *ip = frame + ETHERNET_SIZE;
	uint32_t header, total, offset;

	if (size < ETHERNET_SIZE + IPV4_SIZE + TCP_SIZE || get16(frame + 12) != 0x0800 ||
	    ip[0] >> 4 != 4 || ip[9] != PROTOCOL_TCP || (get16(ip + 6) & 0x1fff) != 0)
		return false;
	header = (ip[0] & 15U) * 4U;
	total = get16(ip + 2);
	if (size < ETHERNET_SIZE + total || total < header + TCP_SIZE)
		return false;
	offset = (ip[header + 12] >> 4) * 4U;
	if (total < header + offset)
		return false;
	segment->source = (uint16_t)get16(ip + header);
	segment->destination = (uint16_t)get16(ip + header + 2);
	segment->seq = get32(ip + header + 4);
	segment->flags = ip[header + 13];
	segment->text = total - header - offset;
	return true;
}

static void begin(struct loss *loss, const struct seen_segment *syn)
{
	loss->ports[0] = syn->source;
	loss->ports[1] = syn->destination;
	for (unsigned int i = 0; i < 2; i++) {
		uint8_t *seen = loss->ways[i].seen;

		memset(&loss->ways[i], 0, sizeof(loss->ways[i]));
		loss->ways[i].seen = seen;
		memset(seen, 0, CELLS_MAX);
	}
}

static bool belongs(const struct loss *loss, const struct seen_segment *segment)
{
	return (segment->source == loss->ports[0] && segment->destination == loss->ports[1]) ||
	       (segment->source == loss->ports[1] && segment->destination == loss->ports[0]);
}

/* The initial sequence numbers are learned from the two SYNs. */
static void learn(struct loss *loss, unsigned int direction, const struct seen_segment *segment)
{
	struct loss_way *way = &loss->ways[direction];

	if (!(segment->flags & FLAG_SYN))
		return;
	if (!(segment->flags & FLAG_ACK) &&
	    !(belongs(loss, segment) && way->isn_known && way->isn == segment->seq))
		begin(loss, segment);
	if (belongs(loss, segment)) {
		way->isn = segment->seq;
		way->isn_known = true;
	}
}

/* How often the bad byte of a cell is lost: 0 where the cell has none. */
static unsigned int times_lost(const struct loss *loss, unsigned int direction, uint64_t cell)
{
	unsigned int times = 0;

	while (times < AGAIN_MAX &&
	       drawn(loss, direction, cell * AGAIN_MAX + times, 0) % LOSS_SCALE < loss->drop)
		times++;
	return times;
}

/* Whether one of the segment's bytes is bad and has to be lost once more. */
static bool loses_text(struct loss *loss, unsigned int direction, uint64_t from, uint64_t to)
{
	struct loss_way *way = &loss->ways[direction];
	bool lost = false;

	for (uint64_t cell = from / CELL_BYTES; cell * CELL_BYTES < to; cell++) {
		unsigned int times = times_lost(loss, direction, cell);
		uint8_t *seen = &way->seen[cell % CELLS_MAX];
		uint64_t bad;

		if (times == 0 || *seen >= times)
			continue;
		bad = cell * CELL_BYTES + drawn(loss, direction, cell, 1) % CELL_BYTES;
		if (bad < from || bad >= to)
			continue;
		++*seen;
		lost = true;
	}
	return lost;
}

/* Marks a frame that may be marked: congestion experienced, and the checksum follows (RFC 1624). */
static bool mark(uint8_t *frame)
{
	uint8_t *ip = frame + ETHERNET_SIZE;
	uint32_t before = get16(ip), sum;

	if ((ip[1] & ECN_MASK) == 0)
		return false;
	ip[1] |= ECN_MASK;
	sum = (~get16(ip + 10) & 0xffff) + (~before & 0xffff) + get16(ip);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	return true;
}

enum loss_verdict loss_judge(struct loss *loss, unsigned int direction, uint8_t *frame,
			     uint32_t size)
{
	struct loss_way *way = &loss->ways[direction];
	struct seen_segment segment;
	uint64_t from;

	if (!read_segment(frame, size, &segment))
		return LOSS_NONE;
	learn(loss, direction, &segment);
	if (!belongs(loss, &segment) || !way->isn_known || (segment.flags & FLAG_SYN))
		return LOSS_NONE;
	if (segment.text == 0) {
		way->acks++;
		if (drawn(loss, direction, way->acks, 2) % LOSS_SCALE >= loss->drop_acks)
			return LOSS_NONE;
		way->acks_dropped++;
		return LOSS_DROP;
	}
	/* Offsets are 64 bits wide: what lies within 2 GiB of the highest one is meant. */
	from = way->high +
	       (uint64_t)(int64_t)(int32_t)(segment.seq - way->isn - 1U - (uint32_t)way->high);
	way->segments++;
	if (from + segment.text <= way->high)
		way->sent_again++;
	else
		way->high = from + segment.text;
	if (!loses_text(loss, direction, from, from + segment.text))
		return LOSS_NONE;
	if (loss->mark && mark(frame)) {
		way->marked++;
		return LOSS_MARK;
	}
	way->dropped++;
	return LOSS_DROP;
}
