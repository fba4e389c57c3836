/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frames.h: frames for the tests of lib/wire: bytes in heap blocks of exactly their size, in one
 * piece or cut into a chain, so that a sanitizer sees every read past an end.
 */
#ifndef UNIT_WIRE_FRAMES_H
#define UNIT_WIRE_FRAMES_H

#include "../check.h"

#include <string.h>

#include <rte_mbuf.h>

#include "base/random.h"

/* The bytes of a frame in the making. */
struct bytes {
	uint8_t at[2048];
	uint32_t size;
};

#define BYTES(...) \
	((struct bytes){ .at = { __VA_ARGS__ }, .size = sizeof((uint8_t[]){ __VA_ARGS__ }) })

/* Brings EAL up and makes the pool; 0, or the exit status. */
int frames_start(void);
/* Every buffer must be back. */
int frames_stop(void);

/* The frame in one piece, or as a chain of pieces of the given sizes (the last takes the rest). */
struct rte_mbuf *frame_whole(const void *bytes, uint32_t size);
struct rte_mbuf *frame_cut(const void *bytes, uint32_t size, const uint32_t *pieces,
			   unsigned int count);
/* A chain of pieces of 0 to most bytes. */
struct rte_mbuf *frame_shredded(const void *bytes, uint32_t size, struct random_stream *random,
				uint32_t most);

/*
 * Calls check with the frame in one piece, cut in two at every place, and in pieces of one byte.
 */
void frame_in_all_shapes(const struct bytes *bytes,
			 void (*check)(const struct rte_mbuf *mbuf, const void *expected),
			 const void *expected);

/* A stream that is the same in every run. */
struct random_stream frames_random(uint64_t seed);
void random_fill(struct random_stream *random, void *to, size_t size);

void put_16(uint8_t *at, uint16_t value);
void put_32(uint8_t *at, uint32_t value);

int run_ethernet(void);
int run_arp(void);
int run_ipv4(void);
int run_icmp(void);
int run_tcp_header(void);
int run_tcp_options(void);
int run_checksum(void);
int run_print(void);

#endif
