/* SPDX-License-Identifier: BSD-3-Clause */
#include "flood.h"

#include <string.h>

#include "frame.h"
#include "sim.h"

#define FLOOD_STREAM 0x5300U
#define SPOOFED_NETWORK 0x0b000000U /* 11.0.0.0/8: nobody here */
#define SPOOFED_HOSTS (1U << 24)

/* A port that somebody listens on, as often as not; of the host that is flooded. */
static uint16_t target_port(struct sim *sim)
{
	const struct scenario *scenario = &sim->scenario;
	const struct swarm_session *session =
		&scenario->sessions[prng_below(&sim->flood.prng, scenario->session_count)];

	if (session->side[1].host == scenario->flood.host)
		return session->server_port;
	return (uint16_t)prng_range(&sim->flood.prng, 1, UINT16_MAX);
}

static void send_one(struct sim *sim)
{
	struct prng *prng = &sim->flood.prng;
	const struct swarm_flood *params = &sim->scenario.flood;
	uint8_t bytes[FRAME_SIZE_MAX];
	struct frame frame = {
		.source = SPOOFED_NETWORK + 1 + (uint32_t)prng_below(prng, SPOOFED_HOSTS - 2),
		.target = swarm_address(params->host),
		.source_port = (uint16_t)prng_range(prng, 1, UINT16_MAX),
		.target_port = target_port(sim),
		.seq = (uint32_t)prng_u64(prng),
		.flags = FRAME_SYN,
		.window = (uint16_t)prng_u64(prng),
		.window_shift = -1,
	};
	size_t size;

	if (prng_permille(prng, params->others)) {
		static const uint8_t flags[] = { FRAME_ACK, FRAME_FIN | FRAME_ACK, FRAME_RST,
						 FRAME_SYN | FRAME_ACK };

		frame.flags = flags[prng_below(prng, 4)];
		frame.ack = (uint32_t)prng_u64(prng);
	}
	if (frame.flags == FRAME_SYN && prng_permille(prng, 500)) {
		frame.mss = 1460;
		frame.window_shift = (int8_t)prng_below(prng, 15);
		frame.sack_permitted = true;
		frame.stamped = true;
		frame.tsval = (uint32_t)prng_u64(prng);
	}
	size = frame_build(&frame, NULL, 0, bytes);
	frame_mac_of(swarm_address(sim->scenario.host_count), bytes + 6);
	sim_rogue_sent(sim, params->host, bytes, size);
}

void flood_run(struct sim *sim)
{
	const struct swarm_flood *params = &sim->scenario.flood;
	struct flood *flood = &sim->flood;
	uint32_t i;

	if (flood->next_us > sim->now_us)
		return;
	for (i = 0; i < params->at_once && flood->sent < params->count; i++, flood->sent++)
		send_one(sim);
	flood->next_us = sim->now_us + params->pause_us;
	if (flood->sent == params->count)
		flood->next_us = UINT64_MAX;
}

void flood_create(struct sim *sim)
{
	struct flood *flood = &sim->flood;

	memset(flood, 0, sizeof(*flood));
	prng_seed(&flood->prng, sim->scenario.seed, FLOOD_STREAM);
	flood->next_us = UINT64_MAX;
	if (sim->scenario.flood.count > 0)
		flood->next_us = sim->scenario.epoch_us;
}
