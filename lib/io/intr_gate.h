/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intr_gate.h: keeps EAL's interrupt thread out of a driver while a burst is in it.
 *
 * When the peer of a net_memif goes away, the interrupt thread takes the shared memory out of the
 * address space at once, under a burst that may be reading it (as of DPDK 22.11). Nothing tells of
 * it in time. So the thread is held in a callback of the gate's own, where it touches no driver,
 * and let go every INTR_GATE_HOLD_US for one round of its events, during which no burst begins.
 *
 * The gate belongs to the process, as the interrupt thread does: where it stands, every callback
 * and alarm of EAL waits for the next round.
 */
#ifndef IO_INTR_GATE_H
#define IO_INTR_GATE_H

#include <stdbool.h>

/** From where one thread enters drivers. The gate reads it until intr_gate_leave(). */
struct intr_seat {
	bool inside; /**< atomic; of the thread that has the seat */
	struct intr_seat *next;
};

/** Puts the gate up, or keeps it up for one more. 0 or -errno. Not for workers. */
int intr_gate_raise(void);

/** Takes it down with the last that raised it. */
void intr_gate_lower(void);

/** Gives a thread its seat. The gate need not be up yet. Not for workers. */
void intr_gate_join(struct intr_seat *seat);

/** Takes the seat back; nobody is inside. */
void intr_gate_leave(struct intr_seat *seat);

/** False if the interrupt thread has its turn: whoever asks stays outside, and soon asks again.
 *  Otherwise intr_gate_exit() follows, soon. */
bool intr_gate_enter(struct intr_seat *seat);
void intr_gate_exit(struct intr_seat *seat);

#endif
