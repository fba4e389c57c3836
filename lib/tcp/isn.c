/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/isn.h"

#include <string.h>

#include "config/tcp_constants.h"
#include "tcp/conn.h"

uint32_t isn_generate(const struct siphash_key *key, const struct tcp_tuple *tuple, uint64_t now_us)
{
	uint64_t words[3];

	memcpy(words, tuple->remote.bytes, sizeof(tuple->remote.bytes));
	words[2] = (uint64_t)tuple->remote_port << 32 | (uint64_t)tuple->local_port << 16 |
		   tuple->local_index;
	return (uint32_t)(now_us / TCP_ISN_CLOCK_US) + (uint32_t)siphash_2_4(key, words, 3);
}
