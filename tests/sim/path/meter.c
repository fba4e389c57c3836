/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "frame.h"
#include "meter.h"

void meter_init(struct meter *meter, uint16_t first_port)
{
	memset(meter, 0, sizeof(*meter));
	meter->first_port = first_port;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

uint16_t meter_header_bytes(const uint8_t *bytes, uint32_t size)
{
	size_t tcp = frame_tcp_offset(bytes, size);

	return tcp == 0 ? 0 : (uint16_t)(tcp + (size_t)(bytes[tcp + 12] >> 4) * 4);
}

struct meter_sight meter_note(struct meter *meter, const struct road_frame *frame)
{
	struct meter_sight sight = { .flow = NULL };
	size_t tcp = frame_tcp_offset(frame->bytes, frame->size);
	uint32_t packet = FRAME_ETHERNET_BYTES + get16(frame->bytes + FRAME_ETHERNET_BYTES + 2);
	uint32_t seq, text;
	struct meter_flow *flow;
	unsigned int index;
	uint64_t to;

	if (tcp == 0 || packet <= frame->header)
		return sight;
	index = (unsigned int)get16(frame->bytes + tcp) - meter->first_port;
	if (index >= CELL_FLOWS_MAX)
		return sight;
	flow = &meter->flows[index];
	seq = get32(frame->bytes + tcp + 4);
	text = packet - frame->header;
	if (!flow->begun) {
		flow->begun = true;
		flow->next_seq = seq;
	}
	to = flow->sent + (uint64_t)(int64_t)(int32_t)(seq + text - flow->next_seq);
	sight = (struct meter_sight){ .flow = flow, .from = to - text, .to = to };
	flow->segments++;
	if (text > flow->text_max)
		flow->text_max = text;
	if (to > flow->sent) {
		flow->sent = to;
		flow->next_seq = seq + text;
	} else {
		sight.again = true;
		flow->again++;
	}
	return sight;
}
