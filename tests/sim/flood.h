/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flood.h: somebody who floods a host with segments from addresses that are not its own: SYNs
 * mostly (RFC 4987), and ACKs, FINs and RSTs that belong to nothing.
 *
 * The flood lives with the rogues, behind the gateway to the rest of the world: what its victim
 * answers goes there and is heard by nobody.
 */
#ifndef SIM_FLOOD_H
#define SIM_FLOOD_H

#include <stdint.h>

#include "prng.h"

struct sim;

struct flood {
	struct prng prng;
	uint32_t sent;
	uint64_t next_us; /**< UINT64_MAX: no more comes */
};

void flood_create(struct sim *sim);

/** Sends what is due. */
void flood_run(struct sim *sim);

#endif
