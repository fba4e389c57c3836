/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bytes.h: how the parsers of this room reach header bytes, and how its emitters write them.
 *
 * Headers may stand at any address and may be split between the buffers of a chain; what is handed
 * out here is contiguous, and loads and stores do not care about alignment. For lib/wire alone.
 */
#ifndef WIRE_BYTES_H
#define WIRE_BYTES_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include "base/order.h"

/**
 * length (at least 1) bytes at offset: a pointer into the frame where they are contiguous, else
 * copy (room for length) filled with them. NULL when the frame ends before.
 */
static inline const uint8_t *bytes_at(const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length,
				      uint8_t *copy)
{
	uint64_t end = (uint64_t)offset + length;

	assert(length > 0);
	if (likely(end <= rte_pktmbuf_data_len(mbuf)))
		return rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset);
	if (end > rte_pktmbuf_pkt_len(mbuf))
		return NULL;
	return rte_pktmbuf_read(mbuf, offset, length, copy);
}

/** Bytes from offset to the end of the frame; 0 if offset lies beyond. */
static inline uint32_t bytes_behind(const struct rte_mbuf *mbuf, uint32_t offset)
{
	uint32_t length = rte_pktmbuf_pkt_len(mbuf);

	return likely(offset <= length) ? length - offset : 0;
}

static inline uint16_t load_16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return order_16(value);
}

static inline uint32_t load_32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return order_32(value);
}

static inline uint64_t load_64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return order_64(value);
}

static inline void store_16(uint8_t *at, uint16_t value)
{
	value = order_16(value);
	memcpy(at, &value, sizeof(value));
}

static inline void store_32(uint8_t *at, uint32_t value)
{
	value = order_32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void store_64(uint8_t *at, uint64_t value)
{
	value = order_64(value);
	memcpy(at, &value, sizeof(value));
}

#endif
