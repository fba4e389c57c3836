/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include "net/ip_id.h"

#define ROUNDS                                                                             \
	4U /**< of a Feistel network over two bytes; even, so that the halves end in place \
	    */

static void rekey(struct ip_id *id, struct random_stream *random)
{
	id->key.k0 = random_u64(random);
	id->key.k1 = random_u64(random);
}

void ip_id_init(struct ip_id *id, struct random_stream *random)
{
	rekey(id, random);
	id->counter = 0;
}

uint16_t ip_id_next(struct ip_id *id, struct random_stream *random)
{
	uint8_t left = (uint8_t)(id->counter >> 8), right = (uint8_t)id->counter;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		uint64_t word = round << 8 | right;
		uint8_t next = left ^ (uint8_t)siphash_2_4(&id->key, &word, 1);

		left = right;
		right = next;
	}
	id->counter++;
	if (id->counter == 0)
		rekey(id, random);
	return (uint16_t)(left << 8 | right);
}
