/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/checksum.h"

#include "base/order.h"
#include "wire/bytes.h"

/*
 * DPDK's rte_raw_cksum_mbuf() is not used: behind a buffer of odd length it cuts the
 * partial sum to 16 bits before it folds it, and so loses the carries.
 */

/* The chain case: a buffer that starts at an odd distance adds its sum with the bytes swapped. */
uint64_t checksum_sum_chain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length)
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
		part = checksum_fold(checksum_sum(
			rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset), piece));
		sum += (done & 1) != 0 ? __builtin_bswap16(part) : part;
		done += piece;
		offset = 0;
	}
	assert(done == length);
	return sum;
}

/*
 * One code for both families: the prefix of a mapped address sums to 0xffff, which is zero in one's
 * complement arithmetic, and the length and protocol fields of the two pseudo headers differ in
 * width alone.
 */
static inline uint64_t add_pseudo(uint64_t sum, const struct la_addr *src,
				  const struct la_addr *dst, uint32_t length, uint8_t protocol)
{
	sum = checksum_add(sum, checksum_load(src->bytes));
	sum = checksum_add(sum, checksum_load(src->bytes + 8));
	sum = checksum_add(sum, checksum_load(dst->bytes));
	sum = checksum_add(sum, checksum_load(dst->bytes + 8));
	return checksum_add(sum, (uint64_t)order_32(length) + order_16(protocol));
}

uint16_t checksum_transport(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
			    const struct la_addr *src, const struct la_addr *dst, uint8_t protocol)
{
	uint64_t sum = checksum_sum_mbuf(mbuf, offset, length);

	return (uint16_t)~checksum_fold(add_pseudo(sum, src, dst, length, protocol));
}

uint16_t checksum_plain(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length)
{
	return (uint16_t)~checksum_fold(checksum_sum_mbuf(mbuf, offset, length));
}

uint16_t checksum_bytes(const uint8_t *at, uint32_t length)
{
	return (uint16_t)~checksum_fold(checksum_sum(at, length));
}
