/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ip_id.h: identification numbers for IPv4 packets that may be fragmented (RFC 6864 4.3).
 *
 * A counter sent through a secret permutation of 16 bits: 65,536 packets pass before a number comes
 * again, and nobody can tell from two of them how many were sent in between. The key changes each
 * time around.
 */
#ifndef NET_IP_ID_H
#define NET_IP_ID_H

#include <stdint.h>

#include "base/random.h"

struct ip_id {
	struct siphash_key key;
	uint16_t counter;
};

void ip_id_init(struct ip_id *id, struct random_stream *random);
uint16_t ip_id_next(struct ip_id *id, struct random_stream *random);

#endif
