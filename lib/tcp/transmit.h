/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * transmit.h: the last step of every segment: a buffer for it, its TCP header, the ladder, egress.
 *
 * output.c and reply.c decide what a segment says; here it becomes bytes.
 */
#ifndef TCP_TRANSMIT_H
#define TCP_TRANSMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/tcp_constants.h"
#include "wire/tcp_header.h"

struct rte_mbuf;
struct tcp;
struct tcp_tuple;

struct transmit_request {
	const struct tcp_tuple *tuple;
	const struct tcp_options *options; /**< NULL: none */
	uint32_t seq, ack;
	uint32_t wnd;  /**< bytes */
	uint32_t text; /**< bytes of text in the buffer */
	uint16_t urgent;
	uint16_t marks;    /**< of the packet: way_marks() */
	uint8_t flags;     /**< TCP_SYN, ... */
	uint8_t wnd_shift; /**< Rcv.Wind.Shift */
	uint8_t state;     /**< enum la_state, for the ladder */
	bool retransmit;
};

/** What a window of so many bytes is in the header of a segment without SYN (RFC 7323 2.3). */
static inline uint16_t transmit_window(uint32_t bytes, uint8_t shift)
{
	uint32_t window = bytes >> shift;

	return (uint16_t)(window < TCP_WINDOW_MAX ? window : TCP_WINDOW_MAX);
}

/**
 * An empty buffer with headroom for all headers, or NULL. A segment without text may take one from
 * the reserve, so that ACK, RST and FIN go out when text no longer can.
 */
struct rte_mbuf *transmit_buffer(struct tcp *tcp, bool from_reserve);

/** Puts the header in front of the text in mbuf and sends it. Takes the mbuf. */
void transmit_segment(struct tcp *tcp, struct rte_mbuf *mbuf,
		      const struct transmit_request *request);

/** A segment without text, buffer and all. False when there was no buffer even in the reserve. */
bool transmit_bare(struct tcp *tcp, const struct transmit_request *request);

/** Counts the free packet buffers: what queues may take until this is called again (env.share). */
void transmit_count_buffers(struct tcp *tcp);

/**
 * Bytes to which a buffer of one connection may grow now: packet buffers are promised more than
 * once, so only a part of what is left, divided by all who carry something.
 */
uint32_t transmit_share_bytes(const struct tcp *tcp);

/** Fills the reserve up again where the pool allows. Once per breath. */
void transmit_refill(struct tcp *tcp);

/** Gives the reserve back. */
void transmit_drain(struct tcp *tcp);

#endif
