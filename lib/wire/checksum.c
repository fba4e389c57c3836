/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/checksum.h"

#include "wire/bytes.h"

/*
 * DPDK's rte_raw_cksum_mbuf() is not used: behind a buffer of odd length it cuts the partial sum to
 * 16 bits before it folds it, and so loses the carries.
 *
 * Sums are taken over words in the byte order of the machine. The one's complement sum does not
 * mind (RFC 1071 section 2, point B), and the result stands in memory as it has to stand on the
 * wire.
 */

static inline uint16_t sum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	assert(sum <= UINT16_MAX);
	return (uint16_t)sum;
}

/* DEVIATION: a typedef, since a vector type has no other name. */
typedef uint64_t lanes __attribute__((vector_size(16)));

#define LANES_BYTES ((uint32_t)sizeof(lanes))

/* Sum of sixteen bytes: two words in each lane. Lanes of 64 bits have room for 2^32 words. */
static inline lanes sum_lanes(const uint8_t *at)
{
	lanes words;

	memcpy(&words, at, sizeof(words));
	return (words & UINT32_MAX) + (words >> 32);
}

/* Sum of length contiguous bytes; the last one, if odd, is padded with a zero behind it. */
static inline uint64_t sum_bytes(const uint8_t *at, uint32_t length)
{
	lanes both = { 0, 0 };
	uint32_t done = 0;
	uint16_t half = 0;
	uint64_t sum;

	for (; done + LANES_BYTES <= length; done += LANES_BYTES)
		both += sum_lanes(at + done);
	sum = both[0] + both[1];
	for (; done + sizeof(uint32_t) <= length; done += sizeof(uint32_t)) {
		uint32_t word;

		memcpy(&word, at + done, sizeof(word));
		sum += word;
	}
	if (length - done >= sizeof(half)) {
		memcpy(&half, at + done, sizeof(half));
		sum += half;
		done += sizeof(half);
	}
	if (done < length) {
		half = 0;
		memcpy(&half, at + done, 1);
		sum += half;
	}
	return sum;
}

/* The chain case: a buffer that starts at an odd distance adds its sum with the bytes swapped. */
static uint64_t sum_chain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length)
{
	uint64_t sum = 0;
	uint32_t done = 0;

	assert((uint64_t)offset + length <= rte_pktmbuf_pkt_len(mbuf));
	for (; done < length; mbuf = mbuf->next) {
		uint32_t piece = rte_pktmbuf_data_len(mbuf);
		uint16_t part;

		if (offset >= piece) {
			offset -= piece;
			continue;
		}
		piece -= offset;
		if (piece > length - done)
			piece = length - done;
		part = sum_fold(
			sum_bytes(rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset), piece));
		sum += (done & 1) != 0 ? rte_bswap16(part) : part;
		done += piece;
		offset = 0;
	}
	assert(done == length);
	return sum;
}

_Static_assert(sizeof(struct la_addr) == sizeof(lanes), "an address is summed at once");

static inline uint64_t sum_mbuf(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length)
{
	if (likely((uint64_t)offset + length <= rte_pktmbuf_data_len(mbuf)))
		return sum_bytes(rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset), length);
	return sum_chain(mbuf, offset, length);
}

uint16_t checksum_transport(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			    const struct la_addr *src, const struct la_addr *dst, uint8_t protocol)
{
	uint64_t sum = sum_mbuf(mbuf, offset, length);
	lanes addresses;

	/*
	 * One code for both families: the prefix of a mapped address sums to 0xffff, which is zero
	 * in one's complement arithmetic, and the length and protocol fields of the two pseudo
	 * headers differ in width alone.
	 */
	addresses = sum_lanes(src->bytes) + sum_lanes(dst->bytes);
	sum += addresses[0] + addresses[1];
	sum += rte_cpu_to_be_32(length);
	sum += rte_cpu_to_be_16(protocol);
	return (uint16_t)~sum_fold(sum);
}

uint16_t checksum_plain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length)
{
	return (uint16_t)~sum_fold(sum_mbuf(mbuf, offset, length));
}

uint16_t checksum_bytes(const uint8_t *at, uint32_t length)
{
	return (uint16_t)~sum_fold(sum_bytes(at, length));
}
