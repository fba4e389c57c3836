/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hoard.h: packet buffers taken away, so that a script has only so many; and peers that never read,
 * so that queues take them. A worker has HOARD_POOL of them unless a script configures it.
 */
#ifndef SCRIPT_HOARD_H
#define SCRIPT_HOARD_H

#include "script.h"

#define HOARD_POOL 1024U
#define HOARD_MAX 4096U
#define HOGS_MAX 200U

/** Every buffer of the pool but so many. */
struct hoard {
	struct rte_mbuf *mbufs[HOARD_MAX];
	unsigned int count;
};

/** Connections to port 80 whose peers, 1 to 7, have closed their windows. */
struct hogs {
	struct la_conn conns[HOGS_MAX];
	unsigned int count;
};

void hoard_all_but(struct hoard *hoard, unsigned int left);

void hoard_release(struct hoard *hoard);

/** The current peer's handshake with port 80. */
void shake_hands(void);

/** So many more. */
void hogs_come(struct hogs *hogs, unsigned int count);

/** Sends to each of them, in one breath, as much as is taken. */
void hogs_queue(const struct hogs *hogs);

/** The peer of the first one, n of them having come, is the current one. */
void hogs_select(unsigned int n);

#endif
