/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timewait.h: TIME-WAIT in 48 bytes: what is needed to answer old segments for 2MSL and no more.
 *
 * All records share one timeout and stand in one line. When the pool is dry the oldest goes first.
 */
#ifndef TCP_TIMEWAIT_H
#define TCP_TIMEWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timer_node.h"
#include "tcp/challenge.h"
#include "tcp/conn.h"

struct tcp;

struct time_wait {
	struct tcp_tuple tuple;
	struct challenge challenge; /**< answers to what is unacceptable; mark: had timestamps */
	uint32_t snd_nxt, rcv_nxt;
	struct timer_node node;
	uint32_t ts_recent; /**< TS.Recent; meant with the mark */
};

_Static_assert(sizeof(struct time_wait) == 48, "a TIME-WAIT record is 48 bytes");

/**
 * Both FINs were exchanged: the tuple's place in the table goes to a new record, and the connection
 * ends in order. Its state is TIME-WAIT already.
 */
void timewait_enter(struct tcp *tcp, struct tcp_conn *conn);

/**
 * A connection made from a SYN cookie ends without TIME-WAIT: for 2MSL it is remembered that its
 * cookie is spent, lest a late duplicate open it again. False: there is no record for that.
 */
bool timewait_spend(struct tcp *tcp, struct tcp_conn *conn);

/** True if the record says that and nothing else: there is no connection, nor was there TIME-WAIT.
 */
bool timewait_is_spent(const struct tcp *tcp, uint32_t index);

/** Writes the connection that the record stands for. */
void timewait_thaw(const struct tcp *tcp, uint32_t index, struct tcp_conn *out);

/** 2MSL starts anew (a retransmitted FIN). */
void timewait_restart(struct tcp *tcp, uint32_t index);

/** TS.Recent moved on (RFC 7323 4.3). */
void timewait_take_timestamp(struct tcp *tcp, uint32_t index, uint32_t ts_value);

/** TS.Recent; meant if the connection had timestamps. */
uint32_t timewait_ts_recent(const struct tcp *tcp, uint32_t index);

/** The record is gone. */
void timewait_release(struct tcp *tcp, uint32_t index);

/** Ends records whose 2MSL are over; bounded. Returns how many. */
unsigned int timewait_expire(struct tcp *tcp);

#endif
