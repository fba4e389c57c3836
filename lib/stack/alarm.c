/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * alarm.c: a list in the order of time. Services set few alarms, one for each worker as a rule, so
 * that walking the list costs less than keeping a better order.
 */
#include "stack/alarm.h"

#include <assert.h>
#include <errno.h>

#include "config/limits.h"
#include "stack/worker.h"

static void take_out(struct alarms *alarms, struct la_alarm *alarm)
{
	struct la_alarm **link = &alarms->first;

	/* Bounded by ALARMS_MAX: it is in the list. */
	while (*link != alarm)
		link = &(*link)->next;
	*link = alarm->next;
	alarm->is_set = false;
	assert(alarms->count > 0);
	alarms->count--;
}

int la_alarm_set(struct la_worker *worker, struct la_alarm *alarm, uint64_t at_us)
{
	struct alarms *alarms = &worker->alarms;
	struct la_alarm **link = &alarms->first;

	assert(alarm->ring != NULL);
	la_alarm_cancel(worker, alarm);
	if (alarms->count == ALARMS_MAX)
		return -ENOSPC;
	/* One that sets itself while it rings would ring in this breath for ever. */
	alarm->at_us = at_us > worker->env.now_us ? at_us : worker->env.now_us + 1;
	while (*link != NULL && (*link)->at_us <= alarm->at_us)
		link = &(*link)->next;
	alarm->next = *link;
	*link = alarm;
	alarm->is_set = true;
	alarms->count++;
	return 0;
}

void la_alarm_cancel(struct la_worker *worker, struct la_alarm *alarm)
{
	if (alarm->is_set)
		take_out(&worker->alarms, alarm);
}

unsigned int alarms_ring(struct la_worker *worker)
{
	struct alarms *alarms = &worker->alarms;
	unsigned int rung = 0;

	while (alarms->first != NULL && alarms->first->at_us <= worker->env.now_us) {
		struct la_alarm *alarm = alarms->first;

		take_out(alarms, alarm);
		alarm->ring(worker, alarm->arg);
		rung++;
	}
	return rung;
}

uint64_t alarms_next_us(const struct alarms *alarms)
{
	return alarms->first == NULL ? UINT64_MAX : alarms->first->at_us;
}
