/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * worker.h: one poll loop and everything that belongs to it: environment, ports, network, TCP, and
 * the rings on which it meets the others.
 */
#ifndef STACK_WORKER_H
#define STACK_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/env.h"
#include "io/port.h"
#include "net/net.h"
#include "stack/alarm.h"
#include "stack/control.h"
#include "stack/steer.h"
#include "tcp/tcp.h"

/** How far an orderly end (la_stack_stop) has come. */
struct worker_stop {
	bool asked;
	bool done;            /**< no connection and no half-open one is left (atomic) */
	bool swept;           /**< every connection was asked to end */
	bool postponed;       /**< in this sweep a connection was left to finish */
	uint32_t next;        /**< index of the connection to look at next */
	uint64_t deadline_us; /**< from here on what is left is reset */
};

/** The connection whose service is being called back: its calls are about this one, nearly always.
 */
struct worker_told {
	struct la_conn handle; /**< 0: none is */
	struct tcp_conn *conn;
};

struct la_worker {
	struct la_stack *stack;
	unsigned int index; /**< in the stack */
	struct env env;
	struct net net;
	struct tcp tcp;
	struct steer steer;
	struct control control;
	struct worker_stop stop;
	struct alarms alarms;
	struct worker_told told;
	/** What is called so outside is this one of tcp.listeners; or LISTENER_NONE. */
	uint16_t listeners[LISTENERS_MAX];
	unsigned int port_count;
	struct port ports[PORTS_MAX];
};

/** The worker's control ring, for messages from other threads. */
struct control *worker_control(struct la_worker *worker);

/** Reads the clock: the time of this breath. */
void worker_read_clock(struct la_worker *worker);

/** A bounded step of an orderly end, if one was asked for (stop.c). */
void worker_stop_step(struct la_worker *worker);

/** When worker_stop_step() next has something to do; UINT64_MAX: never. */
uint64_t worker_stop_next_us(const struct la_worker *worker);

#endif
