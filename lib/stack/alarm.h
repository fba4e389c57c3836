/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * alarm.h: what is to be called at a certain time, on one worker.
 *
 * Owns the order of the alarms that are set; their memory is their callers'. Knows nothing of
 * connections: their timers hang in the wheel of lib/tcp.
 */
#ifndef STACK_ALARM_H
#define STACK_ALARM_H

#include <stdint.h>

#include "lastack.h"

/** The alarms of one worker that are set. All zero: none. */
struct alarms {
	struct la_alarm *first; /**< of a list, the earliest first */
	unsigned int count;
};

/** Calls those whose time has come. Returns how many. */
unsigned int alarms_ring(struct la_worker *worker);

/** When the first one rings; UINT64_MAX: none is set. */
uint64_t alarms_next_us(const struct alarms *alarms);

#endif
