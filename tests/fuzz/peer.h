/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer.h: the far end of one 4-tuple, whose segments the fuzzer makes, and the judge of what the
 * stack answers.
 *
 * Owns what was said by both sides, as seen on the wire. Every octet of the peer's sequence space
 * has one value, so that however segments overlap, they agree. Knows nothing of the stack's inside.
 */
#ifndef FUZZ_PEER_H
#define FUZZ_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab.h"
#include "sim/frame.h"

#define PEER_SPACE 65536U     /**< octets of sequence space that a peer may use in one input */
#define PEER_BASE 0xffffc000U /**< the first of them: the space wraps after 16 KiB */
#define PEER_TEXT_MAX 1460U   /**< bytes of text in one segment */
#define PEER_OPTIONS_MAX 40U  /**< bytes */
#define PEER_COOKIE_MAX 16U   /**< bytes */
#define PEER_EDGES 8U         /**< of four blocks */
#define PEER_LIVES_KEPT 8U    /**< SYN-ACKs whose number may yet come back */

/** One life of the stack's end: what its SYN said, and all that followed. */
struct peer_life {
	bool said_ack, said_edge;
	uint32_t iss, said_end; /**< its SYN, and behind the last octet it sent */
	uint32_t ack, edge;     /**< the furthest it acknowledged and offered */
	uint32_t allowed;       /**< the furthest that it may send, if all arrived */
	bool syn_had_ack;
	uint32_t syn_ack;
	int8_t said_shift; /**< option of its SYN; -1: none */
	bool said_stamped; /**< its SYN had a timestamp */
	bool said_ecn;     /**< its SYN asked for ECN, or agreed */
	uint32_t syn_end;  /**< behind its SYN and the text in it */
	/** There may be two with this number: of one instant, or of a cookie that came again behind
	 * a RST, with options that the echo of whatever timestamp stands for. Or one that was made
	 * of a cookie and of an ACK without the timestamp in which its options stood. */
	bool doubtful;
};

struct peer {
	struct lab *lab;
	unsigned int port; /**< of the lab */
	uint32_t address;
	uint16_t their_port, our_port;
	bool trace; /**< what is said is printed */
	/* what the stack said */
	bool said_syn;
	struct peer_life life;
	/** SYN-ACKs that are cookies may differ, and any of them may be the one that comes back. */
	struct peer_life older[PEER_LIVES_KEPT];
	unsigned int older_count, older_next;
	uint32_t said_time;              /**< its last timestamp */
	uint8_t cookie[PEER_COOKIE_MAX]; /**< Fast Open: the last that it gave us */
	uint8_t cookie_size;
	/* what it heard, if all arrived */
	uint32_t sacked[PEER_EDGES]; /**< edges of the blocks that it was told of last */
	bool ecn;                    /**< a SYN that asked for ECN, or agreed */
	bool marked, echoed;         /**< a mark, and an ECE behind the SYN */
	uint32_t syn_window, mss;
	bool scaled, unscaled; /**< a SYN with and one without the window scale option */
	uint8_t shift;         /**< the largest of them */
	bool stamped;          /**< a SYN with a timestamp */
	uint32_t time;         /**< of the next timestamp */
	uint32_t highest;      /**< behind the last octet sent in */
	uint8_t octets[PEER_SPACE / 8], syns[PEER_SPACE / 8];
};

/** One segment for the stack, in absolute numbers. */
struct peer_segment {
	uint32_t seq, ack;
	uint16_t window, urgent, text;
	uint8_t flags;
	bool marked;   /**< congestion experienced, in the IP header (RFC 3168) */
	uint8_t spoil; /**< added to every byte of text; not 0: the overlaps disagree */
	uint8_t options[PEER_OPTIONS_MAX];
	uint8_t options_size; /**< a multiple of four */
};

/** What the stack's user did, as far as the wire must agree. */
struct peer_user {
	uint32_t sent; /**< bytes written */
	bool ended;    /**< a FIN may follow them */
};

/** A new input begins: nothing was said. The addresses stay. */
void peer_reset(struct peer *peer);

/** What the octet of the peer's sequence space is, and the byte at an offset of the user's stream.
 */
uint8_t peer_octet(uint32_t seq);
uint8_t peer_user_octet(uint32_t offset);

/** True if the octet was sent in. */
bool peer_has_sent(const struct peer *peer, uint32_t seq);

/**
 * Appends a SACK option with some blocks of what the stack sent from ack on. how: which and how
 * many.
 */
void peer_add_sack(struct peer *peer, struct peer_segment *segment, uint8_t how);

/** Appends the Fast Open option to the options of a SYN, with the cookie that the stack gave last,
 *  or asking for one. */
void peer_add_cookie(const struct peer *peer, struct peer_segment *segment);

/** Sends it to the stack, with a timestamp if it has no options and both SYNs had one; not if it
 * lies where the peer's sequence space cannot be watched. */
void peer_send(struct peer *peer, const struct peer_segment *segment);

/** An ICMP error that quotes a segment of the stack with this sequence number. */
void peer_send_error(struct peer *peer, uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq);

/** Judges a segment that the stack sent to this peer. */
void peer_hears(struct peer *peer, const struct frame *frame, const struct peer_user *user);

#endif
