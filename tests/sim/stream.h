/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream.h: what the bytes of a connection ought to be: a pseudo-random stream known by its key.
 *
 * Any stretch can be made or checked by its offset alone, so nothing that was sent has to be kept.
 */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include <stddef.h>
#include <stdint.h>

/** Writes bytes [offset, offset + size) of stream key to buf. */
void stream_fill(uint64_t key, uint64_t offset, void *buf, size_t size);

/** The index of the first byte of buf that is not the stream's, or size if all are. */
size_t stream_check(uint64_t key, uint64_t offset, const void *buf, size_t size);

#endif
