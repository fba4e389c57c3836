/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "router.h"

/* A burst shorter than the checksum's 16 bits is always detected (RFC 1071); so are single bits. */
#define CORRUPT_BURST_BITS 15U

/* When faults have stopped the queue is so many times as long: congestion stays, and eases. */
#define CALM_QUEUES 4U

#define LINK_STREAM 0x4c00U

void link_init(struct link *link, const struct link_params *params, uint64_t seed, unsigned int id)
{
	memset(link, 0, sizeof(*link));
	link->params = *params;
	bottleneck_init(&link->bottleneck, &(struct bottleneck_params){
						   .bits_per_second = params->bytes_per_second * 8,
						   .queue_bytes = params->queue_bytes,
					   });
	prng_seed(&link->prng, seed, LINK_STREAM + id);
}

uint64_t link_lifetime_us(const struct link_params *params)
{
	uint64_t us = (uint64_t)params->delay_us + params->jitter_us + params->reorder_us;

	if (params->bytes_per_second > 0)
		us += (params->queue_bytes * (uint64_t)CALM_QUEUES + FRAME_SIZE_MAX) * 1000000ULL /
		      params->bytes_per_second;
	return us;
}

/* ---- the wire ---- */

static bool wire_before(const struct wire_frame *a, const struct wire_frame *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->serial < b->serial;
}

void wire_init(struct wire *wire)
{
	memset(wire, 0, sizeof(*wire));
}

void wire_free(struct wire *wire)
{
	uint32_t i;

	for (i = 0; i < wire->count; i++)
		free(wire->heap[i].bytes);
	free(wire->heap);
	wire_init(wire);
}

uint64_t wire_next_us(const struct wire *wire)
{
	return wire->count == 0 ? UINT64_MAX : wire->heap[0].due_us;
}

static void wire_put(struct wire *wire, const struct wire_frame *frame)
{
	uint32_t at;

	if (wire->count == wire->capacity) {
		wire->capacity = wire->capacity == 0 ? 256 : 2 * wire->capacity;
		wire->heap = realloc(wire->heap, wire->capacity * sizeof(*wire->heap));
		assert(wire->heap != NULL);
	}
	for (at = wire->count++; at > 0; at = (at - 1) / 2) {
		struct wire_frame *parent = &wire->heap[(at - 1) / 2];

		if (!wire_before(frame, parent))
			break;
		wire->heap[at] = *parent;
	}
	wire->heap[at] = *frame;
}

struct wire_frame wire_take(struct wire *wire)
{
	struct wire_frame first, last;
	uint32_t at = 0;

	assert(wire->count > 0);
	first = wire->heap[0];
	last = wire->heap[--wire->count];
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= wire->count)
			break;
		if (child + 1 < wire->count &&
		    wire_before(&wire->heap[child + 1], &wire->heap[child]))
			child++;
		if (!wire_before(&wire->heap[child], &last))
			break;
		wire->heap[at] = wire->heap[child];
		at = child;
	}
	if (wire->count > 0)
		wire->heap[at] = last;
	return first;
}

/* ---- the link ---- */

static bool is_ipv4(const uint8_t *bytes, size_t size)
{
	return size > FRAME_ETHERNET_BYTES && bytes[12] == 0x08 && bytes[13] == 0x00;
}

/* Flips one bit, or a short burst, somewhere in the IP packet (not in the padding behind it). */
static void link_corrupt(struct link *link, uint8_t *bytes, size_t size)
{
	size_t total = (size_t)bytes[16] << 8 | bytes[17];
	size_t bits, first;
	unsigned int i, length = 1;

	if (FRAME_ETHERNET_BYTES + total > size)
		total = size - FRAME_ETHERNET_BYTES;
	bits = total * 8;
	if (prng_permille(&link->prng, 300))
		length = (unsigned int)prng_range(&link->prng, 2, CORRUPT_BURST_BITS);
	assert(bits > CORRUPT_BURST_BITS);
	first = prng_below(&link->prng, bits - length);
	for (i = 0; i < length; i++) {
		size_t bit = first + i;
		/* The ends of a burst are wrong by definition, what lies between may be either. */
		bool flip = i == 0 || i == length - 1 || prng_permille(&link->prng, 500);

		if (flip)
			bytes[FRAME_ETHERNET_BYTES + bit / 8] ^= (uint8_t)(0x80U >> (bit % 8));
	}
	link->corrupted++;
}

static bool link_loses(struct link *link)
{
	const struct link_params *params = &link->params;

	if (link->bursting)
		link->bursting = !prng_permille(&link->prng, params->burst_end);
	else
		link->bursting = prng_permille(&link->prng, params->burst_begin);
	return link->bursting || prng_permille(&link->prng, params->loss);
}

/* When the frame has passed the bottleneck; false when the queue in front of it is full. */
static bool link_queue(struct link *link, const struct link_departure *departure, size_t size,
		       uint64_t *out_us)
{
	uint64_t queue_bytes = link->params.queue_bytes;

	link->bottleneck.params.queue_bytes = queue_bytes * (departure->calm ? CALM_QUEUES : 1);
	if (bottleneck_pass(&link->bottleneck, departure->now_us, (uint32_t)size, out_us) !=
	    BOTTLENECK_DROPS)
		return true;
	link->queued_out++;
	return false;
}

static void link_put(struct link *link, struct wire *wire, const struct link_departure *departure,
		     const uint8_t *bytes, size_t size, uint64_t due_us)
{
	struct wire_frame frame = {
		.serial = wire->serial++,
		.from = departure->from,
		.to = departure->to,
		.size = (uint16_t)size,
	};
	uint32_t quantum = departure->quantum_us;

	frame.bytes = malloc(size);
	assert(frame.bytes != NULL && quantum > 0);
	memcpy(frame.bytes, bytes, size);
	if (link->params.bleach)
		router_bleach(frame.bytes, size);
	if (!departure->calm && prng_permille(&link->prng, link->params.mark))
		link->marked += router_mark(frame.bytes, size);
	if (!departure->calm && prng_permille(&link->prng, link->params.corrupt)) {
		if (!is_ipv4(bytes, size)) {
			free(frame.bytes);
			link->lost++;
			return;
		}
		link_corrupt(link, frame.bytes, size);
		frame.damaged = true;
	}
	frame.due_us = (due_us + quantum - 1) / quantum * quantum;
	wire_put(wire, &frame);
}

static bool falls_into_hole(const struct link_params *params, bool calm, const uint8_t *bytes,
			    size_t size)
{
	return params->hole != 0 && (!calm || params->hole_stays) &&
	       router_packet_bytes(bytes, size) > params->hole;
}

bool link_send(struct link *link, struct wire *wire, const struct link_departure *departure,
	       const uint8_t *bytes, size_t size)
{
	const struct link_params *params = &link->params;
	uint64_t due_us;

	assert(size <= FRAME_SIZE_MAX && departure->from != departure->to);
	if (!departure->calm && link_loses(link)) {
		link->lost++;
		return true;
	}
	if (falls_into_hole(params, departure->calm, bytes, size)) {
		link->too_big++;
		return !params->hole_tells;
	}
	if (!link_queue(link, departure, size, &due_us))
		return true;
	due_us += params->delay_us;
	if (!departure->calm) {
		due_us += prng_below(&link->prng, (uint64_t)params->jitter_us + 1);
		if (prng_permille(&link->prng, params->reorder)) {
			due_us += params->reorder_us;
			link->held_back++;
		} else {
			if (params->in_order && due_us < link->last_due_us)
				due_us = link->last_due_us;
			link->last_due_us = due_us;
		}
	}
	link_put(link, wire, departure, bytes, size, due_us);
	if (!departure->calm && prng_permille(&link->prng, params->duplicate)) {
		link->duplicated++;
		due_us += prng_below(&link->prng, (uint64_t)params->jitter_us + 1);
		link_put(link, wire, departure, bytes, size, due_us);
	}
	return true;
}
