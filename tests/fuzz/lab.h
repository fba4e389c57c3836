/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lab.h: a real stack for a fuzz target: EAL, a clock, a secret and two ports that are the
 * target's.
 *
 * Owns the stack and the frames on their way into it. Every frame goes in as a heap block of
 * exactly its size; what comes out is shown to the target and freed. Knows nothing of what is
 * fuzzed. It uses the public header alone, but for mbufs_exact() and the names of bounds.
 */
#ifndef FUZZ_LAB_H
#define FUZZ_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lastack.h"

#define LAB_PORTS 2U
#define LAB_QUEUE 128U      /**< frames that wait for the worker; beyond, they are lost */
#define LAB_FRAME_MAX 2048U /**< bytes */
#define LAB_US(port) (0xc6120001U + ((port) << 8)) /**< 198.18.port.1, ours */
#define LAB_MAC_BYTES 6U

/** A broken promise ends the process, with the input kept by libFuzzer. */
#define DEMAND(condition)                                                                       \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

struct lab;
struct rte_mbuf;

struct lab_port {
	struct lab *lab;
	unsigned int index;
};

struct lab {
	struct la_stack *stack;
	struct la_worker *worker;
	uint64_t now_us;
	uint32_t buffers; /**< in the pool when nothing is in use */
	struct lab_port ports[LAB_PORTS];
	struct rte_mbuf *queue[LAB_PORTS][LAB_QUEUE];
	unsigned int head[LAB_PORTS], count[LAB_PORTS];
	/** Sees every frame that the stack sends, but ARP requests, which the lab answers itself.
	 */
	void (*sent)(void *ctx, unsigned int port, const uint8_t *bytes, size_t size);
	/** After every breath; may be NULL. */
	void (*breathed)(void *ctx);
	void *ctx;
};

extern const uint8_t lab_mac_ours[LAB_MAC_BYTES];
extern const uint8_t lab_mac_peer[LAB_MAC_BYTES];

/** Brings EAL up without hugepages or devices; nothing of it stays on the disk, even if we crash.
 */
void lab_eal(void);

/**
 * Creates the stack; `sent`, `breathed` and `ctx` must be set before. Port 0 takes chains, port 1
 * has VLAN 5 and does not. Clock and randomness in config are replaced.
 */
void lab_open(struct lab *lab, const struct la_stack_config *config);
void lab_close(struct lab *lab);

/** A frame for the worker, in pieces that end where cuts (ascending, count of them) say. */
void lab_receive(struct lab *lab, unsigned int port, const uint8_t *bytes, size_t size,
		 const uint16_t *cuts, unsigned int count, uint64_t ol_flags);

/** Breathes until the worker is idle at this instant. That it never is, is an error. */
void lab_settle(struct lab *lab);

/** Lets microseconds pass, from event to event. */
void lab_advance(struct lab *lab, uint64_t us);

/** As lab_advance(), but stops once lab_holds_only() these connections. */
void lab_advance_until(struct lab *lab, uint64_t us, uint32_t connections);

/** Buffers in use, counted at the pool. */
uint32_t lab_buffers_used(const struct lab *lab);

/** True when the stack holds nothing but `connections` connections without flights. */
bool lab_holds_only(const struct lab *lab, uint32_t connections);

/** Prints what is in use, before a DEMAND. */
void lab_print_usage(const struct lab *lab);

#endif
