/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake: connections in memory, behind the calls of lastack.h that services make.
 *
 * The test is the peer: it gives bytes, room and a FIN, and looks at what came out. The fake keeps
 * the contract of lastack.h and fails the test when a service breaks it: sending after its end,
 * more than there was room for, calls after closed().
 */
#ifndef SVC_FAKE_H
#define SVC_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lastack.h"

#define FAKE_BYTES (4U << 20)
#define FAKE_WORKERS 2U

struct fake {
	struct la_worker *worker;
	const struct la_service *service;
	void *data;
	char *in; /* what the peer sent */
	size_t in_bytes;
	size_t in_read;
	char *out; /* what the service sent */
	size_t out_bytes;
	size_t room; /* bytes that the send buffer takes now */
	bool asked;
	bool ended;
	bool closed; /* by la_close(): nothing is told any more but closed() */
	bool aborted;
	bool fin_told;
	bool fin; /* the peer's */
	uint64_t context;
	uint64_t idle_timeout_us; /* of its options */
	int64_t blobs;            /* alive */
};

/** A fresh connection; opened() has been called. `room` is what may be sent at first. */
struct fake *fake_open(const struct la_service *service, void *data, size_t room);
/** Tells closed() and frees all. */
void fake_close(struct fake *fake);

/** The peer sends bytes; data() is called, and peer_closed() when it is due. */
void fake_give(struct fake *fake, const void *bytes, size_t size);
void fake_say(struct fake *fake, const char *text);
/** The peer sends FIN. */
void fake_fin(struct fake *fake);
/** The peer takes what was sent: so much more room, and room() if it was asked for. */
void fake_room(struct fake *fake, size_t bytes);
/** Gives room in steps of so many bytes until the service no longer asks, at most `rounds` times.
 */
void fake_drain(struct fake *fake, size_t step, unsigned int rounds);
/** Forgets the output so far. */
void fake_forget(struct fake *fake);

/** The workers' clock, of all connections, goes on by so much; then alarms ring that are due. */
void fake_wait(uint64_t us);

/** Connections opened from now on are this worker's; the first one's at the beginning. */
void fake_on(unsigned int worker);

/** The workers are gone, and with them the alarms that were set. */
void fake_end(void);

/** What la_blob_create() and la_blob_release() left alive. */
int64_t fake_blobs(void);

#define FAKE_WORKER(fake) ((fake)->worker)
#define FAKE_CONN(fake) ((struct la_conn){ (uintptr_t)(fake) })

#endif
