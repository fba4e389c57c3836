/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * transmit_plain.h: the short way of transmit_segment() for what nearly all segments are: no option
 * but timestamps, and neither SYN, RST nor URG.
 *
 * Who sends such segments one after the other has it inline, always, since only then what they say
 * is written down nowhere but in the buffer.
 */
#ifndef TCP_TRANSMIT_PLAIN_H
#define TCP_TRANSMIT_PLAIN_H

#include <assert.h>
#include <stdbool.h>

#include "net/plain_output.h"
#include "tcp/tcp.h"
#include "tcp/transmit.h"

/** What a plain segment says. */
struct transmit_plain {
	struct plain_to to;
	struct tcp_header_words
		header;      /**< of transmit_plain_length() bytes; without urgent text */
	bool has_timestamps; /**< the only option there may be */
	uint64_t timestamps; /**< tcp_header_timestamps() */
	uint64_t text_sum;   /**< of the text (wire/checksum.h) */
};

/** Bytes of the header. */
static inline uint8_t transmit_plain_length(bool has_timestamps)
{
	return has_timestamps ? TCP_FIXED_BYTES + TCP_TIMESTAMPS_ALIGNED_BYTES : TCP_FIXED_BYTES;
}

/* Writes the header before the text. */
static __rte_always_inline struct plain_header transmit_put(uint8_t *text,
							    const struct transmit_plain *segment)
{
	uint8_t length = transmit_plain_length(segment->has_timestamps);
	struct plain_header out = { .at = text - length, .length = length };

	out.sum = segment->has_timestamps ? tcp_header_emit_timestamps(out.at, segment->header, 0,
								       segment->timestamps)
					  : tcp_header_emit_bare(out.at, segment->header);
	out.sum = checksum_add(out.sum, segment->text_sum);
	return out;
}

/**
 * Puts the headers in front of the text in mbuf, which comes from transmit_buffer(), and sends it.
 * True: the mbuf is gone, and the segment is the caller's to count. False: nothing has happened,
 * and transmit_segment() will do.
 */
static __rte_always_inline bool transmit_plain(struct tcp *tcp, struct rte_mbuf *mbuf,
					       const struct transmit_plain *segment)
{
	return likely(!ladder_on(&tcp->env->ladder)) &&
	       plain_output(tcp->net, mbuf, &segment->to,
			    transmit_put(rte_pktmbuf_mtod(mbuf, uint8_t *), segment));
}

#endif
