/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * checksum.h: the Internet checksum (RFC 1071) over mbuf chains, with the pseudo headers of IPv4
 * and IPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1).
 */
#ifndef WIRE_CHECKSUM_H
#define WIRE_CHECKSUM_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

#include "lastack.h"

struct rte_mbuf;

/*
 * Sums in the making are of 64 bits, over words in the byte order of the machine. The one's
 * complement sum does not mind (RFC 1071 section 2, points B and C), and the result stands in
 * memory as it has to stand on the wire.
 */

/** Adds a word of up to 64 bits as it stands in memory; a carry comes round. */
static inline uint64_t checksum_add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

/** The sum in 16 bits; 0 only if nothing but zeros was added. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	uint32_t half;

	/* Both halves plus both halves the other way round: the upper one takes the carry in. */
	sum += sum << 32 | sum >> 32;
	half = (uint32_t)(sum >> 32);
	half += half << 16 | half >> 16;
	return (uint16_t)(half >> 16);
}

static inline uint64_t checksum_load(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

#define CHECKSUM_LONG_BYTES 256U /**< from here on vectors are faster */

/** The sum of length contiguous bytes, CHECKSUM_LONG_BYTES or more, padded as below. */
uint64_t checksum_sum_long(const uint8_t *at, uint32_t length);

/* The last one to seven of length bytes; at lies behind all whole words. */
static inline uint64_t checksum_rest(const uint8_t *at, uint32_t length)
{
	uint64_t sum = 0;
	uint32_t word;
	uint16_t half;

	/* With a word before them they are read together with the end of it. */
	if (length > sizeof(sum)) {
		length %= sizeof(sum);
		sum = rte_le_to_cpu_64(checksum_load(at + length - sizeof(sum)));
		return rte_cpu_to_le_64(sum >> (8 * (sizeof(sum) - length)));
	}
	if ((length & 4) != 0) {
		memcpy(&word, at, sizeof(word));
		sum = word;
		at += sizeof(word);
	}
	if ((length & 2) != 0) {
		memcpy(&half, at, sizeof(half));
		sum += half;
		at += sizeof(half);
	}
	if ((length & 1) != 0) {
		half = 0;
		memcpy(&half, at, 1);
		sum += half;
	}
	return sum;
}

/** The sum of length contiguous bytes; the last one, if odd, is padded with a zero behind it. */
static inline uint64_t checksum_sum(const uint8_t *at, uint32_t length)
{
	uint64_t even = 0, odd = 0;
	uint32_t left = length;

	if (length >= CHECKSUM_LONG_BYTES)
		return checksum_sum_long(at, length);
	for (; left >= 32; at += 32, left -= 32) {
		even = checksum_add(even, checksum_load(at));
		odd = checksum_add(odd, checksum_load(at + 8));
		even = checksum_add(even, checksum_load(at + 16));
		odd = checksum_add(odd, checksum_load(at + 24));
	}
	if ((left & 16) != 0) {
		even = checksum_add(even, checksum_load(at));
		odd = checksum_add(odd, checksum_load(at + 8));
		at += 16;
	}
	if ((left & 8) != 0) {
		even = checksum_add(even, checksum_load(at));
		at += 8;
	}
	if ((left & 7) != 0)
		odd = checksum_add(odd, checksum_rest(at, length));
	return checksum_add(even, odd);
}

/**
 * The checksum, as it stands on the wire (big endian in memory), of length bytes at offset of the
 * chain, with the pseudo header of the two addresses (both IPv4-mapped: that of IPv4). 0 when the
 * bytes include a correct checksum field. The range must lie within the chain.
 */
uint16_t checksum_transport(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			    const struct la_addr *src, const struct la_addr *dst, uint8_t protocol);

/**
 * The same of a segment of which the first done bytes (an even number) are known to sum to sum:
 * they are not read.
 */
uint16_t checksum_transport_behind(const struct rte_mbuf *mbuf, uint32_t done, uint64_t sum,
				   const struct la_addr *src, const struct la_addr *dst,
				   uint8_t protocol);

/** The same without a pseudo header (IPv4 header, ICMP). */
uint16_t checksum_plain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length);

/** The same over length bytes that are contiguous in memory, at any alignment. */
uint16_t checksum_bytes(const uint8_t *at, uint32_t length);

#endif
