/* SPDX-License-Identifier: BSD-3-Clause */
/* Floods: segments of many strangers, and what the stack answers them, counted and not kept. */
#include "harness.h"

#include <assert.h>

#define STRANGER_FIRST IP(192, 0, 2, 100)
#define STRANGERS 100U
#define STRANGER_PORTS 65535U
#define STRANGER_STEP 2654435761U /**< a prime: the next stranger is far from the last */
#define BURST 32U
#define STRANGER_MAC 200U

bool flood_is_stranger(uint32_t ip)
{
	return ip - STRANGER_FIRST < STRANGERS;
}

/** splitmix64 (Steele, Lea, Flood 2014): other numbers than the stack draws. */
static uint64_t draw(void)
{
	uint64_t z = (stage.flood_drawn += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static size_t build(unsigned int flags, uint16_t to_port, uint8_t *out)
{
	static const uint8_t mss[4] = { 2, 4, 0x05, 0xb4 };
	uint64_t chance = draw();
	uint64_t who = stage.flood_count++ * STRANGER_STEP % (STRANGERS * STRANGER_PORTS);
	struct tcp_frame frame = {
		.src_ip = STRANGER_FIRST + (uint32_t)(who % STRANGERS),
		.dst_ip = OUR_IP,
		.ttl = 64,
		.src_port = (uint16_t)(1 + who / STRANGERS),
		.dst_port = to_port,
		.seq = (uint32_t)(chance >> 32),
		.ack = (flags & ACK) ? (uint32_t)chance : 0,
		.flags = (uint8_t)flags,
		.window = 65535,
	};

	memcpy(frame.dst_mac, our_mac, sizeof(our_mac));
	peer_mac(STRANGER_MAC, frame.src_mac);
	if (flags & SYN) {
		memcpy(frame.options, mss, sizeof(mss));
		frame.options_size = sizeof(mss);
	}
	return frame_build(&frame, out);
}

bool flood_takes(const uint8_t *bytes, size_t size)
{
	struct tcp_frame frame;
	const char *wrong;

	if (size < 34 || !flood_is_stranger(frame_get32(bytes + 30)))
		return false;
	wrong = frame_read(&frame, bytes, size);
	if (wrong != NULL)
		stage_defer("a stranger was sent something that is wrong: %s", wrong);
	else if (frame.flags == (SYN | ACK))
		stage.flood_answers.syn_acks++;
	else if (frame.flags & RST)
		stage.flood_answers.resets++;
	else
		stage.flood_answers.others++;
	return true;
}

struct flood_answers script_flood(struct where where, unsigned int flags, unsigned int count)
{
	uint8_t bytes[FRAME_BYTES_MAX];
	struct flow *flow = stage_current(where);

	stage_stimulus(where);
	stage.flood_answers = (struct flood_answers){ 0 };
	for (unsigned int i = 0; i < count; i++) {
		stage_receive(bytes, build(flags, flow->our_port, bytes));
		if (i % BURST == BURST - 1 || i == count - 1)
			stage_pump();
	}
	assert(stage.rx_count == 0);
	return stage.flood_answers;
}
