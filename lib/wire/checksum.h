/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * checksum.h: the Internet checksum (RFC 1071) over mbuf chains, with the pseudo headers of IPv4
 * and IPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1).
 */
#ifndef WIRE_CHECKSUM_H
#define WIRE_CHECKSUM_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "base/order.h"
#include "lastack.h"

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

/**
 * True if the sum, not of zeros alone, is all ones in 16 bits: the checksum among what was added is
 * right. As carries come round, that is zero modulo 2^16 - 1: multiplied by its inverse modulo
 * 2^64, which is -most, a multiple gives its quotient, and anything else more than any quotient.
 */
static inline bool checksum_is_right(uint64_t sum)
{
	const uint64_t most = UINT64_MAX / UINT16_MAX;

	return sum * -most <= most;
}

static inline uint64_t checksum_load(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* DEVIATION: a typedef, since a vector type has no other name. */
typedef uint64_t checksum_lanes __attribute__((vector_size(16)));

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

/* Copies them, to and at being behind all whole words. */
static inline void checksum_copy_rest(uint8_t *to, const uint8_t *at, uint32_t length)
{
	const uint32_t word = sizeof(uint64_t);
	uint32_t left = length % word;

	if (length > word)
		memcpy(to + left - word, at + left - word, word);
	else
		memcpy(to, at, left);
}

/*
 * The sum of length bytes, which are copied to a place where there is one.
 *
 * Each lane adds whole words, carries lost, and their upper halves by themselves. The lower halves
 * together are then the difference, which fits 64 bits (a lane has room for 2^32 halves): so no
 * turn has to look for a carry. Two words at a time, as a turn costs as much as what it adds.
 */
static __rte_always_inline uint64_t checksum_pass(const uint8_t *at, uint32_t length, uint8_t *to,
						  bool copy)
{
	checksum_lanes whole = { 0, 0 }, upper = { 0, 0 }, words, others;
	const size_t paired = length - length % (2 * sizeof(words)); /* bytes */
	uint64_t sum;

	for (size_t i = 0; i != paired; i += 2 * sizeof(words)) {
		memcpy(&words, at + i, sizeof(words));
		memcpy(&others, at + i + sizeof(words), sizeof(others));
		if (copy) {
			memcpy(to + i, &words, sizeof(words));
			memcpy(to + i + sizeof(words), &others, sizeof(others));
		}
		whole += words;
		whole += others;
		upper += words >> 32;
		upper += others >> 32;
	}
	at += paired;
	if (copy)
		to += paired;
	if ((length & sizeof(words)) != 0) {
		memcpy(&words, at, sizeof(words));
		whole += words;
		upper += words >> 32;
		at += sizeof(words);
		if (copy) {
			memcpy(to, &words, sizeof(words));
			to += sizeof(words);
		}
	}
	whole += upper - (upper << 32);
	sum = whole[0] + whole[1];
	if ((length & sizeof(sum)) != 0) {
		uint64_t word = checksum_load(at);

		sum = checksum_add(sum, word);
		at += sizeof(sum);
		if (copy) {
			memcpy(to, &word, sizeof(word));
			to += sizeof(word);
		}
	}
	if (length % sizeof(sum) == 0)
		return sum;
	if (copy)
		checksum_copy_rest(to, at, length);
	return checksum_add(sum, checksum_rest(at, length));
}

/** The sum of length contiguous bytes; the last one, if odd, is padded with a zero behind it. */
static inline uint64_t checksum_sum(const uint8_t *at, uint32_t length)
{
	return checksum_pass(at, length, NULL, false);
}

/** The same, and copies the bytes, which are read but once; they may not overlap. */
static inline uint64_t checksum_copy(uint8_t *to, const uint8_t *at, uint32_t length)
{
	return checksum_pass(at, length, to, true);
}

/** The sum of a pseudo header of IPv4: addresses in host order, length of the segment in bytes. */
static inline uint64_t checksum_pseudo(uint32_t src, uint32_t dst, uint32_t length,
				       uint8_t protocol)
{
	return (uint64_t)order_32(src) + order_32(dst) + order_32(length) + order_16(protocol);
}

/** The sum of length bytes at offset of the chain, where they do not all lie in the first buffer.
 */
uint64_t checksum_sum_chain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length);

/** The sum of length bytes at offset of the chain. The range must lie within it. */
static inline uint64_t checksum_sum_mbuf(const struct rte_mbuf *mbuf, uint32_t offset,
					 uint32_t length)
{
	if (likely((uint64_t)offset + length <= rte_pktmbuf_data_len(mbuf)))
		return checksum_sum(rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset), length);
	return checksum_sum_chain(mbuf, offset, length);
}

/**
 * The checksum, as it stands on the wire (big endian in memory), of length bytes at offset of the
 * chain, with the pseudo header of the two addresses (both IPv4-mapped: that of IPv4). 0 when the
 * bytes include a correct checksum field. The range must lie within the chain.
 */
uint16_t checksum_transport(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			    const struct la_addr *src, const struct la_addr *dst, uint8_t protocol);

/** The same without a pseudo header (IPv4 header, ICMP). */
uint16_t checksum_plain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length);

/** The same over length bytes that are contiguous in memory, at any alignment. */
uint16_t checksum_bytes(const uint8_t *at, uint32_t length);

#endif
