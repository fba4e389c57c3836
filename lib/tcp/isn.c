/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/isn.h"

#include "config/tcp_constants.h"

uint32_t isn_generate(const struct siphash_key *key, uint64_t hash, uint64_t now_us)
{
	return (uint32_t)(now_us / TCP_ISN_CLOCK_US) + (uint32_t)siphash_1_3_word(key, hash);
}
